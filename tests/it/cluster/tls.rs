//! TLS to a real server, with certificates made by openssl, and a password that is no plain text anywhere.

use std::os::unix::fs::PermissionsExt as _;

use keshirim::config::{Config, Environment, Secret};
use keshirim::store::{Migrations, Store, Tx};

use super::postgres::Server;
use crate::smtp::servers::Certificates;

#[tokio::test]
async fn a_server_that_shows_its_name_is_spoken_to_and_any_other_is_refused_with_the_remedy() {
    let certificates = Certificates::make();
    let server = Server::start_empty();
    server.put("server.pem", &certificates.read("server.pem"));
    server.put("server.key", &certificates.read("server.key"));
    server.put("other.pem", &certificates.read("other.pem"));
    server.put("other.key", &certificates.read("other.key"));
    // Over TLS and with the password alone; the folder's socket, for the test itself, without.
    server.put("pg_hba.conf", b"local all all trust\nhostssl all clerk 127.0.0.1/32 scram-sha-256\n");
    server.set(&[
        "ssl = on",
        "ssl_cert_file = 'server.pem'",
        "ssl_key_file = 'server.key'",
        "password_encryption = 'scram-sha-256'",
    ]);
    server.up();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("postgres-password"), "Құпия сөз 1\n").unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.path().join("postgres-password"), mode).unwrap();
    server.sql("create role clerk login password 'Құпия сөз 1'; create schema clerk authorization clerk");
    let credentials = Environment { credentials_directory: Some(folder.path().to_owned()), ..Environment::default() };
    let password = Config::parse("k.toml", "", None).unwrap().store.password(&credentials).unwrap().unwrap();
    let url = |ca: &str| {
        let (port, ca) = (server.port, certificates.path(&format!("{ca}.pem")).display().to_string());
        format!("postgres://clerk@127.0.0.1:{port}/postgres?sslmode=verify-full&sslrootcert={ca}")
    };
    let open = async |ca: &str, password: &Secret| {
        Store::open_first(&[url(ca)], Some(password.expose()), Migrations::Run).await
    };
    let store = open("ca", &password).await.unwrap();
    let mut tx = store.snapshot().await.unwrap();
    let Tx::Postgres(db) = &mut tx else { unreachable!("the store is a server") };
    let ask = "select ssl and version >= 'TLSv1.2' from pg_stat_ssl where pid = pg_backend_pid()";
    assert!(sqlx::query_scalar::<_, bool>(ask).fetch_one(&mut **db).await.unwrap());
    drop(tx);
    store.close().await;
    let said = open("stranger", &password).await.unwrap_err().to_string();
    assert!(said.contains("no TLS with the PostgreSQL server") && said.contains("UnknownIssuer"), "{said}");
    assert!(said.contains("sslrootcert=FILE"), "{said}");
    let wrong = Store::open_first(&[url("ca")], Some("another"), Migrations::Run).await.unwrap_err().to_string();
    assert!(wrong.contains("password authentication failed"), "{wrong}");
    assert!(!wrong.contains("another"), "{wrong}");
    // The same authority, another machine's certificate.
    server.set(&["ssl_cert_file = 'other.pem'", "ssl_key_file = 'other.key'"]);
    server.down();
    server.up();
    let said = open("ca", &password).await.unwrap_err().to_string();
    assert!(said.contains("not valid for name \"127.0.0.1\"") && said.contains("must bear the name"), "{said}");
}
