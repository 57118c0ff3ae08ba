//! Tells systemd, where it started the server, that it is ready, alive and stopping (`sd_notify(3)`). What
//! systemd does about it is said in its unit.

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use tracing::warn;

use crate::config::{self, Supervised};

/// Alive is said so often within the time that systemd waits.
const TIMES_IN_A_WATCH: u32 = 3;

/// Whoever started the server and wants to hear of it; nobody, mostly.
pub struct ServiceManager(Option<(UnixDatagram, Supervised)>);

impl ServiceManager {
    pub fn find() -> Self {
        let Some(supervised) = config::supervised() else { return Self(None) };
        match connect(&supervised.socket) {
            Ok(socket) => Self(Some((socket, supervised))),
            Err(error) => {
                warn!("the service manager that asked to be told cannot be reached: {error}");
                Self(None)
            }
        }
    }

    /// Says what `sd_notify` knows: `READY=1`, `STOPPING=1`, `WATCHDOG=1`.
    pub fn say(&self, what: &str) {
        if let Some((socket, _)) = &self.0
            && let Err(error) = socket.send(what.as_bytes())
        {
            warn!("the service manager could not be told {what}: {error}");
        }
    }

    /// Says again and again that the server is alive, where that is asked for. On the runtime that answers
    /// requests, so that a server whose threads all hang says nothing and is started again.
    pub async fn keep_alive(&self) {
        let Some(within) = self.0.as_ref().and_then(|(_, supervised)| supervised.watchdog) else {
            return std::future::pending().await;
        };
        let mut ticks = tokio::time::interval((within / TIMES_IN_A_WATCH).max(Duration::from_millis(10)));
        loop {
            ticks.tick().await;
            self.say("WATCHDOG=1");
        }
    }
}

/// A path, or with `@` a name in the kernel alone.
fn connect(socket: &str) -> io::Result<UnixDatagram> {
    let to = match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let from = UnixDatagram::unbound()?;
    from.connect_addr(&to)?;
    Ok(from)
}
