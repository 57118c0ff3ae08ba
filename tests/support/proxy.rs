//! HAProxy with the settings that operators are given (`script/deploy/proxy/haproxy.cfg`), on addresses of a
//! test's own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub struct Proxy {
    child: Child,
    pub address: String,
}

impl Proxy {
    /// Before these two nodes. `None`, said aloud, where it is not installed.
    pub fn start(folder: &Path, nodes: [&str; 2]) -> Option<Self> {
        if !Command::new("haproxy").arg("-v").output().is_ok_and(|done| done.status.success()) {
            assert!(std::env::var("TEST_ALL").is_err(), "haproxy must be there when all tests are to run");
            eprintln!("skipped: haproxy is not installed (script/setup --test installs it)");
            return None;
        }
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let given = std::fs::read_to_string("script/deploy/proxy/haproxy.cfg").unwrap();
        let mut own = given.clone();
        for (there, here) in
            [("127.0.0.1:8000", address.as_str()), ("127.0.0.1:8081", nodes[0]), ("127.0.0.1:8082", nodes[1])]
        {
            assert_eq!(own.matches(there).count(), 1, "{there}");
            own = own.replace(there, here);
        }
        let file = folder.join("haproxy.cfg");
        std::fs::write(&file, own).unwrap();
        let log = std::fs::File::create(folder.join("haproxy.log")).unwrap();
        let mut program = Command::new("haproxy");
        program.args(["-db", "-f"]).arg(&file).stdout(log).stderr(Stdio::inherit());
        Some(Self { child: program.spawn().unwrap(), address })
    }

    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
