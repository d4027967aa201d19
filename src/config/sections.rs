//! `config/keshirim.toml`, section by section. The file documents each key; here are the types and the limits.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::Environment;
use super::ladder::Ladders;
use super::mail::{Mail, secret};
use super::node::Node;
use super::problem::Problem;
use super::secret::{Secret, SecretPlace};
use super::value::{Fault, count, text};

/// Most store addresses.
const STORE_URLS_MAX: usize = 8;
/// Most pauses in `retry.deferred_minutes`.
const DEFERRED_PAUSES_MAX: usize = 20;
/// Minutes of a day.
const DAY_MINUTES: u32 = 1_440;

/// The service's configuration, checked. Paths are resolved against the file's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `[store]`
    pub store: StoreSection,
    /// `[http]`
    pub http: Http,
    /// `[files]`
    pub files: Files,
    /// `[mail]`
    pub mail: Mail,
    /// `[letters]`
    pub letters: Letters,
    /// `[ladder.…]`
    pub ladder: Ladders,
    /// `[register]`
    pub register: Register,
    /// `[retry]`
    pub retry: Retry,
    /// `[audit]`
    pub audit: Audit,
    /// `[log]`
    pub log: Log,
}

/// Where the register is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSection {
    /// One `sqlite:` address, or `postgres:` ones in the order in which they are tried. Never empty.
    pub urls: Vec<String>,
    /// Where the password for PostgreSQL is kept; a credential that was not given is no password.
    pub password: SecretPlace,
}

impl StoreSection {
    /// The password for PostgreSQL; none where the credential was not given to this process.
    pub fn password(&self, environment: &Environment) -> Result<Option<Secret>, Problem> {
        let key = match &self.password {
            SecretPlace::Credential(name) => {
                let folder = environment.credentials_directory.as_ref();
                if !folder.is_some_and(|folder| folder.join(name).exists()) {
                    return Ok(None);
                }
                "store.password_credential"
            }
            SecretPlace::File(_) => "store.password_file",
        };
        self.password.read(key, environment).map(Some)
    }
}

/// The listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Address and port listened on.
    pub listen: SocketAddr,
    /// What links in letters begin with; no slash at the end.
    pub public_url: String,
}

/// Where the two other files are; `None` = beside this file, else built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The directory of offices.
    pub offices: Option<PathBuf>,
    /// The calendar.
    pub calendar: Option<PathBuf>,
}

/// How letters are grouped and timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letters {
    /// Time of day in the office's zone at which rungs fall.
    pub morning: NaiveTime,
    /// Seconds that notices wait to be grouped.
    pub group_notices_seconds: u32,
    /// Most letters of a day to one official that travel alone.
    pub alone_per_official_per_day_max: u32,
}

/// How entries are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Days after which the date of an entry is questioned.
    pub old_entry_days: u16,
    /// Zone of a case for which none is given.
    pub zone: Tz,
    /// Whether the repeal of 5 July 2006 ends the rules.
    pub honour_repeal: bool,
}

/// When a letter is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Pauses after a deferral, in minutes, one after the other. Never empty.
    pub deferred_minutes: Vec<u32>,
    /// The pause after those, in minutes.
    pub then_every_minutes: u32,
    /// Minutes within which a letter of unknown fate goes again.
    pub unknown_within_minutes: u32,
}

impl Retry {
    /// The pause after the deferral of attempt `attempt` (from 1): 5, 10, 20, 40 minutes, then hourly, with a jitter of up to a tenth
    /// that the letter's own id decides.
    pub fn pause(&self, attempt: i64, letter_id: &str) -> TimeDelta {
        let attempt = usize::try_from(attempt - 1).unwrap_or(0);
        let minutes = self.deferred_minutes.get(attempt).copied().unwrap_or(self.then_every_minutes);
        let seconds = i64::from(minutes) * 60;
        let spread = letter_id.bytes().fold(0i64, |sum, byte| (sum * 31 + i64::from(byte)) % 1_000);
        TimeDelta::seconds(seconds + seconds * spread / 10_000)
    }
}

/// What the auditor does beyond comparing.
#[derive(Clone, PartialEq, Eq)]
pub struct Audit {
    /// What is asked for when nothing is missing; `None` = nothing. Its path is the watchman's secret.
    pub heartbeat_url: Option<String>,
}

/// How the log is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// Its filter, in tracing's words.
    pub filter: String,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    pub(super) fn read(root: &Node<'_>, folder: Option<&Path>) -> Self {
        let files = root.section("files");
        Self {
            store: StoreSection::read(&root.section("store"), folder),
            http: Http::read(&root.section("http")),
            files: Files { offices: path(&files, "offices", folder), calendar: path(&files, "calendar", folder) },
            mail: Mail::read(&root.section("mail"), folder),
            letters: Letters::read(&root.section("letters")),
            ladder: Ladders::read(&root.section("ladder")),
            register: Register::read(&root.section("register")),
            retry: Retry::read(&root.section("retry")),
            audit: Audit::read(&root.section("audit")),
            log: Log::read(&root.section("log")),
        }
    }
}

impl StoreSection {
    fn read(node: &Node<'_>, folder: Option<&Path>) -> Self {
        let urls = node.must("url", Vec::new(), |value| match value.as_str() {
            Some(url) => Ok(vec![store_url(url, folder)?]),
            None => match value.as_array() {
                Some(urls) => urls.iter().map(|url| store_url(text(url.get_ref())?, folder)).collect(),
                None => Err(super::value::wanted(value, "a string or a list of strings")),
            },
        });
        let mixed = urls.len() > 1 && urls.iter().any(|url| url.starts_with("sqlite:"));
        if mixed || urls.len() > STORE_URLS_MAX {
            let remedy = format!("Write one sqlite: address, or 1 to {STORE_URLS_MAX} postgres: ones.");
            node.refuse("url", ("these addresses do not go together".to_owned(), remedy));
        } else if urls.is_empty() {
            node.refuse(
                "url",
                ("no address".to_owned(), "Write one, such as \"sqlite:///var/lib/keshirim/keshirim.db\".".to_owned()),
            );
        }
        Self { urls, password: secret(node, "password", folder) }
    }
}

/// `url`, its SQLite path made absolute. The text of a refused address is not repeated: it may hold a password.
fn store_url(url: &str, folder: Option<&Path>) -> Result<String, Fault> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.starts_with(':') {
            let what = "no file after sqlite:// (a register in memory would be lost at every stop)";
            let remedy = "Write \"sqlite:///var/lib/keshirim/keshirim.db\".";
            return Err((what.to_owned(), remedy.to_owned()));
        }
        let path = folder.map_or_else(|| PathBuf::from(path), |folder| folder.join(path));
        return Ok(format!("sqlite://{}", path.display()));
    }
    let Some(rest) = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) else {
        let remedy = "Begin it with sqlite:// or postgres://.";
        return Err(("an address of an unknown kind".to_owned(), remedy.to_owned()));
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let in_user = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    if in_user || rest.contains("password=") {
        let remedy = "Take it out: use peer or certificate authentication, or [store] password_credential or password_file; \
                      and change the password.";
        return Err(("a password stands in the address".to_owned(), remedy.to_owned()));
    }
    Ok(url.to_owned())
}

impl Http {
    fn read(node: &Node<'_>) -> Self {
        let unspecified = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = node.must("listen", unspecified, |value| {
            let listen = text(value)?;
            listen.parse().map_err(|_| {
                let remedy = "Write a number address and a port, such as \"127.0.0.1:8460\" or \"[::1]:8460\".";
                (format!("\"{listen}\" is no socket address"), remedy.to_owned())
            })
        });
        let public_url = node.must("public_url", String::new(), |value| {
            let url = text(value)?;
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let fits = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
                && !url.ends_with('/')
                && url.bytes().all(|octet| octet.is_ascii_graphic() && !b"\"<>?#".contains(&octet));
            let remedy = "Write it as \"https://keshirim.example.org\", without a slash at the end.";
            if fits {
                Ok(url.to_owned())
            } else {
                Err((format!("{url:?} is no address to begin links with"), remedy.to_owned()))
            }
        });
        Self { listen, public_url }
    }
}

impl Letters {
    fn read(node: &Node<'_>) -> Self {
        Self {
            morning: node.must("morning", NaiveTime::MIN, |value| {
                let morning = text(value)?;
                let strict = Some(morning).filter(|morning| morning.len() == 5);
                strict.and_then(|morning| NaiveTime::parse_from_str(morning, "%H:%M").ok()).ok_or_else(|| {
                    (format!("\"{morning}\" is no time of day"), "Write it as \"HH:MM\", such as \"08:30\".".to_owned())
                })
            }),
            group_notices_seconds: node.count("group_notices_seconds", 0..=3_600),
            alone_per_official_per_day_max: node.count("alone_per_official_per_day_max", 0..=100),
        }
    }
}

impl Register {
    fn read(node: &Node<'_>) -> Self {
        Self {
            old_entry_days: node.count("old_entry_days", 1..=3_650),
            zone: node.zone("zone").unwrap_or(super::ZONE_DEFAULT),
            honour_repeal: node.flag("honour_repeal"),
        }
    }
}

impl Retry {
    fn read(node: &Node<'_>) -> Self {
        let deferred_minutes =
            node.values("deferred_minutes", DEFERRED_PAUSES_MAX, |value| count(value, &(1..=DAY_MINUTES)));
        Self {
            deferred_minutes,
            then_every_minutes: node.count("then_every_minutes", 1..=DAY_MINUTES),
            unknown_within_minutes: node.count("unknown_within_minutes", 1..=60),
        }
    }
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audit").field("heartbeat_url", &self.heartbeat_url.as_ref().map(|_| "…")).finish()
    }
}

impl Audit {
    fn read(node: &Node<'_>) -> Self {
        let url = node.must("heartbeat_url", String::new(), |value| {
            let url = text(value)?;
            if url.is_empty() || is_heartbeat(url) {
                return Ok(url.to_owned());
            }
            // The address is not repeated: its path is a secret.
            let remedy =
                "Write https://host/path, or http://127.0.0.1:PORT/path for a watchman on this machine, or \"\".";
            Err(("no address to send a heartbeat to".to_owned(), remedy.to_owned()))
        });
        Self { heartbeat_url: Some(url).filter(|url| !url.is_empty()) }
    }
}

/// Whether it is an https address, or an http one of this machine; no user, no password, no fragment.
fn is_heartbeat(url: &str) -> bool {
    let (rest, clear) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').or(port.is_empty().then_some("443"))),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("443")),
        },
    };
    let named = is_loopback(host) || crate::offices::check_domain(host).is_ok() || host.parse::<IpAddr>().is_ok();
    named
        && (!clear || is_loopback(host))
        && port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && url.bytes().all(|octet| octet.is_ascii_graphic() && !b"\"<>#@\\".contains(&octet))
}

impl Log {
    fn read(node: &Node<'_>) -> Self {
        let filter = node.must("filter", String::new(), |value| {
            let filter = text(value)?;
            let parsed = tracing_subscriber::EnvFilter::try_new(filter);
            parsed.map(|_| filter.to_owned()).map_err(|error| {
                (
                    format!("\"{filter}\" is no filter ({error})"),
                    "Write one such as \"info\" or \"keshirim=debug,info\".".to_owned(),
                )
            })
        });
        let format = node.choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]);
        Self { format: format.unwrap_or(LogFormat::Text), filter }
    }
}

/// The path in `key`, against `folder`; `None` where it is "".
pub(super) fn path(node: &Node<'_>, key: &str, folder: Option<&Path>) -> Option<PathBuf> {
    let path = PathBuf::from(node.string(key));
    match folder {
        _ if path.as_os_str().is_empty() => None,
        Some(folder) => Some(folder.join(path)),
        None => Some(path),
    }
}

/// Whether `host` is this machine and nothing else.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
