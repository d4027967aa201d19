//! The store keeps its promises: transactions, claims, leases, instants, schemas.
use chrono::{TimeDelta, TimeZone, Utc};
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::entry::Draft;
use keshirim::register::reason::Reason;
use keshirim::store::{
    AlertRow, CaseRow, ClaimedRow, DeadlineRow, EventRow, Head, Instant, LetterRow, Migrations, ReceiptRow, Settled,
    Store, Tx,
};

use crate::backend::{House, day, on_each_backend};

fn letter(house: &House, id: &str, urgency: i64) -> LetterRow {
    LetterRow {
        letter_id: id.to_owned(),
        office: "working_body".to_owned(),
        address: "a@example.org".to_owned(),
        post: "head".to_owned(),
        language: "kk".to_owned(),
        subject: "Кешірім".to_owned(),
        message_id: format!("<{id}@example.org>"),
        bytes: b"Subject: x\r\n\r\n\xd3\x99".to_vec(),
        urgency,
        composed_at: house.instant(),
        due_at: house.instant(),
        state: "queued".to_owned(),
        attempts: 0,
        next_attempt_at: Some(house.instant()),
        lease_owner: None,
        lease_until: None,
    }
}

/// How many letters stand where, in the order of the states.
async fn states(tx: &mut Tx) -> [i64; 8] {
    tx.letters_by_state().await.unwrap().map(|count| count.n)
}

/// Claims one letter of any urgency.
async fn claim(tx: &mut Tx, owner: &str, now: Instant, until: Instant) -> Option<ClaimedRow> {
    tx.claim_letters(owner, now, until, 0, 1).await.unwrap().pop()
}

fn receipt(house: &House, letter: &ClaimedRow, verdict: &str) -> ReceiptRow {
    ReceiptRow {
        letter_id: letter.letter_id.clone(),
        number: letter.number,
        attempt: letter.attempts,
        at: house.instant(),
        verdict: verdict.to_owned(),
        phase: "dot".to_owned(),
        reply: "250 OK".to_owned(),
    }
}

/// An instant is kept to the millisecond, and as text it sorts as in time.
#[test]
fn an_instant_has_twenty_four_characters_whose_order_is_the_order_of_time() {
    let whole = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
    let (a, b) = (Instant::new(whole), Instant::new(whole + TimeDelta::microseconds(500_900)));
    assert_eq!((a.to_string(), b.to_string()), ("2026-11-22T09:00:00.000Z".into(), "2026-11-22T09:00:00.500Z".into()));
    assert!(a < b && a.to_string() < b.to_string());
    assert_eq!(b.to_string().parse::<Instant>().unwrap(), b);
}

#[tokio::test]
async fn a_url_of_no_known_database_is_refused_with_the_remedy() {
    let error = Store::open("mysql://localhost/x", Migrations::Run).await.unwrap_err();
    assert!(error.to_string().contains("neither sqlite://PATH nor postgres://"), "{error}");
}

#[tokio::test]
async fn pending_migrations_are_named_and_left_alone_until_they_are_asked_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("new.db").display());
    let store = Store::open(&url, Migrations::Leave).await.unwrap();
    assert_eq!(
        store.pending_migrations().await.unwrap(),
        [
            "0001_register",
            "0002_letters",
            "0003_tokens",
            "0004_heard",
            "0005_way_out",
            "0006_outbox",
            "0007_many",
            "0008_bulk",
            "0009_outbox_apart",
            "0010_room",
            "0011_cost_of_an_entry"
        ]
    );
    let migrated = Store::open(&url, Migrations::Run).await.unwrap();
    assert!(migrated.pending_migrations().await.unwrap().is_empty());
}

/// Migrations in which SQLite writes tables anew that stay as they are (see `older`); what is made in the end is compared in `server`.
const WRITTEN_ANEW: &[&str] = &["0011_cost_of_an_entry.sql"];

#[test]
fn both_migration_folders_have_the_same_tables_and_columns() {
    let read = |folder: &str| {
        let mut found = Vec::new();
        let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push((name.clone(), String::new(), false));
            if WRITTEN_ANEW.contains(&name.as_str()) {
                continue;
            }
            let mut table = String::new();
            for line in text.lines().map(str::trim_end) {
                if let Some(rest) = line.strip_prefix("create table ") {
                    table = rest.trim_end_matches(" (").to_owned();
                } else if line.starts_with("    ") && !line.trim_start().starts_with("--") {
                    let name = line.split_whitespace().next().unwrap();
                    let required = line.contains("not null") || line.contains("primary key");
                    found.push((table.clone(), name.to_owned(), required));
                } else if line.starts_with("create index") || line.starts_with("insert") {
                    found.push((table.clone(), line.to_owned(), false));
                }
            }
        }
        found
    };
    let (postgres, sqlite) = (read("postgres"), read("sqlite"));
    assert!(postgres.len() > 80, "only {} columns were read", postgres.len());
    assert_eq!(postgres, sqlite);
}

/// The register as a power cut leaves it at this moment, and its folder.
async fn killed_now(house: &House) -> (tempfile::TempDir, Store) {
    let after = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(house.folder.path()).unwrap().map(Result::unwrap) {
        // The shared-memory index is the processes', not the disk's.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), after.path().join(file.file_name())).unwrap();
        }
    }
    let url = format!("sqlite://{}", after.path().join("register.db").display());
    let store = Store::open(&url, Migrations::Leave).await.unwrap();
    (after, store)
}

#[tokio::test]
async fn the_file_of_a_register_killed_in_the_middle_holds_what_was_committed_and_no_more() {
    let house = House::sqlite().await;
    house.open("2026-1", Sentence::Imprisonment).await;
    let recording = house.aigul().begin_recording("2026-1").await.unwrap();
    let draft = Draft::new(EventKind::PetitionAccepted, day("2026-11-20"));
    let (tx, _) = house.aigul().record_in(recording, &draft).await.unwrap();
    let (_after, store) = killed_now(&house).await;
    let mut left = store.snapshot().await.unwrap();
    assert_eq!(left.count_events().await.unwrap(), 1, "the opening was committed");
    assert_eq!(left.deadlines_of("2026-1").await.unwrap(), []);
    drop(left);
    assert_eq!(keshirim::register::verify::verify(&store).await.unwrap().faults, []);
    tx.commit().await.unwrap();
    assert_eq!(house.store.snapshot().await.unwrap().count_events().await.unwrap(), 2);
}

/// What a connection to a SQLite file says of itself.
async fn pragma(store: &Store, name: &str) -> String {
    let Store::Sqlite { write, .. } = store else { unreachable!("it is on SQLite") };
    let sql = format!("select cast({name} as text) from pragma_{name}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(write).await.unwrap()
}

/// Chains in such a number that they do not fit into a small memory.
fn chains() -> Vec<(String, Head)> {
    (0..4_000).map(|n| (format!("2026-{n}"), Head { revision: 0, head_seq: 0, head_hash: "0".repeat(64) })).collect()
}

/// An import into an empty register writes without a log: what it has written already must not be there after a power cut.
#[tokio::test]
async fn an_import_killed_when_it_has_written_to_the_file_leaves_the_register_empty() {
    let house = House::sqlite().await;
    let file = house.folder.path().join("register.db");
    let before = std::fs::metadata(&file).unwrap().len();
    let (mut tx, aside) = house.store.begin_import().await.unwrap();
    let Tx::Sqlite(db) = &mut tx else { unreachable!("it is on SQLite") };
    sqlx::query("pragma cache_size = 20").execute(&mut **db).await.unwrap();
    tx.insert_chains(&chains()).await.unwrap();
    assert!(house.folder.path().join("register.db-journal").exists(), "it goes through the log");
    assert!(std::fs::metadata(&file).unwrap().len() > before, "nothing was written yet");
    let (_after, left) = killed_now(&house).await;
    assert_eq!(left.snapshot().await.unwrap().chains_after("", 10).await.unwrap(), ["*"]);
    assert_eq!(
        (pragma(&left, "integrity_check").await, pragma(&left, "journal_mode").await),
        ("ok".into(), "wal".into())
    );
    tx.complete_import(aside).await.unwrap();
    tx.commit().await.unwrap();
    house.store.end_import().await.unwrap();
    assert_eq!(house.store.snapshot().await.unwrap().chains_after("", 9_999).await.unwrap().len(), 4_001);
    let after = [pragma(&house.store, "journal_mode").await, pragma(&house.store, "foreign_keys").await];
    assert_eq!(after, ["wal", "1"], "the next writer finds it as it always is");
}

/// A daemon that runs beside an import answers as before.
#[tokio::test]
async fn whoever_reads_while_something_is_imported_sees_the_register_before_it() {
    let house = House::sqlite().await;
    let mut reader = house.store.snapshot().await.unwrap();
    assert_eq!(reader.count_events().await.unwrap(), 0);
    let (mut tx, aside) = house.store.begin_import().await.unwrap();
    tx.insert_chains(&chains()).await.unwrap();
    assert_eq!(reader.chains_after("", 10).await.unwrap(), ["*"]);
    assert_eq!(house.store.snapshot().await.unwrap().chains_after("", 10).await.unwrap(), ["*"]);
    tx.complete_import(aside).await.unwrap();
    tx.commit().await.unwrap();
    house.store.end_import().await.unwrap();
    assert_eq!(reader.chains_after("", 10).await.unwrap(), ["*"]);
    assert_eq!(house.store.snapshot().await.unwrap().chains_after("", 9_999).await.unwrap().len(), 4_001);
}

/// Row by row SQLite is not asked while it imports.
#[tokio::test]
async fn an_import_of_what_refers_to_nothing_is_refused_at_its_end() {
    let house = House::sqlite().await;
    house.open("2026-1", Sentence::Imprisonment).await;
    let case = house.store.snapshot().await.unwrap().case("2026-1").await.unwrap().unwrap();
    let (mut tx, aside) = house.store.begin_import().await.unwrap();
    tx.complete_import(aside).await.unwrap();
    tx.rollback().await.unwrap();
    house.store.end_import().await.unwrap();
    let (mut tx, aside) = house.store.begin_import().await.unwrap();
    tx.insert_cases(&[CaseRow { number: "2026-2".to_owned(), ..case }]).await.unwrap();
    let refused = tx.complete_import(aside).await.unwrap_err().to_string();
    assert!(refused.contains("a row of case_file refers to a row of chain that does not exist"), "{refused}");
}

/// The indexes of a register, each as the statement that made it.
async fn indexes(tx: &mut Tx) -> Vec<String> {
    let Tx::Sqlite(db) = tx else { unreachable!("it is on SQLite") };
    let sql = "select sql from sqlite_schema where type = 'index' and sql is not null order by name";
    sqlx::query_scalar(sql).fetch_all(&mut **db).await.unwrap()
}

/// What an empty register's indexes would cost is saved; what they refuse is refused at the end.
#[tokio::test]
async fn an_import_puts_indexes_aside_and_an_id_that_two_entries_have_is_refused_all_the_same() {
    let (house, other) = (House::sqlite().await, House::sqlite().await);
    other.open("2026-1", Sentence::Imprisonment).await;
    let entry = other.store.snapshot().await.unwrap().case_with_events("2026-1").await.unwrap().unwrap().1.remove(0);
    let before = indexes(&mut house.store.snapshot().await.unwrap()).await;
    for (twice, refused) in [(false, None), (true, Some("UNIQUE constraint failed: event.event_id"))] {
        let (mut tx, aside) = house.store.begin_import().await.unwrap();
        assert!(indexes(&mut tx).await.len() + 8 <= before.len(), "they are not aside: {before:#?}");
        let entries = [entry.clone(), EventRow { seq: 2, ..entry.clone() }];
        tx.insert_chains(&[("2026-1".to_owned(), Head::default())]).await.unwrap();
        tx.insert_events(&entries[..if twice { 2 } else { 1 }]).await.unwrap();
        let completed = tx.complete_import(aside).await.map_err(|error| error.to_string());
        match refused {
            Some(why) => assert!(completed.unwrap_err().contains(why)),
            None => assert_eq!(indexes(&mut tx).await, before),
        }
        tx.rollback().await.unwrap();
        house.store.end_import().await.unwrap();
        assert_eq!(indexes(&mut house.store.snapshot().await.unwrap()).await, before);
    }
}

/// Else whoever's commit fills the log waits for thousands of pages.
#[tokio::test]
async fn the_log_is_folded_into_the_file_beside_the_writers() {
    let house = House::sqlite().await;
    let Store::Sqlite { write, .. } = &house.store else { unreachable!("it is on SQLite") };
    // Two threads that write and fold at once could spoil the file before 3.51.3 (its "WAL-reset bug").
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(write).await.unwrap();
    let version: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(version >= vec![3, 51, 3], "{version:?}");
    let without_its_log = house.folder.path().join("copy.db");
    for n in 0.. {
        let mut tx = house.store.begin().await.unwrap();
        tx.put_meta("seen", &n.to_string()).await.unwrap();
        tx.commit().await.unwrap();
        if n % 50 == 0 {
            std::fs::copy(house.folder.path().join("register.db"), &without_its_log).unwrap();
            let copy = sqlx::SqlitePool::connect(&format!("sqlite://{}", without_its_log.display())).await.unwrap();
            let seen = sqlx::query_scalar("select value from meta where name = 'seen'").fetch_optional(&copy).await;
            copy.close().await;
            // Copied while it is being folded it may be anything.
            if let Ok(Some(seen)) = seen {
                let seen: String = seen;
                assert!(seen.parse::<i32>().unwrap() <= n);
                return;
            }
        }
        assert!(n < 4_000, "it is left to the writers");
    }
}

on_each_backend! {
    /// What is not committed has not happened: dropping the transaction is what a kill leaves behind.
    async fn a_transaction_that_ends_in_the_middle_leaves_nothing(house: House) {
        house.open("2026-1", Sentence::Death).await;
        let mut tx = house.store.begin().await.unwrap();
        let head = tx.lock_chain("2026-1").await.unwrap().unwrap();
        let moved = Head { head_seq: head.head_seq + 1, head_hash: "0000".to_owned(), ..head.clone() };
        tx.set_heads(&[("2026-1".to_owned(), moved)]).await.unwrap();
        tx.put_meta("seen", "yes").await.unwrap();
        drop(tx);
        let mut tx = house.store.begin().await.unwrap();
        assert_eq!(tx.meta("seen").await.unwrap(), None);
        let again = tx.lock_chain("2026-1").await.unwrap().unwrap();
        assert_eq!(again, head, "the lock's own counting was undone too");
    }

    async fn a_snapshot_sees_one_state_while_others_write(house: House) {
        house.open("2026-1", Sentence::Death).await;
        let mut before = house.store.snapshot().await.unwrap();
        assert_eq!(before.count_events().await.unwrap(), 1);
        house.record("2026-1", EventKind::VerdictInForce, "2026-11-02").await;
        assert_eq!(before.count_events().await.unwrap(), 1);
        assert_eq!(house.store.snapshot().await.unwrap().count_events().await.unwrap(), 2);
    }

    /// PostgreSQL does not ask row by row.
    async fn a_deadline_of_no_case_is_found_at_the_end_of_an_import_and_by_verification(house: House) {
        let other = House::sqlite().await;
        other.open("2026-1", Sentence::Imprisonment).await;
        other.record("2026-1", EventKind::PetitionAccepted, "2026-11-02").await;
        let of_no_case = other.store.begin_in_case("2026-1").await.unwrap().1.unwrap().deadlines;
        let (mut tx, aside) = house.store.begin_import().await.unwrap();
        tx.put_deadlines(&of_no_case).await.unwrap();
        let refused = tx.complete_import(aside).await.unwrap_err().to_string();
        assert!(refused.contains("a row of deadline refers to a row of "), "{refused}");
        tx.rollback().await.unwrap();
        house.store.end_import().await.unwrap();
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-02").await;
        assert_eq!(keshirim::register::verify::verify(&house.store).await.unwrap().faults, []);
        house.tamper("update deadline set case_number = '2026-9'").await;
        let faults = keshirim::register::verify::verify(&house.store).await.unwrap().faults;
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.chain == "2026-9"), "{faults:?}");
        assert!(faults[0].to_string().contains("is a deadline of it; its case's row"), "{}", faults[0]);
    }

    async fn an_unknown_chain_cannot_be_locked(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        assert_eq!(tx.lock_chain("nowhere 1").await.unwrap(), None);
    }

    async fn a_lease_is_one_owners_until_it_ends_or_is_given_back(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        let at = |minutes| Instant::new(house.now + TimeDelta::minutes(minutes));
        assert!(tx.take_lease("compose", "a", at(0), at(5)).await.unwrap());
        assert!(!tx.take_lease("compose", "b", at(4), at(9)).await.unwrap());
        assert!(tx.take_lease("compose", "a", at(4), at(6)).await.unwrap(), "its owner renews it");
        assert!(tx.take_lease("compose", "b", at(6), at(9)).await.unwrap(), "it ended");
        tx.release_lease("compose", "a").await.unwrap();
        assert!(!tx.take_lease("compose", "a", at(6), at(9)).await.unwrap(), "only its owner gives it back");
        tx.release_lease("compose", "b").await.unwrap();
        assert!(tx.take_lease("compose", "a", at(6), at(9)).await.unwrap());
    }

    /// One at a time and several at a time, side by side.
    async fn twelve_claimers_take_every_letter_once(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        for i in 0..60 {
            assert!(tx.insert_letter(&letter(&house, &format!("L-{i}"), 0)).await.unwrap());
        }
        tx.commit().await.unwrap();
        let (now, until) = (house.instant(), Instant::new(house.now + TimeDelta::minutes(1)));
        let claimers: Vec<_> = (0..12)
            .map(|n| {
                let store = house.store.clone();
                tokio::spawn(async move {
                    let mut mine = Vec::new();
                    loop {
                        let mut tx = store.begin().await.unwrap();
                        let owner = format!("d{n}");
                        tx.lock_outbox(&owner).await.unwrap();
                        let claimed = tx.claim_letters(&owner, now, until, 0, n % 4 + 1).await.unwrap();
                        tx.commit().await.unwrap();
                        if claimed.is_empty() {
                            return mine;
                        }
                        mine.extend(claimed.into_iter().map(|letter| letter.letter_id));
                    }
                })
            })
            .collect();
        let mut taken = Vec::new();
        for claimer in claimers {
            taken.extend(claimer.await.unwrap());
        }
        taken.sort();
        let count = taken.len();
        taken.dedup();
        assert_eq!((count, taken.len()), (60, 60));
    }

    async fn a_letter_whose_daemon_died_comes_back_when_the_lease_ends_and_the_late_settling_is_told_so(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        tx.insert_letter(&letter(&house, "L-1", 0)).await.unwrap();
        let at = |minutes| Instant::new(house.now + TimeDelta::minutes(minutes));
        let first = claim(&mut tx, "a", at(0), at(10)).await.unwrap();
        let row = tx.letter("L-1").await.unwrap().unwrap();
        assert_eq!((row.state.as_str(), row.lease_owner.as_deref(), first.attempts), ("transmitting", Some("a"), 1));
        assert_eq!(claim(&mut tx, "b", at(9), at(19)).await, None);
        let second = claim(&mut tx, "b", at(10), at(20)).await.unwrap();
        assert_eq!((second.attempts, &second.bytes), (2, &first.bytes), "the same bytes go again");
        let accepted = Settled { state: "accepted", next_attempt_at: None };
        assert!(!tx.settle("a", &receipt(&house, &first, "accepted"), &accepted).await.unwrap());
        assert!(tx.settle("b", &receipt(&house, &second, "accepted"), &accepted).await.unwrap());
        assert_eq!(tx.receipts("L-1").await.unwrap().len(), 2, "both attempts are evidence");
        assert_eq!(claim(&mut tx, "a", at(99), at(100)).await, None);
        let counts = tx.outbox_counts().await.unwrap();
        assert_eq!((counts.unsent, counts.oldest_due_at), (0, None));
        let row = tx.letter("L-1").await.unwrap().unwrap();
        assert_eq!((row.state.as_str(), row.lease_owner), ("accepted", None));
    }

    async fn an_accepted_letter_leaves_the_outbox_is_counted_and_listed_and_comes_back_with_its_attempts(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        let (now, until) = (house.instant(), Instant::new(house.now + TimeDelta::minutes(45)));
        let accepted = Settled { state: "accepted", next_attempt_at: None };
        for id in ["L-3", "L-1", "L-2"] {
            tx.insert_letter(&letter(&house, id, 0)).await.unwrap();
        }
        let claimed = tx.claim_letters("a", now, until, 0, 2).await.unwrap();
        let settled: Vec<_> = claimed.iter().map(|one| (receipt(&house, one, "accepted"), accepted.clone())).collect();
        assert_eq!(tx.settle_all("a", &settled).await.unwrap().len(), 2);
        assert_eq!(tx.settle_all("a", &settled).await.unwrap().len(), 0, "once more, because nobody knew");
        let (gone, left) = (claimed[0].letter_id.as_str(), claimed[1].letter_id.as_str());
        assert_eq!(states(&mut tx).await, [1, 0, 2, 0, 0, 0, 0, 0]);
        let listed = tx.letters(Some("accepted"), None, 9).await.unwrap();
        assert!(listed.iter().all(|one| one.state == "accepted" && one.attempts == 1 && one.bytes == claimed[0].bytes));
        assert_eq!((listed.len(), tx.letters(Some("queued"), None, 9).await.unwrap().len()), (2, 1));
        assert!(tx.requeue_letter(gone, now).await.unwrap());
        assert!(tx.requeue_letter(gone, now).await.unwrap(), "it waits already");
        assert!(!tx.requeue_letter("L-9", now).await.unwrap());
        assert_eq!(states(&mut tx).await, [2, 0, 1, 0, 0, 0, 0, 0]);
        let again = tx.claim_letters("a", now, until, 0, 9).await.unwrap();
        let again = again.iter().find(|one| one.letter_id == gone).unwrap();
        assert_eq!((again.attempts, again.number), (2, claimed[0].number), "the second attempt of the same letter");
        assert!(!tx.requeue_letter(gone, now).await.unwrap(), "it is out");
        assert!(tx.settle("a", &receipt(&house, again, "accepted"), &accepted).await.unwrap());
        assert_eq!(tx.receipts(gone).await.unwrap().len(), 2);
        assert!(tx.defer_letter(left, until).await.unwrap(), "the relay gave it up after all");
        assert!(!tx.defer_letter(left, until).await.unwrap());
        assert_eq!(tx.letter(left).await.unwrap().unwrap().next_attempt_at, Some(until));
        assert!(tx.pass_on_letter(gone, "bounced", now).await.unwrap());
        assert_eq!(states(&mut tx).await, [0, 1, 0, 1, 0, 1, 0, 0]);
        let row = tx.letter(gone).await.unwrap().unwrap();
        assert_eq!((row.state.as_str(), row.attempts, row.next_attempt_at), ("bounced", 2, None));
        assert_eq!(tx.due_follow_ups(now, 9).await.unwrap().len(), 1);
    }

    async fn urgent_letters_are_claimed_before_older_ordinary_ones(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        tx.insert_letter(&letter(&house, "L-old", 0)).await.unwrap();
        let later = Instant::new(house.now + TimeDelta::minutes(1));
        let urgent = LetterRow { next_attempt_at: Some(later), ..letter(&house, "L-urgent", 1) };
        tx.insert_letter(&urgent).await.unwrap();
        let counts = tx.outbox_counts().await.unwrap();
        assert_eq!((counts.unsent, counts.oldest_due_at), (2, Some(house.instant())));
        let until = Instant::new(house.now + TimeDelta::minutes(9));
        assert_eq!(claim(&mut tx, "a", later, until).await.unwrap().letter_id, "L-urgent");
        assert_eq!(claim(&mut tx, "a", later, until).await.unwrap().letter_id, "L-old");
        let again = tx.claim_letters("a", until, until, 0, 9).await.unwrap();
        let ids: Vec<_> = again.iter().map(|letter| letter.letter_id.as_str()).collect();
        assert_eq!(ids, ["L-urgent", "L-old"], "several are handed over in the same order");
        assert_eq!(tx.claim_letters("a", until, until, 1, 9).await.unwrap().len(), 1, "a brake may ask for the urgent alone");
    }

    async fn what_a_dead_daemon_was_sending_is_taken_up_and_what_a_living_one_sends_is_not(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        let (now, until) = (house.instant(), Instant::new(house.now + TimeDelta::minutes(45)));
        for (id, owner) in [("L-alive", "alive"), ("L-dead", "dead"), ("L-silent", "silent")] {
            tx.insert_letter(&letter(&house, id, 0)).await.unwrap();
            assert_eq!(claim(&mut tx, owner, now, until).await.unwrap().letter_id, id);
        }
        let beat = Instant::new(house.now + TimeDelta::seconds(25));
        assert!(tx.take_lease("daemon alive", "alive", now, beat).await.unwrap());
        assert!(tx.take_lease("daemon dead", "dead", now, now).await.unwrap());
        let later = Instant::new(house.now + TimeDelta::seconds(10));
        assert_eq!(tx.recover_letters_of_the_dead(later).await.unwrap(), 2);
        let due = tx.claim_letters("alive", later, until, 0, 9).await.unwrap();
        let ids: Vec<_> = due.iter().map(|letter| letter.letter_id.as_str()).collect();
        assert_eq!(ids, ["L-dead", "L-silent"]);
        assert!(due.iter().all(|letter| letter.attempts == 2), "the lost attempt counts");
    }

    async fn an_alert_decided_twice_is_decided_once(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        tx.insert_letter(&letter(&house, "L-1", 0)).await.unwrap();
        let alert = AlertRow {
            case_number: "2026-1".to_owned(),
            rule: "P11.FORWARD".to_owned(),
            start_key: "E-1".to_owned(),
            subject: "petition".to_owned(),
            about: "2026-11-23".to_owned(),
            rung: "opened".to_owned(),
            office: "institution:uk-1".to_owned(),
            letter_id: Some("L-1".to_owned()),
            decided_at: house.instant(),
        };
        assert!(tx.insert_alert(&alert).await.unwrap());
        assert!(!tx.insert_alert(&alert).await.unwrap());
        assert!(tx.insert_alert(&AlertRow { about: "2026-11-24".to_owned(), ..alert.clone() }).await.unwrap());
        let told = tx.offices_told("2026-1", "P11.FORWARD", "E-1", "petition").await.unwrap();
        assert_eq!(told, ["institution:uk-1"]);
        assert_eq!(tx.alerts_of_letter("L-1").await.unwrap().len(), 2);
    }

    async fn an_answer_is_kept_once_under_its_key(house: House) {
        let mut tx = house.store.begin().await.unwrap();
        let kept = serde_json::json!({"status": 201});
        assert!(tx.keep_answer("k", "POST /v1/cases", kept.clone(), house.instant()).await.unwrap());
        assert!(!tx.keep_answer("k", "POST /other", serde_json::json!(null), house.instant()).await.unwrap());
        assert_eq!(tx.answer("k").await.unwrap(), Some(("POST /v1/cases".to_owned(), kept)));
        assert_eq!(tx.sweep_answers(house.instant()).await.unwrap(), 0, "not older than");
        assert_eq!(tx.sweep_answers(Instant::new(house.now + TimeDelta::seconds(1))).await.unwrap(), 1);
    }

    /// A deadline that was planned anew between reading and composing keeps its new plan.
    async fn a_deadline_is_moved_to_its_next_rung_only_from_the_alert_that_was_read(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let mut tx = house.store.begin().await.unwrap();
        let later = Instant::new(house.now + TimeDelta::days(30));
        let due = tx.due_deadlines(later, 10).await.unwrap();
        let row = &due[0];
        let was = row.next_alert_at.unwrap();
        assert_eq!(house.store.next_due().await.unwrap().alert, Some(was));
        let not = Some(Instant::new(was.utc() + TimeDelta::milliseconds(1)));
        let planned_anew = DeadlineRow { next_alert_at: not, ..row.clone() };
        assert!(!tx.advance_alert(&planned_anew, None, None).await.unwrap());
        let moved_meanwhile = DeadlineRow { sequence: row.sequence + 1, ..row.clone() };
        assert!(!tx.advance_alert(&moved_meanwhile, None, None).await.unwrap());
        assert!(tx.advance_alert(row, Some((later, "last_day")), Some(row.shown_on)).await.unwrap());
        let moved = tx.deadline(&row.deadline_id).await.unwrap().unwrap();
        assert_eq!((moved.told, moved.told_shown, moved.next_rung.as_deref()), (true, row.shown_on, Some("last_day")));
    }

    /// Else the recorder would write back that nobody was told.
    async fn what_a_composer_notes_of_a_deadline_waits_for_whoever_records_in_its_case(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let later = Instant::new(house.now + TimeDelta::days(30));
        let due = house.store.snapshot().await.unwrap().due_deadlines(later, 10).await.unwrap();
        let (recording, case) = house.store.begin_in_case("2026-1").await.unwrap();
        assert!(case.unwrap().deadlines.iter().any(|row| row.deadline_id == due[0].deadline_id && !row.told));
        let noting = async {
            let mut tx = house.store.begin().await.unwrap();
            let noted = tx.advance_alert(&due[0], Some((later, "last_day")), Some(due[0].shown_on)).await.unwrap();
            tx.commit().await.unwrap();
            noted
        };
        let mut noting = std::pin::pin!(noting);
        let waits = tokio::time::timeout(std::time::Duration::from_millis(100), &mut noting).await;
        assert!(waits.is_err(), "it was noted between reading and writing");
        recording.commit().await.unwrap();
        assert!(noting.await);
        let (_, case) = house.store.begin_in_case("2026-1").await.unwrap();
        assert!(case.unwrap().deadlines.iter().any(|row| row.told), "who records next knows it");
    }

    async fn whoever_records_waits_for_what_a_composer_notes_and_reads_it(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let later = Instant::new(house.now + TimeDelta::days(30));
        let mut noting = house.store.begin().await.unwrap();
        let due = noting.due_deadlines(later, 10).await.unwrap();
        // Nothing is to be said of it any more.
        assert!(noting.advance_alert(&due[0], None, Some(due[0].shown_on)).await.unwrap());
        let mut recording = std::pin::pin!(house.store.begin_in_case("2026-1"));
        let waits = tokio::time::timeout(std::time::Duration::from_millis(100), &mut recording).await;
        assert!(waits.is_err(), "it was read before it was noted");
        noting.commit().await.unwrap();
        let (_, case) = recording.await.unwrap();
        let row = case.unwrap().deadlines.into_iter().find(|row| row.deadline_id == due[0].deadline_id).unwrap();
        assert_eq!((row.told, row.told_shown, row.next_alert_at), (true, due[0].shown_on, None));
    }

    /// Both go by the deadlines' natural key; in two orders each could have what the other waits for.
    async fn a_composer_that_notes_two_deadlines_of_a_case_never_waits_for_whoever_waits_for_it(house: House) {
        house.open("2026-1", Sentence::Death).await;
        house.record("2026-1", EventKind::VerdictInForce, "2026-11-02").await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let later = Instant::new(house.now + TimeDelta::days(400));
        let mut noting = house.store.begin().await.unwrap();
        let mut due = noting.due_deadlines(later, 100).await.unwrap();
        assert!(due.len() > 1, "{due:?}");
        due.sort_by(|a, b| a.natural_key().cmp(&b.natural_key()));
        assert!(noting.advance_alert(&due[0], None, None).await.unwrap());
        let mut recording = std::pin::pin!(house.store.begin_in_case("2026-1"));
        let waits = tokio::time::timeout(std::time::Duration::from_millis(100), &mut recording).await;
        assert!(waits.is_err(), "it does not wait for the first");
        for row in &due[1..] {
            assert!(noting.advance_alert(row, None, None).await.unwrap());
        }
        noting.commit().await.unwrap();
        let (_, case) = recording.await.unwrap();
        assert!(case.unwrap().deadlines.iter().all(|row| row.next_alert_at.is_none()));
    }

    /// They come to PostgreSQL's client as texts, else as octets.
    async fn a_case_that_is_locked_reads_as_it_does_without(house: House) {
        house.open("2026-1", Sentence::Death).await;
        house.record("2026-1", EventKind::VerdictInForce, "2026-11-02").await;
        let entry = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        house.aigul().retract(&entry, Reason::Typo, Some("a note,\n\"of two lines\" – 'ә'")).await.unwrap();
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-19").await;
        let mut tx = house.store.snapshot().await.unwrap();
        let (case, mut events) = tx.case_with_events("2026-1").await.unwrap().unwrap();
        let mut deadlines = tx.deadlines_of("2026-1").await.unwrap();
        let head = tx.head("2026-1").await.unwrap().unwrap();
        drop(tx);
        let (_, locked) = house.store.begin_in_case("2026-1").await.unwrap();
        let locked = locked.unwrap();
        for event in &mut events {
            (event.prev_hash, event.hash) = (String::new(), String::new());
        }
        for row in &mut deadlines {
            row.finding = locked.deadlines[0].finding.clone();
        }
        assert!(events.iter().any(|event| event.reason.is_some() && event.note.is_some() && event.target.is_some()));
        assert!(deadlines.iter().any(|row| row.next_alert_at.is_some()) && deadlines.iter().any(|row| row.shown_on.is_none()));
        assert_eq!((locked.case, locked.events, locked.deadlines), (case, events, deadlines));
        let counted = Head { revision: head.revision + 1, ..head };
        assert_eq!(locked.head, counted);
    }

    /// It goes to PostgreSQL as part of a text: whatever it is, it stays a number.
    async fn a_case_is_found_by_any_number_and_nothing_else_is_done(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        for number in ["O'Neil 1", "'", "\\", "\\'; drop table deadline; --", "$1 $$ E'\\x' № 1", "Ә-1'') (''", "*/ 1 /*"] {
            let mut tx = house.store.begin().await.unwrap();
            tx.insert_chain(number).await.unwrap();
            let case = tx.case("2026-1").await.unwrap().unwrap();
            tx.insert_case(&CaseRow { number: number.to_owned(), ..case }).await.unwrap();
            tx.commit().await.unwrap();
            let (tx, case) = house.store.begin_in_case(number).await.unwrap();
            assert_eq!(case.unwrap().case.number, number);
            tx.rollback().await.unwrap();
        }
        for number in ["", "2026-1'; commit; --", "2026-1\0", "\0"] {
            let (_, case) = house.store.begin_in_case(number).await.unwrap();
            assert!(case.is_none(), "{number:?}");
        }
        let (_, case) = house.store.begin_in_case("2026-1").await.unwrap();
        let case = case.unwrap();
        assert_eq!((case.head.head_seq, case.events.len(), case.deadlines.len()), (1, 1, 0));
    }
}
