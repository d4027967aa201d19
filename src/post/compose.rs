//! From due deadlines to letters in the outbox.
//!
//! [`tick`] is the whole story: due → judge (each case derived once, as it stands now) → address (who hears, by today's
//! directory) → group (one letter an official, the urgent ones alone) → write (letters, alerts and next rungs in one
//! transaction). Nothing is sent here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::matter::{Case, Matter};
use crate::alert::{Party, Planned, Rung};
use crate::config::Config;
use crate::law::calendar::Calendar;
use crate::letter::{self, Letter, LetterError, Line, Note, Texts, render};
use crate::offices::{Directory, Finding, Language, Reached, Recipient};
use crate::register::query::At;
use crate::register::save::held_in;
use crate::register::{self, Registrar, chain};
use crate::store::{self, AlertRow, Instant, LetterRow, Store, Tx};

/// Deadlines composed in one go: whoever has more due letters hears of the rest at the next tick.
pub const DEADLINES_PER_TICK_MAX: i64 = 2_000;

/// The name under which the daemon reads the register.
const WHO: &str = "keshirim";

/// What composing needs at hand.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The register.
    pub store: &'a Store,
    /// Who is behind each office.
    pub directory: &'a Directory,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Ladders, grouping, names of the sender.
    pub config: &'a Config,
    /// The texts of letters.
    pub texts: &'a Texts,
    /// The instant it is.
    pub now: DateTime<Utc>,
}

/// What a tick came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Composed {
    /// Deadlines whose alert was due.
    pub deadlines: usize,
    /// Letters put into the outbox.
    pub letters: usize,
    /// Whether more are due.
    pub more: bool,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The register.
    #[error(transparent)]
    Register(#[from] register::Error),
    /// A letter cannot be rendered: a defect of texts or code, never of the moment.
    #[error("a letter cannot be rendered: {0}")]
    Letter(#[from] LetterError),
}

/// Composes every letter that is due.
pub async fn tick(desk: &Desk<'_>) -> Result<Composed, ComposeError> {
    let due = due(desk).await?;
    if due.is_empty() {
        return Ok(Composed::default());
    }
    let more = i64::try_from(due.len()).is_ok_and(|count| count == DEADLINES_PER_TICK_MAX);
    let matters = judge(desk, due).await?;
    let addressed = address(desk, &matters).await?;
    let Addressed { hearings, mut unreached, mut notices } = addressed;
    let bundles = group(desk, &matters, hearings).await?;
    // One letter that cannot be rendered must not silence all the others.
    let mut drafts = Vec::with_capacity(bundles.len());
    for bundle in bundles {
        match letter(desk, &matters, &bundle) {
            Ok(row) => drafts.push((bundle, row)),
            Err(error) => {
                tracing::error!(%error, "a letter cannot be rendered: the operators are told, and it is tried again");
                unreached.extend(bundle.hearings.iter().map(|hearing| hearing.matter));
                let cases = bundle.hearings.iter().map(|hearing| matters[hearing.matter].row.case_number.clone());
                notices.extend(cases.map(|case| ("letter_failed", case)));
            }
        }
    }
    let letters = write(desk, &matters, drafts, &unreached, &notices).await?;
    Ok(Composed { deadlines: matters.len(), letters, more })
}

/// Every deadline whose alert is due: "due and not done", never a window of time.
async fn due(desk: &Desk<'_>) -> Result<Vec<store::DeadlineRow>, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    Ok(tx.due_deadlines(Instant::new(desk.now), DEADLINES_PER_TICK_MAX).await?)
}

/// Derives each case once, as it stands now, and says of each due deadline which rung is told.
async fn judge(desk: &Desk<'_>, due: Vec<store::DeadlineRow>) -> Result<Vec<Matter>, ComposeError> {
    let registrar =
        Registrar { store: desk.store, calendar: desk.calendar, config: desk.config, who: WHO, now: desk.now };
    let mut cases: HashMap<String, Arc<Case>> = HashMap::new();
    let mut matters = Vec::with_capacity(due.len());
    for row in due {
        if !cases.contains_key(&row.case_number) {
            let derived = match registrar.derived(&row.case_number, At::default()).await {
                Ok(derived) => derived,
                // The database is away: nothing can be composed. Anything else is wrong with this one case, and the others
                // must not wait for it.
                Err(register::Error::Store(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::error!(case = row.case_number, %error, "a case cannot be derived: its letters are not composed");
                    continue;
                }
            };
            let Some((assembled, findings)) = derived else { continue };
            let today = registrar.today(assembled.timeline.zone);
            let held = held_in(&assembled.timeline, today);
            let case = Case { assembled, findings, institution: held, today };
            cases.insert(row.case_number.clone(), Arc::new(case));
        }
        let case = &cases[&row.case_number];
        let context = registrar.planning(case.assembled.timeline.zone);
        matters.push(Matter::judge(row, case, &context));
    }
    Ok(matters)
}

/// One official who hears of one matter, and why.
#[derive(Debug)]
struct Hearing {
    matter: usize,
    /// The offices asked for that lead to this official; the alert is kept under each.
    offices: Vec<String>,
    recipient: Recipient,
    as_superior_of: Option<String>,
    /// The working body hears of another office's act.
    for_information: bool,
}

/// A notice to the operators: code and detail.
type Notice = (&'static str, String);

/// Who hears, and whom the directory does not reach.
#[derive(Debug, Default)]
struct Addressed {
    hearings: Vec<Hearing>,
    /// Matters of which an office cannot be told today.
    unreached: BTreeSet<usize>,
    notices: BTreeSet<Notice>,
}

/// Who hears of each matter: offices by the ladder, people by today's directory. What was decided before is left out.
async fn address(desk: &Desk<'_>, matters: &[Matter]) -> Result<Addressed, ComposeError> {
    let mut tx = desk.store.snapshot().await?;
    let mut addressed = Addressed::default();
    for (position, matter) in matters.iter().enumerate() {
        if matter.is_undecided() {
            addressed.notices.insert(("actor_undecided", matter.row.case_number.clone()));
        }
        for party in matter.audience() {
            for (office, as_superior_of) in offices(&mut tx, desk, matter, &party).await? {
                if tx.is_decided(&alert_row(matter, &office, None, desk.now)).await? {
                    continue;
                }
                let people = desk.directory.recipients(&office, today(desk, &office));
                addressed.notices.extend(people.findings.iter().filter_map(|finding| notice(finding)));
                if people.to.is_empty() {
                    addressed.unreached.insert(position);
                }
                let owes = matter.row.actor.as_deref();
                let here = people.to.into_iter().map(|recipient| Hearing {
                    matter: position,
                    offices: vec![office.clone()],
                    recipient,
                    as_superior_of: as_superior_of.clone(),
                    // Where nobody is named yet, it is the working body's to ask.
                    for_information: office == "working_body" && owes.is_some_and(|actor| actor != "working_body"),
                });
                addressed.hearings.extend(here);
            }
        }
    }
    Ok(addressed)
}

/// The offices that a party means.
async fn offices(
    tx: &mut Tx,
    desk: &Desk<'_>,
    matter: &Matter,
    party: &Party,
) -> Result<Vec<(String, Option<String>)>, ComposeError> {
    let row = &matter.row;
    Ok(match party {
        Party::Office(office) => vec![(office.clone(), None)],
        Party::SuperiorOf(office) => {
            let superior = desk.directory.office(office).and_then(|o| o.superior.clone());
            superior.map(|superior| vec![(superior, Some(office.clone()))]).unwrap_or_default()
        }
        Party::AllTold => {
            let taken_along = matter.found().is_some_and(|deadline| !deadline.superseded.is_empty());
            let start_key = if taken_along { "" } else { row.start_key.as_str() };
            let told = tx.offices_told(&row.case_number, &row.rule, start_key, &row.subject).await?;
            told.into_iter().map(|office| (office, None)).collect()
        }
    })
}

fn today(desk: &Desk<'_>, office: &str) -> chrono::NaiveDate {
    let zone = desk.directory.office(office).map_or(register::DEFAULT_ZONE, |office| office.zone);
    desk.now.with_timezone(&zone).date_naive()
}

/// What the operators hear of a finding in the directory.
fn notice(finding: &Finding) -> Option<Notice> {
    Some(match finding {
        Finding::UnknownOffice { office } => ("office_unknown", office.clone()),
        Finding::WithoutAddress { office }
        | Finding::BadAddress { office, .. }
        | Finding::NobodyReachable { office, .. } => ("address_missing", office.clone()),
        Finding::WentToSuperior { office, .. } => ("nobody_reachable", office.clone()),
        _ => return None,
    })
}

/// What one letter says, to whom.
#[derive(Debug)]
struct Bundle {
    recipient: Recipient,
    hearings: Vec<Hearing>,
    urgent: bool,
}

/// One letter an official; a last day and an overdue act travel alone, up to a number a day, then with the others.
async fn group(desk: &Desk<'_>, matters: &[Matter], hearings: Vec<Hearing>) -> Result<Vec<Bundle>, ComposeError> {
    let mut by_address: BTreeMap<String, Vec<Hearing>> = BTreeMap::new();
    for hearing in hearings {
        let own = by_address.entry(hearing.recipient.address.clone()).or_default();
        // The same official hears of the same matter once, however many offices lead to him.
        match own.iter_mut().find(|other| other.matter == hearing.matter) {
            Some(other) => other.offices.extend(hearing.offices),
            None => own.push(hearing),
        }
    }
    let mut bundles = Vec::new();
    let mut tx = desk.store.snapshot().await?;
    for (address, mut own) in by_address {
        let zone = own[0].recipient.zone;
        let midnight = crate::law::timeline::day_begins(desk.now.with_timezone(&zone).date_naive(), zone);
        let sent = tx.urgent_letters_since(&address, Instant::new(midnight)).await?;
        let max = i64::from(desk.config.letters.alone_per_official_per_day_max);
        let mut alone = usize::try_from((max - sent).max(0)).unwrap_or(0);
        own.sort_by_key(|hearing| rank(&matters[hearing.matter]));
        // A deputy, a superior and the official himself are told different reasons: what a letter says of them holds for all of it.
        let mut together: Vec<Vec<Hearing>> = Vec::new();
        for hearing in own {
            if matters[hearing.matter].rung.is_urgent() && alone > 0 {
                alone -= 1;
                bundles.push(Bundle { recipient: hearing.recipient.clone(), hearings: vec![hearing], urgent: true });
            } else {
                let why = |hearing: &Hearing| (hearing.recipient.reached.clone(), hearing.as_superior_of.clone());
                match together.iter_mut().find(|others| why(&others[0]) == why(&hearing)) {
                    Some(others) => others.push(hearing),
                    None => together.push(vec![hearing]),
                }
            }
        }
        bundles.extend(together.into_iter().map(|hearings| Bundle {
            recipient: hearings[0].recipient.clone(),
            urgent: hearings.iter().any(|hearing| matters[hearing.matter].rung.is_urgent()),
            hearings,
        }));
    }
    Ok(bundles)
}

/// The most overdue first, then the last day, then by day.
fn rank(matter: &Matter) -> impl Ord + use<> {
    let order = match matter.rung {
        Rung::Overdue(_) => 0,
        Rung::LastDay => 1,
        _ => 2,
    };
    (order, matter.row.watched_by, matter.row.case_number.clone(), matter.row.rule.clone())
}

/// Letters, alerts and next rungs: all of it, or nothing.
async fn write(
    desk: &Desk<'_>,
    matters: &[Matter],
    drafts: Vec<(Bundle, LetterRow)>,
    unreached: &BTreeSet<usize>,
    notices: &BTreeSet<Notice>,
) -> Result<usize, ComposeError> {
    let now = Instant::new(desk.now);
    let told: BTreeSet<usize> = drafts.iter().flat_map(|(bundle, _)| &bundle.hearings).map(|h| h.matter).collect();
    let mut tx = desk.store.begin().await?;
    let mut moved_on = Vec::with_capacity(matters.len());
    for (position, matter) in matters.iter().enumerate() {
        let again = unreached.contains(&position).then(|| try_again(desk, matter)).flatten();
        moved_on.push(advance(&mut tx, matter, told.contains(&position), again).await?);
    }
    let mut letters = 0;
    for (mut bundle, mut row) in drafts {
        // An entry between reading and writing planned it anew: the next tick tells the newest.
        let drafted = bundle.hearings.len();
        bundle.hearings.retain(|hearing| moved_on[hearing.matter]);
        if bundle.hearings.is_empty() {
            continue;
        }
        if bundle.hearings.len() < drafted {
            row = letter(desk, matters, &bundle)?;
        }
        tx.insert_letter(&row).await?;
        for hearing in &bundle.hearings {
            for office in &hearing.offices {
                let alert = alert_row(&matters[hearing.matter], office, Some(&row.letter_id), desk.now);
                tx.insert_alert(&alert).await?;
            }
        }
        letters += 1;
    }
    letters += tell_operators(desk, &mut tx, notices, now).await?;
    tx.commit().await?;
    Ok(letters)
}

/// When an office that could not be told today is tried again: on the next morning, until the directory names somebody. Those
/// who were told are not told twice. A closing line is not worth it: nothing is to be done any more.
fn try_again(desk: &Desk<'_>, matter: &Matter) -> Option<Planned> {
    let registrar =
        Registrar { store: desk.store, calendar: desk.calendar, config: desk.config, who: WHO, now: desk.now };
    let at = registrar.planning(matter.case.assembled.timeline.zone).next_morning();
    (matter.rung != Rung::Closed).then_some(Planned { at, rung: matter.planned.rung })
}

/// Moves a deadline to its next rung, or to `again` where that comes first; false if it was planned anew since it was read.
async fn advance(tx: &mut Tx, matter: &Matter, told: bool, again: Option<Planned>) -> Result<bool, ComposeError> {
    let next = match (&matter.next, &again) {
        // On one morning the rung says more than a repetition; a notice takes the rung of the day along.
        (Some(next), Some(again)) if next.at < again.at || next.at == again.at && !again.rung.is_notice() => Some(next),
        (next, None) => next.as_ref(),
        (_, again) => again.as_ref(),
    };
    let key = next.map(|planned| (Instant::new(planned.at), planned.rung.key()));
    let next = key.as_ref().map(|(at, rung)| (*at, rung.as_str()));
    let told = told.then_some(matter.row.watched_by);
    Ok(tx.advance_alert(&matter.row, next, told).await?)
}

fn alert_row(matter: &Matter, office: &str, letter_id: Option<&str>, now: DateTime<Utc>) -> AlertRow {
    let row = &matter.row;
    AlertRow {
        case_number: row.case_number.clone(),
        rule: row.rule.clone(),
        start_key: row.start_key.clone(),
        subject: row.subject.clone(),
        about: matter.about(),
        rung: matter.rung_key(),
        office: office.to_owned(),
        letter_id: letter_id.map(str::to_owned),
        decided_at: Instant::new(now),
    }
}

/// Renders the letter of a bundle into its outbox row.
fn letter(desk: &Desk<'_>, matters: &[Matter], bundle: &Bundle) -> Result<LetterRow, ComposeError> {
    let lines: Vec<Line<'_>> = bundle
        .hearings
        .iter()
        .filter_map(|hearing| matters[hearing.matter].line(desk.directory, desk.calendar))
        .collect();
    let keys = bundle.hearings.iter().map(|hearing| {
        let matter = &matters[hearing.matter];
        [matter.row.deadline_id.as_str(), &matter.rung_key(), &matter.about()].join(" ")
    });
    let seed = keys.collect::<Vec<_>>().join("\n");
    let names = Names::of(desk.directory, bundle);
    let notes = notes(bundle, &names);
    finish(desk, &bundle.recipient, lines, notes, bundle.urgent, &seed)
}

/// Names that the notes borrow.
struct Names {
    absent: String,
    superior_of: String,
}

impl Names {
    fn of(directory: &Directory, bundle: &Bundle) -> Self {
        let name = |code: &str| {
            let office = directory.office(code);
            office.map_or_else(|| code.to_owned(), |o| o.name.in_language(bundle.recipient.language).to_owned())
        };
        let absent = match &bundle.recipient.reached {
            Reached::Deputy { for_address } => {
                let office = directory.office(&bundle.recipient.office);
                let official = office.and_then(|o| o.officials.iter().find(|x| x.address == *for_address));
                official.map_or_else(|| name(&bundle.recipient.office), |official| official.post.clone())
            }
            Reached::Superior { office } => name(office),
            Reached::Direct => String::new(),
        };
        let superior_of =
            bundle.hearings.iter().find_map(|h| h.as_superior_of.as_deref()).map(name).unwrap_or_default();
        Self { absent, superior_of }
    }
}

fn notes<'a>(bundle: &Bundle, names: &'a Names) -> Vec<Note<'a>> {
    let mut notes = Vec::new();
    match bundle.recipient.reached {
        Reached::Deputy { .. } => notes.push(Note::DeputyOf { post: &names.absent }),
        Reached::Superior { .. } => notes.push(Note::NobodyReachable { post: &names.absent }),
        Reached::Direct => {}
    }
    if !names.superior_of.is_empty() {
        notes.push(Note::SuperiorOf { post: &names.superior_of });
    } else if bundle.hearings.iter().all(|hearing| hearing.for_information) {
        notes.push(Note::WorkingBody);
    }
    notes
}

fn finish(
    desk: &Desk<'_>,
    recipient: &Recipient,
    lines: Vec<Line<'_>>,
    notes: Vec<Note<'_>>,
    urgent: bool,
    seed: &str,
) -> Result<LetterRow, ComposeError> {
    let mail = &desk.config.mail;
    let letter_id = chain::short_id_of('L', &format!("{}\n{}\n{seed}", recipient.address, desk.now.to_rfc3339()));
    let language = language(recipient.language);
    let letter = Letter {
        id: &letter_id,
        to_address: &recipient.address,
        to_post: &recipient.post,
        language,
        bilingual: recipient.bilingual,
        from_name: &mail.from_name,
        from_address: &mail.from_address,
        message_id_domain: &mail.message_id_domain,
        date: desk.now,
        zone: recipient.zone,
        public_url: &desk.config.http.public_url,
        high_importance: urgent,
        lines,
        notes,
    };
    let rendered = render(&letter, desk.texts)?;
    let now = Instant::new(desk.now);
    Ok(LetterRow {
        office: recipient.office.clone(),
        address: recipient.address.clone(),
        post: recipient.post.clone(),
        language: language.code().to_owned(),
        subject: rendered.subject,
        message_id: rendered.message_id,
        bytes: rendered.bytes,
        urgency: i64::from(urgent),
        composed_at: now,
        due_at: now,
        state: "queued".to_owned(),
        attempts: 0,
        next_attempt_at: Some(now),
        lease_owner: None,
        lease_until: None,
        letter_id,
    })
}

fn language(language: Language) -> letter::Language {
    match language {
        Language::Kk => letter::Language::Kk,
        Language::Ru => letter::Language::Ru,
        Language::En => letter::Language::En,
    }
}

/// What is wrong with the directory goes to the operators, once a day each: never silence.
async fn tell_operators(
    desk: &Desk<'_>,
    tx: &mut Tx,
    notices: &BTreeSet<Notice>,
    now: Instant,
) -> Result<usize, ComposeError> {
    const OPERATORS: &str = "operators";
    let day = today(desk, OPERATORS);
    let mut new = Vec::new();
    for (code, detail) in notices {
        let alert = AlertRow {
            case_number: String::new(),
            rule: String::new(),
            start_key: (*code).to_owned(),
            subject: detail.clone(),
            about: day.to_string(),
            rung: "notice".to_owned(),
            office: OPERATORS.to_owned(),
            letter_id: None,
            decided_at: now,
        };
        tracing::warn!(code, detail, "somebody is not reached, or somebody must decide");
        if tx.insert_alert(&alert).await? {
            new.push((*code, detail.as_str()));
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let people = desk.directory.recipients(OPERATORS, day);
    if people.to.is_empty() {
        tracing::error!(
            "nobody is behind the office `operators`: their notices reach nobody; name them in offices.toml"
        );
    }
    let seed = new.iter().map(|(code, detail)| format!("{code} {detail}")).collect::<Vec<_>>().join("\n");
    for recipient in &people.to {
        let lines = new.iter().map(|(code, detail)| Line::notice(code, detail, day)).collect();
        let row = finish(desk, recipient, lines, Vec::new(), false, &seed)?;
        tx.insert_letter(&row).await?;
    }
    Ok(people.to.len())
}
