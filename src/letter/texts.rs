//! The texts and layouts of `config/letters/`, embedded, parsed once, and tried whole before the daemon starts.

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use unic_langid::{LanguageIdentifier, langid};

use super::page::Page;
use super::{Language, LetterError, clean, render, sample};

/// Name of the text layout; no suffix that escapes.
const TEXT_LAYOUT: &str = "layout.txt.j2";
/// Name of the HTML layout; the engine escapes by the suffix.
const HTML_LAYOUT: &str = "layout.html.j2";

/// The Fluent sources of one language.
macro_rules! sources {
    ($code:literal) => {
        [
            include_str!(concat!("../../config/letters/", $code, "/dates.ftl")),
            include_str!(concat!("../../config/letters/", $code, "/letter.ftl")),
            include_str!(concat!("../../config/letters/", $code, "/rules.ftl")),
            include_str!(concat!("../../config/letters/", $code, "/events.ftl")),
            include_str!(concat!("../../config/letters/", $code, "/offices.ftl")),
            include_str!(concat!("../../config/letters/", $code, "/codes.ftl")),
        ]
    };
}

/// Every text and layout, ready to render; shared by all letters.
pub struct Texts {
    tongues: [Tongue; 3],
    layouts: Environment<'static>,
}

/// The texts of one language.
pub(super) struct Tongue {
    /// Which language.
    pub(super) language: Language,
    bundle: FluentBundle<FluentResource>,
    months: Vec<String>,
    weekdays: Vec<String>,
}

/// Arguments of one text.
pub(super) type Args<'a> = &'a [(&'static str, FluentValue<'a>)];

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Texts").finish_non_exhaustive()
    }
}

impl Texts {
    /// Parses the embedded texts and layouts; an error names the file's language or the layout's line.
    pub fn embedded() -> Result<Self, LetterError> {
        Self::from_sources(
            sources!("kk"),
            sources!("ru"),
            sources!("en"),
            include_str!("../../config/letters/layout.txt.j2"),
            include_str!("../../config/letters/layout.html.j2"),
        )
    }

    /// Parses given sources; tests break one to see it refused.
    pub fn from_sources(
        kk: [&str; 6],
        ru: [&str; 6],
        en: [&str; 6],
        text_layout: &'static str,
        html_layout: &'static str,
    ) -> Result<Self, LetterError> {
        let mut layouts = Environment::new();
        layouts.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        layouts.set_syntax(syntax.map_err(|source| LetterError::Layout { name: TEXT_LAYOUT, source })?);
        layouts.add_filter("href", |url: &str| Value::from_safe_string(clean::href(url)));
        layouts.add_filter("wrap", |text: &str, first: &str, rest: &str| clean::wrap(text, first, rest));
        for (name, source) in [(TEXT_LAYOUT, text_layout), (HTML_LAYOUT, html_layout)] {
            layouts.add_template(name, source).map_err(|source| LetterError::Layout { name, source })?;
        }
        let tongues = [
            Tongue::new(Language::Kk, langid!("kk"), kk)?,
            Tongue::new(Language::Ru, langid!("ru"), ru)?,
            Tongue::new(Language::En, langid!("en"), en)?,
        ];
        Ok(Self { tongues, layouts })
    }

    /// Renders every rule at every rung it has, in every language and bilingually, and every code of the
    /// contract, from built-in samples: a broken text stops the start of the daemon and not a letter.
    pub fn check(&self) -> Result<(), LetterError> {
        for tongue in &self.tongues {
            for event in sample::events() {
                tongue.say(&format!("event-{event}"), &[])?;
            }
        }
        for letter in sample::every_letter() {
            render(&letter, self)?;
        }
        Ok(())
    }

    /// One text with its arguments, for the pages that say what letters say.
    pub fn phrase(&self, language: Language, id: &str, args: &[(&'static str, &str)]) -> Result<String, LetterError> {
        let args: Vec<(&'static str, FluentValue<'_>)> =
            args.iter().map(|(name, text)| (*name, (*text).into())).collect();
        self.tongue(language).say(id, &args)
    }

    /// One text that counts `n`.
    pub fn counted(&self, language: Language, id: &str, n: u32) -> Result<String, LetterError> {
        self.tongue(language).say(id, &[("n", n.into())])
    }

    /// The short phrase of a rule.
    pub fn rule_short(&self, language: Language, rule: &str) -> Result<String, LetterError> {
        self.tongue(language).short(rule)
    }

    /// The paragraph of a rule, as a phrase.
    pub fn paragraph(&self, language: Language, rule: &str, paragraph: &str) -> Result<String, LetterError> {
        self.tongue(language).paragraph(rule, paragraph)
    }

    /// A date with its weekday.
    pub fn day(&self, language: Language, date: NaiveDate) -> Result<String, LetterError> {
        self.tongue(language).day(date)
    }

    /// The name of a day off, as the calendar has it, in a reader's language; a name without a text stays as it is.
    pub fn day_off(&self, language: Language, name: &str) -> Result<String, LetterError> {
        self.tongue(language).day_off(name)
    }

    /// The texts of one language.
    pub(super) fn tongue(&self, language: Language) -> &Tongue {
        &self.tongues[language as usize]
    }

    /// The text part.
    pub(super) fn text(&self, page: &Page) -> Result<String, LetterError> {
        self.lay_out(TEXT_LAYOUT, page)
    }

    /// The HTML part.
    pub(super) fn html(&self, page: &Page) -> Result<String, LetterError> {
        self.lay_out(HTML_LAYOUT, page)
    }

    fn lay_out(&self, name: &'static str, page: &Page) -> Result<String, LetterError> {
        self.layouts
            .get_template(name)
            .and_then(|layout| layout.render(Serde(page)))
            .map_err(|source| LetterError::Layout { name, source })
    }
}

impl Tongue {
    fn new(language: Language, locale: LanguageIdentifier, sources: [&str; 6]) -> Result<Self, LetterError> {
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Bidi isolation marks would land in subjects and calendars.
        bundle.set_use_isolating(false);
        for source in sources {
            let broken = |detail: String| LetterError::Text { language: language.code(), id: "*".into(), detail };
            let resource = FluentResource::try_new(source.to_owned())
                .map_err(|(_, errors)| broken(format!("does not parse: {errors:?}")))?;
            bundle.add_resource(resource).map_err(|errors| broken(format!("{errors:?}")))?;
        }
        let mut tongue = Self { language, bundle, months: Vec::new(), weekdays: Vec::new() };
        for month in 1..=12 {
            tongue.months.push(tongue.say(&format!("month-{month}"), &[])?);
        }
        for weekday in 1..=7 {
            tongue.weekdays.push(tongue.say(&format!("weekday-{weekday}"), &[])?);
        }
        Ok(tongue)
    }

    /// One text; a missing text, attribute or argument is an error and never shows in a letter.
    pub(super) fn say(&self, id: &str, args: Args<'_>) -> Result<String, LetterError> {
        self.say_part(id, None, args)
    }

    /// The `.short` phrase of a rule.
    pub(super) fn short(&self, rule_id: &str) -> Result<String, LetterError> {
        self.say_part(&rule_text(rule_id), Some("short"), &[])
    }

    /// Whether there is a text of that id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    fn say_part(&self, id: &str, part: Option<&str>, args: Args<'_>) -> Result<String, LetterError> {
        let broken = |detail: String| LetterError::Text {
            language: self.language.code(),
            id: id.escape_default().to_string(),
            detail,
        };
        let message = self.bundle.get_message(id).ok_or_else(|| broken("is missing".into()))?;
        let pattern = match part {
            None => message.value(),
            Some(name) => message.get_attribute(name).map(|attribute| attribute.value()),
        };
        let pattern = pattern.ok_or_else(|| broken(format!("has no {}", part.unwrap_or("value"))))?;
        let mut given = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            given.set(*name, value.clone());
        }
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(&given), &mut errors);
        if errors.is_empty() { Ok(said.into_owned()) } else { Err(broken(format!("{errors:?}"))) }
    }

    /// A date without its weekday.
    pub(super) fn date(&self, date: NaiveDate) -> Result<String, LetterError> {
        self.say(
            "date",
            &[
                ("year", date.year().to_string().into()),
                ("month", self.months[date.month0() as usize].as_str().into()),
                ("day", date.day().to_string().into()),
            ],
        )
    }

    /// A date with its weekday.
    pub(super) fn day(&self, date: NaiveDate) -> Result<String, LetterError> {
        let weekday = self.weekdays[date.weekday().num_days_from_monday() as usize].as_str();
        self.say("date-weekday", &[("date", self.date(date)?.into()), ("weekday", weekday.into())])
    }

    /// The name of a day off: `config/calendar.toml` names them in English, `dates.ftl` in every language.
    pub(super) fn day_off(&self, name: &str) -> Result<String, LetterError> {
        if let Some(moved) = name.strip_prefix("Day off moved from ").and_then(|day| day.parse().ok()) {
            return self.say("day-off-moved", &[("date", self.date(moved)?.into())]);
        }
        for (suffix, id) in [(" (estimated day)", "day-off-estimated"), (", substitute day", "day-off-substitute")] {
            if let Some(bare) = name.strip_suffix(suffix) {
                return self.say(id, &[("name", self.day_off(bare)?.into())]);
            }
        }
        let id = format!("day-off-{}", clean::slug(name));
        if self.has(&id) { self.say(&id, &[]) } else { Ok(clean::clean(name)) }
    }

    /// The name of an event type.
    pub(super) fn event(&self, event: &str) -> Result<String, LetterError> {
        self.say(&format!("event-{event}"), &[])
    }

    /// The paragraph, as a phrase.
    pub(super) fn paragraph(&self, rule_id: &str, paragraph: &str) -> Result<String, LetterError> {
        if rule_id.starts_with("D2") {
            return self.say("paragraph-decree", &[]);
        }
        self.say("paragraph", &[("n", Cow::Owned::<str>(clean::clean(paragraph)).into())])
    }
}

/// The Fluent id of a rule: `P11.FORWARD` becomes `rule-P11-FORWARD`.
pub(super) fn rule_text(rule_id: &str) -> String {
    format!("rule-{}", rule_id.replace('.', "-"))
}
