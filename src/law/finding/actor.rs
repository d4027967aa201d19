//! Whose act it is.

use std::fmt;

use crate::law::regulation::Owner;

/// An office that owes an act or must hear of it (contract.md "Offices").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The administration of the institution, with its code where it is known.
    Institution(Option<Box<str>>),
    /// The working body of the Commission.
    WorkingBody,
    /// The Supreme Court.
    SupremeCourt,
    /// The Prosecutor General's Office.
    ProsecutorGeneral,
    /// The Commission.
    Commission,
    /// The body in charge of execution.
    ExecutingBody(Option<Box<str>>),
    /// A court.
    Court(Option<Box<str>>),
    /// A verifying body (para 12).
    VerifyingBody(Option<Box<str>>),
}

impl Actor {
    /// The office that owns acts of `owner`, with the code a case gives it; a bar is nobody's.
    pub fn of(owner: Owner, code: Option<&str>) -> Option<Self> {
        let code = code.map(Box::from);
        Some(match owner {
            Owner::Institution => Self::Institution(code),
            Owner::WorkingBody => Self::WorkingBody,
            Owner::SupremeCourt => Self::SupremeCourt,
            Owner::ProsecutorGeneral => Self::ProsecutorGeneral,
            Owner::ExecutingBody => Self::ExecutingBody(code),
            Owner::Court => Self::Court(code),
            Owner::VerifyingBody => Self::VerifyingBody(code),
            Owner::Nobody => return None,
        })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, code) = match self {
            Self::Institution(code) => ("institution", code.as_deref()),
            Self::ExecutingBody(code) => ("executing_body", code.as_deref()),
            Self::Court(code) => ("court", code.as_deref()),
            Self::VerifyingBody(code) => ("verifying_body", code.as_deref()),
            Self::WorkingBody => ("working_body", None),
            Self::SupremeCourt => ("supreme_court", None),
            Self::ProsecutorGeneral => ("prosecutor_general", None),
            Self::Commission => ("commission", None),
        };
        // A code that already names its office ("institution:UK-161/3") is not prefixed twice.
        match code {
            Some(code) if code.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')) => f.write_str(code),
            Some(code) => write!(f, "{name}:{code}"),
            None => f.write_str(name),
        }
    }
}
