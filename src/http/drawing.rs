//! A case's timeline drawn: events on an axis, terms as bars. Geometry only; the template writes the SVG, and the tables beside
//! it say the same in words.

use chrono::{Datelike, Days, NaiveDate};
use serde::Serialize;

/// Width of the drawing in its own units.
const WIDTH: i64 = 1_040;
/// Free space at both sides.
const SIDE: i64 = 18;
/// Where the lanes of events begin.
const EVENTS_TOP: i64 = 42;
/// Height of a lane of events.
const LANE: i64 = 23;
/// Lanes of events, at most; those that find no place share the last.
const LANES_MAX: usize = 24;
/// Space that a dot takes at either side of its day.
const DOT: i64 = 14;
/// Width of a character, about: enough to keep words apart, whatever the reader's font.
const CHARACTER: i64 = 7;
/// Height of a term: its words, then its bar.
const ROW: i64 = 36;
/// Events drawn at most.
const EVENTS_MAX: usize = 300;
/// Terms drawn at most.
const TERMS_MAX: usize = 120;
/// Ticks on the axis, at most.
const TICKS_MAX: usize = 11;
/// Characters of an event's or a term's words, at most.
const WORDS_MAX: usize = 90;

/// An event to be drawn.
#[derive(Debug)]
pub(super) struct EventMark {
    /// Its number in the table.
    pub(super) number: usize,
    /// Its day.
    pub(super) day: NaiveDate,
    /// What happened.
    pub(super) words: String,
    /// It waits for a second person, or is struck.
    pub(super) tone: &'static str,
    /// It is struck.
    pub(super) struck: bool,
}

/// A term to be drawn.
#[derive(Debug)]
pub(super) struct TermMark {
    /// The day that started it.
    pub(super) from: NaiveDate,
    /// The date shown; none without an end.
    pub(super) to: Option<NaiveDate>,
    /// The day it was met, used or ended.
    pub(super) met: Option<NaiveDate>,
    /// It is late or past its control date: a line goes on to today.
    pub(super) late: bool,
    /// No legal term: a dashed bar.
    pub(super) soft: bool,
    /// Its words.
    pub(super) words: String,
    /// How it stands, for its colour.
    pub(super) tone: &'static str,
}

/// What the template draws.
#[derive(Debug, Serialize)]
pub(super) struct Drawing {
    width: i64,
    height: i64,
    ticks: Vec<Tick>,
    today: Option<Tick>,
    dots: Vec<Dot>,
    bars: Vec<Bar>,
}

#[derive(Debug, Serialize)]
struct Tick {
    x: i64,
    label: String,
    anchor: &'static str,
}

#[derive(Debug, Serialize)]
struct Dot {
    x: i64,
    y: i64,
    number: usize,
    title: String,
    words: String,
    text_x: i64,
    anchor: &'static str,
    tone: &'static str,
    struck: bool,
}

#[derive(Debug, Serialize)]
struct Bar {
    x: i64,
    y: i64,
    width: i64,
    open: bool,
    soft: bool,
    late_to: Option<i64>,
    met: Option<i64>,
    text_x: i64,
    anchor: &'static str,
    words: String,
    tone: &'static str,
}

/// The days from the left to the right edge.
#[derive(Clone, Copy)]
struct Axis {
    first: NaiveDate,
    last: NaiveDate,
}

impl Axis {
    fn x(self, day: NaiveDate) -> i64 {
        let span = (self.last - self.first).num_days().max(1);
        let from = (day.clamp(self.first, self.last) - self.first).num_days();
        SIDE + from * (WIDTH - 2 * SIDE) / span
    }

    /// Firsts of months, as many as fit.
    fn ticks(self) -> Vec<Tick> {
        let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        let span = months(self.last) - months(self.first) + 1;
        let fits = |step: &&i64| span / **step <= i64::try_from(TICKS_MAX).unwrap_or(i64::MAX);
        let step = *[1, 2, 3, 6, 12, 24, 60, 120, 600].iter().find(fits).unwrap_or(&1_200);
        let first = (months(self.first) + step - 1).div_euclid(step) * step;
        let ticks = (0..).map(|n| first + n * step).take_while(|month| *month <= months(self.last)).take(2 * TICKS_MAX);
        let tick = |month: i64| {
            let year = i32::try_from(month.div_euclid(12)).ok()?;
            let day = NaiveDate::from_ymd_opt(year, u32::try_from(month.rem_euclid(12)).ok()? + 1, 1)?;
            (day >= self.first).then(|| {
                let label = day.format(if step >= 12 { "%Y" } else { "%Y-%m" }).to_string();
                let x = self.x(day);
                Tick {
                    x,
                    label,
                    anchor: if x < 60 {
                        "start"
                    } else if x > WIDTH - 60 {
                        "end"
                    } else {
                        "middle"
                    },
                }
            })
        };
        ticks.filter_map(tick).collect()
    }
}

/// Draws a case; none where there is nothing to draw.
pub(super) fn draw(events: Vec<EventMark>, terms: Vec<TermMark>, today: NaiveDate) -> Option<Drawing> {
    let ends = terms.iter().flat_map(|term| [Some(term.from), term.to, term.met]).flatten();
    let days = || events.iter().map(|event| event.day).chain(ends.clone());
    let margin = Days::new(5);
    let first = days().min()?;
    // Today belongs into the picture only where something still runs near it: an old case would shrink to nothing.
    let runs = terms.iter().any(|term| term.late || term.to.is_none_or(|to| to >= today));
    let last = if runs { days().max()?.max(today) } else { days().max()? };
    let axis = Axis {
        first: first.checked_sub_days(margin).unwrap_or(first),
        last: last.checked_add_days(margin).unwrap_or(last),
    };
    let (dots, lanes) = dots(events, axis);
    let top = EVENTS_TOP + lanes * LANE + 10;
    let bars: Vec<Bar> =
        terms.into_iter().take(TERMS_MAX).enumerate().map(|(i, term)| bar(term, i, top, axis, today)).collect();
    let height = top + i64::try_from(bars.len()).unwrap_or(0) * ROW + 8;
    let x = axis.x(today);
    let anchor = if x < 120 {
        "start"
    } else if x > WIDTH - 120 {
        "end"
    } else {
        "middle"
    };
    let now = (axis.first <= today && today <= axis.last).then(|| Tick { x, label: today.to_string(), anchor });
    Some(Drawing { width: WIDTH, height, ticks: axis.ticks(), today: now, dots, bars })
}

/// Each event with its words in the highest lane where it does not cover another.
fn dots(mut events: Vec<EventMark>, axis: Axis) -> (Vec<Dot>, i64) {
    events.sort_by_key(|event| (event.day, event.number));
    let mut lanes: Vec<Vec<(i64, i64)>> = Vec::new();
    let mut out = Vec::new();
    for event in events.into_iter().take(EVENTS_MAX) {
        let x = axis.x(event.day);
        let words = cut(event.words);
        let width = i64::try_from(words.chars().count()).unwrap_or(0) * CHARACTER;
        let rightwards = x + DOT + width < WIDTH;
        let (from, to) = if rightwards { (x - DOT, x + DOT + width) } else { (x - DOT - width, x + DOT) };
        let is_free = |lane: &Vec<(i64, i64)>| lane.iter().all(|(start, end)| to <= *start || from >= *end);
        let lane = lanes.iter().position(is_free).unwrap_or_else(|| {
            if lanes.len() < LANES_MAX {
                lanes.push(Vec::new());
            }
            lanes.len() - 1
        });
        lanes[lane].push((from, to));
        out.push(Dot {
            x,
            y: EVENTS_TOP + i64::try_from(lane).unwrap_or(0) * LANE + LANE / 2,
            number: event.number,
            title: format!("{}. {}: {words}", event.number, event.day),
            words,
            text_x: if rightwards { x + DOT } else { x - DOT },
            anchor: if rightwards { "start" } else { "end" },
            tone: event.tone,
            struck: event.struck,
        });
    }
    (out, i64::try_from(lanes.len()).unwrap_or(0))
}

/// Words that are not too long for the drawing.
fn cut(words: String) -> String {
    if words.chars().count() <= WORDS_MAX {
        return words;
    }
    words.chars().take(WORDS_MAX - 1).chain(['…']).collect()
}

fn bar(term: TermMark, row: usize, top: i64, axis: Axis, today: NaiveDate) -> Bar {
    let x = axis.x(term.from);
    // What was ended before its day reaches to the day it ended.
    let end = match (term.to, term.met) {
        (Some(to), Some(met)) => Some(to.max(met)),
        (to, met) => to.or(met),
    };
    let to = term.to.or(end).map_or(WIDTH - SIDE, |to| axis.x(to));
    let late_to = if term.late { Some(axis.x(today)) } else { term.met.map(|met| axis.x(met)).filter(|met| *met > to) };
    let right = late_to.unwrap_or(to).max(to);
    let (text_x, anchor) = if x <= WIDTH * 6 / 10 { (x, "start") } else { (right.max(x + 4), "end") };
    Bar {
        x,
        y: top + i64::try_from(row).unwrap_or(0) * ROW,
        width: (to - x).max(4),
        open: end.is_none(),
        soft: term.soft,
        late_to,
        met: term.met.map(|met| axis.x(met)),
        text_x,
        anchor,
        words: cut(term.words),
        tone: term.tone,
    }
}
