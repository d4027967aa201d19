//! What is taken from outside the files: three variables, and who runs the command.

use std::path::PathBuf;

/// Most octets of one /proc or passwd file that are looked at.
const LOOKED_AT_OCTETS_MAX: u64 = 1 << 20;
/// The audit system's "nobody logged in" (the kernel's `(uid_t)-1`).
const LOGIN_UID_UNSET: u32 = u32::MAX;

/// The environment, read once at the start. `NOTIFY_SOCKET` is left to sd-notify.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `KESHIRIM_CONFIG`: the configuration file where `--config` is not given.
    pub config: Option<PathBuf>,
    /// `CREDENTIALS_DIRECTORY`: where systemd puts credentials.
    pub credentials_directory: Option<PathBuf>,
    /// `RUST_LOG`: a log filter that goes before `log.filter`.
    pub rust_log: Option<String>,
}

impl Environment {
    /// What the process was started with; an empty variable counts as none.
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the environment")]
    pub fn read() -> Self {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            config: path("KESHIRIM_CONFIG"),
            credentials_directory: path("CREDENTIALS_DIRECTORY"),
            rust_log: std::env::var("RUST_LOG").ok().filter(|value| !value.is_empty()),
        }
    }
}

/// Who runs this command, for "two pairs of eyes": the system user's name, or `uid:N` where the password file has no name.
///
/// Never from `$USER` or `$SUDO_USER`, which anybody can set. First the audit system's login user
/// (`/proc/self/loginuid`): it stays the same through `sudo` and `su` and only the kernel's keeper can change it, so two clerks
/// who both run `sudo -u keshirim` are two, and one clerk with and without `sudo` is one. Where there is none (containers,
/// services) the real user of the process (`Uid:` in `/proc/self/status`): then all who use `sudo` are one person, which
/// refuses a confirmation too many and never grants one. The error says what could not be read.
pub fn system_user() -> Result<String, String> {
    let read = |path: &str| {
        use std::io::Read as _;
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(LOOKED_AT_OCTETS_MAX).read_to_string(&mut text))
            .map(|_| text)
            .map_err(|error| format!("{path}: cannot be read ({error})"))
    };
    let status = read("/proc/self/status")?;
    let login = read("/proc/self/loginuid").unwrap_or_default();
    user_of(&status, &login, &read("/etc/passwd").unwrap_or_default()).ok_or_else(|| {
        "/proc/self/status: no line `Uid:`. Mount /proc, so that the register knows who records.".to_owned()
    })
}

/// The pure part of [`system_user`]: from the texts of `/proc/self/status`, `/proc/self/loginuid` and `/etc/passwd`.
pub fn user_of(status: &str, login: &str, passwd: &str) -> Option<String> {
    let real = || -> Option<u32> {
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let uid = login.trim().parse().ok().filter(|uid| *uid != LOGIN_UID_UNSET).or_else(real)?;
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    Some(name.unwrap_or_else(|| format!("uid:{uid}")))
}
