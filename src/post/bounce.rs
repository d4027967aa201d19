//! What follows from a mail that came back to the return address of a letter (letters.md "How it leaves").
//!
//! Only a valid return token counts: it was signed with this register's key when the letter left, so it names the letter whoever
//! brings it. A mail without one changes nothing.
//!
//! | report | what follows |
//! |---|---|
//! | failed, 5.1.x | the letter is `bounced`, its address flagged, somebody else hears |
//! | failed, 4.x.x or 5.4.4 | the fault passes: the same bytes again after a pause |
//! | failed, anything else (mailbox full, policy, content) | the letter is `bounced`, somebody else hears; the address stays |
//! | delayed, delivered, relayed, expanded, or no report at all | noted |

use chrono::{DateTime, Utc};

use super::report::{self, Action, MAIL_OCTETS_MAX, Recipient, Report, Status};
use super::return_path::ReturnPath;
use crate::config::Retry;
use crate::store::{self, BounceRow, ClaimedRow, FlagRow, Instant, LetterRow, Store, Tx};

/// What followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is no such address: nothing more is sent there, and somebody else hears.
    Flagged,
    /// The letter did not arrive: somebody else hears.
    Failed,
    /// The letter goes again.
    Passing,
    /// Nothing.
    Noted,
}

impl Outcome {
    /// The word the register keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flagged => "flagged",
            Self::Failed => "failed",
            Self::Passing => "passing",
            Self::Noted => "noted",
        }
    }

    fn of(recipient: &Recipient) -> Self {
        match recipient.action {
            Action::Failed if recipient.status.is_bad_address() => Self::Flagged,
            Action::Failed if recipient.status.is_passing() => Self::Passing,
            Action::Failed => Self::Failed,
            _ => Self::Noted,
        }
    }
}

/// A mail that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// The letter that it is about.
    pub letter_id: String,
    /// The office that the letter was for.
    pub office: String,
    /// What the reporting server did; none if the mail is no report.
    pub action: Option<Action>,
    /// Why; none if the mail is no report.
    pub status: Option<Status>,
    /// What followed.
    pub outcome: Outcome,
    /// The same report had been read before: nothing followed again.
    pub again: bool,
}

/// Why a mail was not taken in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BounceError {
    /// The register.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Longer than any report.
    #[error("the mail is longer than {MAIL_OCTETS_MAX} octets, which no delivery report is: nothing was changed")]
    TooLong,
    /// Not a mail.
    #[error("what was read is no mail: nothing was changed")]
    NoMail,
    /// No address in it bears a token.
    #[error(
        "the mail names no letter: it came to no return address and returns no letter of this register; nothing was changed"
    )]
    NoToken,
    /// Its token was not signed here.
    #[error(
        "the mail's return token was not signed with this register's key: it is forged, or the key was changed; nothing was changed"
    )]
    Forged,
    /// Its token was signed here, but the letter is not in this register.
    #[error("the mail's return token names letter {0}, which is not in this register; nothing was changed")]
    UnknownLetter(String),
    /// A report that says of nobody what was done.
    #[error(
        "the report about letter {0} says of no recipient what was done: it is cut off or of an unknown form; nothing was changed"
    )]
    Unreadable(String),
}

/// Reads one mail and does what follows from it, in one transaction.
pub async fn take_in(
    store: &Store,
    return_path: &ReturnPath,
    retry: &Retry,
    mail: &[u8],
    now: DateTime<Utc>,
) -> Result<TakenIn, BounceError> {
    if mail.len() > MAIL_OCTETS_MAX {
        return Err(BounceError::TooLong);
    }
    let report = report::read(mail).ok_or(BounceError::NoMail)?;
    let letter_id = letter_of(&report, return_path)?;
    let mut tx = store.begin().await?;
    let Some(letter) = tx.letter(&letter_id).await? else { return Err(BounceError::UnknownLetter(letter_id)) };
    if report.is_report && report.recipients.is_empty() {
        return Err(BounceError::Unreadable(letter_id));
    }
    let about = about(&report.recipients, &letter.address);
    let outcome = about.map_or(Outcome::Noted, Outcome::of);
    let now = Instant::new(now);
    let bounce = BounceRow {
        letter_id,
        received_at: now,
        action: about.map_or("reply", |recipient| recipient.action.as_str()).to_owned(),
        status: about.map(|recipient| recipient.status.to_string()).unwrap_or_default(),
        outcome: outcome.as_str().to_owned(),
        report_hash: report.hash.clone(),
    };
    let new = tx.insert_bounce(&bounce).await?;
    if new {
        follow(&mut tx, &letter, outcome, &bounce, retry).await?;
    }
    tx.commit().await?;
    Ok(TakenIn {
        letter_id: bounce.letter_id,
        office: letter.office,
        action: about.map(|recipient| recipient.action),
        status: about.map(|recipient| recipient.status),
        outcome,
        again: !new,
    })
}

/// The letter that the first valid token names.
fn letter_of(report: &Report, return_path: &ReturnPath) -> Result<String, BounceError> {
    let named = report.addresses.iter().find_map(|address| return_path.letter_of(address));
    let like_ours = |address: &String| address.to_ascii_uppercase().contains("+L-");
    match named {
        Some(letter_id) => Ok(letter_id),
        None if report.addresses.iter().any(like_ours) => Err(BounceError::Forged),
        None => Err(BounceError::NoToken),
    }
}

/// What was done with our recipient; the worst, where his address was expanded. A server that forwards may name nobody that we
/// know: where it names one alone, that is he, because the token names the letter and a letter has one recipient.
fn about<'a>(recipients: &'a [Recipient], address: &str) -> Option<&'a Recipient> {
    let worst = |recipient: &&Recipient| match Outcome::of(recipient) {
        Outcome::Flagged => 3,
        Outcome::Failed => 2,
        Outcome::Passing => 1,
        Outcome::Noted => 0,
    };
    let ours = recipients.iter().filter(|recipient| recipient.is(address)).max_by_key(worst);
    ours.or(match recipients {
        [only] => Some(only),
        _ => None,
    })
}

async fn follow(
    tx: &mut Tx,
    letter: &LetterRow,
    outcome: Outcome,
    bounce: &BounceRow,
    retry: &Retry,
) -> store::Result<()> {
    let now = bounce.received_at;
    match outcome {
        Outcome::Noted => {}
        Outcome::Passing => {
            let again = now.utc() + retry.pause(letter.attempts, &letter.letter_id);
            tx.defer_letter(&letter.letter_id, Instant::new(again)).await?;
        }
        Outcome::Failed => {
            tx.pass_on_letter(&letter.letter_id, "bounced", now).await?;
        }
        Outcome::Flagged => {
            tx.pass_on_letter(&letter.letter_id, "bounced", now).await?;
            flag(tx, (&letter.letter_id, &letter.office, &letter.address), "bounced", &bounce.status, now).await?;
        }
    }
    Ok(())
}

/// What follows a refusal by the relay, in the transaction that settles it: somebody else hears, and an address that does not exist
/// is flagged. A 5xx to RCPT says so, unless its enhanced code names another cause: "554 5.7.1 Relay access denied" is a relay
/// that was set up wrongly, and flagging for it would cut off every office in a minute.
pub(super) async fn refused(
    tx: &mut Tx,
    letter: &ClaimedRow,
    at_rcpt: bool,
    code: u16,
    reply: &str,
    now: DateTime<Utc>,
) -> store::Result<()> {
    let now = Instant::new(now);
    tx.pass_on_letter(&letter.letter_id, "refused", now).await?;
    let status = Status::in_reply(&format!("{code} {reply}"));
    if at_rcpt && status.is_none_or(Status::is_bad_address) {
        let status = status.map_or_else(|| code.to_string(), |status| status.to_string());
        flag(tx, (&letter.letter_id, &letter.office, &letter.address), "refused", &status, now).await?;
    }
    Ok(())
}

/// Nothing more is sent to the address of a letter (its id, its office, its address); what waits to be sent there is passed on.
async fn flag(
    tx: &mut Tx,
    (letter_id, office, address): (&str, &str, &str),
    reason: &str,
    status: &str,
    now: Instant,
) -> store::Result<()> {
    let flag = FlagRow {
        address: address.to_owned(),
        flagged_at: now,
        reason: reason.to_owned(),
        status: status.to_owned(),
        letter_id: letter_id.to_owned(),
        lifted_at: None,
        lifted_by: None,
    };
    tx.flag_address(&flag).await?;
    let stopped = tx.stop_letters_to(address, now).await?;
    tracing::error!(letter_id, office, reason, status, stopped, "an address does not work: nothing more is sent there");
    Ok(())
}
