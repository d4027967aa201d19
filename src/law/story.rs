//! A timeline read as a story: the entries that stand, in the order of their days, and which event answers which.

use chrono::NaiveDate;

use super::timeline::{Event, EventKind, Moment, Timeline};

/// An event with its 1-based index in the timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) index: u32,
    pub(super) event: &'a Event,
}

impl Told<'_> {
    pub(super) fn date(&self) -> NaiveDate {
        self.event.date
    }
}

/// An event that starts something, and the one that answers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) start: Told<'a>,
    pub(super) end: Option<Told<'a>>,
}

impl Pair<'_> {
    pub(super) fn ended_on(&self) -> Option<NaiveDate> {
        self.end.map(|end| end.event.date)
    }
}

/// The standing events of a timeline, sorted so that the order of recording changes nothing.
#[derive(Clone)]
pub(super) struct Story<'a> {
    pub(super) timeline: &'a Timeline,
    told: Vec<Told<'a>>,
    /// For each event of the timeline, the 1-based index of the event it answers; 0 = none known.
    parents: Vec<u32>,
}

impl<'a> Story<'a> {
    pub(super) fn new(timeline: &'a Timeline, known_at: Option<Moment>) -> Self {
        let mut told: Vec<Told<'a>> = (1u32..)
            .zip(&timeline.events)
            .filter(|(_, event)| event.stood(known_at, timeline.zone))
            .map(|(index, event)| Told { index, event })
            .collect();
        told.sort_unstable_by(|a, b| order(a.event).cmp(&order(b.event)).then(a.index.cmp(&b.index)));
        Self { timeline, told, parents: vec![0; timeline.events.len()] }
    }

    /// The same story with only the events that `keep` keeps.
    pub(super) fn only(&self, keep: impl Fn(&Event) -> bool) -> Self {
        let mut part = self.clone();
        part.told.retain(|t| keep(t.event));
        part
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = Told<'a>> + '_ {
        self.told.iter().copied()
    }

    pub(super) fn of(&self, kind: EventKind) -> impl DoubleEndedIterator<Item = Told<'a>> + '_ {
        self.all().filter(move |t| t.event.kind == kind)
    }

    pub(super) fn of_any(&self, kinds: &'a [EventKind]) -> impl DoubleEndedIterator<Item = Told<'a>> + '_ {
        self.all().filter(move |t| kinds.contains(&t.event.kind))
    }

    pub(super) fn first(&self, kind: EventKind) -> Option<Told<'a>> {
        self.of(kind).next()
    }

    pub(super) fn last(&self, kind: EventKind) -> Option<Told<'a>> {
        self.of(kind).next_back()
    }

    pub(super) fn has(&self, kind: EventKind) -> bool {
        self.first(kind).is_some()
    }

    /// Pairs each event that `starts` names with the one of `ends` that answers it.
    ///
    /// An end answers the event its `answers` names, or one in the same chain; without `answers` the oldest unanswered
    /// start on or before its day that `fits` it. Those that name theirs come first: what was said goes before what is guessed.
    pub(super) fn pair(
        &mut self,
        starts: &[EventKind],
        ends: &[EventKind],
        fits: impl Fn(&Event, &Event) -> bool,
    ) -> Vec<Pair<'a>> {
        let starts = self.told.iter().filter(|t| starts.contains(&t.event.kind));
        let mut pairs: Vec<Pair<'a>> = starts.map(|start| Pair { start: *start, end: None }).collect();
        self.answer(&mut pairs, ends, fits);
        pairs
    }

    /// Gives the unanswered of `pairs` their answers among `ends`.
    pub(super) fn answer(&mut self, pairs: &mut [Pair<'a>], ends: &[EventKind], fits: impl Fn(&Event, &Event) -> bool) {
        if pairs.is_empty() {
            return;
        }
        for named in [true, false] {
            for i in 0..self.told.len() {
                let end = self.told[i];
                if ends.contains(&end.event.kind) && end.event.answers.is_some() == named {
                    self.answer_with(pairs, end, &fits);
                }
            }
        }
    }

    fn answer_with(&mut self, pairs: &mut [Pair<'a>], end: Told<'a>, fits: impl Fn(&Event, &Event) -> bool) {
        let open = |pair: &&mut Pair<'a>| {
            pair.end.is_none() && pair.start.index != end.index && fits(pair.start.event, end.event)
        };
        let chosen = match end.event.answers {
            Some(named) => pairs.iter_mut().find(|p| open(p) && self.related(p.start.index, named)),
            None => pairs.iter_mut().find(|p| open(p) && p.start.event.date <= end.event.date),
        };
        if let Some(pair) = chosen {
            pair.end = Some(end);
            let parent = &mut self.parents[end.index as usize - 1];
            if *parent == 0 {
                *parent = pair.start.index;
            }
        }
    }

    /// The first event of the chain in which `index` stands.
    pub(super) fn root(&self, mut index: u32) -> u32 {
        for _ in 0..self.parents.len() {
            match self.parent(index) {
                Some(parent) => index = parent,
                None => break,
            }
        }
        index
    }

    /// The event of that kind that answers `index`, if one does.
    pub(super) fn answers_to(&self, index: u32, kind: EventKind) -> Option<&'a Event> {
        self.of(kind).find(|t| self.parents[t.index as usize - 1] == index).map(|t| t.event)
    }

    /// The event that `index` answers; none for an index that is no event's.
    fn parent(&self, index: u32) -> Option<u32> {
        let at = (index as usize).checked_sub(1)?;
        self.parents.get(at).copied().filter(|parent| *parent != 0)
    }

    fn related(&self, start: u32, named: u32) -> bool {
        self.is_before(named, start) || self.is_before(start, named)
    }

    /// Whether `earlier` is `later` or one of the events that its chain answers.
    fn is_before(&self, earlier: u32, mut later: u32) -> bool {
        for _ in 0..=self.parents.len() {
            if earlier == later {
                return true;
            }
            match self.parent(later) {
                Some(parent) => later = parent,
                None => return false,
            }
        }
        false
    }

    /// Where the convict was on `day` (A53).
    pub(super) fn institution_on(&self, day: NaiveDate) -> Option<&'a str> {
        self.of(EventKind::ConvictTransferred)
            .rfind(|t| t.event.date <= day)
            .and_then(|t| t.event.to.as_deref())
            .or(self.timeline.institution.as_deref())
    }
}

/// The order of the story: by day, then by the decree's order of kinds, then by content; never by when it was recorded.
fn order(event: &Event) -> impl Ord + '_ {
    (
        (event.date, event.kind, event.local_time, event.subject),
        (&event.institution, &event.to, &event.road, &event.outcome),
        (event.in_force, event.published, event.repeat, event.postmark, event.unconfirmed),
        (event.members, event.present, event.votes_for, event.votes_against),
    )
}
