//! Single TOML values: what each must look like, and what is said when it does not.

use std::fmt::Display;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::DeValue;

/// A value that cannot be read: what is wrong, and the remedy.
pub(super) type Fault = (String, String);

pub(super) fn array<'v, 'a>(value: &'v DeValue<'a>, entries_max: usize) -> Result<&'v [Spanned<DeValue<'a>>], Fault> {
    let array = value.as_array().ok_or_else(|| wanted(value, "a list"))?;
    if array.len() > entries_max {
        let what = format!("{} entries, more than {entries_max}", array.len());
        return Err((what, "Shorten the list.".to_owned()));
    }
    Ok(array)
}

/// The value is of another type than the key takes.
pub(super) fn wanted(value: &DeValue<'_>, wanted: &str) -> Fault {
    (format!("a value of type {} stands here", value.type_str()), format!("Write {wanted}."))
}

/// The string in `value`.
pub(super) fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Fault> {
    value.as_str().ok_or_else(|| wanted(value, "a string in \"quotes\""))
}

/// The whole number in `value`, within `range`.
pub(super) fn count<T>(value: &DeValue<'_>, range: &RangeInclusive<T>) -> Result<T, Fault>
where
    T: Copy + PartialOrd + Display + TryFrom<u64>,
{
    let form = format!("a whole number from {} to {}", range.start(), range.end());
    let integer = value.as_integer().ok_or_else(|| wanted(value, &form))?;
    let number =
        u64::from_str_radix(integer.as_str(), integer.radix()).ok().and_then(|number| T::try_from(number).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| (format!("{integer} is out of range"), format!("Write {form}.")))
}

pub(super) fn date(value: &DeValue<'_>) -> Result<NaiveDate, Fault> {
    let written = match value {
        DeValue::Datetime(date) => date.to_string(),
        other => other.as_str().ok_or_else(|| wanted(value, "a date as \"YYYY-MM-DD\""))?.to_owned(),
    };
    // Exactly ten octets, because chrono alone would read 2025-1-5 and +2025-01-05 too.
    let strict = Some(&written).filter(|written| written.len() == 10);
    strict
        .and_then(|written| NaiveDate::parse_from_str(written, "%Y-%m-%d").ok())
        .ok_or_else(|| (format!("\"{written}\" is no day of the calendar"), "Write it as \"YYYY-MM-DD\".".to_owned()))
}

/// The choice that `word` stands for.
pub(super) fn choice<T: Copy>(word: &str, choices: &[(&str, T)]) -> Result<T, Fault> {
    choices.iter().find(|(name, _)| *name == word).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        (format!("\"{word}\" is not one of the choices"), format!("Write one of {}.", names.join(", ")))
    })
}
