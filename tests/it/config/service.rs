//! keshirim.toml: defaults, laying over, refusals.

use std::collections::BTreeSet;

use super::{one, shipped_file};
use chrono::NaiveTime;
use keshirim::config::{Before, Config, Every, SHIPPED_CONFIG, SecretPlace, Security, Transport};

/// The one problem that `text` has as keshirim.toml, as it is printed.
fn refused(text: &str) -> String {
    one(Config::parse("k.toml", text, None))
}

#[test]
fn the_shipped_file_is_the_built_in_default() {
    let shipped = Config::parse("config/keshirim.toml", &shipped_file("keshirim.toml"), None).unwrap();
    assert_eq!(shipped, Config::default());
    assert_eq!(shipped, Config::parse("empty", "", None).unwrap());
}

#[test]
fn the_defaults_are_those_of_the_contract() {
    let config = Config::default();
    assert_eq!(config.store.urls, ["sqlite:///var/lib/keshirim/keshirim.db"]);
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8460");
    assert_eq!(config.letters.morning, NaiveTime::from_hms_opt(8, 30, 0).unwrap());
    assert_eq!(config.mail.transport, Transport::Maildir);
    assert_eq!(config.mail.password, SecretPlace::Credential("smtp-password".to_owned()));
    assert_eq!(config.mail.message_id_domain, "example.org");
    let (wd, d) = (Before::WorkingDays, Before::Days);
    assert_eq!(config.ladder.duty_of_days.before, [wd(3), wd(1)]);
    assert_eq!(config.ladder.duty_of_months.before, [d(10), wd(3), wd(1)]);
    assert_eq!(config.ladder.right.before, [d(90), d(30), d(7), wd(1)]);
    assert_eq!(config.ladder.duty_of_months.overdue_every, Every::WorkingDays(1));
    assert_eq!(config.ladder.step.after_control_every, Every::Weeks(1));
    assert_eq!(config.retry.deferred_minutes, [5, 10, 20, 40]);
    assert_eq!(config.register.old_entry_days, 60);
}

/// Names of all values in `table`, such as `mail.port`.
fn leaves(table: &toml::Table, path: &str, into: &mut BTreeSet<String>) {
    for (key, value) in table {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            toml::Value::Table(table) => leaves(table, &full, into),
            _ => assert!(into.insert(full)),
        }
    }
}

#[test]
fn every_key_of_the_shipped_file_is_read_and_every_key_read_is_in_it() {
    let mut documented = BTreeSet::new();
    leaves(&SHIPPED_CONFIG.parse().unwrap(), "", &mut documented);
    assert_eq!(Config::keys().into_iter().collect::<BTreeSet<_>>(), documented);
}

#[test]
fn a_file_changes_only_the_keys_it_has() {
    let config = Config::parse("k.toml", "[mail]\nport = 587\nsecurity = \"starttls\"\n", None).unwrap();
    let mut expected = Config::default();
    expected.mail.port = 587;
    expected.mail.security = Security::StartTls;
    assert_eq!(config, expected);
}

#[test]
fn an_unknown_key_is_answered_with_file_line_key_and_the_nearest_known_key() {
    assert_eq!(
        refused("[mail]\n# a comment\nprot = 25\n"),
        "k.toml:3: mail.prot: unknown key. The nearest known key is `mail.port`; remove or rename this one."
    );
    assert_eq!(
        refused("[ladder.duty_of_day]\nopened = true\n"),
        "k.toml:1: ladder.duty_of_day: unknown key. The nearest known key is `ladder.duty_of_days`; remove or rename this one."
    );
    assert!(refused("[lader]\n").contains("`ladder`"));
}

#[test]
fn a_countdown_to_the_end_of_a_bar_cannot_be_configured() {
    assert!(refused("[ladder.bar]\nbefore = [\"3wd\"]\n").starts_with("k.toml:2: ladder.bar.before: unknown key."));
}

#[test]
fn a_value_of_another_type_or_out_of_range_is_refused_with_the_form_it_takes() {
    let cases = [
        ("mail.port = \"25\"", "mail.port: a value of type string stands here. Write a whole number from 1 to 65535."),
        ("mail.port = 70000", "mail.port: 70000 is out of range. Write a whole number from 1 to 65535."),
        ("mail.port = -1", "mail.port: -1 is out of range. Write a whole number from 1 to 65535."),
        ("mail = 3", "mail: a value of type integer stands here. Write a section."),
        ("mail.host = 3", "mail.host: a value of type integer stands here. Write a string in \"quotes\"."),
        (
            "register.honour_repeal = \"no\"",
            "register.honour_repeal: a value of type string stands here. Write true or false.",
        ),
        ("store.url = 1", "store.url: a value of type integer stands here. Write a string or a list of strings."),
        (
            "letters.morning = \"8:30\"",
            "letters.morning: \"8:30\" is no time of day. Write it as \"HH:MM\", such as \"08:30\".",
        ),
        (
            "ladder.right.before = [\"3m\"]",
            "ladder.right.before: \"3m\" is no length of time. Write \"3wd\" (working days) or \"10d\" (days), from 1 to 400.",
        ),
        (
            "ladder.step.after_control_every = \"0w\"",
            "ladder.step.after_control_every: \"0w\" is no length of time. Write \"1wd\" (working days) or \"1w\" (weeks), from 1 to 60.",
        ),
        ("log.format = \"xml\"", "log.format: \"xml\" is not one of the choices. Write one of \"text\", \"json\"."),
        (
            "register.zone = \"Asia/Alma-Ata\"",
            "register.zone: \"Asia/Alma-Ata\" is no zone of the IANA database. The nearest is \"Asia/Almaty\".",
        ),
        (
            "retry.deferred_minutes = [5, 0]",
            "retry.deferred_minutes: 0 is out of range. Write a whole number from 1 to 1440.",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), format!("k.toml:1: {expected}"));
    }
}

#[test]
fn values_that_would_only_fail_later_are_refused_at_once() {
    assert!(
        refused("http.listen = \"localhost:8460\"").contains("no socket address. Write a number address and a port")
    );
    assert!(refused("http.public_url = \"http://x.example.org/\"").contains("without a slash at the end"));
    assert!(
        refused("mail.from_address = \"no one\"").contains("has a space, a line break or a control character in it")
    );
    assert!(
        refused("mail.from_name = \"A\\r\\nBcc: x\"").contains("mail.from_name: a line break or control character")
    );
    assert!(refused("mail.password_credential = \"../shadow\"").contains("is no name of a credential"));
    assert!(
        refused("mail.client_key_file = \"k.pem\"").contains("Write both client_certificate_file and client_key_file")
    );
    assert!(refused("log.filter = \"a=b=c\"").contains("log.filter: \"a=b=c\" is no filter"));
    for url in ["sqlite://", "sqlite::memory:", "sqlite://:memory:"] {
        assert!(refused(&format!("store.url = \"{url}\"")).contains("no file after sqlite://"));
    }
    assert!(refused("store.url = []").contains("store.url: no address"));
    assert!(refused("store.url = \"mysql://x\"").contains("Begin it with sqlite:// or postgres://"));
    assert!(refused("store.url = [\"sqlite://a\", \"postgres://b/c\"]").contains("do not go together"));
    assert!(refused("letters = [\n").starts_with("k.toml:1: not TOML: "), "{}", refused("letters = [\n"));
}

#[test]
fn passwords_are_refused_in_an_address_and_not_repeated() {
    for url in ["postgres://u:hunter2@h/d", "postgres://h/d?password=hunter2"] {
        let text = refused(&format!("store.url = \"{url}\""));
        assert!(text.contains("k.toml:1: store.url: a password stands in the address. Take it out"), "{text}");
        assert!(!text.contains("hunter2"));
    }
}

#[test]
fn plain_text_mail_stays_on_this_machine() {
    let text = refused("[mail]\nhost = \"relay.example.org\"\nsecurity = \"plain_loopback\"\n");
    assert!(text.starts_with("k.toml:3: mail.security: plain_loopback sends letters and passwords in clear"), "{text}");
    for host in ["localhost", "127.0.0.7", "::1"] {
        let text = format!("mail.transport = \"smtp\"\nmail.host = \"{host}\"\nmail.security = \"plain_loopback\"\n");
        assert!(Config::parse("k.toml", &text, None).is_ok(), "{host}");
    }
}

#[test]
fn all_faults_of_a_file_are_told_at_once_in_its_order() {
    let problems = Config::parse("k.toml", "[log]\nformt = 1\n[mail]\nport = 0\nhots = 1\n", None).unwrap_err();
    let at: Vec<_> = problems.0.iter().map(|problem| (problem.line, problem.key.as_str())).collect();
    assert_eq!(at, [(Some(2), "log.formt"), (Some(4), "mail.port"), (Some(5), "mail.hots")]);
}
