//! How a server begins and ends under a service manager and behind a proxy: who started it hears that it is
//! ready, alive and stopping, and a proxy hears that it stops before it does.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::support::process::Process;
use crate::support::server::stranger;
use crate::trial::Data;

const PATIENCE: Duration = Duration::from_secs(60);

fn hear(socket: &UnixDatagram) -> String {
    let mut content = [0; 256];
    let length = socket.recv(&mut content).expect("it says something");
    String::from_utf8_lossy(&content[..length]).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_hears_that_the_server_is_ready_alive_and_stopping() {
    let data = Data::sqlite();
    data.fill(1).await;
    let path = data.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let own = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "300000")];
    let mut server = Process::start(&data, &own);
    assert_eq!(hear(&socket), "READY=1");
    assert_eq!(stranger().get(server.at("/readyz")).send().await.unwrap().status(), 200);
    assert_eq!((hear(&socket), hear(&socket)), ("WATCHDOG=1".to_owned(), "WATCHDOG=1".to_owned()));
    server.ask_to_end();
    while hear(&socket) != "STOPPING=1" {}
    assert!(server.ended().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_to_stop_says_so_and_goes_on_answering_for_a_while() {
    let data = Data::sqlite();
    data.fill(1).await;
    let mut server = Process::start(&data, &[("BERTH_DRAIN_SECONDS", "8")]);
    let client = stranger();
    let before = client.get(server.at("/search")).send().await.unwrap();
    assert!(!before.headers().contains_key("connection"));
    server.ask_to_end();
    let told = async {
        while client.get(server.at("/readyz")).send().await.unwrap().status() != 503 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(6), told).await.expect("it says that it is about to stop");
    for path in ["/livez", "/search"] {
        let answer = client.get(server.at(path)).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["connection"].to_str().unwrap()),
            (200, "close"),
            "{path}"
        );
    }
    assert!(server.ended().success());
}
