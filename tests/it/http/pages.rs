//! What the pages say.

use axum::http::StatusCode;
use keshirim::law::timeline::{EventKind as E, Sentence};
use keshirim::register::query::At;
use serde_json::json;

use super::Desk;
use crate::backend::on_each_backend;

/// A register with something of everything; the stopped clock stands on 22 November 2026.
async fn full() -> (Desk, String) {
    let desk = Desk::new().await;
    let token = desk.token("reader", "the archive").await;
    // Seven days from the 10th were over on the 17th.
    desk.open("OV-1", Sentence::Imprisonment).await;
    desk.record("OV-1", E::PetitionAccepted, "2026-11-10").await;
    // From the 16th: Monday the 23rd.
    desk.open("CO-1", Sentence::Imprisonment).await;
    desk.record("CO-1", E::PetitionAccepted, "2026-11-16").await;
    // From the 15th: Sunday the 22nd is today, and late only after Monday.
    desk.open("DU-1", Sentence::Imprisonment).await;
    desk.record("DU-1", E::PetitionAccepted, "2026-11-15").await;
    // Forwarded on 1 September and never received: a step past its control date.
    desk.open("PA-1", Sentence::Imprisonment).await;
    desk.record("PA-1", E::PetitionAccepted, "2026-08-28").await;
    desk.record("PA-1", E::Forwarded, "2026-09-01").await;
    // A lifting waits for a second person.
    desk.open("A/1", Sentence::Death).await;
    desk.record("A/1", E::VerdictInForce, "2026-03-01").await;
    desk.record("*", E::MoratoriumDeclared, "2026-05-01").await;
    desk.record("*", E::MoratoriumLifted, "2026-10-01").await;
    (desk, token)
}

async fn the_status_says_what_is_late_due_coming_and_waiting() {
    let (desk, token) = full().await;
    let auth = format!("Bearer {token}");
    let answer = desk.get("/status", &[("authorization", &auth), ("accept", "application/json")]).await.json();
    let cases = |list: &str| {
        let rows = answer[list]["rows"].as_array().unwrap();
        assert_eq!(answer[list]["count"], rows.len());
        rows.iter().map(|row| row["case"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(cases("overdue"), ["OV-1"]);
    assert_eq!(cases("due"), ["DU-1"]);
    assert_eq!(cases("coming"), ["CO-1"]);
    assert_eq!(cases("past_control"), ["PA-1"]);
    assert_eq!(answer["pending"]["rows"][0]["event"], "moratorium_lifted");
    assert_eq!(answer["due"]["rows"][0]["late_after"], "2026-11-23");
    assert_eq!(answer["overdue"]["rows"][0]["effective"], "2026-11-17");
    let step = &answer["past_control"]["rows"][0];
    assert_eq!((&step["effective"], &step["internal_control_date"]), (&json!(null), &json!("2026-10-01")));
    assert_eq!(answer["open_cases"], 5);
    assert_eq!(answer["breaker"]["state"], "closed");

    for (lang, late, step) in [
        ("en", "5 days late", "Internal control date passed (not a legal deadline) (1)"),
        ("ru", "просрочено на 5 дней", "День внутреннего контроля прошел (не законный срок) (1)"),
        ("kk", "5 күн кешіктірілді", "Ішкі бақылау күні өткен (заңды мерзім емес) (1)"),
    ] {
        let page = desk.page(&format!("/status?lang={lang}"), &token).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        assert!(page.body.contains(&format!("<html lang=\"{lang}\">")));
        let page = page.page();
        for part in [late, step] {
            assert!(page.contains(part), "{lang}: {part}");
        }
        for case in ["OV-1", "DU-1", "CO-1", "PA-1"] {
            assert!(page.contains(&format!("href=\"/cases/{case}?lang={lang}\"")), "{case}");
        }
        assert!(!page.contains("aigul"), "nobody is named");
    }
}

async fn the_status_tells_letters_by_their_fate() {
    let (desk, token) = full().await;
    let auth = format!("Bearer {token}");
    let status = async || desk.get("/status", &[("authorization", &auth), ("accept", "application/json")]).await.json();
    assert_eq!(status().await["letters"]["last_accepted_at"], json!(null));
    let composed = desk.app.compose().await.unwrap();
    assert!(composed.letters > 0);
    let before = status().await;
    assert_eq!(before["letters"]["unsent"]["count"], composed.letters);
    assert_eq!(before["letters"]["by_state"]["queued"], composed.letters);
    assert_eq!(before["letters"]["oldest_unsent_seconds"], 0);
    while desk.app.dispatch().await.unwrap().tried > 0 {}
    let after = status().await;
    assert_eq!(after["letters"]["by_state"]["accepted"], composed.letters);
    assert_eq!(after["letters"]["last_accepted_at"], "2026-11-22T07:00:00.000Z");
    assert!(!after.to_string().contains('@'), "no address");
    let page = desk.page("/cases/OV-1?lang=en", &token).await.page();
    assert!(page.contains("Letters about the case (") && !page.contains("Letters about the case (0)"));
    assert!(!page.contains('@'), "no address");
}

async fn a_case_is_drawn_and_told_in_three_languages() {
    let (desk, token) = full().await;
    let wrong = desk.record("A/1", E::VerdictCopyHanded, "2026-03-05").await;
    let correct = ["correct", &wrong, "--on", "2026-03-06", "--reason", "typo", "--confirm"];
    assert_eq!(desk.command(&correct).await.0, 0);
    for (lang, barred, struck, never) in [
        ("en", "Execution is barred.", "struck", "The register never says that a sentence may be carried out."),
        ("ru", "Исполнение запрещено.", "вычеркнуто", "Реестр никогда не сообщает, что приговор можно исполнить."),
        (
            "kk",
            "Үкімді орындауға тыйым салынған.",
            "сызып тасталған",
            "Тізілім үкімді орындауға болады деп ешқашан айтпайды.",
        ),
    ] {
        let page = desk.page(&format!("/cases/A%2F1?lang={lang}"), &token).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(&format!("<html lang=\"{lang}\">")));
        let body = page.page();
        for part in [
            barred,
            never,
            "<code>barred</code>",
            "<svg viewBox",
            "blockquote lang=\"kk\"",
            "P9.BAR_YEAR",
            "№ A/1</h1>",
        ] {
            assert!(body.contains(part), "{lang}: {part}");
        }
        assert!(body.contains(&format!("<span class=\"badge done\">{struck}</span>")), "{lang}");
        // The lifting waits: the moratorium still bars, and the page says why nothing has changed.
        assert!(body.contains("badge pending"), "{lang}");
    }
    let english = desk.page("/cases/A%2F1?lang=en", &token).await.page();
    assert!(english.contains("<s>copy of the verdict handed over</s>"));
    let decree = keshirim::law::regulation::P9_BAR_YEAR.words.kk;
    assert!(english.contains(decree), "the decree's own words");
    let raw = desk.page("/cases/A/1?lang=en", &token).await;
    assert_eq!(raw.page(), english, "a slash may stand as it is");
}

async fn the_json_of_a_case_is_that_of_the_command() {
    let (desk, token) = full().await;
    let headers = [("authorization", &*format!("Bearer {token}")), ("accept", "application/json, */*")];
    let answer = desk.get("/cases/A%2F1", &headers).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let (_, command) = desk.command(&["case", "show", "A/1"]).await;
    assert_eq!(answer.json(), command);
    let view = desk.as_registrar("aigul", async |registrar| registrar.case("A/1", At::default()).await).await;
    assert_eq!(command["entries"].as_array().unwrap().len(), view.entries.len());
    assert_eq!(command["nationwide"].as_array().unwrap().len(), 2);
}

async fn an_unknown_case_is_said_to_be_unknown() {
    let (desk, token) = full().await;
    let page = desk.page("/cases/none?lang=ru", &token).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Дела с таким номером в этом реестре нет."));
    let headers = [("authorization", &*format!("Bearer {token}")), ("accept", "application/json")];
    let problem = desk.get("/cases/none", &headers).await;
    assert_eq!((problem.status, problem.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    assert_eq!(problem.json()["type"], "urn:keshirim:problem:unknown-case");
    assert_eq!(desk.page("/cases/%FF", &token).await.status, StatusCode::NOT_FOUND);
}

async fn the_language_is_the_named_one_else_the_browsers() {
    let desk = Desk::new().await;
    for (path, accepted, lang) in [
        ("/login", "", "en"),
        ("/login", "de, fr;q=0.8", "en"),
        ("/login", "ru-RU, kk;q=0.9", "ru"),
        ("/login", "de, en;q=0.5, kk-KZ;q=0.8", "kk"),
        ("/login", "kk;q=0, ru;q=0.1", "ru"),
        ("/login?lang=kk", "ru", "kk"),
        ("/login?lang=xx", "ru", "ru"),
    ] {
        let page = desk.get(path, &[("accept-language", accepted)]).await;
        assert!(page.body.contains(&format!("<html lang=\"{lang}\">")), "{path} {accepted}");
    }
}

async fn the_metrics_count_what_the_status_counts() {
    let (desk, _) = full().await;
    let answer = desk.get("/metrics", &[]).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8")
    );
    for line in [
        "keshirim_overdue_deadlines 1",
        "keshirim_steps_past_control 1",
        "keshirim_pending_entries 1",
        "keshirim_open_cases 5",
        "keshirim_open_deadlines{kind=\"duty\"} 3",
        "keshirim_letters{state=\"refused\"} 0",
        "keshirim_mail_breaker{state=\"closed\"} 1",
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line}\n{}", answer.body);
    }
    let mut typed = String::new();
    for line in answer.body.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            rest.split(' ').next().unwrap().clone_into(&mut typed);
        } else if !line.starts_with('#') {
            let (name, number) = line.rsplit_once(' ').unwrap();
            assert!(number.parse::<f64>().is_ok() && name.split('{').next() == Some(&*typed), "{line}");
        }
    }
}

on_each_backend!(
    the_status_says_what_is_late_due_coming_and_waiting,
    the_status_tells_letters_by_their_fate,
    a_case_is_drawn_and_told_in_three_languages,
    the_json_of_a_case_is_that_of_the_command,
    an_unknown_case_is_said_to_be_unknown,
    the_language_is_the_named_one_else_the_browsers,
    the_metrics_count_what_the_status_counts,
);
