//! The commands `bounce`, `offices` and `letters failed`, as a mail server and an operator run them.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use keshirim::post::return_path::ReturnPath;
use keshirim::store::{Instant, Migrations, Store};
use serde_json::Value;
use tempfile::TempDir;

use super::{LETTER, letter, report};
use crate::backend::{on_each_backend, register_url};

const KESHIRIM: &str = env!("CARGO_BIN_EXE_keshirim");
const ADDRESS: &str = "sc@test.example";

const OFFICES: &str = r#"
[[office]]
code = "supreme_court"
name = { kk = "Жоғарғы Сот", ru = "Верховный Суд", en = "Supreme Court" }
superior = "working_body"
[[office.official]]
post = "Registry"
address = "sc@test.example"
[[office]]
code = "working_body"
name = { kk = "Жұмыс органы", ru = "Рабочий орган", en = "Working body" }
[[office.official]]
post = "Head"
address = "wb@test.example"
absences = [{ from = "2026-03-02", until = "2026-03-06", deputy = "deputy@test.example" }]
"#;

/// A register with one letter, and its configuration.
struct Site(TempDir);

impl Site {
    async fn with_letter() -> Self {
        let folder = TempDir::new().unwrap();
        let (shown, url) = (folder.path().display(), register_url(folder.path()).await);
        let text = format!(
            "[store]\nurl = \"{url}\"\n[mail]\nreturn_address = \"back@test.example\"\n\
             return_secret_file = \"{shown}/secret\"\n"
        );
        fs::write(folder.path().join("k.toml"), text).unwrap();
        fs::write(folder.path().join("offices.toml"), OFFICES).unwrap();
        let site = Self(folder);
        fs::write(site.path("secret"), "a secret\n").unwrap();
        fs::set_permissions(site.path("secret"), fs::Permissions::from_mode(0o600)).unwrap();
        let store = Store::open(&url, Migrations::Run).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let now: Instant = "2026-02-02T05:00:00.000Z".parse().unwrap();
        assert!(tx.insert_letter(&letter(LETTER, ADDRESS, now)).await.unwrap());
        tx.commit().await.unwrap();
        store.close().await;
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> (i32, String, String) {
        let mut child = Command::new(KESHIRIM)
            .arg("--config")
            .arg(self.path("k.toml"))
            .args(arguments)
            .env_remove("CREDENTIALS_DIRECTORY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that has read enough closes its end.
        let _ = child.stdin.take().unwrap().write_all(input);
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn report(name: &str) -> Vec<u8> {
        let key = ReturnPath::new("back@test.example", Some("a secret"));
        report(name, LETTER, ADDRESS, &key).into_bytes()
    }
}

async fn a_mail_server_pipes_a_report_and_the_operator_sees_and_lifts_what_followed() {
    let site = Site::with_letter().await;
    let (status, said, errors) = site.run(&["bounce", "-"], &Site::report("postfix-unknown"));
    assert_eq!((status, errors.as_str()), (0, ""), "{said}");
    assert!(said.contains(LETTER) && said.contains("failed 5.1.1") && !said.contains('@'), "{said}");
    let (status, said, _) = site.run(&["bounce"], &Site::report("postfix-unknown"));
    assert_eq!(status, 0);
    assert!(said.contains("was read before"), "{said}");

    let (_, said, _) = site.run(&["letters", "failed"], b"");
    assert!(said.contains(LETTER) && said.contains("bounced"), "{said}");
    let (_, said, _) = site.run(&["letters", "show", LETTER], b"");
    assert!(said.contains("failed 5.1.1 (flagged)"), "{said}");
    let (status, said, _) = site.run(&["check"], b"");
    assert_eq!(status, 1);
    assert!(said.contains("sc@test.example (supreme_court) does not work"), "{said}");

    let (status, said, _) = site.run(&["offices"], b"");
    assert_eq!(status, 0);
    assert!(said.contains("Registry <sc@test.example> kk, DOES NOT WORK"), "{said}");
    assert!(said.contains("> Head <wb@test.example> kk, as superior (working_body)"), "{said}");
    let (status, said, _) = site.run(&["offices", "--lift", "sc@test.example"], b"");
    assert_eq!(status, 0);
    assert!(said.contains("lifted by"), "{said}");
    let (_, said, _) = site.run(&["offices"], b"");
    assert!(said.contains("> Registry <sc@test.example> kk") && !said.contains("DOES NOT WORK"), "{said}");
    let (status, _, errors) = site.run(&["offices", "--lift", "sc@test.example"], b"");
    assert_eq!(status, 1);
    assert!(errors.contains("is not flagged"), "{errors}");
}

async fn the_directory_is_shown_as_it_is_on_a_day() {
    let site = Site::with_letter().await;
    let (status, said, _) = site.run(&["--json", "offices", "--on", "2026-03-03"], b"");
    assert_eq!(status, 0);
    let said: Value = serde_json::from_str(&said).unwrap();
    let working_body = &said["offices"][1];
    assert_eq!(working_body["office"], "working_body");
    assert_eq!(working_body["officials"][0]["away_until"], "2026-03-06");
    assert_eq!(working_body["written_to"][0]["address"], "deputy@test.example");
    assert_eq!(working_body["written_to"][0]["why"], "deputy");
    assert_eq!(said["flagged"], Value::Array(Vec::new()));
    assert!(!said["findings"].as_array().unwrap().is_empty(), "offices are missing in this directory");
}

/// 1 = never ours, nothing to try again; 75 = the mail server keeps it. On SQLite alone: its file is taken away.
#[tokio::test]
async fn what_is_not_ours_is_refused_and_what_cannot_be_read_now_is_kept_by_the_mail_server() {
    let site = Site::with_letter().await;
    let other = ReturnPath::new("back@test.example", Some("another"));
    let forged = report("postfix-unknown", LETTER, ADDRESS, &other).into_bytes();
    let (status, said, errors) = site.run(&["bounce", "-"], &forged);
    assert_eq!((status, said.as_str()), (1, ""));
    assert!(errors.contains("not signed with this register's key") && errors.lines().count() == 1, "{errors}");
    let (status, _, errors) = site.run(&["bounce", "-"], b"");
    assert_eq!(status, 1, "{errors}");
    let (status, _, errors) = site.run(&["bounce", "-"], &vec![b'x'; 2 << 20]);
    assert_eq!(status, 1);
    assert!(errors.contains("longer than"), "{errors}");
    let (status, said, _) = site.run(&["letters", "failed"], b"");
    assert_eq!((status, said.lines().count()), (0, 1), "{said}");

    let mail = Site::report("postfix-unknown");
    fs::rename(site.path("secret"), site.path("elsewhere")).unwrap();
    let (status, _, errors) = site.run(&["bounce", "-"], &mail);
    assert_eq!(status, 75, "{errors}");
    fs::rename(site.path("elsewhere"), site.path("secret")).unwrap();
    fs::rename(site.path("register.db"), site.path("away.db")).unwrap();
    let (status, _, errors) = site.run(&["bounce", "-"], &mail);
    assert_eq!(status, 75, "{errors}");
    assert!(!site.path("register.db").exists(), "a report makes no new register");
    fs::rename(site.path("away.db"), site.path("register.db")).unwrap();
    fs::write(site.path("k.toml"), "[store\n").unwrap();
    let (status, _, errors) = site.run(&["bounce", "-"], &mail);
    assert_eq!(status, 75, "{errors}");
}

on_each_backend!(
    a_mail_server_pipes_a_report_and_the_operator_sees_and_lifts_what_followed,
    the_directory_is_shown_as_it_is_on_a_day,
);
