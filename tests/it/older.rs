//! A register that an older program wrote, with letters in it: what stands in it is the same after its schema was brought up to date.

use std::path::Path;

use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::reason::Reason;
use keshirim::register::verify::verify;
use keshirim::store::{Instant, Migrations, Store};
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::backend::{House, postgres_url};

/// A register of the schema before 0009, its letters and receipts.
const LETTERS: &str = "
    insert into letter (letter_id, office, address, post, language, subject, message_id, urgency, composed_at, due_at, state, attempts,
                        next_attempt_at, lease_owner, lease_until, follow_up_at)
    values ('L-Z', 'o', 'a@b.test', 'p', 'kk', 's', '<z>', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 'accepted', 2,
            null, null, null, null),
           ('L-A', 'o', 'a@b.test', 'p', 'kk', 's', '<a>', 0, '2026-01-02T00:00:00.000Z', '2026-01-02T00:00:00.000Z', 'refused', 1,
            null, null, null, '2026-01-03T00:00:00.000Z'),
           ('L-M', 'o', 'a@b.test', 'p', 'kk', 's', '<m>', 0, '2026-01-03T00:00:00.000Z', '2026-01-03T00:00:00.000Z', 'transmitting', 3,
            '2026-01-03T00:45:00.000Z', 'me', '2026-01-03T00:45:00.000Z', null);
    insert into letter_bytes (letter_id, bytes) values ('L-Z', BYTES), ('L-A', BYTES), ('L-M', BYTES);
    insert into receipt (letter_id, attempt, at, verdict, phase, reply)
    values ('L-Z', 2, '2026-01-01T00:10:00.000Z', 'accepted', 'dot', '250'),
           ('L-Z', 1, '2026-01-01T00:00:01.000Z', 'deferred', 'rcpt', '451'),
           ('L-A', 1, '2026-01-02T00:00:01.000Z', 'refused', 'rcpt', '550');";

/// The migrations before one.
async fn before(version: i64, database: &str) -> Migrator {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let all = Migrator::new(migrations.as_path()).await.unwrap();
    Migrator::with_migrations(all.iter().filter(|migration| migration.version < version).cloned().collect())
}

async fn what_stood_in_it_stands_there(url: &str) {
    let store = Store::open(url, Migrations::Run).await.unwrap();
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let mut tx = store.begin().await.unwrap();
    let accepted = tx.letter("L-Z").await.unwrap().unwrap();
    assert_eq!((accepted.state.as_str(), accepted.attempts, accepted.next_attempt_at), ("accepted", 2, None));
    assert_eq!(accepted.bytes, b"abc");
    let receipts = tx.receipts("L-Z").await.unwrap();
    let verdicts: Vec<_> = receipts.iter().map(|r| (r.letter_id.as_str(), r.attempt, r.verdict.as_str())).collect();
    assert_eq!(verdicts, [("L-Z", 1, "deferred"), ("L-Z", 2, "accepted")]);
    let refused = tx.letter("L-A").await.unwrap().unwrap();
    assert_eq!((refused.state.as_str(), refused.attempts, refused.next_attempt_at), ("refused", 1, None));
    let waiting = tx.due_follow_ups(at("2026-01-04T00:00:00.000Z"), 9).await.unwrap();
    assert_eq!(waiting.iter().map(|letter| letter.letter_id.as_str()).collect::<Vec<_>>(), ["L-A"]);
    let out = tx.letter("L-M").await.unwrap().unwrap();
    let until = Some(at("2026-01-03T00:45:00.000Z"));
    assert_eq!((out.state.as_str(), out.attempts, out.next_attempt_at), ("transmitting", 3, until));
    assert_eq!((out.lease_owner.as_deref(), out.lease_until), (Some("me"), until));
    assert_eq!(tx.recover_letters("me", at("2026-01-03T00:01:00.000Z")).await.unwrap(), 1);
    // What was accepted can be sent once more, and goes on counting.
    assert!(tx.requeue_letter("L-Z", at("2026-01-05T00:00:00.000Z")).await.unwrap());
    let (now, until) = (at("2026-01-05T00:00:00.000Z"), at("2026-01-05T00:45:00.000Z"));
    let claimed = tx.claim_letters("me", now, until, 0, 9).await.unwrap();
    let claimed: Vec<_> = claimed.iter().map(|letter| (letter.letter_id.as_str(), letter.attempts)).collect();
    assert_eq!(claimed, [("L-Z", 3), ("L-M", 4)]);
    tx.rollback().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn letters_of_an_older_register_stand_where_they_stood_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("old.db").display());
    let mut db = SqliteConnection::connect(&url).await.unwrap();
    before(9, "sqlite").await.run(&mut db).await.unwrap();
    let letters = sqlx::AssertSqlSafe(LETTERS.replace("BYTES", "x'616263'"));
    sqlx::raw_sql(letters).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    what_stood_in_it_stands_there(&url).await;
}

#[tokio::test]
async fn letters_of_an_older_register_stand_where_they_stood_postgres() {
    let url = postgres_url().await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    before(9, "postgres").await.run(&mut db).await.unwrap();
    let letters = sqlx::AssertSqlSafe(LETTERS.replace("BYTES", "'abc'"));
    sqlx::raw_sql(letters).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    what_stood_in_it_stands_there(&url).await;
}

/// Migration 0011 writes the two largest tables of a SQLite register anew.
#[tokio::test]
async fn entries_and_deadlines_of_an_older_register_stand_where_they_stood() {
    let house = House::sqlite().await;
    house.open("2026-1", Sentence::Imprisonment).await;
    let entry = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-02").await;
    house.aigul().retract(&entry, Reason::Typo, None).await.unwrap();
    let case = || async { house.store.begin_in_case("2026-1").await.unwrap().1.unwrap() };
    let stood = case().await;
    let url = format!("sqlite://{}?mode=rwc", house.folder.path().join("old.db").display());
    let mut db = SqliteConnection::connect(&url).await.unwrap();
    before(11, "sqlite").await.run(&mut db).await.unwrap();
    // The rows are copied by the order of the columns.
    let columns = "select (select group_concat(name || ' ' || type) from pragma_table_info('event')) || '; ' ||
                          (select group_concat(name || ' ' || type) from pragma_table_info('deadline'))";
    let were: String = sqlx::query_scalar(columns).fetch_one(&mut db).await.unwrap();
    let copied = format!("attach '{}' as new; delete from chain;", house.folder.path().join("register.db").display());
    let tables = ["chain", "case_file", "policy", "event", "deadline"];
    let copied =
        tables.iter().fold(copied, |sql, table| format!("{sql} insert into {table} select * from new.{table};"));
    sqlx::raw_sql(sqlx::AssertSqlSafe(copied)).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let store = Store::open(&url, Migrations::Run).await.unwrap();
    let (tx, stands) = store.begin_in_case("2026-1").await.unwrap();
    tx.rollback().await.unwrap();
    let (stood, stands) = (format!("{:?}", (stood.case, stood.events, stood.deadlines)), stands.unwrap());
    assert_eq!(format!("{:?}", (stands.case, stands.events, stands.deadlines)), stood);
    assert_eq!(verify(&store).await.unwrap().faults, []);
    let Store::Sqlite { write, .. } = &store else { unreachable!("it is on SQLite") };
    let are: String = sqlx::query_scalar(columns).fetch_one(write).await.unwrap();
    assert!(were.contains("hash TEXT; deadline_id TEXT"), "{were}");
    assert_eq!(are, were);
    let ask = "select (select count(*) from pragma_foreign_key_check) || ' ' || (select integrity_check from pragma_integrity_check)";
    assert_eq!(sqlx::query_scalar::<_, String>(ask).fetch_one(write).await.unwrap(), "0 ok");
}
