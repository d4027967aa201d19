//! Tokens, sessions, the form.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use super::Desk;
use crate::backend::on_each_backend;

async fn a_reader_without_a_token_is_led_to_the_form_and_a_program_is_told_so() {
    let desk = Desk::new().await;
    let page = desk.get("/cases/A%2F1?lang=kk", &[("accept", "text/html")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/login?next=%2Fcases%2FA%252F1%3Flang%3Dkk&lang=kk");
    for headers in
        [[("accept", "application/json")], [("authorization", "Bearer keshirim_00")], [("authorization", "Basic eA==")]]
    {
        let answer = desk.get("/status", &headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(answer.json()["type"], "urn:keshirim:problem:unauthorised");
    }
    let forged = desk.get("/status", &[("cookie", "keshirim=00ff")]).await;
    assert_eq!(forged.status, StatusCode::SEE_OTHER);
}

async fn a_token_opens_the_pages_until_it_is_revoked_and_its_sessions_end_with_it() {
    let desk = Desk::new().await;
    for (role, name) in [("reader", "the archive"), ("recorder", "the registry")] {
        let token = desk.token(role, name).await;
        assert_eq!(desk.page("/status", &token).await.status, StatusCode::OK);
        let signed_in = desk.post("/login", &format!("token={token}&next=%2Fstatus"), &[]).await;
        assert_eq!((signed_in.status, signed_in.header("location")), (StatusCode::SEE_OTHER, "/status"));
        let cookie = signed_in.cookie();
        assert!(!cookie.contains(&token), "the cookie is not the token");
        assert_eq!(desk.get("/status", &[("cookie", &cookie)]).await.status, StatusCode::OK);
        assert_eq!(desk.command(&["token", "revoke", name]).await.0, 0);
        assert_eq!(desk.page("/status", &token).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(desk.get("/status", &[("cookie", &cookie)]).await.status, StatusCode::SEE_OTHER);
        let again = desk.post("/login", &format!("token={token}"), &[]).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    }
}

async fn the_cookie_is_hidden_from_scripts_and_other_sites_and_from_plain_http_except_on_this_machine() {
    for (url, name, secure) in [
        ("https://keshirim.example.org", "__Host-keshirim", true),
        ("http://keshirim.example.org", "__Host-keshirim", true),
        ("http://127.0.0.1.example.org", "__Host-keshirim", true),
        ("http://127.0.0.1:8460", "keshirim", false),
        ("http://localhost:8460", "keshirim", false),
        ("http://[::1]:8460", "keshirim", false),
    ] {
        let desk = Desk::at(url).await;
        let token = desk.token("reader", "r").await;
        let answer = desk.post("/login", &format!("token={token}"), &[]).await;
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with(&format!("{name}=")), "{url}: {cookie}");
        for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
            assert!(cookie.contains(part), "{url}: {cookie}");
        }
        assert_eq!(cookie.contains("; Secure"), secure, "{url}: {cookie}");
    }
}

async fn a_sign_in_leads_back_to_own_paths_only() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    for (next, to) in [
        ("%2Fcases%2FA%252F1", "/cases/A%2F1"),
        ("https%3A%2F%2Fevil.example", "/status"),
        ("%2F%2Fevil.example", "/status"),
        ("%2F%5Cevil.example", "/status"),
        ("%2F%0d%0aset-cookie%3Aa", "/status"),
        ("javascript%3Aalert", "/status"),
        ("", "/status"),
    ] {
        let answer = desk.post("/login", &format!("token={token}&next={next}"), &[]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, to), "{next}");
        let form = desk.get(&format!("/login?next={next}"), &[]).await;
        assert!(!form.body.contains("evil.example") && !form.body.contains("javascript"), "{next}");
    }
    let behind = Desk::at("https://court.example.org/keshirim").await;
    let token = behind.token("reader", "r").await;
    let answer = behind.post("/login", &format!("token={token}&next=%2Fstatus&lang=ru"), &[]).await;
    assert_eq!(answer.header("location"), "/keshirim/status?lang=ru", "a proxy's prefix is kept, and the language");
}

async fn wrong_tokens_are_bounded_by_the_minute() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    for wrong in 0..10 {
        let answer = desk.post("/login", &format!("token=keshirim_{wrong:064}"), &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        assert!(answer.header("set-cookie").is_empty());
    }
    let bounded = desk.post("/login", &format!("token={token}"), &[]).await;
    assert_eq!((bounded.status, bounded.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert_eq!(
        desk.page("/status", &token).await.status,
        StatusCode::OK,
        "who shows a token in the header is not held up"
    );
    desk.wait(TimeDelta::seconds(61));
    assert_eq!(desk.post("/login", &format!("token={token}"), &[]).await.status, StatusCode::SEE_OTHER);
}

async fn a_session_ends_after_a_working_day_and_by_signing_out() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    let cookie = desk.post("/login", &format!("token={token}"), &[]).await.cookie();
    desk.wait(TimeDelta::hours(12) - TimeDelta::seconds(1));
    let page = desk.get("/status", &[("cookie", &format!("other=1; {cookie}"))]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("action=\"/logout\""));
    desk.wait(TimeDelta::seconds(1));
    assert_eq!(desk.get("/status", &[("cookie", &cookie)]).await.status, StatusCode::SEE_OTHER);

    let cookie = desk.post("/login", &format!("token={token}"), &[]).await.cookie();
    let out = desk.post("/logout", "", &[("cookie", &cookie)]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(desk.get("/status", &[("cookie", &cookie)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.page("/status", &token).await.status, StatusCode::OK, "the token holds on");
}

async fn a_form_on_another_sites_page_does_nothing() {
    let desk = Desk::new().await;
    let token = desk.token("reader", "r").await;
    for site in ["cross-site", "same-site"] {
        let answer = desk.post("/login", &format!("token={token}"), &[("sec-fetch-site", site)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.header("set-cookie").is_empty());
    }
    let cookie = desk.post("/login", &format!("token={token}"), &[("sec-fetch-site", "same-origin")]).await.cookie();
    let out = desk.post("/logout", "", &[("cookie", &cookie), ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(out.status, StatusCode::FORBIDDEN);
    assert_eq!(desk.get("/status", &[("cookie", &cookie)]).await.status, StatusCode::OK);
}

async fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let desk = Desk::new().await;
    let (_, made) = desk.command(&["token", "create", "--role", "reader", "--name", " the archive "]).await;
    let token = made["token"].as_str().unwrap().to_owned();
    let id = made["id"].as_str().unwrap();
    assert!(token.starts_with("keshirim_") && token.len() == 9 + 64, "{token}");
    assert_eq!(
        (&made["name"], &made["role"], &made["created_by"]),
        (&json!("the archive"), &json!("reader"), &json!("aigul"))
    );
    let (_, listed) = desk.command(&["token", "list"]).await;
    assert_eq!((&listed["id"], listed.get("token")), (&made["id"], None));
    desk.app.store.close().await;
    for file in ["register.db", "register.db-wal"] {
        let bytes = std::fs::read(desk.folder.path().join(file)).unwrap_or_default();
        assert!(!bytes.windows(64).any(|window| window == &token.as_bytes()[9..]), "{file} holds the secret");
    }
    for refused in [
        ["token", "create", "--role", "reader", "--name", "the archive"],
        ["token", "create", "--role", "reader", "--name", " "],
        ["token", "create", "--role", "reader", "--name", "t-7ZK0A1B2C3"],
        ["token", "create", "--role", "reader", "--name", "two\nlines"],
    ] {
        assert_eq!(desk.command(&refused).await.0, 1, "{refused:?}");
    }
    assert_eq!(desk.command(&["token", "create", "--role", "writer", "--name", "x"]).await.0, 2);
    assert_eq!(desk.command(&["token", "revoke", "nobody"]).await.0, 1);
    assert_eq!(desk.command(&["token", "revoke", &id.to_lowercase()]).await.0, 0, "by its id, as a person types it");
    assert_eq!(desk.command(&["token", "revoke", id]).await.0, 1, "once");
    assert_eq!(desk.command(&["token", "create", "--role", "recorder", "--name", "the archive"]).await.0, 0);
}

on_each_backend!(
    a_reader_without_a_token_is_led_to_the_form_and_a_program_is_told_so,
    a_token_opens_the_pages_until_it_is_revoked_and_its_sessions_end_with_it,
    the_cookie_is_hidden_from_scripts_and_other_sites_and_from_plain_http_except_on_this_machine,
    a_sign_in_leads_back_to_own_paths_only,
    wrong_tokens_are_bounded_by_the_minute,
    a_session_ends_after_a_working_day_and_by_signing_out,
    a_form_on_another_sites_page_does_nothing,
    a_token_is_shown_once_and_only_its_hash_is_kept,
);
