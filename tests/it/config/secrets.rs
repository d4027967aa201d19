//! Secrets, and who runs the command.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use keshirim::config::{Environment, Secret, SecretPlace, user_of};

use super::write;

fn secret_file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "p", text);
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    (folder, path)
}

#[test]
fn a_secret_is_read_without_its_line_end_and_never_printed() {
    let (_folder, path) = secret_file("hunter 2\n", 0o600);
    let secret = SecretPlace::File(path).read("mail.password_file", &Environment::default()).unwrap();
    assert_eq!(secret.expose(), "hunter 2");
    assert_eq!(format!("{secret:?} {:?}", Some(Secret::from("x".to_owned()))), "Secret(…) Some(Secret(…))");
}

#[test]
fn a_secret_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    for mode in [0o640, 0o604, 0o620, 0o601] {
        let (_folder, path) = secret_file("hunter2\n", mode);
        let shown = path.display().to_string();
        let error =
            SecretPlace::File(path).read("mail.password_file", &Environment::default()).unwrap_err().to_string();
        let expected = format!(
            "{shown}: mail.password_file: others can read or change it (mode {mode:04o}). Run: chmod 600 {shown}"
        );
        assert!(error.starts_with(&expected), "{error}");
        assert!(!error.contains("hunter2"));
    }
}

#[test]
fn a_secret_that_is_missing_empty_long_or_of_two_lines_is_refused() {
    for text in ["", "\n", "a\nb\n", &"x".repeat(5_000)] {
        let (_folder, path) = secret_file(text, 0o600);
        let error =
            SecretPlace::File(path).read("mail.password_file", &Environment::default()).unwrap_err().to_string();
        assert!(error.contains("mail.password_file: is ") && error.contains("install -m 0600"), "{error}");
    }
    let error = SecretPlace::File("/nonexistent/p".into()).read("k", &Environment::default()).unwrap_err().to_string();
    assert!(error.starts_with("/nonexistent/p: k: cannot be read (No such file"), "{error}");
}

#[test]
fn a_credential_comes_from_systemds_folder_only() {
    let (folder, _) = secret_file("hunter2", 0o440);
    let place = SecretPlace::Credential("p".to_owned());
    let environment = Environment { credentials_directory: Some(folder.path().to_owned()), ..Environment::default() };
    assert_eq!(place.read("mail.password_credential", &environment).unwrap().expose(), "hunter2");
    let error = place.read("mail.password_credential", &Environment::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        "credential p: mail.password_credential: systemd gave this process no credentials. \
         Run under the unit with LoadCredential=p:FILE, or name a file in mail.password_file."
    );
}

#[test]
fn the_one_who_records_is_the_login_user_else_the_real_one_and_never_the_environment() {
    let passwd = "root:x:0:0::/:/bin/sh\naigul:x:1001:1001::/:/bin/sh\nkeshirim:x:990:990::/:/bin/false\n";
    let status = "Name:\tkeshirim\nUid:\t990\t0\t0\t0\nGid:\t990\t990\t990\t990\n";
    assert_eq!(user_of(status, "1001", passwd).unwrap(), "aigul");
    assert_eq!(user_of(status, "4294967295\n", passwd).unwrap(), "keshirim");
    assert_eq!(user_of(status, "", "").unwrap(), "uid:990");
    assert_eq!(user_of("Name:\tx\n", "", passwd), None);
    assert!(!keshirim::config::system_user().unwrap().is_empty());
}
