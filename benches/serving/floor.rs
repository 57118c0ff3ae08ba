//! The least that any server could do for an update: append it, sync the file once for all that
//! wait, answer, and write one ready-made frame to every watcher. It has no filter, keeps nothing
//! for who is slow, and is here only to be compared with.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::wire;

/// As large as a change of Berth's own with one line of capacity.
const FRAME: usize = 900;

/// An update that waits to be written, and who is told its number.
struct Update {
    body: Vec<u8>,
    answer: oneshot::Sender<u64>,
}

#[derive(Clone)]
struct Floor {
    watchers: Arc<Mutex<Vec<TcpStream>>>,
    updates: mpsc::Sender<Update>,
}

/// Serves until it is killed.
pub fn run(log: &str, address: &str) {
    let file = OpenOptions::new().create(true).append(true).open(log).expect("the log can be written");
    let (updates, queue) = mpsc::channel();
    let floor = Floor { watchers: Arc::default(), updates };
    let watchers = Arc::clone(&floor.watchers);
    std::thread::spawn(move || write_down(file, &queue, &watchers));
    let runtime = Builder::new_current_thread().enable_io().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        println!("floor is at {address}");
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection, floor.clone()));
        }
    });
}

async fn serve(connection: TcpStream, floor: Floor) -> Option<()> {
    connection.set_nodelay(true).ok()?;
    let mut connection = wire::Connection::over(connection);
    loop {
        let (head, body) = connection.request().await?;
        if let Some(key) = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")) {
            connection.write(wire::accept(key.trim()).as_bytes()).await?;
            floor.watchers.lock().unwrap_or_else(PoisonError::into_inner).push(connection.into_stream());
            return Some(());
        }
        let (answer, told) = oneshot::channel();
        floor.updates.send(Update { body, answer }).ok()?;
        let json = format!("{{\"seq\":{}}}", told.await.ok()?);
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{json}", json.len());
        connection.write(answer.as_bytes()).await?;
    }
}

fn write_down(mut file: File, queue: &mpsc::Receiver<Update>, watchers: &Mutex<Vec<TcpStream>>) {
    let mut seq = 0;
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        batch.extend(queue.try_iter());
        for update in &batch {
            file.write_all(&update.body).expect("the log can be written");
        }
        file.sync_data().expect("the log can be synced");
        let mut frames = Vec::new();
        for update in batch {
            seq += 1;
            frames.extend(wire::text_frame(&padded(seq)));
            // Who no longer waits needs no answer.
            let _ = update.answer.send(seq);
        }
        let watchers = watchers.lock().unwrap_or_else(PoisonError::into_inner);
        for watcher in &*watchers {
            // Who would block misses it.
            drop(watcher.try_write(&frames));
        }
    }
}

fn padded(seq: u64) -> String {
    let start = format!("{{\"type\":\"change\",\"seq\":{seq},\"note\":\"");
    format!("{start:x<FRAME$}\"}}")
}
