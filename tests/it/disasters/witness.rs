//! A relay that keeps what it took and can kill the daemon at an exact step of a letter.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::daemon::PATIENCE;

/// A step of a dialogue, as the relay knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A connection is there, and not greeted: the first letter is claimed.
    Connected,
    /// MAIL was heard: on a connection in use, the letter before is settled and this one claimed.
    Mail,
    /// RCPT was heard.
    Rcpt,
    /// DATA was heard, before the 354.
    Data,
    /// The first line of the body was heard.
    Body,
    /// The final dot was heard, before the 250.
    Dot,
    /// The 250 was said: the relay owns the letter.
    Taken,
}

pub(crate) const STEPS: [Step; 7] =
    [Step::Connected, Step::Mail, Step::Rcpt, Step::Data, Step::Body, Step::Dot, Step::Taken];

/// A letter that was offered or taken, in which life of the daemon, and when.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) letter: String,
    pub(crate) life: usize,
    pub(crate) at: Instant,
}

/// What the relay has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Which life of the daemon this is, from 1.
    pub(crate) life: usize,
    /// Every RCPT, in order.
    pub(crate) offered: Vec<Offer>,
    /// What was answered with 250 after the dot: the life and the bytes.
    pub(crate) taken: BTreeMap<String, Vec<(usize, Vec<u8>)>>,
    /// Bodies that came whole to their dot, taken or not.
    pub(crate) dots: usize,
    /// Connections open now, and the most there ever were at once.
    pub(crate) open: usize,
    pub(crate) open_peak: usize,
    /// Connections that were open when each life ended by a kill: index is the life.
    pub(crate) open_at_death: BTreeMap<usize, usize>,
    /// Hang up on everybody at once, and how often that was done.
    pub(crate) away: bool,
    pub(crate) knocks: usize,
    /// How long the relay thinks about each letter.
    pub(crate) slow: Duration,
    /// Kill at the nth time that this step is reached.
    trap: Option<(Step, usize)>,
    victim: Option<Child>,
    /// Wait at the first time that this step is reached, and whether somebody waits.
    pause: Option<Step>,
    pub(crate) paused: bool,
    /// The step at which the victim was killed.
    pub(crate) fired: Option<Step>,
}

impl Seen {
    /// Kills the daemon, if it lives: exactly now.
    fn kill(&mut self) {
        if let Some(victim) = &mut self.victim {
            victim.kill().unwrap();
            let (life, open) = (self.life, self.open);
            self.open_at_death.entry(life).or_insert(open);
        }
    }
}

/// The relay.
#[derive(Clone)]
pub(crate) struct Witness {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
    changed: Arc<Condvar>,
}

impl Witness {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let this = Self { port, seen: Arc::default(), changed: Arc::default() };
        let relay = this.clone();
        // Ends with the test process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (relay, stream) = (relay.clone(), stream.unwrap());
                std::thread::spawn(move || relay.converse(&stream));
            }
        });
        this
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// A new life begins: its process, and where it is to be killed. Nothing is answered before `start` has come back.
    pub(crate) fn live(&self, trap: Option<(Step, usize)>, start: impl FnOnce() -> Child) {
        let mut seen = self.seen();
        assert!(seen.victim.is_none(), "the last life has not ended");
        seen.life += 1;
        (seen.trap, seen.fired) = (trap, None);
        seen.victim = Some(start());
    }

    pub(crate) fn kill(&self) {
        self.seen().kill();
    }

    /// The relay falls silent when this step is reached for the first time, until [`Witness::go_on`].
    pub(crate) fn pause_at(&self, step: Step) {
        self.seen().pause = Some(step);
    }

    pub(crate) fn go_on(&self) {
        self.seen().paused = false;
        self.changed.notify_all();
    }

    /// Waits until the relay has seen something.
    pub(crate) fn until(&self, what: &str, mut done: impl FnMut(&Seen) -> bool) {
        let (seen, late) = self.changed.wait_timeout_while(self.seen(), PATIENCE, |seen| !done(seen)).unwrap();
        assert!(!late.timed_out(), "{what}: not within {PATIENCE:?}; life {}, trap {:?}", seen.life, seen.trap);
    }

    /// Waits until the killed process and all its connections are gone.
    pub(crate) fn bury(&self) {
        let mut victim = self.seen().victim.take().unwrap();
        let status = victim.wait().unwrap();
        assert!(status.code().is_none(), "the daemon ended by itself: {status}");
        self.until("its connections end", |seen| seen.open == 0);
    }

    /// The process in hand, to be stopped in an orderly way.
    pub(crate) fn pid(&self) -> u32 {
        self.seen().victim.as_ref().unwrap().id()
    }

    fn converse(&self, stream: &TcpStream) {
        {
            let mut seen = self.seen();
            seen.open += 1;
            seen.open_peak = seen.open_peak.max(seen.open);
        }
        // The other side may be gone at any moment; that is what this is for.
        let _gone = self.dialogue(stream);
        self.seen().open -= 1;
        self.changed.notify_all();
    }

    /// Takes note of a step; an error if the daemon was killed here, and then nothing more is said.
    fn reached(&self, step: Step, note: impl FnOnce(&mut Seen)) -> io::Result<()> {
        let mut seen = self.seen();
        note(&mut seen);
        if seen.pause == Some(step) {
            (seen.pause, seen.paused) = (None, true);
        }
        self.changed.notify_all();
        seen = self.changed.wait_while(seen, |seen| seen.paused).unwrap();
        if let Some((at, count)) = &mut seen.trap
            && *at == step
        {
            *count -= 1;
            if *count == 0 {
                seen.trap = None;
                seen.fired = Some(step);
                seen.kill();
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        Ok(())
    }

    fn dialogue(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut out = stream;
        let mut say = |words: &str| out.write_all(words.as_bytes());
        let mut input = BufReader::new(stream);
        let life = self.seen().life;
        if self.seen().away {
            self.seen().knocks += 1;
            return Ok(());
        }
        self.reached(Step::Connected, |_| {})?;
        say("220 witness ESMTP\r\n")?;
        let mut letter = String::new();
        loop {
            let mut command = String::new();
            if input.read_line(&mut command)? == 0 {
                return Ok(());
            }
            match command.get(..4).unwrap_or_default() {
                "EHLO" => say("250-witness\r\n250 8BITMIME\r\n")?,
                "MAIL" => {
                    self.reached(Step::Mail, |_| {})?;
                    say("250 ok\r\n")?;
                }
                "RCPT" => {
                    let (_, to) = command.split_once('<').unwrap();
                    to.split('@').next().unwrap().clone_into(&mut letter);
                    let offer = Offer { letter: letter.clone(), life, at: Instant::now() };
                    self.reached(Step::Rcpt, |seen| seen.offered.push(offer))?;
                    say("250 ok\r\n")?;
                }
                "DATA" => {
                    self.reached(Step::Data, |_| {})?;
                    say("354 go\r\n")?;
                    let body = self.body(&mut input)?;
                    self.reached(Step::Dot, |seen| seen.dots += 1)?;
                    let slow = self.seen().slow;
                    std::thread::sleep(slow);
                    // From here on the letter is the relay's, whether or not anybody hears the 250.
                    self.seen().taken.entry(letter.clone()).or_default().push((life, body));
                    let said = say("250 taken\r\n");
                    self.reached(Step::Taken, |_| {})?;
                    said?;
                }
                "QUIT" => return say("221 bye\r\n"),
                _ => say("250 ok\r\n")?,
            }
        }
    }

    /// The body as it was before dots were doubled.
    fn body(&self, input: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if body.is_empty() {
                self.reached(Step::Body, |_| {})?;
            }
            if line == b".\r\n" {
                return Ok(body);
            }
            body.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}
