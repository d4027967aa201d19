//! No personal data leaves the register: what a recorder wrote into notes and fields is in no letter, no address of a page, no page
//! for anyone, and not in the journal, which names no mailbox either. The real process, with the journal at its most talkative.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tempfile::TempDir;

const KESHIRIM: &str = env!("CARGO_BIN_EXE_keshirim");
/// How long anything of the process may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a careless recorder writes where free words can be written: a name, a crime, an article, in three spellings.
const PERSONAL: [&str; 6] = ["Жақсылықов", "Zhaksylykov", "қарақшылық", "разбой", "99-бап", "ст. 99"];
const NOTE: &str = "Жақсылықов Т. (Zhaksylykov), қарақшылық, разбой, 99-бап, ст. 99";

const OFFICES: &str = r#"
[[office]]
code = "working_body"
name = { kk = "Жұмыс органы", ru = "Рабочий орган", en = "Working body" }
[[office.official]]
post = "Сектор меңгерушісі"
address = "first.reader@offices.example"

[[office]]
code = "institution:uk-1"
name = { kk = "№ 1 мекеме", ru = "Учреждение № 1", en = "Institution No. 1" }
superior = "working_body"
language = "ru"
[[office.official]]
post = "Начальник отдела"
address = "second.reader@offices.example"

[[office]]
code = "institution:uk-2"
name = { kk = "№ 2 мекеме", ru = "Учреждение № 2", en = "Institution No. 2" }
superior = "working_body"
language = "en"
[[office.official]]
post = "Head of department"
address = "gone.reader@offices.example"

[[office]]
code = "operators"
name = { kk = "Операторлар", ru = "Операторы", en = "Operators" }
language = "en"
[[office.official]]
post = "Operator on duty"
address = "third.reader@offices.example"
"#;

/// Every mailbox that the process knows.
const MAILBOXES: [&str; 6] = [
    "first.reader@offices.example",
    "second.reader@offices.example",
    "gone.reader@offices.example",
    "third.reader@offices.example",
    "register@keshirim.example",
    "return@keshirim.example",
];

/// A relay that quotes the address and more in its replies: refuses one mailbox, puts each other letter off once.
struct Relay {
    port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let (taken, seen) = (Arc::clone(&letters), Arc::new(Mutex::new(BTreeSet::new())));
        // Ends with the test process; each connection has a thread of its own.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (taken, seen) = (Arc::clone(&taken), Arc::clone(&seen));
                std::thread::spawn(move || drop(converse(&stream.unwrap(), &taken, &seen)));
            }
        });
        Self { port, letters }
    }

    fn taken(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

fn converse(stream: &TcpStream, taken: &Mutex<Vec<String>>, seen: &Mutex<BTreeSet<String>>) -> std::io::Result<()> {
    let mut out = stream;
    let mut lines = BufReader::new(stream).lines();
    out.write_all(b"220 relay.example ESMTP\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let address = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let reply = match line.split([' ', ':']).next().unwrap_or_default() {
            "RCPT" if address.starts_with("gone.") => {
                format!("550 5.1.1 <{address}>: Recipient address rejected: no such user here: {address}")
            }
            "RCPT" if seen.lock().unwrap().insert(address.clone()) => {
                format!("450 4.2.0 <{address}>: greylisted, {address} is to come again")
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let mut letter = String::new();
                while let Some(line) = lines.next().transpose()?.filter(|line| line != ".") {
                    letter += &(line + "\r\n");
                }
                taken.lock().unwrap().push(letter);
                "250 2.0.0 taken".to_owned()
            }
            "QUIT" => "221 2.0.0 bye".to_owned(),
            _ => "250 2.0.0 ok".to_owned(),
        };
        out.write_all((reply + "\r\n").as_bytes())?;
    }
    Ok(())
}

/// A letter with everything in it that is base64 read as well: parts, and encoded words of headers.
fn readable(letter: &str) -> String {
    let mut out = letter.to_owned();
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    for word in head.replace("\r\n ", " ").split("=?utf-8?b?").skip(1) {
        let packed = word.split('?').next().unwrap();
        out += &String::from_utf8_lossy(&BASE64_STANDARD.decode(packed).unwrap());
    }
    for part in body.split("Content-Transfer-Encoding: base64").skip(1) {
        let packed = part.split_once("\r\n\r\n").unwrap().1.split("--=_").next().unwrap();
        let packed: String = packed.split_ascii_whitespace().collect();
        out += &String::from_utf8(BASE64_STANDARD.decode(packed).unwrap()).unwrap();
    }
    // A line of the text part ends anywhere.
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

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

impl Daemon {
    fn start(relay: &Relay) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let text = format!(
            "[store]\nurl = \"sqlite://{}/register.db\"\n[http]\nlisten = \"127.0.0.1:{port}\"\n[mail]\ntransport = \"smtp\"\n\
             host = \"127.0.0.1\"\nport = {}\nsecurity = \"plain_loopback\"\nfrom_address = \"register@keshirim.example\"\n\
             return_address = \"return@keshirim.example\"\nreturn_secret_file = \"{}/secret\"\n\
             [letters]\ngroup_notices_seconds = 0\n",
            folder.path().display(),
            relay.port,
            folder.path().display()
        );
        fs::write(folder.path().join("secret"), "kept by the privacy test and by nobody else").unwrap();
        fs::set_permissions(folder.path().join("secret"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(folder.path().join("keshirim.toml"), text).unwrap();
        fs::write(folder.path().join("offices.toml"), OFFICES).unwrap();
        let child = Command::new(KESHIRIM)
            .args(["serve", "--config"])
            .arg(folder.path().join("keshirim.toml"))
            .env("RUST_LOG", "debug")
            .env_remove("NOTIFY_SOCKET")
            .stdout(fs::File::create(folder.path().join("said")).unwrap())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let daemon = Self { child, port, folder };
        daemon.wait("/health answers", || daemon.get("/health", "").contains("HTTP/1.1 200"));
        daemon
    }

    fn journal(&self) -> String {
        ["log", "said"].map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap()).concat()
    }

    fn get(&self, path: &str, headers: &str) -> String {
        self.ask("GET", path, headers)
    }

    fn ask(&self, method: &str, path: &str, headers: &str) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return String::new() };
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn wait(&self, what: &str, mut done: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !done() {
            let journal = self.journal();
            let lines: Vec<_> = journal.lines().filter(|line| !line.contains("db.statement")).collect();
            assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{}", lines.join("\n"));
            std::thread::yield_now();
        }
    }

    /// What a command prints; it must succeed.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(KESHIRIM);
        let done =
            command.arg("--config").arg(self.folder.path().join("keshirim.toml")).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Writes an entry with a note; yields the id of the entry.
    fn enter(&self, arguments: &[&str]) -> String {
        let said = self.run(&[arguments, &["--note", NOTE, "--json"]].concat());
        let start = said.find("E-").unwrap_or_else(|| panic!("no entry in {said}"));
        said[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
    }
}

/// Today in Almaty and the day before, as the process reckons them.
fn days() -> (String, String) {
    let today = keshirim::clock::Clock::System.today(chrono_tz::Asia::Almaty);
    (today.to_string(), today.pred_opt().unwrap().to_string())
}

/// Records what a careless office would, free words wherever the register takes them; after each step the letters about it come.
fn careless(daemon: &Daemon, relay: &Relay) {
    const CASES: [(&str, &str); 2] = [("2026-1", "institution:uk-1"), ("2026-2", "institution:uk-2")];
    let (today, yesterday) = days();
    // The road a petition came by is free words as well; where it is none the register knows, a person must name the office.
    let road = format!("road={NOTE}");
    let mut entries = Vec::new();
    for (number, institution) in CASES {
        daemon.run(&["case", "open", number, "--sentence", "death", "--institution", institution]);
        daemon.enter(&["record", number, "verdict_in_force", "--on", &yesterday]);
        let road = if number == "2026-1" { "road=administration" } else { &road };
        entries.push(daemon.enter(&["record", number, "petition_accepted", "--on", &yesterday, "--field", road]));
    }
    daemon.wait("the refusal", || daemon.journal().contains("letter refused by the relay"));
    // What was put off would come in five minutes; asked for again, it comes now.
    daemon.wait("a letter to each mailbox", || {
        let said = daemon.run(&["letters", "list", "--json"]);
        let rows: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for row in rows.iter().filter(|row| row["state"] == "deferred") {
            daemon.run(&["letters", "resend", row["letter"].as_str().unwrap()]);
        }
        let letters: String = relay.taken().iter().map(|letter| readable(letter)).collect();
        ["first.", "second.", "third."].iter().all(|name| letters.contains(&format!("<{name}reader@offices.example>")))
    });
    let told = |words: &str| {
        daemon.wait(words, || relay.taken().iter().any(|letter| readable(letter).contains(words)));
    };
    for entry in &entries {
        daemon.enter(&["correct", entry, "--on", &today, "--reason", "typo"]);
    }
    told("Срок изменен: ");
    let forwarded = daemon.enter(&["record", "2026-1", "forwarded", "--on", &today]);
    told("Завершено: ");
    daemon.enter(&["retract", &forwarded, "--reason", "wrong_case"]);
    daemon.run(&["record", "--nationwide", "moratorium_declared", "--on", &today, "--act", NOTE]);
    told("мораторий");
}

#[test]
fn nothing_personal_and_no_mailbox_leaves_the_register_but_on_the_envelope() {
    let relay = Relay::start();
    let mut daemon = Daemon::start(&relay);
    careless(&daemon, &relay);
    let token = daemon.run(&["token", "create", "--role", "reader", "--name", "privacy"]);
    let token = token.split_whitespace().find(|word| word.len() > 30).expect("a token").to_owned();
    let reader = format!("Authorization: Bearer {token}\r\n");
    // The link of a letter leads to a page for whoever holds it.
    let link = relay.taken().iter().find_map(|letter| {
        let link = readable(letter).split_once("/ack/")?.1.split([' ', '"', '<']).next()?.to_owned();
        Some(link)
    });
    let link = link.expect("a letter that asks to be acknowledged");
    let pages = [
        daemon.get("/health", ""),
        daemon.get("/metrics", ""),
        daemon.get("/status", &reader),
        daemon.get("/status", &format!("{reader}Accept: application/json\r\n")),
        daemon.get("/status", ""),
        daemon.get("/cases/2026-404", &reader),
        daemon.get(&format!("/ack/{link}"), ""),
        daemon.ask("POST", &format!("/ack/{link}"), "Content-Length: 0\r\n"),
        daemon.get("/ack/no-such-link", ""),
    ];
    assert!(pages[2].contains("2026-1"), "the reader is let in: {}", pages[2]);
    let stopped = Command::new("kill").args(["-s", "TERM", &daemon.child.id().to_string()]).status().unwrap();
    assert!(stopped.success() && daemon.child.wait().unwrap().success());

    let journal = daemon.journal();
    assert!(journal.contains("DEBUG"), "the journal talks: {journal}");
    let letters: Vec<String> = relay.taken().iter().map(|letter| readable(letter)).collect();
    assert!(letters.len() >= 6 && letters.iter().any(|letter| letter.contains("/cases/2026-1")), "{}", letters.len());
    for words in PERSONAL {
        for text in letters.iter().chain(&pages).chain([&journal]) {
            assert!(!text.contains(words), "`{words}` in {text}");
        }
    }
    for mailbox in MAILBOXES {
        let local = mailbox.split_once('@').unwrap().0;
        for text in pages.iter().chain([&journal]) {
            let place = text.find(mailbox).or_else(|| text.find(&format!("{local}@")));
            assert!(place.is_none(), "{mailbox} in {}", &text[place.unwrap()..]);
        }
    }
    assert!(!journal.contains("return+"), "a return token in the journal");
    assert!(journal.contains("a letter was acknowledged"), "the link was followed: {}", pages[7]);
    for secret in [&token, &link, "kept by the privacy test"] {
        assert!(!journal.contains(secret), "`{secret}` in the journal");
    }
    // In a letter stand the mailbox of the reader and our own, and no other reader's.
    for letter in &letters {
        let named = MAILBOXES[..4].iter().filter(|mailbox| letter.contains(**mailbox)).count();
        assert_eq!(named, 1, "{letter}");
    }
}
