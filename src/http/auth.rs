//! Who asks: a token in the `Authorization` header, or a browser that has shown one.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::ask::Ask;
use super::{Web, failed, form, problem, secret};
use crate::store::{Instant, TokenRow};

/// Somebody who may read: the holder of a reader's or a recorder's token.
pub(super) struct Reader {
    /// The token's name.
    pub(super) name: String,
    /// A browser: it can be signed out.
    pub(super) session: bool,
}

impl FromRequestParts<Web> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let Ok(ask) = Ask::from_request_parts(parts, web).await;
        let bearer = bearer(&parts.headers);
        let found = match &bearer {
            Some(token) => by_token(web, token).await,
            None => match session_of(web, &parts.headers) {
                Some(cookie) => by_session(web, &cookie).await,
                None => Ok(None),
            },
        };
        match found {
            Ok(Some(token)) => Ok(Self { name: token.name, session: bearer.is_none() }),
            Ok(None) if ask.json || parts.headers.contains_key(header::AUTHORIZATION) => Err(unauthorised()),
            Ok(None) => {
                let lang = if ask.lang_named { format!("&lang={}", ask.language.code()) } else { String::new() };
                let to = format!("{}/login?next={}{lang}", base(web), form::encoded(&ask.path));
                Err(Redirect::to(&to).into_response())
            }
            Err(error) => Err(failed(&error.into())),
        }
    }
}

/// 401 for programs.
fn unauthorised() -> Response {
    let detail =
        "Send a reader's or a recorder's token as `Authorization: Bearer …`; `keshirim token create` makes one.";
    let mut answer = problem(StatusCode::UNAUTHORIZED, "unauthorised", detail);
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"keshirim\""));
    answer
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The token that holds and whose secret this is. Both roles may read.
pub(super) async fn by_token(web: &Web, token: &str) -> crate::store::Result<Option<TokenRow>> {
    let Some(hash) = secret::hash(token) else { return Ok(None) };
    web.app.store.snapshot().await?.token_by_hash(&hash).await
}

async fn by_session(web: &Web, cookie: &str) -> crate::store::Result<Option<TokenRow>> {
    let Some(hash) = secret::hash(cookie) else { return Ok(None) };
    web.app.store.snapshot().await?.session(&hash, Instant::new(web.app.clock.now())).await
}

/// The value of the session cookie.
pub(super) fn session_of(web: &Web, headers: &HeaderMap) -> Option<String> {
    let wanted = cookie_name(web);
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then(|| value.to_owned()))
}

/// The name of the session cookie. `__Host-` makes browsers refuse one that another host, or plain HTTP, has set.
pub(super) fn cookie_name(web: &Web) -> &'static str {
    if is_plain_loopback(&web.app.settings().loaded.config.http.public_url) { "keshirim" } else { "__Host-keshirim" }
}

/// Whether readers reach the service without TLS, on this machine: only then does a cookie go without `Secure`.
pub(super) fn is_plain_loopback(public_url: &str) -> bool {
    let Some(rest) = public_url.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The path of `public_url`, behind which a proxy may have put the service: own links begin with it.
pub(super) fn base(web: &Web) -> String {
    let url = &web.app.settings().loaded.config.http.public_url;
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    rest.find('/').map_or_else(String::new, |at| rest[at..].to_owned())
}
