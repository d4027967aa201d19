//! PostgreSQL servers of a test's own: each in a folder of its own, on a loopback port of its own, without a password unless a test wants one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;

use crate::disasters::daemon::free_port;

/// Where Debian has them.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// The server's user, if the tests run as root: PostgreSQL refuses to.
fn as_postgres() -> Option<u32> {
    let id = |user: &[&str]| {
        let said = Command::new("id").arg("-u").args(user).output().unwrap().stdout;
        String::from_utf8(said).unwrap().trim().parse::<u32>().unwrap()
    };
    (id(&[]) == 0).then(|| id(&["postgres"]))
}

/// One server; it ends with the test.
pub(super) struct Server {
    folder: TempDir,
    pub(super) port: u16,
}

impl Server {
    /// A primary with an empty database.
    pub(super) fn start(settings: &[&str]) -> Self {
        let server = Self::start_empty();
        server.set(settings);
        server.up();
        server
    }

    /// The same, not running yet.
    pub(super) fn start_empty() -> Self {
        let server = Self::empty();
        server.run("initdb", &["-U", "keshirim", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", "-D"]);
        server.set(&["fsync = off", "full_page_writes = off", "shared_buffers = 16MB", "wal_keep_size = 256MB"]);
        server
    }

    /// A replica of a running server by streaming; it is asked for every commit once [`Server::wait_for_it`] was called.
    pub(super) fn replica_of(primary: &Self) -> Self {
        let server = Self::empty();
        let port = primary.port.to_string();
        let from = ["-h", "127.0.0.1", "-U", "keshirim", "-R", "-c", "fast", "--no-sync", "-p", &port, "-D"];
        server.run("pg_basebackup", &from);
        server.up();
        server
    }

    fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        if let Some(postgres) = as_postgres() {
            std::os::unix::fs::chown(folder.path(), Some(postgres), None).unwrap();
        }
        Self { folder, port: free_port() }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file of the server, by name.
    pub(super) fn put(&self, name: &str, content: &[u8]) {
        let path = self.data().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        if let Some(postgres) = as_postgres() {
            std::os::unix::fs::chown(&path, Some(postgres), None).unwrap();
        }
    }

    /// Adds to its configuration; it holds from the next start.
    pub(super) fn set(&self, settings: &[&str]) {
        let path = self.data().join("postgresql.conf");
        let before = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{before}\n{}\n", settings.join("\n"))).unwrap();
    }

    /// Runs one of PostgreSQL's programs on the data folder, which is its last argument.
    fn run(&self, program: &str, arguments: &[&str]) {
        let said = command(program, arguments, &self.data()).output().unwrap();
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(said.status.success(), "{program}: {}{log}", String::from_utf8_lossy(&said.stderr));
    }

    /// Starts it, and waits until it answers.
    pub(super) fn up(&self) {
        let folder = self.folder.path().display().to_string();
        let (log, port) = (format!("{folder}/log"), self.port);
        let options = format!("-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}");
        // Its output kept apart: a server that inherits a pipe keeps it open for ever.
        let mut start =
            command("pg_ctl", &["start", "-w", "-t", "60", "-s", "-l", &log, "-o", &options, "-D"], &self.data());
        let done = start.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "{}", fs::read_to_string(log).unwrap_or_default());
    }

    /// Ends it in an orderly way.
    pub(super) fn down(&self) {
        self.run("pg_ctl", &["stop", "-w", "-s", "-m", "fast", "-D"]);
    }

    /// `kill -9` for the server and each of its processes: no farewell, nothing finished.
    pub(super) fn kill(&self) {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let server: u32 = file.lines().next().unwrap().parse().unwrap();
        // The server first: it would start anew what has died, and tell the others.
        let mut all = vec![server];
        all.extend(processes().into_iter().filter(|(_, parent, _)| *parent == server).map(|(process, ..)| process));
        for process in &all {
            // One may have gone by itself meanwhile.
            let sent = Command::new("kill").args(["-s", "KILL", &process.to_string()]).stderr(Stdio::null()).status();
            assert!(sent.unwrap().success() || *process != server, "{server} is not there");
        }
        until("the server's processes are gone", || {
            !processes().iter().any(|(process, _, state)| all.contains(process) && *state != 'Z')
        });
        // Where nobody asks how an orphan has died, as in many a container, the next server would take it for alive.
        fs::remove_file(self.data().join("postmaster.pid")).unwrap();
        fs::remove_file(self.folder.path().join(format!(".s.PGSQL.{}.lock", self.port))).unwrap();
    }

    /// The replica becomes a primary.
    pub(super) fn promote(&self) {
        self.run("pg_ctl", &["promote", "-w", "-s", "-D"]);
    }

    /// From now on a commit is acknowledged only when the replica has it.
    pub(super) fn wait_for_replica(&self) {
        self.sql("alter system set synchronous_standby_names = '*'");
        self.sql("select pg_reload_conf()");
        until("the replica is synchronous", || {
            self.ask::<i64>("select count(*) from pg_stat_replication where sync_state = 'sync'") == 1
        });
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://keshirim@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs a statement as the server's owner.
    pub(super) fn sql(&self, sql: &str) {
        self.connected(async |db| {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db).await.unwrap();
        });
    }

    /// Asks for one value.
    pub(super) fn ask<T>(&self, sql: &str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        self.connected(async |db| sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(db).await.unwrap())
    }

    /// Through the socket in its folder, whatever the test makes of the port; on a thread of its own, for a runtime cannot start in another.
    fn connected<T: Send>(&self, work: impl AsyncFnOnce(&mut PgConnection) -> T + Send) -> T {
        let (folder, port) = (self.folder.path().display(), self.port);
        let url = format!("postgres://keshirim@localhost:{port}/postgres?host={folder}");
        let ask = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut db = PgConnection::connect(&url).await.unwrap();
                let answer = work(&mut db).await;
                db.close().await.unwrap();
                answer
            })
        };
        std::thread::scope(|scope| scope.spawn(ask).join().unwrap())
    }
}

fn command(program: &str, arguments: &[&str], data: &Path) -> Command {
    let program = format!("{PROGRAMS}/{program}");
    let mut command = match as_postgres() {
        Some(_) => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", &program]);
            command
        }
        None => Command::new(program),
    };
    command.args(arguments).arg(data).current_dir("/");
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dead already: that is what the tests are for.
        let mut stop = command("pg_ctl", &["stop", "-w", "-s", "-m", "immediate", "-D"], &self.data());
        let _gone = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// The machine's processes: each with its parent, and its state (`Z`: dead, and nobody has asked how).
fn processes() -> Vec<(u32, u32, char)> {
    let folders = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let seen = |process: u32| {
        let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // Its name, in parentheses, may be any text.
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?.chars().next()?;
        Some((process, fields.next()?.parse().ok()?, state))
    };
    folders.filter_map(seen).collect()
}

/// Waits until `done`.
pub(super) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !done() {
        assert!(begun.elapsed() < crate::disasters::daemon::PATIENCE, "{what}: never");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
