//! What a request asks for: a page or JSON, in which language.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use super::{Web, form};
use crate::letter::Language;

/// What a request asks for.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// JSON rather than a page.
    pub(super) json: bool,
    /// The language of the page.
    pub(super) language: Language,
    /// The language was named in the address: links keep it.
    pub(super) lang_named: bool,
    /// The path of the request with its query.
    pub(super) path: String,
    /// Its query.
    pub(super) query: String,
}

impl FromRequestParts<Web> for Ask {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let named = form::value(&query, "lang").and_then(|code| language(&code));
        Ok(Self {
            json: wants_json(&parts.headers),
            language: named.unwrap_or_else(|| accepted(&parts.headers)),
            lang_named: named.is_some(),
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            query,
        })
    }
}

/// The language of that code.
pub(super) fn language(code: &str) -> Option<Language> {
    [Language::Kk, Language::Ru, Language::En].into_iter().find(|language| language.code() == code)
}

/// JSON is asked for by name, and a page is not asked for as much.
fn wants_json(headers: &HeaderMap) -> bool {
    let (mut json, mut page) = (0, 0);
    for (name, weight) in weighted(headers, &header::ACCEPT) {
        if name.starts_with("application/") && name.ends_with("json") {
            json = json.max(weight);
        } else if name == "text/html" {
            page = page.max(weight);
        }
    }
    json > page
}

/// The language that the reader's browser puts first among ours; English where it says nothing.
fn accepted(headers: &HeaderMap) -> Language {
    let mut best = (0, Language::En);
    for (name, weight) in weighted(headers, &header::ACCEPT_LANGUAGE) {
        let primary = name.split('-').next().unwrap_or_default();
        if let Some(language) = language(primary)
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

/// The items of a header with their weights in thousandths (RFC 9110, section 12.4.2).
fn weighted<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<(String, u32)> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let items = values.flat_map(|value: &'h str| value.split(','));
    let read = |item: &str| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
        (name, weight)
    };
    items.map(read).collect()
}

/// A weight such as `0.7`; one that cannot be read is none.
fn thousandths(text: &str) -> u32 {
    match text.split_once('.') {
        Some(("0", digits)) if digits.len() <= 3 => format!("{digits:0<3}").parse().unwrap_or(0),
        None if text == "0" => 0,
        _ if text.starts_with('1') => 1_000,
        _ => 0,
    }
}
