//! The capture mailbox: a Maildir that any mail program can open.
//!
//! For the demonstration, for tests, and for offices that have no relay yet. The rules are Bernstein's: write under `tmp/`,
//! move into `new/`; whoever reads moves on to `cur/`. The file holds the letter's bytes unchanged.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{Phase, Verdict};

/// Longest unique name, in bytes: with the flags a reader appends it stays below the 255 of common file systems.
const UNIQUE_BYTES_MAX: usize = 200;

/// Puts one letter into the Maildir `dir`, which is made if it is not there.
///
/// `unique` comes from the letter's id (ASCII letters, digits, `-`, `_`, `.`, not beginning with a dot): the same letter has the
/// same file name, so delivering it again after an unclear end changes nothing, even when it has been read since. The verdict is
/// accepted only after file and directory are on the disk; not sent when nothing became visible; unknown when the letter is visible
/// but perhaps not durable.
pub async fn deliver(dir: &Path, unique: &str, bytes: &[u8]) -> Verdict {
    if !is_safe_name(unique) {
        return Verdict::not_sent(Phase::Connect, format!("{unique:?} cannot be a file name in a Maildir"));
    }
    let (dir, unique, bytes) = (dir.to_owned(), unique.to_owned(), bytes.to_owned());
    // fsync may take long on a busy disk; the runtime's workers must not wait for it.
    tokio::task::spawn_blocking(move || deliver_now(&dir, &unique, &bytes))
        .await
        .unwrap_or_else(|lost| Verdict::unknown(format!("the writing task ended early: {lost}")))
}

fn deliver_now(dir: &Path, unique: &str, bytes: &[u8]) -> Verdict {
    let told = |what: &str, error: &io::Error| format!("{}: {what}: {error}", dir.display());
    match find(dir, unique) {
        Ok(Some(path)) => {
            return Verdict::Accepted { reply: format!("already at {}", path.display()) };
        }
        Ok(None) => {}
        Err(error) => {
            return Verdict::not_sent(Phase::Connect, told("cannot open the mailbox", &error));
        }
    }
    let (draft, target) = (dir.join("tmp").join(unique), dir.join("new").join(unique));
    if let Err(error) = write_durably(&draft, bytes) {
        return Verdict::not_sent(Phase::Data, told("cannot write", &error));
    }
    if let Err(error) = fs::rename(&draft, &target) {
        return Verdict::not_sent(Phase::Dot, told("cannot move into new/", &error));
    }
    if let Err(error) = File::open(dir.join("new")).and_then(|new| new.sync_all()) {
        return Verdict::unknown(told("written, but perhaps not durable", &error));
    }
    Verdict::Accepted { reply: format!("written to {}", target.display()) }
}

/// Makes the three directories and looks whether the letter is in one of the two that readers see.
fn find(dir: &Path, unique: &str) -> io::Result<Option<PathBuf>> {
    for part in ["tmp", "new", "cur"] {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir.join(part))?;
    }
    let waiting = dir.join("new").join(unique);
    if waiting.try_exists()? {
        return Ok(Some(waiting));
    }
    for entry in fs::read_dir(dir.join("cur"))? {
        let entry = entry?;
        let name = entry.file_name();
        // A reader appends ":2," and its flags.
        if name.to_str().and_then(|name| name.split(':').next()) == Some(unique) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A draft left by a crash is of the same letter: it is written anew.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        if let Err(error) = fs::remove_file(path)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, "a draft could not be removed from tmp/");
        }
    })
}

fn is_safe_name(unique: &str) -> bool {
    !unique.is_empty()
        && unique.len() <= UNIQUE_BYTES_MAX
        && !unique.starts_with('.')
        && unique.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
