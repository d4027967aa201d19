//! The units: what systemd says of them, and that they and the shipped configuration name the same things.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// Highest exposure of the daemon's unit in tenths (0 best, 100 worst); it has 9, a drop-in that allows a relay makes it 10.
const DAEMON_EXPOSURE_TENTHS_MAX: &str = "10";
/// The same for the dead man's switch: a user of its own costs what a fixed one does not.
const DEADMAN_EXPOSURE_TENTHS_MAX: &str = "12";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd")
}

fn shipped(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("systemd/{name}: {error}"))
}

/// What `key` is set to in the unit, line by line.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// The one value of `key`.
fn value<'a>(unit: &'a str, key: &str) -> &'a str {
    let [value] = values(unit, key)[..] else { panic!("{key}= does not stand once in the unit:\n{unit}") };
    value
}

/// The shipped config/keshirim.toml, whose values are the built-in defaults (another test holds that).
fn defaults() -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/keshirim.toml");
    fs::read_to_string(file).expect("config/keshirim.toml").parse().expect("TOML")
}

fn default<'a>(table: &'a toml::Table, section: &str, key: &str) -> &'a str {
    table[section][key].as_str().unwrap_or_else(|| panic!("[{section}] {key} is no text"))
}

fn systemd_analyze(arguments: &[&str], units: &[PathBuf]) -> Output {
    Command::new("systemd-analyze").args(arguments).args(units).output().unwrap_or_else(|error| {
        panic!("systemd-analyze: {error}; this test needs it: apt-get install --no-install-recommends systemd")
    })
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The units as systemd would find them, but with commands that exist on this machine: the daemon just built for the installed
/// one, and a shell for curl, which only the dead man's switch needs.
fn staged() -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut units = Vec::new();
    for entry in fs::read_dir(folder()).expect("the folder systemd") {
        let path = entry.expect("a file in systemd").path();
        let is_unit = path.extension().is_some_and(|extension| extension == "service" || extension == "timer");
        if !is_unit {
            continue;
        }
        let text = fs::read_to_string(&path)
            .expect("a unit")
            .replace("=/usr/bin/keshirim ", concat!("=", env!("CARGO_BIN_EXE_keshirim"), " "))
            .replace("=/usr/bin/curl ", "=/bin/sh ");
        let staged = dir.path().join(path.file_name().expect("a name"));
        fs::write(&staged, text).expect("written");
        units.push(staged);
    }
    units.sort();
    (dir, units)
}

#[test]
fn systemd_has_nothing_to_say_against_the_units() {
    let (_dir, units) = staged();
    assert_eq!(units.len(), 4, "{units:?}");
    // Without recursive-errors a misspelt key is only a warning; even a warning is too much.
    let output = systemd_analyze(&["verify", "--man=no", "--recursive-errors=no"], &units);
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
}

#[test]
fn systemd_finds_a_misspelt_key_in_a_staged_unit() {
    let (_dir, units) = staged();
    let daemon = units.iter().find(|unit| unit.ends_with("keshirim.service")).unwrap();
    fs::write(daemon, fs::read_to_string(daemon).unwrap().replace("WatchdogSec=", "WatchdogSeconds=")).unwrap();
    let output = systemd_analyze(&["verify", "--man=no", "--recursive-errors=no"], &units);
    assert!(said(&output).contains("WatchdogSeconds"), "verify would let anything pass: {}", said(&output));
}

#[test]
fn the_daemon_is_exposed_to_no_more_than_sending_and_listening_need() {
    for (name, most) in
        [("keshirim.service", DAEMON_EXPOSURE_TENTHS_MAX), ("keshirim-deadman.service", DEADMAN_EXPOSURE_TENTHS_MAX)]
    {
        let threshold = format!("--threshold={most}");
        let output = systemd_analyze(&["security", "--offline=true", "--no-pager", &threshold], &[folder().join(name)]);
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).contains("Overall exposure level"), "{}", said(&output));
    }
}

#[test]
fn the_units_and_the_default_configuration_name_the_same_port() {
    let defaults = defaults();
    let listen: std::net::SocketAddr = default(&defaults, "http", "listen").parse().unwrap();
    let daemon = shipped("keshirim.service");
    assert_eq!(value(&daemon, "SocketBindAllow"), format!("ipv4:tcp:{}", listen.port()));
    let asked = shipped("keshirim-deadman.service");
    let url = format!(" http://{listen}/health");
    assert!(value(&asked, "ExecStart").ends_with(&url), "{}", value(&asked, "ExecStart"));
}

#[test]
fn the_unit_and_the_default_configuration_name_the_same_folders() {
    let defaults = defaults();
    let daemon = shipped("keshirim.service");
    let state = format!("/var/lib/{}/", value(&daemon, "StateDirectory"));
    let store = default(&defaults, "store", "url").strip_prefix("sqlite://").expect("an SQLite file");
    assert!(store.starts_with(&state), "{store}");
    assert!(default(&defaults, "mail", "maildir").starts_with(&state));
    let home = format!(" {} ", state.trim_end_matches('/'));
    assert!(shipped("keshirim.sysusers").contains(&home), "the user's home is not {state}");
    let configuration = keshirim::config::CONFIG_PATH;
    let folder = format!("/etc/{}/", value(&daemon, "ConfigurationDirectory"));
    assert!(configuration.starts_with(&folder), "{configuration}");
}

#[test]
fn the_unit_hands_over_every_credential_that_the_default_configuration_asks_for() {
    let defaults = defaults();
    let mut wanted: Vec<String> = ["password_credential", "return_secret_credential"]
        .map(|key| default(&defaults, "mail", key))
        .map(|name| format!("{name}:/etc/keshirim/credentials/{name}"))
        .into();
    let daemon = shipped("keshirim.service");
    let mut given = values(&daemon, "LoadCredential");
    wanted.sort();
    given.sort_unstable();
    assert_eq!(given, wanted);
}

#[test]
fn the_unit_runs_as_the_user_that_sysusers_makes() {
    let daemon = shipped("keshirim.service");
    let users = shipped("keshirim.sysusers");
    let made: Vec<&str> = users.lines().filter_map(|line| line.strip_prefix("u ")?.split(' ').next()).collect();
    assert_eq!(made, [value(&daemon, "User")]);
    assert_eq!(value(&daemon, "Group"), value(&daemon, "User"));
}

#[test]
fn a_failure_of_the_daemon_or_of_its_watcher_is_reported_by_a_unit_that_is_shipped() {
    for name in ["keshirim.service", "keshirim-deadman.service"] {
        let unit = shipped(name);
        let reporter = value(&unit, "OnFailure").replace("%n", "");
        assert!(folder().join(&reporter).is_file(), "{name}: {reporter} is not shipped");
    }
}

#[test]
fn the_example_for_a_relay_sets_only_what_a_unit_knows_and_keeps_the_rest_closed() {
    let (dir, units) = staged();
    let dropins = dir.path().join("keshirim.service.d");
    fs::create_dir(&dropins).unwrap();
    fs::copy(folder().join("relay.conf.example"), dropins.join("relay.conf")).unwrap();
    let output = systemd_analyze(&["verify", "--man=no", "--recursive-errors=no"], &units);
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    let example = shipped("relay.conf.example");
    let settings: Vec<&str> = example.lines().filter(|line| line.contains('=') && !line.starts_with('#')).collect();
    assert!(settings.iter().all(|line| line.starts_with("IPAddressAllow=")), "{settings:?}");
}
