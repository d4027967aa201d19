//! Secrets: from a systemd credential or a file of one's own, never from the environment or the command line.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Environment;
use super::problem::Problem;

/// Octets of a secret, at most: a password or a key, not a document.
const SECRET_OCTETS_MAX: u64 = 4_096;

/// A password or key. It prints as `Secret(…)`, so that no log and no error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself: for the one line that sends or signs with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a secret is kept. Nothing is read until [`SecretPlace::read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// A systemd credential of this name (`LoadCredential=` in the unit), a file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
    /// A file that only its owner can read.
    File(PathBuf),
}

impl SecretPlace {
    /// The secret, without the line end that editors leave. Refused: a file that cannot be read, is not a plain file, can be
    /// read by others (for a credential: by everybody; its group bits show systemd's access list, not a group), is empty,
    /// longer than 4096 octets, not UTF-8 or has a control character in it.
    pub fn read(&self, key: &str, environment: &Environment) -> Result<Secret, Problem> {
        match self {
            Self::File(path) => read_file(path, key, 0o077),
            Self::Credential(name) => match &environment.credentials_directory {
                Some(folder) => read_file(&folder.join(name), key, 0o007),
                None => Err(Problem {
                    file: format!("credential {name}"),
                    line: None,
                    key: key.to_owned(),
                    what: "systemd gave this process no credentials".to_owned(),
                    remedy: format!(
                        "Run under the unit with LoadCredential={name}:FILE, or name a file in {}.",
                        sibling(key)
                    ),
                }),
            },
        }
    }
}

/// `mail.password_file` for `mail.password_credential`.
fn sibling(key: &str) -> String {
    key.replace("_credential", "_file")
}

fn read_file(path: &Path, key: &str, forbidden: u32) -> Result<Secret, Problem> {
    let shown = path.display();
    let refuse = |what: String, remedy: String| Problem {
        file: shown.to_string(),
        line: None,
        key: key.to_owned(),
        what,
        remedy,
    };
    let make = || format!("Make it a file with the secret alone: install -m 0600 -o keshirim /dev/stdin {shown}");
    let file = File::open(path).map_err(|error| refuse(format!("cannot be read ({error})"), make()))?;
    // Asked of the open file, not of the path: the two could differ a moment later.
    let meta = file.metadata().map_err(|error| refuse(format!("cannot be read ({error})"), make()))?;
    if !meta.is_file() {
        return Err(refuse("is not a plain file".to_owned(), make()));
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & forbidden != 0 {
        let remedy = format!("Run: chmod 600 {shown}, and change the secret if others may have read it.");
        return Err(refuse(format!("others can read or change it (mode {mode:04o})"), remedy));
    }
    let mut text = String::new();
    file.take(SECRET_OCTETS_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| refuse(format!("cannot be read ({error})"), make()))?;
    if text.len() as u64 > SECRET_OCTETS_MAX {
        return Err(refuse(format!("is longer than {SECRET_OCTETS_MAX} octets"), make()));
    }
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() || secret.contains(char::is_control) {
        return Err(refuse("is empty, or has more than one line or a control character".to_owned(), make()));
    }
    Ok(Secret(secret.to_owned()))
}
