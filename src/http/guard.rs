//! Limits and headers on every answer.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::{Web, problem};

/// How long an answer may take.
const ANSWER_SECONDS_MAX: u64 = 30;

/// Answers within the limit of time, with the headers that keep an answer where it belongs: nothing is fetched from elsewhere,
/// no script runs, nobody frames a page, no address with a case number is passed on, nothing is kept by a cache.
pub(super) async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), next.run(request)).await;
    let mut answer = answer.unwrap_or_else(|_| {
        problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            "The answer took longer than 30 seconds; ask for less, or again later.",
        )
    });
    let headers = answer.headers_mut();
    let fixed: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Accept, Accept-Language, Authorization, Cookie"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, web.pages.policy.clone());
    answer
}

/// Whether a form was sent from another site's page: then nothing is done.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}
