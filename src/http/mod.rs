//! HTTP: routes by resource.
//!
//! Reading order: `Web` and the routes, `guard` (limits and headers on everything), `ask` (what a request asks for), `auth`
//! and `login` (who asks), `pages`, `words` and `paper` (how pages are rendered), then one file a resource: `health`, `metrics`,
//! `status`, `ack`, `case` with its `case_events`, `case_terms` and `drawing`.

mod ack;
mod ask;
mod auth;
mod case;
mod case_events;
mod case_terms;
mod drawing;
mod form;
mod guard;
mod health;
mod login;
mod metrics;
mod pages;
mod paper;
pub mod secret;
mod status;
mod words;

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use crate::app::App;

/// Octets of a request's body, at most.
const BODY_OCTETS_MAX: usize = 1 << 20;

/// What every request has at hand.
#[derive(Clone)]
pub(crate) struct Web(Arc<Inner>);

/// Shared by all requests.
pub(crate) struct Inner {
    app: Arc<App>,
    pages: pages::Pages,
    failures: Mutex<login::Failures>,
}

impl Deref for Web {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Web> for Arc<App> {
    fn from_ref(web: &Web) -> Self {
        Arc::clone(&web.app)
    }
}

/// Every route of this version.
pub fn router(app: Arc<App>) -> Router {
    let pages = pages::Pages::embedded().expect("the embedded pages parse: a test renders each in every language");
    let web = Web(Arc::new(Inner { app, pages, failures: Mutex::default() }));
    Router::new()
        .route("/health", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/status", get(status::status))
        .route("/ack/{token}", get(ack::show).post(ack::say))
        // A case number may hold slashes: letters write them as %2F, a person may write them as they are.
        .route("/cases/{*number}", get(case::case))
        .fallback(not_there)
        .method_not_allowed_fallback(not_so)
        .layer(axum::middleware::from_fn_with_state(web.clone(), guard::guard))
        .layer(DefaultBodyLimit::max(BODY_OCTETS_MAX))
        .with_state(web)
}

/// A route that this version does not have says so.
async fn not_there() -> Response {
    problem(StatusCode::NOT_FOUND, "not-found", "There is no such route in this version of keshirim.")
}

/// A route that does not take the request's method says so.
async fn not_so() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This route does not take that method.")
}

/// An error as RFC 9457 describes it, with a stable type.
pub fn problem(status: StatusCode, kind: &str, detail: &str) -> Response {
    let body = json!({
        "type": format!("urn:keshirim:problem:{kind}"),
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

/// What went wrong inside: the log has it, the answer does not.
fn failed(error: &anyhow::Error) -> Response {
    tracing::error!(error = format!("{error:#}"), "a request could not be answered");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The register could not answer; its log says why.")
}
