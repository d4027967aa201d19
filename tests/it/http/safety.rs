//! What no answer does.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use keshirim::law::timeline::{EventKind as E, Sentence};
use sha2::{Digest, Sha256};
use sqlx::Connection as _;

use super::Desk;
use crate::backend::on_each_backend;
use crate::letter::bars::FORBIDDEN;

async fn every_answer_keeps_to_itself() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    for path in ["/health", "/metrics", "/login", "/status", "/cases/none", "/none", "/"] {
        let answer = desk.page(path, &token).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{path}: {policy}");
    }
}

async fn the_policy_lets_in_the_one_style_and_the_page_has_no_script() {
    let desk = Desk::new().await;
    let page = desk.get("/login", &[]).await;
    let style = page.body.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = page.header("content-security-policy").split_once("'sha256-").unwrap().1.split_once('\'').unwrap().0;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sextets = hash.trim_end_matches('=').chars().map(|c| alphabet.find(c).unwrap());
    let bits: Vec<usize> = sextets.flat_map(|sextet| (0..6).rev().map(move |bit| sextet >> bit & 1)).collect();
    let octet = |bits: &[usize]| u8::try_from(bits.iter().fold(0, |octet, bit| octet << 1 | bit)).unwrap();
    let octets: Vec<u8> = bits.chunks_exact(8).map(octet).collect();
    assert_eq!(octets, Sha256::digest(style).to_vec());
    for inline in ["<script", " style=", " onclick", "javascript:", "http://", "https://"] {
        assert!(!page.body.contains(inline), "{inline}");
    }
}

async fn markup_in_what_people_enter_stays_text() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "<script>alert(1)</script>\"&").await;
    let cookie = desk.post("/login", &format!("token={token}"), &[]).await.cookie();
    let page = desk.get("/status", &[("cookie", &cookie)]).await;
    assert!(page.body.contains("&lt;script&gt;alert(1)&lt;") && !page.body.contains("<script"), "{}", page.body);
    let form = desk.get("/login?next=%2F%22%3E%3Cscript%3E", &[]).await;
    assert!(!form.body.contains("<script"));
    let unknown = desk.get("/cases/%3Cscript%3E", &[("cookie", &cookie)]).await;
    assert!(!unknown.body.contains("<script"));
}

/// On SQLite alone: there one pragma counts all that is ever committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_changes_nothing() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    desk.open("A-1", Sentence::Imprisonment).await;
    desk.record("A-1", E::PetitionAccepted, "2026-11-10").await;
    let cookie = desk.post("/login", &format!("token={token}"), &[]).await.cookie();
    let url = format!("sqlite://{}", desk.folder.path().join("register.db").display());
    // SQLite's own count of what other connections have committed.
    let mut watcher = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let mut version =
        async || sqlx::query_scalar::<_, i64>("pragma data_version").fetch_one(&mut watcher).await.unwrap();
    let before = version().await;
    for path in ["/health", "/metrics", "/login", "/status", "/cases/A-1", "/cases/none", "/logout", "/none"] {
        for lang in ["", "?lang=kk", "?lang=ru&token=x"] {
            desk.get(&format!("{path}{lang}"), &[("cookie", &cookie)]).await;
            desk.page(&format!("{path}{lang}"), "wrong").await;
        }
    }
    assert_eq!(version().await, before);
    desk.post("/logout", "", &[("cookie", &cookie)]).await;
    assert_ne!(version().await, before, "the watcher would have seen it");
}

async fn what_a_route_does_not_take_is_refused_as_a_problem() {
    let desk = Desk::new().await;
    let long = format!("token={}", "x".repeat((1 << 20) + 1));
    for (answer, status) in [
        (desk.post("/login", &long, &[]).await, StatusCode::PAYLOAD_TOO_LARGE),
        (desk.post("/status", "", &[]).await, StatusCode::METHOD_NOT_ALLOWED),
        (desk.get("/logout", &[]).await, StatusCode::METHOD_NOT_ALLOWED),
        (desk.send(Request::put("/login").body(Body::empty()).unwrap()).await, StatusCode::METHOD_NOT_ALLOWED),
        (desk.get("/none", &[]).await, StatusCode::NOT_FOUND),
    ] {
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"));
        assert!(answer.json()["type"].as_str().unwrap().starts_with("urn:keshirim:problem:"));
    }
}

async fn no_page_says_that_a_sentence_may_be_carried_out() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    // Every bar that the register knows is over: what is left is "no bar known to this register".
    desk.open("D-1", Sentence::Death).await;
    desk.record("D-1", E::VerdictInForce, "2020-01-10").await;
    desk.record("D-1", E::VerdictCopyHanded, "2020-01-12").await;
    desk.record("D-1", E::RefusalDeclared, "2020-02-01").await;
    desk.record("D-1", E::RefusalActDrawn, "2020-02-03").await;
    desk.record("D-1", E::Forwarded, "2020-02-05").await;
    desk.record("D-1", E::ReceivedByAdministration, "2020-02-07").await;
    let considered = desk.record("D-1", E::RefusalMaterialsConsidered, "2021-03-01").await;
    let barred = desk.page("/cases/D-1?lang=en", &token).await;
    assert!(barred.body.contains("<code>barred</code>"), "an unconfirmed entry ends no bar");
    desk.as_registrar("berik", async |registrar| registrar.confirm(&considered).await.map(drop)).await;
    for (lang, never) in [
        ("en", "The register never says that a sentence may be carried out."),
        ("ru", "Реестр никогда не сообщает, что приговор можно исполнить."),
        ("kk", "Тізілім үкімді орындауға болады деп ешқашан айтпайды."),
    ] {
        let body = desk.page(&format!("/cases/D-1?lang={lang}"), &token).await.body;
        assert!(body.contains("<code>no_bar_known_to_this_register</code>") && body.contains(never), "{lang}");
        let said = body.replace(never, "").to_lowercase();
        for words in FORBIDDEN {
            assert!(!said.contains(words), "{lang}: {words}");
        }
    }
    let words = include_str!("../../../src/http/pages/words.toml").to_lowercase();
    let words: String = words.lines().filter(|line| !line.starts_with('#')).collect();
    for forbidden in FORBIDDEN {
        assert!(!words.contains(forbidden), "{forbidden}");
    }
}

async fn a_register_that_can_no_longer_be_written_is_failing_before_a_letter_is_due() {
    use keshirim::schedule::Beat;
    let desk = Desk::new().await;
    for beat in [Beat::Compose, Beat::Dispatch, Beat::Probe] {
        desk.app.beat(beat).await;
    }
    let health = desk.get("/health", &[]).await;
    assert_eq!((health.status, health.json()["checks"]["store"]["status"].as_str()), (StatusCode::OK, Some("ok")));
    let brake = &health.json()["checks"]["brake"];
    assert_eq!((brake["status"].as_str(), brake["letters_per_hour_max"].as_u64()), (Some("ok"), Some(20_000)));
    // The metronome goes on; only the probe's write has not come through.
    desk.clock.advance(chrono::TimeDelta::seconds(60));
    desk.app.beat(Beat::Compose).await;
    desk.app.beat(Beat::Dispatch).await;
    let health = desk.get("/health", &[]).await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health.json()["checks"]["store"]["status"], "failing");
    assert_eq!(health.json()["checks"]["scheduler"]["status"], "ok");
}

on_each_backend!(
    every_answer_keeps_to_itself,
    the_policy_lets_in_the_one_style_and_the_page_has_no_script,
    markup_in_what_people_enter_stays_text,
    what_a_route_does_not_take_is_refused_as_a_problem,
    no_page_says_that_a_sentence_may_be_carried_out,
    a_register_that_can_no_longer_be_written_is_failing_before_a_letter_is_due,
);
