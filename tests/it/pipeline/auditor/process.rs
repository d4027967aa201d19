//! The real process and a watchman: heartbeats while all is well, none while a difference stands.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keshirim::store::{AuditRow, Migrations, Store};

use super::watchman::{Heard, watch};
use super::world::OFFICES;

const KESHIRIM: &str = env!("CARGO_BIN_EXE_keshirim");
/// How long anything of the process may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn start(folder: &Path) -> Daemon {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let child = Command::new(KESHIRIM)
        .args(["serve", "--config"])
        .arg(folder.join("keshirim.toml"))
        .env_remove("RUST_LOG")
        .env_remove("NOTIFY_SOCKET")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    Daemon(child)
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Waits for the run after `after` runs; yields it.
async fn audited(store: &Store, folder: &Path, not: Option<&str>) -> AuditRow {
    let begun = Instant::now();
    loop {
        let last = store.snapshot().await.unwrap().last_audit(None).await.unwrap();
        if let Some(last) = last.filter(|last| Some(last.audit_id.as_str()) != not) {
            return last;
        }
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(begun.elapsed() < PATIENCE, "no audit within {PATIENCE:?}\n{}", log());
        tokio::task::yield_now().await;
    }
}

async fn sql(store: &Store, sql: &str) {
    let Store::Sqlite { write, .. } = store else { panic!("the process runs on SQLite here") };
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(write).await.unwrap();
}

async fn ended(mut daemon: Daemon) {
    let sent = Command::new("kill").args(["-s", "TERM", &daemon.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(tokio::task::spawn_blocking(move || daemon.0.wait().unwrap().code()).await.unwrap(), Some(0));
}

#[tokio::test]
async fn the_watchman_hears_of_a_healthy_register_and_nothing_while_a_difference_stands() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, shown) = (folder.path(), folder.path().display());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (url, heard): (String, Heard) = watch(OK);
    let text = format!(
        "[store]\nurl = \"sqlite://{shown}/register.db\"\n[http]\nlisten = \"127.0.0.1:{port}\"\n\
         [mail]\ntransport = \"maildir\"\nmaildir = \"{shown}/mail\"\n[audit]\nheartbeat_url = \"{url}\"\n"
    );
    fs::write(folder.join("keshirim.toml"), text).unwrap();
    fs::write(folder.join("offices.toml"), OFFICES).unwrap();
    let opened = ["case", "open", "2026-1", "--sentence", "imprisonment", "--institution", "institution:uk-2"];
    let run = Command::new(KESHIRIM).arg("--config").arg(folder.join("keshirim.toml")).args(opened).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let store = Store::open(&format!("sqlite://{shown}/register.db"), Migrations::Run).await.unwrap();

    let daemon = start(folder);
    let well = audited(&store, folder, None).await;
    assert_eq!((well.scope.as_str(), well.differences, well.heartbeat.as_str()), ("nightly", 0, "pinged"));
    assert_eq!(heard.lines(), ["GET /ping/5d3f HTTP/1.1"]);
    ended(daemon).await;

    // While it is down an entry is changed, and the last run is long ago.
    sql(&store, "update event set recorded_by = 'nobody'; delete from audit").await;
    let daemon = start(folder);
    let ill = audited(&store, folder, Some(&well.audit_id)).await;
    assert_eq!((ill.differences, ill.heartbeat.as_str()), (1, "withheld"));
    assert_eq!(heard.lines().len(), 1, "none while a difference stands");
    let health = get(port, "/health").unwrap();
    assert!(health.contains("\"differences\":1") && health.contains("degraded"), "{health}");
    let metrics = get(port, "/metrics").unwrap();
    assert!(metrics.contains("keshirim_audit_differences 1\n"), "{metrics}");
    ended(daemon).await;
    let log = fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.contains("the auditor found a difference") && log.contains("2026-1"), "{log}");
    assert!(!log.contains("@test.example") && !log.contains("5d3f"), "no address in the journal: {log}");
}
