//! A relay that plays a script, one script for each connection in turn.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::timeout,
};

/// No script takes longer; a longer one waits for something that will not come.
const SCRIPT_TIMEOUT: Duration = Duration::from_mins(1);

/// One step of a script.
#[derive(Clone)]
pub(crate) enum Act {
    /// Says these bytes.
    Say(&'static str),
    /// Reads a line that must begin so.
    Hear(&'static str),
    /// Reads up to the final dot and keeps the body as it came.
    Body,
    /// Reads this many bytes.
    Bytes(usize),
    /// Tells the test how far the script is.
    Tell(Arc<Notify>),
    /// Waits for the test.
    Await(Arc<Notify>),
    /// Says nothing for so long, in which the other side must neither speak nor hang up.
    Quiet(Duration),
    /// Says nothing until the other side hangs up.
    Silence,
}
use Act::{Await, Body, Bytes, Hear, Quiet, Say, Silence, Tell};

/// What one connection heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<String>,
    pub(crate) bodies: Vec<Vec<u8>>,
}

/// A listening scripted relay.
pub(crate) struct Scripted {
    pub(crate) port: u16,
    played: JoinHandle<Vec<Heard>>,
}

impl Scripted {
    pub(crate) async fn start(scripts: Vec<Vec<Act>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let played = tokio::spawn(async move {
            let mut heard = Vec::new();
            for script in scripts {
                let (stream, _) = listener.accept().await.unwrap();
                heard.push(play(stream, script).await);
            }
            heard
        });
        Self { port, played }
    }

    /// Waits until every script was played to its end; fails if one was not followed.
    pub(crate) async fn finish(self) -> Vec<Heard> {
        timeout(SCRIPT_TIMEOUT, self.played)
            .await
            .expect("a script is still waiting")
            .expect("a script was not followed")
    }
}

async fn play(stream: TcpStream, script: Vec<Act>) -> Heard {
    // What a script says is there when the next step begins.
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let mut heard = Heard::default();
    for act in script {
        match act {
            Say(words) => stream.get_mut().write_all(words.as_bytes()).await.unwrap(),
            Hear(start) => {
                let mut line = String::new();
                stream.read_line(&mut line).await.unwrap();
                assert!(line.starts_with(start), "expected {start:?}, heard {line:?}, before that {heard:?}");
                heard.lines.push(line.trim_end().to_owned());
            }
            Body => {
                let mut body = Vec::new();
                while !body.ends_with(b"\r\n.\r\n") {
                    assert!(stream.read_until(b'\n', &mut body).await.unwrap() > 0, "the body ended early");
                }
                heard.bodies.push(body);
            }
            Bytes(count) => {
                stream.read_exact(&mut vec![0; count]).await.unwrap();
            }
            Tell(notify) => notify.notify_one(),
            Await(notify) => notify.notified().await,
            Quiet(time) => assert!(timeout(time, stream.fill_buf()).await.is_err(), "the other side did not wait"),
            Silence => {
                // Either an orderly end or a reset: the other side is gone.
                let mut rest = Vec::new();
                let _gone = stream.read_to_end(&mut rest).await;
            }
        }
    }
    heard
}

/// Greeting and EHLO of a relay that offers nothing.
pub(crate) fn greeted() -> Vec<Act> {
    vec![Say("220 relay.test ESMTP\r\n"), Hear("EHLO keshirim.test"), Say("250 relay.test\r\n")]
}

/// The envelope up to 354.
pub(crate) fn envelope() -> Vec<Act> {
    vec![
        Hear("MAIL FROM:<bounce+7@office.test>"),
        Say("250 ok\r\n"),
        Hear("RCPT TO:<official@court.test>"),
        Say("250 ok\r\n"),
        Hear("DATA"),
        Say("354 go on\r\n"),
    ]
}

/// One letter taken.
pub(crate) fn taken() -> Vec<Act> {
    script(&[envelope(), vec![Body, Say("250 2.0.0 taken\r\n")]])
}

/// Scripts one after the other.
pub(crate) fn script<const N: usize>(parts: &[Vec<Act>; N]) -> Vec<Act> {
    parts.concat()
}
