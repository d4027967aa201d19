//! A watchman on this machine: hears heartbeats, and answers as he was told.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The requests that were heard, first lines only.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Listens, and answers each request with `answer`; yields the address. The thread ends with the process.
pub(super) fn watch(answer: &'static str) -> (String, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ping/5d3f", listener.local_addr().unwrap());
    let heard = Heard::default();
    let kept = heard.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            hear(&mut stream.unwrap(), answer, &kept);
        }
    });
    (url, heard)
}

fn hear(stream: &mut TcpStream, answer: &str, heard: &Heard) {
    let mut request = Vec::new();
    let mut octets = [0; 512];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut octets) {
            Ok(0) | Err(_) => return,
            Ok(n) => request.extend_from_slice(&octets[..n]),
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    heard.0.lock().unwrap().push(text.lines().next().unwrap_or_default().to_owned());
    let _gone = stream.write_all(answer.as_bytes());
}
