//! What was owed beside what was said: PURE. The evidence is the alert rows, each with the fate of its letter.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::alert::Rung;

/// Kinds of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Nobody of the office was told what was due.
    Untold,
    /// A letter was composed, and no relay has accepted it.
    Unsent,
    /// The relay refused the letter, or it came back; and nobody else was told instead.
    Refused,
    /// What was told, or what the register holds ready to be told, is another date than the one that follows.
    WrongDate,
    /// A deadline follows from the events, and the register has no open row for it.
    MissingRow,
    /// The register has an open row for a deadline that no longer follows.
    StrayRow,
    /// The hash chain of the case is broken.
    Chain,
}

impl Code {
    /// The name in the audit's row, in the journal and in notices.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untold => "untold",
            Self::Unsent => "unsent",
            Self::Refused => "refused",
            Self::WrongDate => "wrong_date",
            Self::MissingRow => "missing_row",
            Self::StrayRow => "stray_row",
            Self::Chain => "chain",
        }
    }
}

/// One difference. No address, no name: the row, the journal and the notices carry it as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Difference {
    /// The case's number, or `*` for the nation-wide chain.
    pub case: String,
    /// The rule, or empty for a chain.
    pub rule: String,
    /// What is wrong.
    pub code: Code,
    /// The office that should have heard, or empty.
    pub office: String,
    /// The rung that was due, or empty.
    pub rung: String,
    /// The date that follows from the events, or empty.
    pub date: String,
    /// Since when it has been owed, or the letter under way.
    pub since: Option<DateTime<Utc>>,
}

/// What became of the letter of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A relay accepted it, and there is the receipt; or it was passed on, and somebody else's was accepted.
    Accepted,
    /// Not accepted yet: queued, under way, deferred, unknown; or accepted without a receipt, or not to be found at all.
    Unsent,
    /// Refused, or come back, and nobody else has heard instead.
    Refused,
    /// Not sent any more: a later letter says it, and that one counts.
    Overtaken,
}

/// What an office was told of a deadline, as the register has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who heard.
    pub office: String,
    /// At which rung; none for a key that this program does not know.
    pub rung: Option<Rung>,
    /// Which date; none for "no end".
    pub about: Option<NaiveDate>,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// What became of the letter.
    pub fate: Fate,
}

impl Said {
    fn is_end(&self) -> bool {
        matches!(self.rung, Some(Rung::Closed))
    }
}

/// What one office should have heard of one deadline.
#[derive(Clone, Copy, Debug)]
pub struct Due<'a> {
    /// The date that follows from the events.
    pub date: Option<NaiveDate>,
    /// A bar: only the working body hears that it became shorter.
    pub bar_of_others: bool,
    /// Since when something is owed.
    pub since: DateTime<Utc>,
    /// A letter of that instant or later is owed.
    pub anew: bool,
    /// A letter decided later than this may still be on its way.
    pub asked: DateTime<Utc>,
    /// What the office was told of it, in order.
    pub said: &'a [&'a Said],
}

impl Due<'_> {
    /// Whether what was said names the date: for a bar whoever was told of a longer one need not hear more.
    fn names_the_date(&self, said: &Said) -> bool {
        let end = |day: Option<NaiveDate>| day.unwrap_or(NaiveDate::MAX);
        said.about == self.date || self.bar_of_others && end(said.about) >= end(self.date)
    }

    /// What is missing, if anything.
    pub fn difference(&self) -> Option<(Code, DateTime<Utc>)> {
        let Some(last) = self.said.last() else { return Some((Code::Untold, self.since)) };
        if last.is_end() {
            return Some((Code::Untold, self.since));
        }
        if !self.names_the_date(last) {
            return Some((Code::WrongDate, self.since));
        }
        // Only what was said since the date last changed counts: the same date told before another one is out of date.
        let fits = |said: &&&Said| !said.is_end() && self.names_the_date(said);
        let of_this_date = self.said.iter().rev().take_while(fits);
        let counting: Vec<&&Said> = of_this_date.filter(|said| !self.anew || said.at >= self.since).collect();
        let stands = |said: &&&&Said| said.fate != Fate::Overtaken;
        let newest = counting.iter().find(stands).or(counting.first());
        let Some(newest) = newest else { return Some((Code::Untold, self.since)) };
        if counting.iter().any(|said| said.fate == Fate::Accepted) {
            return None;
        }
        match newest.fate {
            Fate::Accepted => None,
            Fate::Refused => Some((Code::Refused, newest.at)),
            Fate::Unsent | Fate::Overtaken => (newest.at <= self.asked).then_some((Code::Unsent, newest.at)),
        }
    }

    /// What is missing of a date that moved: whoever was told of another one must have heard of this.
    pub fn wrong_date(&self) -> Option<DateTime<Utc>> {
        let last = self.said.last()?;
        (!last.is_end() && last.rung != Some(Rung::BarEnded) && !self.names_the_date(last)).then_some(self.since)
    }
}
