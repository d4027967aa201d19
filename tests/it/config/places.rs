//! Where the configuration is looked for.

use std::path::Path;

use keshirim::config::{Config, Environment, Loaded, Origin, SecretPlace};

use super::{one, write};

#[test]
fn the_file_is_the_named_one_then_the_environments_then_the_last_place_then_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = |number: u16| write(folder.path(), &format!("{number}.toml"), &format!("mail.port = {number}"));
    let (named, from_environment, last) = (path(1), path(2), path(3));
    let environment = Environment { config: Some(from_environment.clone()), ..Environment::default() };
    let port = |named: Option<&Path>, environment: &Environment, last: &Path| {
        let (config, origin) = Config::load_from(named, environment, last).unwrap();
        (config.mail.port, origin)
    };
    assert_eq!(port(Some(&named), &environment, &last), (1, Origin::File(named.clone())));
    assert_eq!(port(None, &environment, &last), (2, Origin::File(from_environment)));
    assert_eq!(port(None, &Environment::default(), &last), (3, Origin::File(last)));
    let nowhere = folder.path().join("none.toml");
    assert_eq!(port(None, &Environment::default(), &nowhere), (465, Origin::BuiltIn));
    let text = one(Config::load_from(Some(&nowhere), &environment, &nowhere));
    assert!(text.contains("none.toml: cannot be read (No such file") && text.contains("Name a text file"), "{text}");
}

#[test]
fn relative_paths_are_relative_to_the_files_folder() {
    let text = "store.url = \"sqlite://k.db\"\nmail.maildir = \"letters\"\nmail.password_file = \"/run/p\"\n";
    let config = Config::parse("k.toml", text, Some(Path::new("/srv/k"))).unwrap();
    assert_eq!(config.store.urls, ["sqlite:///srv/k/k.db"]);
    assert_eq!(config.mail.maildir, Path::new("/srv/k/letters"));
    assert_eq!(config.mail.password, SecretPlace::File("/run/p".into()));
}

#[test]
fn rust_log_goes_before_the_files_filter() {
    let environment = Environment { rust_log: Some("trace".to_owned()), ..Environment::default() };
    let mut loaded = Loaded::load_from(None, environment, Path::new("/nonexistent/k.toml")).unwrap();
    assert_eq!(loaded.log_filter(), "trace");
    loaded.environment.rust_log = None;
    assert_eq!(loaded.log_filter(), "info,tokio_cron_scheduler=warn,sqlx::postgres::notice=warn");
}
