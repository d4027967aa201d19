//! HTTP: routes by resource.

mod health;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::app::App;

/// Every route of this version.
pub fn router(app: Arc<App>) -> Router {
    Router::new().route("/health", get(health::health)).fallback(not_there).with_state(app)
}

/// A route that this version does not have says so.
async fn not_there() -> Response {
    problem(StatusCode::NOT_FOUND, "not-found", "There is no such route in this version of keshirim.")
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
