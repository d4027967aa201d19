//! A relay that takes every letter, and answers the final dot only when the test lets it.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

pub(super) struct Relay {
    pub(super) port: u16,
    seen: Arc<Seen>,
}

struct Seen {
    /// One permit lets one letter be answered.
    gate: Semaphore,
    /// The bodies heard, in order.
    bodies: Mutex<Vec<String>>,
    /// Connections open now, and the most there ever were.
    open: Mutex<(usize, usize)>,
    /// Letters whose final dot has been heard.
    heard: watch::Sender<usize>,
}

impl Relay {
    /// Listens; so many letters are answered at once.
    pub(super) async fn start(answered: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen {
            gate: Semaphore::new(answered),
            bodies: Mutex::default(),
            open: Mutex::default(),
            heard: watch::Sender::new(0),
        });
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&shared);
                tokio::spawn(async move {
                    seen.count(true);
                    // A client that is gone is gone.
                    let _end = seen.converse(stream).await;
                    seen.count(false);
                });
            }
        });
        Self { port, seen }
    }

    /// Lets so many more letters be answered.
    pub(super) fn answer(&self, letters: usize) {
        self.seen.gate.add_permits(letters);
    }

    /// Waits until so many letters were heard to their final dot.
    pub(super) async fn heard(&self, letters: usize) {
        self.seen.heard.subscribe().wait_for(|heard| *heard >= letters).await.unwrap();
    }

    /// The bodies heard so far.
    pub(super) fn bodies(&self) -> Vec<String> {
        self.seen.bodies.lock().unwrap().clone()
    }

    /// The most connections that were ever open together.
    pub(super) fn peak(&self) -> usize {
        self.seen.open.lock().unwrap().1
    }
}

impl Seen {
    fn count(&self, came: bool) {
        let (now, peak) = &mut *self.open.lock().unwrap();
        *now = if came { *now + 1 } else { *now - 1 };
        *peak = (*peak).max(*now);
    }

    async fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.get_mut().write_all(b"220 relay.test\r\n").await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let reply: &[u8] = if line.starts_with("DATA") { b"354 go on\r\n" } else { b"250 ok\r\n" };
            stream.get_mut().write_all(reply).await?;
            if !line.starts_with("DATA") {
                continue;
            }
            let mut body = String::new();
            while !body.ends_with("\r\n.\r\n") {
                if stream.read_line(&mut body).await? == 0 {
                    return Ok(());
                }
            }
            self.bodies.lock().unwrap().push(body);
            self.heard.send_modify(|heard| *heard += 1);
            self.gate.acquire().await.unwrap().forget();
            stream.get_mut().write_all(b"250 taken\r\n").await?;
        }
    }
}
