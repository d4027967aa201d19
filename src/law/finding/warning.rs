//! What makes a finding less certain than its dates look.

use crate::law::names::names;

names! {
    /// What makes a finding less certain than its dates look.
    Warning, "warning" {
        /// A day between the verified and the known horizon of the calendar was used.
        CalendarProvisional = "calendar_provisional",
        /// A day outside the known calendar was used: only weekends are known there.
        CalendarUnknown = "calendar_unknown",
        /// The wording of this edition was not found: computed with the known text.
        EditionTextNotEstablished = "edition_text_not_established",
        /// The decree was repealed before the term ended.
        RuleRepealedBeforeExpiry = "rule_repealed_before_expiry",
        /// No edition was in force on the day that would start the term.
        NoEditionInForce = "no_edition_in_force",
        /// Para 16 asks for the gravity of the crime and the register does not know it: read as "other".
        CrimeCategoryMissing = "crime_category_missing",
    }
}

/// A set of warnings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings(u8);

impl Warnings {
    /// Adds one.
    pub fn add(&mut self, warning: Warning) {
        self.0 |= 1 << warning as u8;
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether it is in.
    pub fn has(self, warning: Warning) -> bool {
        self.0 & (1 << warning as u8) != 0
    }

    /// Those that are in, in order.
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.iter().copied().filter(move |w| self.has(*w))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}
