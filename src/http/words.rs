//! The words of the pages that no letter has, in three languages (`pages/words.toml`).

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};

use crate::letter::Language;

/// The words of one language by their keys.
pub(super) type Words = BTreeMap<String, String>;

/// All three languages.
#[derive(Debug)]
pub(super) struct Tables([Words; 3]);

impl Tables {
    /// Reads `words.toml`; a word that one language has and another lacks is an error.
    pub(super) fn embedded() -> Result<Self> {
        let mut all: BTreeMap<String, Words> = toml::from_str(include_str!("pages/words.toml"))?;
        let mut table = |language: Language| all.remove(language.code()).context(language.code());
        let tables = Self([table(Language::Kk)?, table(Language::Ru)?, table(Language::En)?]);
        for words in &tables.0[1..] {
            let differs = |(key, other): (&String, &String)| (key != other).then(|| format!("{key} / {other}"));
            if let Some(keys) = tables.0[0].keys().zip(words.keys()).find_map(differs) {
                bail!("the languages of words.toml part at {keys}");
            }
            if tables.0[0].len() != words.len() {
                bail!("the languages of words.toml have different numbers of words");
            }
        }
        Ok(tables)
    }

    /// The words of one language.
    pub(super) fn of(&self, language: Language) -> &Words {
        &self.0[language as usize]
    }

    /// One word.
    pub(super) fn say(&self, language: Language, key: &str) -> Result<&str> {
        self.of(language).get(key).map(String::as_str).with_context(|| format!("words.toml has no `{key}`"))
    }
}
