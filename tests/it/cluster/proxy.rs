//! The wire between a daemon and its database, and what can happen to it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What the wire does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// It carries.
    Well,
    /// It carries everything so much later, in each direction.
    Late(Duration),
    /// It carries nothing and says nothing: no end, no reset. New connections are taken, and nothing is heard on them.
    Silent,
    /// It falls silent at a word of the client's, which it still carries.
    SilentAfter(&'static str),
    /// It falls silent at a word of the client's, which it swallows.
    SilentBefore(&'static str),
}

#[derive(Debug)]
struct State {
    wire: Wire,
    open: Vec<TcpStream>,
}

/// A wire to a server on this machine; it ends with the test process.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) port: u16,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub(super) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let this = Self { port, state: Arc::new(Mutex::new(State { wire: Wire::Well, open: Vec::new() })) };
        let proxy = this.clone();
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                proxy.state().open.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                let ways = [(client.try_clone().unwrap(), server.try_clone().unwrap(), true), (server, client, false)];
                for (from, to, up) in ways {
                    let proxy = proxy.clone();
                    std::thread::spawn(move || proxy.carry(&from, &to, up));
                }
            }
        });
        this
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://keshirim@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    pub(super) fn set(&self, wire: Wire) {
        self.state().wire = wire;
    }

    /// Everything that is connected now is cut, whatever it is at.
    pub(super) fn cut(&self) {
        for stream in self.state().open.drain(..) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }

    /// Whether the wire has fallen silent.
    pub(super) fn is_silent(&self) -> bool {
        self.state().wire == Wire::Silent
    }

    /// One direction of one connection: `up` is from the client to the server.
    fn carry(&self, mut from: &TcpStream, mut to: &TcpStream, up: bool) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match from.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Ok(read @ 1..) => read,
                _ => break,
            };
            let heard = |word: &str| up && buffer[..read].windows(word.len()).any(|part| part == word.as_bytes());
            let wire = self.state().wire;
            let mut carried = false;
            match wire {
                Wire::Late(by) => std::thread::sleep(by),
                Wire::SilentAfter(word) if heard(word) => {
                    self.set(Wire::Silent);
                    carried = to.write_all(&buffer[..read]).is_ok();
                }
                Wire::SilentBefore(word) if heard(word) => self.set(Wire::Silent),
                _ => {}
            }
            // What a silent wire has swallowed comes out when it is mended, if anybody still listens.
            while self.is_silent() {
                std::thread::sleep(Duration::from_millis(5));
            }
            if !carried && to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _gone = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}
