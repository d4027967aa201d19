//! How a page is written: the words, the texts of letters, names of offices, days and links.

use anyhow::Result;
use serde::Serialize;

use super::{Web, form};
use crate::app::Settings;
use crate::law::regulation::RuleId;
use crate::letter::{Language, Texts};
use crate::register::DEFAULT_ZONE;
use crate::store::{Instant, LetterLine};

/// An instant for people: civil time of the register's zone.
pub(super) fn local(at: Instant) -> String {
    at.utc().with_timezone(&DEFAULT_ZONE).format("%Y-%m-%d %H:%M").to_string()
}

/// The path of a case's page.
pub(super) fn case_path(number: &str) -> String {
    format!("/cases/{}", form::encoded(number))
}

/// What a page is written with.
pub(super) struct Paper<'a> {
    /// The words.
    pub(super) web: &'a Web,
    /// The texts of letters.
    pub(super) texts: &'a Texts,
    /// Offices and calendar.
    pub(super) settings: &'a Settings,
    /// The page's language.
    pub(super) language: Language,
}

/// A letter for people.
#[derive(Serialize)]
pub(super) struct LetterText {
    id: String,
    office: String,
    subject: String,
    language: String,
    composed: String,
    state: String,
    refused: bool,
}

impl Paper<'_> {
    /// A word of the pages.
    pub(super) fn say(&self, key: &str) -> Result<String> {
        Ok(self.web.pages.words.say(self.language, key)?.to_owned())
    }

    /// An office's name: the directory's, else the built-in one with the code.
    pub(super) fn office(&self, code: &str) -> String {
        if let Some(office) = self.settings.loaded.directory.office(code) {
            let name = match self.language {
                Language::Kk => &office.name.kk,
                Language::Ru => &office.name.ru,
                Language::En => &office.name.en,
            };
            return name.clone();
        }
        let (kind, rest) = code.split_once(':').map_or((code, None), |(kind, rest)| (kind, Some(rest)));
        let Ok(name) = self.texts.phrase(self.language, &format!("office-{kind}"), &[]) else {
            return code.to_owned();
        };
        rest.map_or_else(|| name.clone(), |rest| format!("{name} ({rest})"))
    }

    /// What a rule asks for, in a few words.
    pub(super) fn what(&self, rule: &str) -> Result<String> {
        Ok(self.texts.rule_short(self.language, rule)?)
    }

    /// The paragraph of a rule.
    pub(super) fn paragraph(&self, rule: &str) -> Result<String> {
        let paragraph = rule.parse::<RuleId>().map_or("", |rule| rule.rule().paragraph);
        Ok(self.texts.paragraph(self.language, rule, paragraph)?)
    }

    /// The name of an event.
    pub(super) fn event(&self, kind: &str) -> Result<String> {
        Ok(self.texts.phrase(self.language, &format!("event-{kind}"), &[])?)
    }

    /// A letter.
    pub(super) fn letter(&self, letter: &LetterLine) -> Result<LetterText> {
        Ok(LetterText {
            id: letter.letter_id.clone(),
            office: self.office(&letter.office),
            subject: letter.subject.clone(),
            language: letter.language.clone(),
            composed: local(letter.composed_at),
            state: self.say(&format!("letter_{}", letter.state))?,
            refused: matches!(letter.state.as_str(), "refused" | "bounced"),
        })
    }
}
