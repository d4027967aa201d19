//! Pages: templates embedded from `pages/`, rendered on the server, one small style inline, no script.

use anyhow::Result;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::auth::{Reader, base};
use super::words::Tables;
use super::{Web, failed, form};
use crate::letter::Language;

/// The one style. Its hash stands in the policy of every answer.
const STYLE: &str = include_str!("pages/style.css");

/// Every page, ready to render.
#[derive(Debug)]
pub(super) struct Pages {
    templates: Environment<'static>,
    /// The words that no letter has.
    pub(super) words: Tables,
    /// `Content-Security-Policy`.
    pub(super) policy: HeaderValue,
}

/// What stands around a page.
pub(super) struct Frame<'a> {
    /// Its language.
    pub(super) language: Language,
    /// Links keep the language.
    pub(super) lang_named: bool,
    /// Its own path, for the links to its other languages.
    pub(super) path: &'a str,
    /// What its own query holds besides the language.
    pub(super) query: Vec<(&'static str, String)>,
    /// Who reads it.
    pub(super) reader: Option<&'a Reader>,
}

/// A link to the page in another language.
#[derive(Serialize)]
struct Tongue {
    code: &'static str,
    href: String,
    current: bool,
}

impl Pages {
    /// Parses the embedded templates and words.
    pub(super) fn embedded() -> Result<Self> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        for (name, source) in [
            ("layout.html.j2", include_str!("pages/layout.html.j2")),
            ("login.html.j2", include_str!("pages/login.html.j2")),
            ("status.html.j2", include_str!("pages/status.html.j2")),
            ("case.html.j2", include_str!("pages/case.html.j2")),
            ("ack.html.j2", include_str!("pages/ack.html.j2")),
            ("ack_nothing.html.j2", include_str!("pages/ack_nothing.html.j2")),
            ("unknown.html.j2", include_str!("pages/unknown.html.j2")),
        ] {
            templates.add_template(name, source)?;
        }
        let hash = base64(&Sha256::digest(STYLE));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        Ok(Self { templates, words: Tables::embedded()?, policy: HeaderValue::try_from(policy)? })
    }

    /// The answer with the page `template`; `title` is a key of words.toml, `about` (a case number) stands after it.
    #[expect(clippy::too_many_arguments, reason = "a page is these parts; a struct would only name them twice")]
    pub(super) fn answer(
        &self,
        web: &Web,
        status: StatusCode,
        frame: &Frame<'_>,
        title: &str,
        about: Option<&str>,
        template: &str,
        body: &impl Serialize,
    ) -> Response {
        match self.render(&base(web), frame, title, about, template, body) {
            Ok(page) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response(),
            Err(error) => failed(&error),
        }
    }

    fn render(
        &self,
        base: &str,
        frame: &Frame<'_>,
        title: &str,
        about: Option<&str>,
        template: &str,
        body: &impl Serialize,
    ) -> Result<String> {
        let words = self.words.of(frame.language);
        let keep = if frame.lang_named { format!("?lang={}", frame.language.code()) } else { String::new() };
        let lang = frame.lang_named.then(|| frame.language.code());
        let tongues: Vec<Tongue> = Language::ALL.iter().map(|language| tongue(base, frame, *language)).collect();
        let given = context! { t => Serde(words), base, keep => &keep, lang, language => frame.language.code(), p => Serde(body) };
        let body = self.templates.get_template(template)?.render(given)?;
        let title = self.words.say(frame.language, title)?;
        let page = context! {
            t => Serde(words), base, keep, lang, language => frame.language.code(),
            title => about.map_or_else(|| title.to_owned(), |about| format!("{title} № {about}")),
            style => Value::from_safe_string(STYLE.to_owned()),
            tongues => Serde(tongues),
            reader => frame.reader.map(|reader| reader.name.as_str()),
            session => frame.reader.is_some_and(|reader| reader.session),
            body => Value::from_safe_string(body),
        };
        Ok(self.templates.get_template("layout.html.j2")?.render(page)?)
    }
}

fn tongue(base: &str, frame: &Frame<'_>, language: Language) -> Tongue {
    let mut href = format!("{base}{}?lang={}", frame.path, language.code());
    for (name, value) in &frame.query {
        href = format!("{href}&{name}={}", form::encoded(value));
    }
    Tongue { code: language.code(), href, current: language == frame.language }
}

/// Base 64 (RFC 4648, section 4), as a policy wants a hash.
fn base64(octets: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for three in octets.chunks(3) {
        let group = (0..3).fold(0_usize, |group, i| group << 8 | usize::from(three.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let sextet = group >> (18 - 6 * i) & 63;
            text.push(if i <= three.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    text
}
