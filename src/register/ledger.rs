//! The chains that an import is working on, in memory: lines are judged against them by the same functions as one entry by hand, and
//! written in pages of many.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::import::BadLine;
use super::import_line::Line;
use super::intake::{self, Strictness, Wish};
use super::many::{self, OwnRegistrar};
use super::policy::Policies;
use super::save::{self, Derived, Entries, Outcome};
use super::{Error, NATIONWIDE, Registrar, Result, chain};
use crate::store::{CaseRow, CaseState, DeadlineRow, EventRow, Head, Tx};

/// Entries that are kept in memory (about a kilobyte each) before the chains that were spoken of longest ago are let go.
const ENTRIES_KEPT_MAX: usize = 20_000;
/// The mark of a case that is to be derived when all lines are in: a day on which nothing is ever due.
pub(super) const TOUCHED: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a real day");

/// A chain as it stands with the lines taken so far.
struct Chain {
    head: Head,
    entries: Entries,
    /// The block that last spoke of it.
    block: u64,
    /// This import has opened it and has had it in memory ever since: nothing of it was derived yet.
    new: bool,
}

/// The chains that an import is working on.
pub(super) struct Ledger {
    registrar: Arc<OwnRegistrar>,
    chains: HashMap<String, Chain>,
    /// The nation-wide entries, shared with every death case.
    nationwide: Arc<[EventRow]>,
    nationwide_touched: bool,
    block: u64,
}

/// What a block of lines came to, and what is to be written of it.
#[derive(Default)]
pub(super) struct Page {
    /// Cases opened.
    pub(super) opened: u64,
    /// Other entries made.
    pub(super) entries: u64,
    /// Entries that were there already.
    pub(super) known: u64,
    /// Entries that wait for a second person.
    pub(super) waiting: u64,
    /// Lines not taken.
    pub(super) bad: Vec<BadLine>,
    cases: Vec<CaseRow>,
    events: Vec<EventRow>,
    /// The chains that the events stand in: whether it is new, and its head after them.
    heads: HashMap<String, (bool, Head)>,
    /// The cases that are to be derived.
    touched: HashSet<String>,
    /// What follows in new cases of earlier blocks, derived before they were let go.
    deadlines: Vec<DeadlineRow>,
    states: Vec<CaseState>,
}

impl Ledger {
    /// An empty ledger that knows the nation-wide chain.
    pub(super) fn new(registrar: &Registrar<'_>, nationwide: Entries, heads: Vec<(String, Head)>) -> Self {
        let head = heads.into_iter().next().map_or_else(Head::default, |(_, head)| head);
        let shared = nationwide.own.as_slice().into();
        let chain = Chain { head, entries: nationwide, block: 0, new: false };
        Self {
            registrar: OwnRegistrar::of(registrar),
            chains: HashMap::from([(NATIONWIDE.to_owned(), chain)]),
            nationwide: shared,
            nationwide_touched: false,
            block: 0,
        }
    }

    /// The chains that these lines speak of and that are not in memory.
    pub(super) fn missing(&self, lines: &[(u64, Result<Line>)]) -> Vec<String> {
        let mut seen = HashSet::new();
        let named = lines.iter().filter_map(|(_, line)| line.as_ref().ok()).map(Line::chain);
        named.filter(|name| !self.chains.contains_key(*name) && seen.insert(*name)).map(str::to_owned).collect()
    }

    /// Reads those of the chains `names` that exist.
    pub(super) async fn learn(&mut self, tx: &mut Tx, names: &[String]) -> Result<()> {
        let mut heads: HashMap<String, Head> = tx.heads_of(names).await?.into_iter().collect();
        let mut existing: Vec<String> = heads.keys().cloned().collect();
        existing.sort();
        let own = tx.events_of(&existing).await?;
        for entries in many::cases(tx, &existing, own, &self.nationwide).await? {
            let number = entries.case.number.clone();
            if let Some(head) = heads.remove(&number) {
                self.chains.insert(number, Chain { head, entries, block: self.block, new: false });
            }
        }
        Ok(())
    }

    /// Whether a nation-wide entry was made, so that every open death case is to be derived.
    pub(super) fn is_nationwide_touched(&self) -> bool {
        self.nationwide_touched
    }

    /// Takes the lines of a block one after the other. Pure.
    pub(super) fn take(&mut self, lines: Vec<(u64, Result<Line>)>) -> Page {
        self.block += 1;
        let mut page = Page::default();
        for (number, line) in lines {
            let taken = line.and_then(|line| self.take_line(line, &mut page));
            if let Err(error) = taken {
                page.bad.push(BadLine { line: number, why: error.to_string() });
            }
        }
        self.let_go(ENTRIES_KEPT_MAX, &mut page);
        page
    }

    /// What is left to be derived when all lines are in, in pages; none when nothing is. Pure.
    pub(super) fn rest(&mut self) -> Option<Page> {
        self.block += 1;
        let kept = self.entries_kept();
        let mut page = Page::default();
        self.let_go(kept.saturating_sub(ENTRIES_KEPT_MAX / 8), &mut page);
        (kept > self.entries_kept()).then_some(page)
    }

    fn take_line(&mut self, line: Line, page: &mut Page) -> Result<()> {
        let own = Arc::clone(&self.registrar);
        let registrar = own.registrar();
        match line {
            Line::Open(case) => {
                let entry = intake::opening(&registrar, &case)?;
                self.open(entry, page)
            }
            Line::Record(number, draft) => {
                let nationwide = Arc::clone(&self.nationwide);
                let chain = self.chains.get_mut(&number).ok_or_else(|| Error::unknown_case(&number))?;
                if chain.entries.case.is_death() {
                    chain.entries.nationwide = nationwide;
                }
                let wish = Wish::Record(&draft);
                let (entry, _) =
                    intake::judged(&registrar, &chain.head, &mut chain.entries, &wish, Strictness::Import)?;
                self.append(entry, page);
                Ok(())
            }
            Line::Entry(entry) => self.take_over(*entry, page),
        }
    }

    fn open(&mut self, entry: EventRow, page: &mut Page) -> Result<()> {
        if self.chains.contains_key(&entry.chain) {
            return Err(intake::already_open(&entry.chain));
        }
        let case = intake::case_of(&entry);
        page.cases.push(case.clone());
        page.opened += 1;
        page.heads.insert(entry.chain.clone(), (true, Head::default()));
        let entries = Entries { case, own: Vec::new(), nationwide: Arc::default() };
        let chain = Chain { head: Head::default(), entries, block: self.block, new: true };
        self.chains.insert(entry.chain.clone(), chain);
        self.push(entry, page);
        Ok(())
    }

    /// Adds an entry that was judged to its chain.
    fn append(&mut self, entry: EventRow, page: &mut Page) {
        page.entries += 1;
        page.waiting += u64::from(entry.needs_confirmation);
        if entry.chain == NATIONWIDE {
            self.nationwide_touched = true;
        } else if !page.touched.contains(&entry.chain) {
            page.touched.insert(entry.chain.clone());
        }
        self.push(entry, page);
    }

    fn push(&mut self, entry: EventRow, page: &mut Page) {
        let Some(chain) = self.chains.get_mut(&entry.chain) else { return };
        chain.block = self.block;
        chain.head.head_seq = entry.seq;
        chain.head.head_hash.clone_from(&entry.hash);
        match page.heads.get_mut(&entry.chain) {
            Some((_, head)) => head.clone_from(&chain.head),
            None => drop(page.heads.insert(entry.chain.clone(), (false, chain.head.clone()))),
        }
        chain.entries.own.push(entry.clone());
        if entry.chain == NATIONWIDE {
            self.nationwide = chain.entries.own.as_slice().into();
        }
        page.events.push(entry);
    }

    /// Takes over an entry of an export as it is, if it continues its chain.
    fn take_over(&mut self, entry: EventRow, page: &mut Page) -> Result<()> {
        let refused = |why: String| Err(Error::refused("broken_chain", why));
        let EventRow { event_id, hash, .. } = &entry;
        if chain::hash(&entry) != *hash || !chain::is_id_of(event_id, hash) {
            return refused(format!(
                "entry {event_id} was changed since it was exported: its content does not give its hash"
            ));
        }
        let opens = entry.action == "open" && entry.chain != NATIONWIDE;
        let Some(chain) = self.chains.get(&entry.chain) else {
            if opens && entry.seq == 1 && entry.prev_hash.is_empty() {
                return self.open(entry, page);
            }
            return refused(format!("case {} has no opening entry before {event_id}", entry.chain));
        };
        let own = &chain.entries.own;
        if own.contains(&entry) {
            page.known += 1;
            return Ok(());
        }
        if opens || chain.head.head_seq + 1 != entry.seq || chain.head.head_hash != entry.prev_hash {
            return refused(format!(
                "entry {event_id} does not continue {}: it is entry {}, and entry {} was the last",
                entry.chain, entry.seq, chain.head.head_seq
            ));
        }
        if let Some(target) = &entry.target
            && !own.iter().any(|known| known.event_id == *target)
        {
            return refused(format!("entry {event_id} speaks of {target}, which is not before it"));
        }
        self.append(entry, page);
        Ok(())
    }

    fn entries_kept(&self) -> usize {
        let cases = self.chains.iter().filter(|(name, _)| *name != NATIONWIDE);
        cases.map(|(_, chain)| chain.entries.own.len()).sum()
    }

    /// Lets go of chains, those spoken of longest ago first and never those of this block (which are not written yet), until `kept`
    /// entries are left or fewer. What this import has opened is derived while it is in memory; the rest is marked in the store, and
    /// read again when all lines are in.
    fn let_go(&mut self, kept: usize, page: &mut Page) {
        let mut left = self.entries_kept();
        if left <= kept {
            return;
        }
        let cases = self.chains.iter().filter(|(name, chain)| *name != NATIONWIDE && chain.block < self.block);
        let mut oldest: Vec<(u64, String)> = cases.map(|(name, chain)| (chain.block, name.clone())).collect();
        oldest.sort_unstable();
        let own = Arc::clone(&self.registrar);
        let registrar = own.registrar();
        let policies = Policies::only(registrar.ladders());
        for (_, name) in oldest {
            if left <= kept {
                break;
            }
            let Some(Chain { mut entries, new, .. }) = self.chains.remove(&name) else { continue };
            left -= entries.own.len();
            // Of a case with nothing but its opening nothing follows.
            if new && entries.own.len() > 1 {
                entries.case.rederive_on = Some(TOUCHED);
                if entries.case.is_death() {
                    entries.nationwide = Arc::clone(&self.nationwide);
                }
                let derived = Derived::new(&registrar, entries, Vec::new());
                let Outcome { rows, state, .. } = derived.outcome(&registrar, HashSet::new(), &policies, "event");
                page.deadlines.extend(rows);
                page.states.extend(state);
            }
        }
    }
}

impl Page {
    /// Writes it; the cases that got an entry are marked to be derived.
    pub(super) async fn write(mut self, tx: &mut Tx, registrar: &Registrar<'_>) -> Result<()> {
        for case in &mut self.cases {
            if self.touched.remove(&case.number) {
                case.rederive_on = Some(TOUCHED);
            }
        }
        let (new, old): (Vec<_>, Vec<_>) = self.heads.into_iter().partition(|(_, (new, _))| *new);
        let heads = |heads: Vec<(String, (bool, Head))>| {
            let mut heads: Vec<_> = heads.into_iter().map(|(name, (_, head))| (name, head)).collect();
            heads.sort_by(|a, b| a.0.cmp(&b.0));
            heads
        };
        tx.insert_chains(&heads(new)).await?;
        tx.insert_cases(&self.cases).await?;
        tx.insert_events(&self.events).await?;
        tx.set_heads(&heads(old)).await?;
        let mut touched: Vec<String> = self.touched.into_iter().collect();
        touched.sort();
        tx.mark_cases(&touched, TOUCHED).await?;
        let policies = Policies::only(registrar.ladders());
        save::put_many(tx, registrar, &policies, (&self.deadlines, &self.states)).await
    }
}
