//! The real process: started, spoken to by signals and by a second process, killed, started again.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::mail::Mail;
use super::world::OFFICES;
use crate::backend::{on_each_backend, register_url};

const KESHIRIM: &str = env!("CARGO_BIN_EXE_keshirim");
/// How long anything of the process may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a stop may take.
const STOP: Duration = Duration::from_secs(10);

struct Daemon {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn configure(folder: &Path, url: &str, port: u16, mail: &str) {
    let text = format!(
        "[store]\nurl = \"{url}\"\n[http]\nlisten = \"127.0.0.1:{port}\"\n{mail}\n\
         [letters]\ngroup_notices_seconds = 0\n"
    );
    fs::write(folder.join("keshirim.toml"), text).unwrap();
    fs::write(folder.join("offices.toml"), OFFICES).unwrap();
}

fn start(folder: &Path) -> Child {
    Command::new(KESHIRIM)
        .args(["serve", "--config"])
        .arg(folder.join("keshirim.toml"))
        .env_remove("RUST_LOG")
        .env_remove("NOTIFY_SOCKET")
        .stdout(Stdio::null())
        .stderr(fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap())
        .spawn()
        .unwrap()
}

impl Daemon {
    async fn start() -> Self {
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        let mail = format!("[mail]\ntransport = \"maildir\"\nmaildir = \"{}/mail\"", folder.path().display());
        configure(folder.path(), &register_url(folder.path()).await, port, &mail);
        let daemon = Self { child: start(folder.path()), port, folder };
        daemon.healthy();
        daemon
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    fn health(&self) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    fn healthy(&self) {
        self.wait("/health says 200", || self.health().is_some_and(|answer| answer.starts_with("HTTP/1.1 200")));
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{:?}\n{}", self.health(), self.log());
            std::thread::yield_now();
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(self.folder.path(), arguments)
    }

    fn mails(&self) -> Vec<Mail> {
        let Ok(entries) = fs::read_dir(self.path("mail/new")) else { return Vec::new() };
        entries
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let id = entry.file_name().into_string().unwrap();
                Mail::read(id, String::new(), fs::read(entry.path()).unwrap())
            })
            // On a working day the operators have their morning letter, whatever is tested.
            .filter(|mail| mail.to != "ops@test.example")
            .collect()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Opens a case and records its petition from a second process.
    fn petition(&self, number: &str, institution: &str) {
        for arguments in [
            &["case", "open", number, "--sentence", "imprisonment", "--institution", institution][..],
            &["record", number, "petition_accepted", "--on", &today()][..],
        ] {
            let done = self.run(arguments);
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        }
    }

    fn letter_to(&self, whom: &str) {
        self.wait(whom, || self.mails().iter().any(|mail| mail.to == whom));
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(KESHIRIM).arg("--config").arg(folder.join("keshirim.toml")).args(arguments).output().unwrap()
}

/// Today in Almaty, as the process reckons it.
fn today() -> String {
    keshirim::clock::Clock::System.today(chrono_tz::Asia::Almaty).to_string()
}

async fn the_daemon_lives_through_a_day_of_its_life() {
    let mut daemon = Daemon::start().await;
    daemon.petition("2026-1", "institution:uk-3");
    daemon.letter_to("uk3@test.example");

    // A bad directory is refused as a whole, and the old one stays.
    fs::write(daemon.path("offices.toml"), "[[office]]\ncode = 7\n").unwrap();
    daemon.signal("HUP");
    daemon.wait("the refusal", || daemon.log().contains("reload refused"));
    // The second process reads the files anew, and refuses a bad one as well.
    fs::write(daemon.path("offices.toml"), OFFICES.replace("uk2@test", "never-read@test")).unwrap();
    daemon.petition("2026-2", "institution:uk-2");
    daemon.letter_to("uk2@test.example");

    // A good one is taken.
    fs::write(daemon.path("offices.toml"), OFFICES.replace("uk1@test", "new1@test")).unwrap();
    daemon.signal("HUP");
    daemon.wait("the reload", || daemon.log().contains("offices and calendar were read again"));
    daemon.petition("2026-3", "institution:uk-1");
    daemon.wait("the new address", || {
        daemon.mails().iter().any(|mail| mail.to == "new1@test.example" || mail.to == "uk1-deputy@test.example")
    });
    let before = daemon.mails().len();

    // Killed: what was recorded meanwhile goes out after the next start, and nothing twice.
    daemon.child.kill().unwrap();
    daemon.child.wait().unwrap();
    daemon.petition("2026-4", "institution:uk-3");
    daemon.child = start(daemon.folder.path());
    daemon.healthy();
    daemon.wait("the letter of 2026-4", || daemon.mails().len() > before);
    let mails = daemon.mails();
    assert_eq!(mails.len(), 4, "{:?}", mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>());

    let begun = Instant::now();
    daemon.signal("TERM");
    let ended = daemon.child.wait().unwrap();
    assert!(begun.elapsed() < STOP, "it took {:?}", begun.elapsed());
    assert_eq!(ended.code(), Some(0), "{}", daemon.log());
    assert!(daemon.log().contains("stopped"));
    for line in daemon.log().lines() {
        assert!(!line.contains("@test.example"), "no address in the journal: {line}");
    }
}

#[test]
fn the_first_letters_of_the_demo_are_there_within_ten_seconds() {
    let folder = TempDir::new().unwrap();
    let begun = Instant::now();
    let child = Command::new(KESHIRIM)
        .args(["demo", "--port", "0", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let daemon = Daemon { child, port: 0, folder };
    daemon.wait("letters in three languages", || {
        let mails = daemon.mails();
        ["Мерзім", "Срок", "Deadline"].iter().all(|words| mails.iter().any(|mail| mail.says(words)))
    });
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

async fn check_prints_a_line_an_item_and_fails_on_a_relay_that_is_not_there() {
    let folder = TempDir::new().unwrap();
    let relay = format!(
        "[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"plain_loopback\"\n\
         return_secret_file = \"return-secret\"",
        free_port()
    );
    fs::write(folder.path().join("return-secret"), "a key for tests").unwrap();
    fs::set_permissions(folder.path().join("return-secret"), fs::Permissions::from_mode(0o600)).unwrap();
    configure(folder.path(), &register_url(folder.path()).await, free_port(), &relay);
    let checked = run(folder.path(), &["check"]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    for item in ["configuration", "offices", "calendar", "letters", "store", "clock", "mail", "links"] {
        assert!(said.lines().any(|line| line.split_whitespace().nth(1) == Some(item)), "{item}: {said}");
    }
    let failing: Vec<_> = said.lines().filter(|line| line.starts_with("FAILS")).collect();
    assert_eq!(failing.len(), 1, "{said}");
    assert!(failing[0].contains("mail") && failing[0].contains("connect"), "{said}");
}

on_each_backend!(
    the_daemon_lives_through_a_day_of_its_life,
    check_prints_a_line_an_item_and_fails_on_a_relay_that_is_not_there,
);
