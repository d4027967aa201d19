//! How a mail program that is not ours threads our letters: notmuch of Debian on a Maildir.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use keshirim::letter::{Language, Letter, Line, Rung};
use tempfile::TempDir;

use super::{bar, day, forward, letter, rendered, step};

/// A question to notmuch; its answer, a line each.
fn notmuch(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("/usr/bin/notmuch");
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder);
    let done = command.env("NOTMUCH_CONFIG", folder.join("config")).args(arguments).output();
    let done =
        done.unwrap_or_else(|error| panic!("/usr/bin/notmuch does not start ({error}): apt-get install notmuch"));
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn of(case: &'static str, mut line: Line<'static>) -> Line<'static> {
    line.case_number = case;
    line
}

/// The life of a case in letters, each in another language, to other offices.
fn life(case: &'static str) -> Vec<Letter<'static>> {
    let moved = Rung::Moved { old: Some(day("2005-03-04")), reason: "typo" };
    vec![
        letter(Language::Kk, vec![of(case, forward(Rung::Opened))]),
        letter(Language::Ru, vec![of(case, bar(Rung::Opened))]),
        letter(Language::Ru, vec![of(case, forward(Rung::BeforeWorkingDays(3)))]),
        letter(Language::En, vec![of(case, forward(moved))]),
        letter(Language::Kk, vec![of(case, forward(Rung::Overdue { days: 2 })), of(case, step(Rung::ControlDate))]),
        letter(Language::En, vec![of(case, forward(Rung::Closed { by: "forwarded" }))]),
    ]
}

/// An empty Maildir and notmuch's own configuration.
fn mailbox() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for name in ["mail/cur", "mail/new", "mail/tmp"] {
        std::fs::create_dir_all(folder.path().join(name)).expect("made");
    }
    let configuration = format!("[database]\npath={}/mail\n[new]\ntags=\n", folder.path().display());
    std::fs::write(folder.path().join("config"), configuration).expect("written");
    folder
}

#[test]
fn the_letters_of_one_case_are_one_thread_and_a_table_of_several_cases_is_its_own() {
    const ONE: &str = "2005-0147";
    const OTHER: &str = "ҚР-12/2005 «А» бөлім, том 7";
    let folder = mailbox();
    let table = |language| letter(language, vec![of(ONE, forward(Rung::LastDay)), of(OTHER, forward(Rung::Opened))]);
    let mut letters: Vec<(&str, Letter<'static>)> = Vec::new();
    // Mixed, as they come.
    for (one, other) in life(ONE).into_iter().zip(life(OTHER)) {
        letters.extend([(ONE, one), (OTHER, other)]);
    }
    letters.extend([("table 1", table(Language::Kk)), ("table 2", table(Language::Ru))]);
    letters.push(("notice", letter(Language::En, vec![Line::notice("address_missing", "uk-3", day("2005-03-02"))])));
    let ids: Vec<String> = (0..letters.len()).map(|number| format!("L{number:03}")).collect();
    let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for ((group, letter), id) in letters.iter().zip(&ids) {
        let rendered = rendered(&Letter { id, ..letter.clone() });
        std::fs::write(folder.path().join("mail/new").join(id), &rendered.bytes).expect("written");
        let plain = rendered.message_id.trim_matches(['<', '>']);
        wanted.entry(group).or_default().insert(format!("id:{plain}"));
    }

    notmuch(folder.path(), &["new"]);
    let threads = notmuch(folder.path(), &["search", "--output=threads", "*"]);
    let found: BTreeSet<BTreeSet<String>> = threads
        .iter()
        .map(|thread| notmuch(folder.path(), &["search", "--output=messages", thread]).into_iter().collect())
        .collect();
    assert_eq!(found, wanted.into_values().collect());
    assert_eq!(threads.len(), 5, "two cases, two tables, a notice");
}

#[test]
fn it_is_our_headers_that_make_the_thread() {
    let folder = mailbox();
    let letters = life("2005-0147");
    for (number, letter) in letters.iter().enumerate() {
        let id = format!("L{number:03}");
        let bytes = String::from_utf8(rendered(&Letter { id: &id, ..letter.clone() }).bytes).expect("ASCII");
        let bare = bytes.replace("\r\nReferences: ", "\r\nX-One: ").replace("\r\nIn-Reply-To: ", "\r\nX-Two: ");
        assert_ne!(bare, bytes);
        std::fs::write(folder.path().join("mail/new").join(&id), bare).expect("written");
    }
    notmuch(folder.path(), &["new"]);
    assert_eq!(notmuch(folder.path(), &["search", "--output=threads", "*"]).len(), letters.len());
}
