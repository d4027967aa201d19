//! What is wrong with the directory, in sentences.

use std::fmt;

use chrono::NaiveDate;

/// One thing wrong with who is behind an office. Never silence: each goes to `keshirim check` and to the operators.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Neither the file nor a generic `kind:*` entry has the office.
    UnknownOffice {
        /// The code asked for.
        office: String,
    },
    /// The code is none that the register uses.
    UnusedCode {
        /// The office's code.
        office: String,
    },
    /// Nobody is named, so every letter goes to the superior.
    WithoutAddress {
        /// The office's code.
        office: String,
    },
    /// On one day nobody can be written to, neither official, deputy nor superior.
    NobodyReachable {
        /// The code asked for.
        office: String,
        /// The day.
        on: NaiveDate,
    },
    /// On one day nobody of the office can be written to and the letter went up.
    WentToSuperior {
        /// The code asked for.
        office: String,
        /// The office written to instead.
        superior: String,
        /// The day.
        on: NaiveDate,
    },
    /// The superior is not in the file.
    SuperiorUnknown {
        /// The office's code.
        office: String,
        /// The code it names.
        superior: String,
    },
    /// Following superior after superior comes back.
    SuperiorCycle {
        /// The office's code.
        office: String,
    },
    /// An address that cannot be written to; it is never used.
    BadAddress {
        /// The office's code.
        office: String,
        /// The address as the file has it.
        address: String,
        /// Half a sentence: "has no @".
        why: &'static str,
    },
    /// A deputy that is neither an official's address nor any address.
    DeputyUnknown {
        /// The office's code.
        office: String,
        /// The official who has the deputy.
        address: String,
        /// The deputy as the file has it.
        deputy: String,
    },
    /// Deputies who are all away on one day and stand in for one another, or an official who is his own deputy.
    DeputyCycle {
        /// The office's code.
        office: String,
        /// The official the circle was found from.
        address: String,
    },
    /// An absence that ends before it begins: it never applies.
    AbsenceBackwards {
        /// The office's code.
        office: String,
        /// The official.
        address: String,
        /// First day given.
        from: NaiveDate,
        /// Last day given.
        until: NaiveDate,
    },
}

impl Finding {
    /// Whether a file with this finding is refused on reload. A vacancy is a fact of life; a wrong address is a slip of the
    /// pen, and the file before it was better.
    pub fn refuses_reload(&self) -> bool {
        !matches!(self, Self::WithoutAddress { .. } | Self::NobodyReachable { .. } | Self::WentToSuperior { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOffice { office } => {
                write!(
                    f,
                    "Office `{office}` is not in the directory: add it to offices.toml, or a generic entry `kind:*`."
                )
            }
            Self::UnusedCode { office } => {
                write!(
                    f,
                    "Office `{office}` has a code that the register never writes to: correct its code or remove it."
                )
            }
            Self::WithoutAddress { office } => {
                write!(
                    f,
                    "Office `{office}` names nobody: its letters go to its superior until an official with an address is added."
                )
            }
            Self::NobodyReachable { office, on } => {
                write!(
                    f,
                    "On {on} nobody can be written to for office `{office}`, neither official, deputy nor superior: name an official, a deputy or a superior."
                )
            }
            Self::WentToSuperior { office, superior, on } => {
                write!(
                    f,
                    "On {on} nobody of office `{office}` can be written to; its letters go to its superior `{superior}`: name a deputy."
                )
            }
            Self::SuperiorUnknown { office, superior } => {
                write!(
                    f,
                    "Office `{office}` names the superior `{superior}`, which is not in the directory: correct the code or add the office."
                )
            }
            Self::SuperiorCycle { office } => {
                write!(
                    f,
                    "The superiors of office `{office}` lead round in a circle: one of them must have another superior, or none."
                )
            }
            _ => self.fmt_official(f),
        }
    }
}

impl Finding {
    /// The sentences about one official.
    fn fmt_official(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadAddress { office, address, why } => {
                write!(f, "Office `{office}`: the address {address:?} {why}: correct it; nothing is sent to it.")
            }
            Self::DeputyUnknown { office, address, deputy } => {
                write!(
                    f,
                    "Office `{office}`: the deputy {deputy:?} of {address:?} is neither an official nor an address: correct it."
                )
            }
            Self::DeputyCycle { office, address } => {
                write!(
                    f,
                    "Office `{office}`: the deputies of {address:?} lead round in a circle: name somebody else for one of them."
                )
            }
            Self::AbsenceBackwards { office, address, from, until } => {
                write!(
                    f,
                    "Office `{office}`: an absence of {address:?} ends on {until}, before it begins on {from}: swap or correct the days."
                )
            }
            _ => Ok(()),
        }
    }
}
