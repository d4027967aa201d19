//! The heartbeat goes out only when nothing is missing and letters can leave; differences go to the operators, once a day.

use keshirim::auditor::{Heartbeat, Scope, audit, due};
use keshirim::config::Config;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::store::AuditRow;

use super::watchman::watch;
use super::world::{World, to};
use crate::backend::{all_letters_are, on_each_backend};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";

async fn petition() -> World {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-1", Sentence::Imprisonment, "institution:uk-2").await;
    world.record("2026-1", EventKind::PetitionAccepted, "2026-02-16", &[]).await;
    world.until("2026-02-16 12:00").await;
    world
}

async fn tamper(world: &World, sql: &str) {
    crate::backend::tamper(&world.store, sql).await;
}

async fn run(world: &World, way_is_open: bool, heartbeat: Option<&Heartbeat>) -> AuditRow {
    audit(&world.desk(), Scope::Hourly, &world.clock, way_is_open, heartbeat).await.unwrap()
}

async fn a_healthy_register_is_pinged_and_one_with_a_difference_or_a_closed_way_is_not() {
    let world = petition().await;
    let (url, heard) = watch(OK);
    let heartbeat = Heartbeat::new(&url).unwrap();
    let well = run(&world, true, Some(&heartbeat)).await;
    assert_eq!((well.cases, well.expected, well.accepted, well.differences), (1, 1, 1, 0));
    assert_eq!(well.heartbeat, "pinged");
    assert_eq!(heard.lines(), ["GET /ping/5d3f HTTP/1.1"]);
    assert_eq!(run(&world, false, Some(&heartbeat)).await.heartbeat, "withheld");
    assert_eq!(run(&world, true, None).await.heartbeat, "none");
    tamper(&world, &all_letters_are("refused")).await;
    let ill = run(&world, true, Some(&heartbeat)).await;
    assert_eq!((ill.expected, ill.accepted, ill.differences, ill.heartbeat.as_str()), (1, 0, 1, "withheld"));
    assert_eq!(ill.found.0[0]["code"], "refused");
    assert!(!ill.found.0.to_string().contains('@'), "no address: {}", ill.found.0);
    assert_eq!(heard.lines().len(), 1, "nothing was heard while a difference stood");
}

async fn an_answer_that_is_no_success_is_a_failure_and_no_redirect_is_followed() {
    let world = petition().await;
    let (elsewhere, not_heard) = watch(OK);
    let moved =
        format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    for answer in [moved.leak(), "HTTP/1.1 500 Ill\r\nContent-Length: 0\r\n\r\n", "no HTTP\r\n\r\n", ""] {
        let (url, heard) = watch(answer);
        let heartbeat = Heartbeat::new(&url).unwrap();
        assert_eq!(run(&world, true, Some(&heartbeat)).await.heartbeat, "failed", "{answer}");
        assert_eq!(heard.lines().len(), 1);
    }
    assert_eq!(not_heard.lines(), [""; 0]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let heartbeat = Heartbeat::new(&format!("http://{nobody}/")).unwrap();
    assert_eq!(run(&world, true, Some(&heartbeat)).await.heartbeat, "failed");
}

async fn a_difference_goes_to_the_operators_once_a_day() {
    let mut world = petition().await;
    tamper(&world, &all_letters_are("refused")).await;
    for _ in 0..3 {
        run(&world, true, None).await;
    }
    let mails = world.until("2026-02-16 13:00").await;
    let mails = to(&mails, "ops");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("2026-1 P11.FORWARD refused institution:uk-2"), "{}", mails[0].text);
    world.sleep_until("2026-02-16 23:59");
    run(&world, true, None).await;
    assert_eq!(to(&world.beat().await, "ops").len(), 0);
    world.sleep_until("2026-02-17 00:30");
    run(&world, true, None).await;
    assert_eq!(to(&world.beat().await, "ops").len(), 1);
}

async fn a_run_is_due_each_hour_and_each_night_and_sooner_after_a_difference() {
    let world = petition().await;
    let due = async |at: &str| {
        world.sleep_until(at);
        due(&world.store, world.clock.now()).await.unwrap()
    };
    assert_eq!(due("2026-02-16 12:00").await, Some(Scope::Nightly), "none ever ran");
    audit(&world.desk(), Scope::Nightly, &world.clock, true, None).await.unwrap();
    assert_eq!(due("2026-02-16 12:59").await, None);
    assert_eq!(due("2026-02-16 13:00").await, Some(Scope::Hourly));
    tamper(&world, &all_letters_are("refused")).await;
    run(&world, true, None).await;
    assert_eq!(due("2026-02-16 13:09").await, None);
    assert_eq!(due("2026-02-16 13:10").await, Some(Scope::Hourly));
    tamper(&world, &all_letters_are("accepted")).await;
    run(&world, true, None).await;
    assert_eq!(due("2026-02-16 13:30").await, None);
    // Down over the night: one run catches up.
    assert_eq!(due("2026-02-17 02:59").await, Some(Scope::Hourly));
    assert_eq!(due("2026-02-19 03:00").await, Some(Scope::Nightly));
    audit(&world.desk(), Scope::Nightly, &world.clock, true, None).await.unwrap();
    assert_eq!(due("2026-02-19 03:01").await, None);
}

async fn a_new_calendar_or_another_directory_is_no_loss_and_what_follows_from_it_is_asked_later() {
    let mut world = petition().await;
    run(&world, true, None).await;
    let mut later = keshirim::config::SHIPPED_CONFIG.to_owned();
    later = later.replace("morning = \"08:30\"", "morning = \"07:00\"");
    world.config = Config::parse("later", &later, None).unwrap();
    world.directory = keshirim::config::parse_offices(
        "offices.toml",
        &super::world::OFFICES.replace("superior = \"institution:*\"", "superior = \"working_body\""),
    )
    .unwrap();
    world.sleep_until("2026-02-17 10:00");
    // The rung of 08:30 was planned before the mornings were set to 07:00.
    world.beat().await;
    assert_eq!(run(&world, true, None).await.differences, 0);
}

#[test]
fn only_https_or_this_machine_may_be_told() {
    let config = |url: &str| Config::parse("keshirim.toml", &format!("[audit]\nheartbeat_url = \"{url}\"\n"), None);
    assert_eq!(config("").unwrap().audit.heartbeat_url, None);
    for good in [
        "https://watch.example/5d3f",
        "https://10.0.0.7:8443/a?b=c",
        "http://127.0.0.1:81/x",
        "http://[::1]:81/x",
        "http://localhost/x",
    ] {
        assert_eq!(config(good).unwrap().audit.heartbeat_url.as_deref(), Some(good));
        Heartbeat::new(good).unwrap();
    }
    for bad in [
        "watch.example",
        "ftp://watch.example/",
        "http://watch.example/5d3f",
        "http://127.0.0.1.example/x",
        "http://127.0.0.1@watch.example/x",
        "https://user:word@watch.example/",
        "https://",
        "https:///x",
        "https://watch.example:0/",
        "https://watch.example/#x",
        "https://watch.example/a b",
    ] {
        let refused = config(bad).unwrap_err().to_string();
        assert!(refused.contains("heartbeat_url"), "{bad}: {refused}");
        assert!(!refused.contains("watch.example"), "the address is a secret: {refused}");
    }
}

on_each_backend!(
    a_healthy_register_is_pinged_and_one_with_a_difference_or_a_closed_way_is_not,
    an_answer_that_is_no_success_is_a_failure_and_no_redirect_is_followed,
    a_difference_goes_to_the_operators_once_a_day,
    a_run_is_due_each_hour_and_each_night_and_sooner_after_a_difference,
    a_new_calendar_or_another_directory_is_no_loss_and_what_follows_from_it_is_asked_later,
);
