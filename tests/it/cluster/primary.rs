//! The database itself dies: a primary with a replica that is asked for every commit, and daemons that know both.

use std::collections::BTreeSet;
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::postgres::{Server, until};
use crate::disasters::daemon::{House, letter};
use crate::disasters::witness::Witness;

/// Letters due when the primary dies.
const LETTERS: usize = 1_500;
/// Connections of one daemon to its relay.
const CONNECTIONS_MAX: usize = 4;

/// A registrar at the desk of `house`: opens a case.
fn open_case(house: &House, number: &str) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keshirim"));
    command.arg("--config").arg(house.path("keshirim.toml")).args([
        "case",
        "open",
        number,
        "--sentence",
        "imprisonment",
    ]);
    command.args(["--institution", "institution:uk-1"]).env_remove("RUST_LOG").output().unwrap()
}

fn cases(house: &House) -> BTreeSet<String> {
    let all = house.register(async |store| store.snapshot().await?.cases_after("", 100_000).await);
    all.into_iter().map(|case| case.number).collect()
}

/// Waits until `/health` of every daemon answers with `code`.
fn health(houses: &[&House], code: &str) {
    for house in houses {
        house.wait(code, || house.health().is_some_and(|answer| answer.starts_with(&format!("HTTP/1.1 {code}"))));
    }
}

fn pair() -> (Server, Server) {
    let primary = Server::start(&[]);
    let replica = Server::replica_of(&primary);
    primary.wait_for_replica();
    (primary, replica)
}

#[test]
fn the_primary_dies_its_replica_is_promoted_and_the_daemons_go_on_with_all_that_was_acknowledged() {
    let (old, new) = pair();
    let urls = [old.url(), new.url()];
    let lanes = [(); 2].map(|()| {
        let witness = Witness::start();
        witness.seen().slow = Duration::from_millis(20);
        (House::on(&urls, witness.port, CONNECTIONS_MAX), witness)
    });
    let houses = lanes.each_ref().map(|(house, _)| house);
    let desk = houses[0];
    desk.queue(&(0..LETTERS).map(letter).collect::<Vec<_>>());
    for (house, witness) in &lanes {
        witness.live(None, || house.start());
    }
    let sent = || lanes.iter().map(|(_, witness)| witness.seen().taken.len()).sum::<usize>();
    let (acknowledged, over) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));
    let count = || acknowledged.lock().unwrap().len();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0.. {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let number = format!("2026-{n:04}");
                if open_case(desk, &number).status.success() {
                    acknowledged.lock().unwrap().insert(number);
                }
            }
        });
        until("letters and cases", || sent() > LETTERS / 10 && count() >= 3);
        old.kill();
        health(&houses, "503");
        new.promote();
        health(&houses, "200");
        let before = count();
        until("cases are opened again", || count() >= before + 3);
        until("every letter", || sent() >= LETTERS);
        over.store(true, Ordering::Relaxed);
    });
    desk.wait("every letter is settled", || {
        desk.register(async |store| Ok(store.snapshot().await?.outbox_counts().await?.unsent)) == 0
    });
    let opened = cases(desk);
    let lost: Vec<_> = acknowledged.lock().unwrap().difference(&opened).cloned().collect();
    assert_eq!(lost, [""; 0], "acknowledged, and not there");
    let receipts = "select count(distinct number) from receipt where verdict = 'accepted'";
    assert_eq!(new.ask::<i64>(receipts), i64::try_from(LETTERS).unwrap());
    let copies = sent() - LETTERS;
    eprintln!("{} cases acknowledged, {copies} letters twice", count());
    assert_eq!(copies, 0, "no daemon died, and each knew what it had in hand");
    nobody_goes_back(&old, &new, &houses);
    for (_, witness) in &lanes {
        witness.kill();
        witness.bury();
    }
}

/// The old primary comes back as a primary, and every connection to the new one is lost: all the same nobody goes back.
fn nobody_goes_back(old: &Server, new: &Server, houses: &[&House]) {
    old.up();
    old.sql("alter system reset synchronous_standby_names");
    old.sql("select pg_reload_conf()");
    let written = "select coalesce(max(expires_at)::text, '') || (select count(*) from case_file) from lease";
    let before: String = old.ask(written);
    new.sql("select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
    let life = "select max(expires_at)::text from lease where name like 'daemon %'";
    let lived: String = new.ask(life);
    until("signs of life on the new primary", || new.ask::<String>(life) > lived);
    health(houses, "200");
    // Nor does anybody who comes anew.
    assert!(open_case(houses[0], "2027-1").status.success());
    assert_eq!(new.ask::<i64>("select count(*) from case_file where number = '2027-1'"), 1);
    assert_eq!(old.ask::<String>(written), before, "somebody wrote to the old primary");
    // When the new one is gone, too, the old one is none for those who have written to the new one.
    new.kill();
    health(houses, "503");
    houses[0].wait("it says so", || houses[0].log().contains("it is an old primary that another has replaced"));
    assert_eq!(old.ask::<String>(written), before, "somebody wrote to the old primary");
    new.up();
    health(houses, "200");
}

#[test]
fn while_the_replica_is_gone_nobody_is_told_that_something_is_written() {
    let (primary, replica) = pair();
    let house = House::on(&[primary.url(), replica.url()], 1, CONNECTIONS_MAX);
    assert!(open_case(&house, "2026-1").status.success());
    replica.kill();
    let refused = open_case(&house, "2026-2");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("it is not known whether it is written; look before you enter it again"), "{said}");
    assert_eq!(cases(&house), BTreeSet::from(["2026-1".to_owned()]), "not seen before the replica has it");
    replica.up();
    until("it is written, now that the replica has it", || cases(&house).contains("2026-2"));
    assert!(open_case(&house, "2026-3").status.success());
}
