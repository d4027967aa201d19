//! The page with the button: a GET changes nothing, a POST acknowledges, and neither says more than the letter did.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use keshirim::law::timeline::{EventKind as E, Sentence};
use keshirim::store::{DeadlineRow, LetterRow};

use super::Desk;
use crate::backend::on_each_backend;
use crate::letter::bars::FORBIDDEN;

/// A letter that was composed, and the path of its link.
async fn letter(desk: &Desk) -> (LetterRow, String) {
    desk.app.compose().await.unwrap();
    let mut tx = desk.app.store.snapshot().await.unwrap();
    let letter = tx.letters(None, None, 10).await.unwrap().remove(0);
    let link = desk.app.links.of(&letter.letter_id, desk.clock.now()).unwrap();
    (letter, link.strip_prefix("http://127.0.0.1:8460").unwrap().to_owned())
}

async fn opened() -> (Desk, LetterRow, String) {
    let desk = Desk::new().await;
    desk.open("OP/1", Sentence::Imprisonment).await;
    desk.record("OP/1", E::PetitionAccepted, "2026-11-20").await;
    let (letter, path) = letter(&desk).await;
    (desk, letter, path)
}

async fn deadline(desk: &Desk) -> DeadlineRow {
    let mut tx = desk.app.store.snapshot().await.unwrap();
    tx.deadlines_of("OP/1").await.unwrap().into_iter().find(|row| row.rule == "P11.FORWARD").unwrap()
}

async fn given(desk: &Desk) -> usize {
    let row = deadline(desk).await;
    desk.app.store.snapshot().await.unwrap().acknowledgements(&row).await.unwrap().len()
}

async fn a_get_shows_and_a_post_acknowledges() {
    let (desk, _, path) = opened().await;
    for method in ["GET", "HEAD"] {
        let request = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
        assert_eq!(desk.send(request).await.status, StatusCode::OK);
    }
    let page = desk.get(&path, &[("accept", "text/html")]).await.page();
    assert!(page.contains("OP/1") && page.contains(&format!("{path}\"")), "{page}");
    assert_eq!(given(&desk).await, 0, "a GET changes nothing");

    let thanks = desk.post(&path, "", &[]).await;
    assert_eq!(thanks.status, StatusCode::OK);
    assert!(
        thanks.page().contains("role=\"status\"") && !thanks.page().contains("<form class=\"login\""),
        "{}",
        thanks.body
    );
    assert_eq!(given(&desk).await, 1);
    let again = desk.post(&path, "", &[("accept", "application/json")]).await.json();
    assert_eq!(again["deadlines"][0]["state"], "acknowledged");
    assert_eq!(again["deadlines"][0]["acknowledged_at"], "2026-11-22T07:00:00.000Z");
    assert_eq!(given(&desk).await, 1);
}

async fn the_page_speaks_the_letter_s_language_unless_another_is_chosen_and_promises_nothing() {
    let (desk, letter, path) = opened().await;
    assert_eq!(letter.language, "ru");
    for (query, words) in
        [("", "Письмо прочитано"), ("?lang=kk", "Хатты оқыдым"), ("?lang=en", "I have read this letter")]
    {
        let page = desk.get(&format!("{path}{query}"), &[]).await.page();
        assert!(page.contains(words), "{page}");
        let small = page.to_lowercase();
        assert!(FORBIDDEN.iter().all(|word| !small.contains(word)), "{page}");
        assert!(!page.contains(&letter.address), "{page}");
    }
}

async fn a_forged_or_expired_link_says_so_and_changes_nothing() {
    let (desk, _, path) = opened().await;
    let forged = path.replace("L-", "L-0");
    for (path, status) in [(forged.as_str(), StatusCode::NOT_FOUND), ("/ack/x", StatusCode::NOT_FOUND)] {
        assert_eq!(desk.get(path, &[]).await.status, status);
        assert_eq!(desk.post(path, "", &[]).await.status, status);
    }
    let problem = desk.get("/ack/x", &[("accept", "application/json")]).await;
    assert_eq!(problem.json()["type"], "urn:keshirim:problem:no-such-link");
    desk.wait(TimeDelta::days(76));
    assert_eq!(desk.post(&path, "", &[]).await.status, StatusCode::GONE);
    assert!(desk.get(&path, &[]).await.page().contains("expired"));
    assert_eq!(given(&desk).await, 0);
}

async fn a_form_on_another_site_s_page_acknowledges_nothing() {
    let (desk, _, path) = opened().await;
    let answer = desk.post(&path, "", &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(given(&desk).await, 0);
}

async fn one_deadline_of_a_letter_can_be_acknowledged_alone() {
    let desk = Desk::new().await;
    for number in ["OP/1", "OP/2"] {
        desk.open(number, Sentence::Imprisonment).await;
        desk.record(number, E::PetitionAccepted, "2026-11-20").await;
    }
    let (_, path) = letter(&desk).await;
    let id = deadline(&desk).await.deadline_id;
    let answer = desk.post(&path, &format!("deadline={id}"), &[("accept", "application/json")]).await.json();
    let states: Vec<_> = answer["deadlines"].as_array().unwrap().iter().map(|d| (&d["case"], &d["state"])).collect();
    assert_eq!(serde_json::json!(states), serde_json::json!([["OP/1", "acknowledged"], ["OP/2", "open"]]));
}

/// The ids that the page's button sends.
fn ids(page: &str) -> Vec<&str> {
    page.split("name=\"deadline\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// A letter of more deadlines than it prints: nobody acknowledges what he was not shown.
async fn the_button_acknowledges_what_the_page_shows_and_then_the_next() {
    let desk = Desk::new().await;
    for n in 1..=203 {
        let number = format!("OP/{n}");
        desk.open(&number, Sentence::Imprisonment).await;
        desk.record(&number, E::PetitionAccepted, "2026-11-20").await;
    }
    let (_, path) = letter(&desk).await;
    let mut page = desk.get(&path, &[("accept", "text/html")]).await.page();
    let mut acknowledged = std::collections::BTreeSet::new();
    for count in [200, 3] {
        let shown = ids(&page);
        assert_eq!(shown.len(), count);
        acknowledged.extend(shown.iter().map(|id| (*id).to_owned()));
        let form = shown.iter().map(|id| format!("deadline={id}")).collect::<Vec<_>>().join("&");
        page = desk.post(&path, &form, &[]).await.page();
    }
    assert_eq!(acknowledged.len(), 203);
    assert!(!page.contains("<form class=\"login\""), "nothing is left to acknowledge");
    let answer = desk.get(&path, &[("accept", "application/json")]).await.json();
    assert!(answer["deadlines"].as_array().unwrap().iter().all(|one| one["state"] == "acknowledged"));
}
on_each_backend!(
    a_get_shows_and_a_post_acknowledges,
    the_page_speaks_the_letter_s_language_unless_another_is_chosen_and_promises_nothing,
    a_forged_or_expired_link_says_so_and_changes_nothing,
    a_form_on_another_site_s_page_acknowledges_nothing,
    one_deadline_of_a_letter_can_be_acknowledged_alone,
    the_button_acknowledges_what_the_page_shows_and_then_the_next,
);
