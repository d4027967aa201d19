//! What a PostgreSQL server must be before it keeps a register, and what is said when it is not.
#![cfg(test)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use keshirim::config::{Config, Environment, Secret};
use keshirim::store::{Migrations, Store, Tx};
use sqlx::Connection as _;

use crate::backend::{Backend, on_each_backend, postgres_url, register_url};

/// Runs statements as the owner of the test's schema.
async fn sql(url: &str, sql: String) {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

fn schema(url: &str) -> &str {
    url.split_once("search_path%3D").unwrap().1
}

/// Why it is not opened; the same whether or not it would be migrated, where that can be known.
async fn refused(url: &str) -> String {
    Store::open(url, Migrations::Run).await.unwrap_err().to_string()
}

async fn checked(url: &str) -> String {
    let store = Store::open(url, Migrations::Leave).await.unwrap();
    store.pending_migrations().await.unwrap_err().to_string()
}

#[tokio::test]
async fn another_machine_is_spoken_to_over_tls_or_not_at_all() {
    for weak in ["disable", "allow", "prefer"] {
        let said = refused(&format!("postgres://keshirim@db1.example.org/keshirim?sslmode={weak}")).await;
        assert!(
            said.contains("db1.example.org is on another machine") && said.contains("sslmode=verify-full"),
            "{said}"
        );
    }
    // A server without TLS. The old short form of its address leads to this machine, and is not one of the names that say so.
    for mode in ["", "?sslmode=require", "?sslmode=verify-ca"] {
        let (port, first) = plain_server();
        let said = refused(&format!("postgres://keshirim@127.1:{port}/keshirim{mode}")).await;
        assert!(said.to_lowercase().contains("tls"), "{mode}: {said}");
        assert_eq!(first.join().unwrap(), SSL_REQUEST, "{mode}: not one octet of a user's name before TLS");
    }
    let (port, first) = plain_server();
    refused(&format!("postgres://keshirim@127.0.0.1:{port}/keshirim?sslmode=disable")).await;
    assert_ne!(first.join().unwrap(), SSL_REQUEST, "on this machine as the address says");
}

/// "Length 8, code 80877103": the request for TLS, before anything else is said.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A server that has no TLS ("N"); yields what it is told first.
fn plain_server() -> (u16, std::thread::JoinHandle<[u8; 8]>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut first = [0; 8];
        stream.read_exact(&mut first).unwrap();
        stream.write_all(b"N").unwrap();
        first
    });
    (port, heard)
}

/// A server that asks for the password in clear; yields what it was given.
fn asking_server() -> (u16, std::thread::JoinHandle<String>) {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let message = |stream: &mut std::net::TcpStream| {
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
        stream.read_exact(&mut rest).unwrap();
        rest
    };
    let given = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        message(&mut stream);
        // R, length, 3: AuthenticationCleartextPassword (the protocol's section "Message Formats").
        stream.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]).unwrap();
        let mut kind = [0];
        stream.read_exact(&mut kind).unwrap();
        assert_eq!(kind, *b"p");
        String::from_utf8(message(&mut stream)).unwrap()
    });
    (port, given)
}

#[tokio::test]
async fn the_password_comes_from_a_file_or_a_credential_and_no_credential_is_no_password() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["file", "postgres-password"] {
        std::fs::write(folder.path().join(name), format!("of {name}\n")).unwrap();
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let credentials = Environment { credentials_directory: Some(folder.path().to_owned()), ..Environment::default() };
    let elsewhere = Environment { credentials_directory: Some("/nowhere".into()), ..Environment::default() };
    let store = |text: &str| Config::parse("k.toml", text, Some(folder.path())).unwrap().store;
    let (none, file) = (store(""), store("[store]\npassword_file = \"file\"\n"));
    assert_eq!(none.password(&Environment::default()).unwrap(), None);
    assert_eq!(none.password(&elsewhere).unwrap(), None);
    let missing = store("[store]\npassword_file = \"missing\"\n").password(&credentials).unwrap_err().to_string();
    assert!(missing.contains("store.password_file: cannot be read"), "{missing}");
    for (section, said) in [(none, "of postgres-password\0"), (file, "of file\0")] {
        let (port, given) = asking_server();
        let urls = [format!("postgres://keshirim@127.0.0.1:{port}/keshirim?sslmode=disable")];
        let password = section.password(&credentials).unwrap();
        Store::open_first(&urls, password.as_ref().map(Secret::expose), Migrations::Run).await.unwrap_err();
        assert_eq!(given.join().unwrap(), said);
    }
}

/// The server's word is shadowed: an old server cannot be installed beside the new one.
#[tokio::test]
async fn a_server_older_than_13_is_refused() {
    let url = postgres_url().await;
    let name = schema(&url);
    let shadow = "language sql as $$ select '120017' $$";
    sql(&url, format!("create function {name}.current_setting(text) returns text {shadow}")).await;
    let said = refused(&format!("{url},pg_catalog")).await;
    assert!(said.contains("too old (server_version_num 120017); use version 13"), "{said}");
}

#[tokio::test]
async fn a_user_who_may_create_nothing_is_told_the_grant_that_mends_it_and_may_use_what_is_there() {
    let url = postgres_url().await;
    let name = schema(&url);
    sql(&url, format!("create role {name}_clerk login; grant usage on schema {name} to {name}_clerk")).await;
    let clerk = url.replace("//keshirim@", &format!("//{name}_clerk@"));
    for said in [refused(&clerk).await, checked(&clerk).await] {
        assert!(
            said.contains("may not create tables") && said.contains("run: grant create, usage on schema"),
            "{said}"
        );
    }
    // The owner has migrated it: the clerk needs no more than its rows.
    Store::open(&url, Migrations::Run).await.unwrap().close().await;
    sql(&url, format!("grant all on all tables in schema {name} to {name}_clerk")).await;
    let store = Store::open(&clerk, Migrations::Run).await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), [""; 0]);
    store.close().await;
    sql(&url, format!("drop owned by {name}_clerk; drop role {name}_clerk")).await;
}

#[tokio::test]
async fn a_schema_with_somebody_else_s_tables_of_our_names_is_left_alone() {
    let url = postgres_url().await;
    sql(&url, "create table letter (id int)".to_owned()).await;
    for said in [refused(&url).await, checked(&url).await] {
        assert!(said.contains("has a table \"letter\" that is not keshirim's"), "{said}");
    }
    let none = postgres_url().await.replace("search_path%3D", "search_path%3Dnot_");
    assert!(refused(&none).await.contains("search_path exists"));
}

async fn a_register_of_a_newer_keshirim_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let url = register_url(folder.path()).await;
    let store = Store::open(&url, Migrations::Run).await.unwrap();
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 select 9000, 'newer', success, checksum, 0 from _sqlx_migrations where version = 1";
    assert_eq!(crate::backend::tamper(&store, newer).await, 1);
    store.close().await;
    for said in [refused(&url).await, checked(&url).await] {
        assert!(said.contains("migration 9000, which this keshirim does not know"), "{said}");
    }
}

/// Every table with its columns and the indexes that have a name of their own, in the order of both names, and whether each must have a
/// value.
async fn live(store: &Store) -> BTreeMap<(String, String), bool> {
    let rows: Vec<(String, String, bool)> = match store {
        Store::Sqlite { read, .. } => {
            let sql = "select t.name, c.name, c.\"notnull\" <> 0 or c.pk <> 0
                         from sqlite_master t join pragma_table_info(t.name) c where t.type in ('table', 'view')
                       union all
                       -- What is a table's own on PostgreSQL is not here (migration 0011).
                       select tbl_name, 'index ' || name, true from sqlite_master
                        where type = 'index' and sql is not null and name not in ('event_by_id', 'deadline_by_id')";
            sqlx::query_as(sql).fetch_all(read).await.unwrap()
        }
        Store::Postgres(_) => {
            let mut tx = store.snapshot().await.unwrap();
            let Tx::Postgres(db) = &mut tx else { unreachable!("the store is a server") };
            let sql = "select table_name::text, column_name::text, is_nullable = 'NO'
                         from information_schema.columns where table_schema = current_schema()
                       union all
                       select tablename::text, 'index ' || indexname, true from pg_indexes
                        where schemaname = current_schema() and indexname !~ '_(pkey|key)$'";
            sqlx::query_as(sql).fetch_all(&mut **db).await.unwrap()
        }
    };
    let ours = rows.into_iter().filter(|(table, ..)| !table.starts_with("_sqlx") && !table.starts_with("sqlite_"));
    ours.map(|(table, column, must)| ((table, column), must)).collect()
}

#[tokio::test]
async fn the_live_schemas_of_both_databases_have_the_same_tables_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Store::open(&register_url(folder.path()).await, Migrations::Run).await.unwrap();
    let postgres = Backend::Postgres.run(register_url(folder.path())).await;
    let postgres = Store::open(&postgres, Migrations::Run).await.unwrap();
    let (sqlite, postgres) = (live(&sqlite).await, live(&postgres).await);
    assert!(sqlite.len() > 100, "{} columns", sqlite.len());
    assert_eq!(sqlite, postgres);
}

/// Whether whoever wants to record in `chain` has to wait: on an idle server a tenth of a second is long.
async fn waits(store: &Store, chain: &str) -> bool {
    let recording = async {
        match chain {
            "*" => drop(store.begin_alone().await.unwrap()),
            number => drop(store.begin_in_case(number).await.unwrap()),
        }
    };
    tokio::time::timeout(std::time::Duration::from_millis(100), recording).await.is_err()
}

#[tokio::test]
async fn cases_are_recorded_in_side_by_side_and_nationwide_events_alone() {
    let store = Store::open(&postgres_url().await, Migrations::Run).await.unwrap();
    let mut made = store.begin().await.unwrap();
    assert!(made.insert_chain("2026-1").await.unwrap() && made.insert_chain("2026-2").await.unwrap());
    made.commit().await.unwrap();
    let (first, _) = store.begin_in_case("2026-1").await.unwrap();
    let (second, _) = store.begin_in_case("2026-2").await.unwrap();
    second.commit().await.unwrap();
    assert!(waits(&store, "*").await && waits(&store, "2026-1").await);
    first.commit().await.unwrap();
    let _nationwide = store.begin_alone().await.unwrap();
    assert!(waits(&store, "2026-2").await);
    // Another register in the same database is no concern of it.
    let other = Store::open(&postgres_url().await, Migrations::Run).await.unwrap();
    other.begin_alone().await.unwrap();
}

on_each_backend!(a_register_of_a_newer_keshirim_is_left_alone);
