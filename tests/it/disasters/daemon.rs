//! A real daemon on a register of its own, to be killed and started again.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use keshirim::app::App;
use keshirim::clock::Clock;
use keshirim::config::{Environment, Loaded};
use keshirim::schedule::Beat;
use keshirim::store::{self, LetterRow, Migrations, Store};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::backend::register_url;

/// How long anything may take on a busy machine before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The pause between two looks.
const BREATH: Duration = Duration::from_millis(5);

/// The folder of a daemon: its register and its configuration. The test's own view of the register is opened for each look and closed
/// again, so that a daemon finds what its predecessor's death left and not what a bystander mended.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    port: u16,
    urls: Vec<String>,
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Who is behind the operators in the shipped directory.
const OPERATOR: &str =
    "[[office.official]]\npost = \"Operator on duty\"\naddress = \"operators@administration.example.org\"\n";

impl House {
    /// A register with its schema, and a daemon that would send to `relay`.
    pub(crate) fn new(relay: u16, connections_max: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        Self::with(folder, &[url], relay, connections_max)
    }

    /// The same on the database of the running test, for a daemon within this process.
    pub(crate) async fn here(relay: u16, connections_max: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let url = register_url(folder.path()).await;
        Self::with(folder, &[url], relay, connections_max)
    }

    /// One of several daemons on the same servers.
    pub(crate) fn on(urls: &[String], relay: u16, connections_max: usize) -> Self {
        Self::with(TempDir::new().unwrap(), urls, relay, connections_max)
    }

    fn with(folder: TempDir, urls: &[String], relay: u16, connections_max: usize) -> Self {
        let port = free_port();
        let text = format!(
            "[store]\nurl = {urls:?}\n[http]\nlisten = \"127.0.0.1:{port}\"\n\
             [mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {relay}\nsecurity = \"plain_loopback\"\n\
             helo_name = \"keshirim.test\"\nconnections_max = {connections_max}\n"
        );
        fs::write(folder.path().join("keshirim.toml"), text).unwrap();
        // Nobody behind the operators: on a working day their morning letter would be counted among those of a test.
        let offices = keshirim::config::SHIPPED_OFFICES.replace(OPERATOR, "");
        assert_ne!(offices, keshirim::config::SHIPPED_OFFICES);
        fs::write(folder.path().join("offices.toml"), offices).unwrap();
        Self { folder, port, urls: urls.to_vec() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }

    /// The daemon, not started yet.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.command_of(env!("CARGO_BIN_EXE_keshirim"));
        command.args(["serve", "--config"]).arg(self.path("keshirim.toml"));
        command
    }

    /// A program with a daemon's surroundings; what it says goes into this house's log.
    pub(crate) fn command_of(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        command.env_remove("RUST_LOG").env_remove("NOTIFY_SOCKET").stdout(Stdio::null()).stderr(log);
        command
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// The whole answer of `/health`; none if nobody answers.
    pub(crate) fn health(&self) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Whether the process has taken its port: it is past reading its configuration.
    pub(crate) fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// Waits until `done`; what it waits for is said when it never comes.
    pub(crate) fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{:?}\n{}", self.health(), self.log());
            // A look at the file or the port each time: a breath between them leaves the daemon its processor.
            std::thread::sleep(BREATH);
        }
    }

    /// One look at the register, or one change to it, by a store of its own.
    pub(crate) fn register<T>(&self, look: impl AsyncFnOnce(&Store) -> store::Result<T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open_first(&self.urls, None, Migrations::Run).await.unwrap();
            let seen = look(&store).await.unwrap();
            store.close().await;
            seen
        })
    }

    /// Puts letters into the outbox.
    pub(crate) fn queue(&self, letters: &[LetterRow]) {
        self.register(async |store| {
            let mut tx = store.begin().await?;
            for letter in letters {
                assert!(tx.insert_letter(letter).await?);
            }
            tx.commit().await
        });
    }

    /// A daemon within this process that nobody has started, on a clock that the test moves.
    pub(crate) async fn app(&self, clock: &Clock) -> Arc<App> {
        let config = self.path("keshirim.toml");
        let loaded = Loaded::load_from(Some(&config), Environment::default(), Path::new("/nowhere")).unwrap();
        App::build(loaded, clock.clone()).await.unwrap()
    }

    /// Another process at the register: the shell that SQLite comes with would do the same.
    pub(crate) fn hold(&self) -> Bystander {
        Bystander { path: self.path("register.db") }
    }

    /// Every letter as the register has it.
    pub(crate) fn letters(&self) -> Vec<LetterRow> {
        self.register(async |store| store.snapshot().await?.letters(None, None, 1_000_000).await)
    }
}

/// Every beat once, as the metronome would within a minute.
pub(crate) async fn beat(app: &Arc<App>) {
    for beat in [Beat::Replan, Beat::Compose, Beat::Dispatch, Beat::Probe] {
        app.beat(beat).await;
    }
}

/// What `/health` answers: its status and its checks.
pub(crate) async fn checks(app: &Arc<App>) -> (StatusCode, Value) {
    let request = Request::get("/health").body(Body::empty()).unwrap();
    let answer = keshirim::http::router(Arc::clone(app)).oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice::<Value>(&body).unwrap()["checks"].take())
}

/// Somebody else with the register's file.
pub(crate) struct Bystander {
    path: PathBuf,
}

impl Bystander {
    /// Takes SQLite's one write lock and keeps it until the guard is dropped: `begin immediate` in a process of its own.
    pub(crate) fn lock(&self) -> Lock {
        let mut process = Command::new("/usr/bin/python3")
            .args(["-c", LOCK])
            .arg(&self.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3: this test needs it");
        let mut said = [0; 7];
        process.stdout.as_mut().unwrap().read_exact(&mut said).expect("the lock is taken");
        Lock(process)
    }
}

const LOCK: &str = "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
db.execute('begin immediate')
print('locked', flush=True)
sys.stdin.read()
db.execute('rollback')
";

/// A held lock; dropped, it is given back and the process has ended.
pub(crate) struct Lock(Child);

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}

/// The `n`th letter of a register, due long ago and each a moment later than the one before; its address names it.
pub(crate) fn letter(n: usize) -> LetterRow {
    let id = format!("L-{n:010}");
    let start = DateTime::<Utc>::from_timestamp(1_767_225_600, 0).unwrap();
    let due = store::Instant::new(start + TimeDelta::milliseconds(i64::try_from(n).unwrap()));
    // Every trap of the last yard: eight bits, a line that is a lone dot, lines that begin with one.
    let text = format!(
        "Message-ID: <{id}@test.example>\r\nSubject: {n}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Мерзімге {n} күн қалды.\r\n.\r\n..\r\n.{n}\r\n{}\r\n",
        "Кешірім туралы өтінішхат жолдануға тиіс.\r\n".repeat(n % 7)
    );
    LetterRow {
        office: "operators".to_owned(),
        address: format!("{id}@test.example"),
        post: "Operator".to_owned(),
        language: "kk".to_owned(),
        subject: n.to_string(),
        message_id: format!("<{id}@test.example>"),
        bytes: text.into_bytes(),
        urgency: 0,
        composed_at: due,
        due_at: due,
        state: "queued".to_owned(),
        attempts: 0,
        next_attempt_at: Some(due),
        lease_owner: None,
        lease_until: None,
        letter_id: id,
    }
}
