//! What a recording transaction reads first and writes last, each in as few ways to the database and back as it can be: that is
//! where most of an entry's time goes. On PostgreSQL an entry is three messages (begin, lock and read; write; commit); one more when its
//! connection has not written as many deadlines before; and one more in a death case, for the nation-wide entries, or when a deadline is
//! the first of its case under new ladders.

use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use sqlx::{Column, FromRow, QueryBuilder, Row};

use super::bulk::runs;
use super::cases::{CASE, LOCK_POSTGRES, LOCK_SQLITE};
use super::columns::{
    INSERT, INTO_DEADLINE, INTO_EVENT, OR_REPLACE_DEADLINE, deadline_values, event_values, push_rows,
};
use super::deadlines::LOCK_DEADLINES_POSTGRES;
use super::events::EVENTS_TO_JUDGE_BY;
use super::{CaseRow, CaseState, DeadlineRow, EventRow, Head, Result, Store, Tx, deadlines};

/// A case as the transaction that locked its chain found it.
#[derive(Clone, Debug)]
pub struct LockedCase {
    /// The head of its chain.
    pub head: Head,
    /// What it is.
    pub case: CaseRow,
    /// Every entry of its chain, in order, without the hashes.
    pub events: Vec<EventRow>,
    /// Every deadline of it, without what was found.
    pub deadlines: Vec<DeadlineRow>,
}

/// Who reads first locks.
const LOCKS_SQLITE: [(&str, &str); 1] = [("lock_chain", LOCK_SQLITE)];
const LOCKS_POSTGRES: [(&str, &str); 2] = [("lock_chain", LOCK_POSTGRES), ("lock_deadlines", LOCK_DEADLINES_POSTGRES)];

/// One text of what is said of each statement, by its name: the `locks`, and then the reading of what was committed while they were waited
/// for.
fn each(locks: &[(&str, &str)], say: impl Fn(&mut String, &str, &str) -> fmt::Result) -> String {
    let deadlines = deadlines::of_case();
    let reads = [("case", CASE), ("events", EVENTS_TO_JUDGE_BY), ("deadlines", deadlines.as_str())];
    let mut text = String::new();
    for (name, sql) in locks.iter().chain(&reads) {
        say(&mut text, name, sql).expect("a text takes any text");
    }
    text
}

/// What SQLite is told by [`Store::begin_in_case`].
static LOCK_AND_READ_SQLITE: LazyLock<String> =
    LazyLock::new(|| each(&LOCKS_SQLITE, |text, _, sql| write!(text, "{sql}; ")));
/// What a session of PostgreSQL prepares for it.
pub(super) static PREPARE: LazyLock<String> = LazyLock::new(|| {
    each(&LOCKS_POSTGRES, |text, name, sql| write!(text, "prepare keshirim_{name} (text) as {sql}; "))
});

impl Store {
    /// Begins the transaction in which somebody records in the case `number`, side by side with others in other cases: its chain is locked
    /// until the transaction ends, and it is read. None if there is no such case.
    ///
    /// Whoever wants to be alone ([`Store::begin_alone`]) is kept out, or waited for.
    pub async fn begin_in_case(&self, number: &str) -> Result<(Tx, Option<LockedCase>)> {
        // Differs by necessity: SQLite takes several statements with their values in one text. PostgreSQL takes several in one message
        // only as text, without values; so it is told to execute what it prepared, with the number as a literal.
        match self {
            Self::Sqlite { .. } => {
                let mut tx = self.begin().await?;
                let Tx::Sqlite(db) = &mut tx else { unreachable!("it was begun on SQLite") };
                let sql = LOCK_AND_READ_SQLITE.as_str();
                let rows = sqlx::query(sql).bind(number).fetch_all(&mut **db).await?;
                Ok((tx, locked_case(&rows)?))
            }
            Self::Postgres(servers) => {
                let number = literal(number);
                let reads = each(&LOCKS_POSTGRES, |text, name, _| write!(text, "execute keshirim_{name} ({number}); "));
                let (lent, rows) = servers.begin_asking(&format!("begin; {reads}")).await?;
                Ok((Tx::Postgres(lent), locked_case(&rows)?))
            }
        }
    }
}

/// A text as a literal of PostgreSQL, whose sessions have `standard_conforming_strings` on ([`super::server`]): a quotation mark alone means
/// something in it. What no text can contain there is in no case's number.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "\u{fffd}").replace('\'', "''"))
}

/// The case in the rows of all the statements, each told by its first column; none if there is no such case.
fn locked_case<'r, R: Row>(rows: &'r [R]) -> Result<Option<LockedCase>>
where
    Head: FromRow<'r, R>,
    CaseRow: FromRow<'r, R>,
    EventRow: FromRow<'r, R>,
    DeadlineRow: FromRow<'r, R>,
{
    let (mut head, mut case, mut events, mut deadlines) = (None, None, Vec::new(), Vec::new());
    for row in rows {
        match row.columns().first().map_or("", Column::name) {
            "revision" => head = Some(Head::from_row(row)?),
            "number" => case = Some(CaseRow::from_row(row)?),
            "event_id" => events.push(EventRow::from_row(row)?),
            "deadline_id" => deadlines.push(DeadlineRow::from_row(row)?),
            "locked" => {}
            // A case read by halves would be judged, and its deadlines derived, by what is left of it.
            other => unreachable!("no statement of these has a first column \"{other}\""),
        }
    }
    Ok(head.zip(case).map(|(head, case)| LockedCase { head, case, events, deadlines }))
}

/// What one message makes of several statements, one after the other.
///
/// Differs by necessity: SQLite writes nothing inside `with`, and PostgreSQL prepares one statement at a time. What they write is theirs
/// alone, so that their order means nothing.
struct Together {
    is_postgres: bool,
    parts: usize,
}

impl Together {
    /// Before the first.
    fn begin(&self) -> &'static str {
        if self.is_postgres { "with part as (" } else { "" }
    }

    /// Between two.
    fn next(&mut self) -> String {
        self.parts += 1;
        if self.is_postgres { format!("), part_{} as (", self.parts) } else { "; ".to_owned() }
    }

    /// Before the last.
    fn last(&self) -> &'static str {
        if self.is_postgres { ") " } else { "; " }
    }
}

impl Tx {
    /// [`Tx::append_event`], [`Tx::put_deadlines`] and [`Tx::set_case_states`] for one case whose chain the caller has locked.
    pub async fn append_with(
        &mut self,
        event: &EventRow,
        deadlines: &[DeadlineRow],
        state: Option<&CaseState>,
    ) -> Result<()> {
        let mut together = Together { is_postgres: matches!(self, Self::Postgres(_)), parts: 0 };
        on_backend!(self, db => {
            let mut query = QueryBuilder::new(together.begin());
            query.push(INSERT).push(INTO_EVENT);
            event_values!(push_rows, query, std::slice::from_ref(event));
            for run in runs(deadlines) {
                query.push(together.next()).push(INSERT).push(INTO_DEADLINE);
                deadline_values!(push_rows, query, run);
                query.push(OR_REPLACE_DEADLINE);
            }
            if let Some(state) = state {
                query.push(together.next()).push("update case_file set status = ").push_bind(state.standing());
                query.push(", closed_on = ").push_bind(state.closed_on);
                query.push(", rederive_on = ").push_bind(state.rederive_on);
                query.push(" where number = ").push_bind(&state.number);
            }
            query.push(together.last()).push("update chain set head_seq = ").push_bind(event.seq);
            query.push(", head_hash = ").push_bind(&event.hash).push(" where name = ").push_bind(&event.chain);
            query.build().execute(&mut **db).await?.rows_affected()
        });
        Ok(())
    }
}
