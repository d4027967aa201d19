//! The columns of the two widest tables, their values written once: as rows of values, and, of many rows to PostgreSQL, as arrays.
//!
//! Differs by necessity, wherever many rows are written: to PostgreSQL a column of any length is one value, and a statement has one text;
//! thousands of single values cost it as much as the rows. SQLite has no arrays.

use std::sync::LazyLock;

/// How a statement begins that adds rows.
pub(super) const INSERT: &str = "insert";
/// The same for many rows on SQLite, of which some stay when one is refused: the transaction ends with it anyhow, and nobody has to keep each
/// page as it was before the statement.
pub(super) const INSERT_OR_FAIL: &str = "insert or fail";

pub(super) const INTO_EVENT: &str =
    " into event (event_id, chain, seq, action, target, kind, day, local_time, fields, reason, note,
                       recorded_at, recorded_by, needs_confirmation, prev_hash, hash) ";
/// What they are on PostgreSQL, in that order.
pub(super) const EVENT_TYPES: &str =
    "text text bigint text text text date text jsonb text text timestamptz text boolean text text";

/// The values of an entry, in the order of [`INTO_EVENT`].
macro_rules! event_values {
    ($then:ident, $($given:expr),+) => {
        $then! { $($given),+; event:
            event.event_id.as_str(), event.chain.as_str(), event.seq, event.action.as_str(), event.target.as_deref(),
            event.kind.as_deref(), event.day, event.local_time.as_deref(), &event.fields, event.reason.as_deref(),
            event.note.as_deref(), event.recorded_at, event.recorded_by.as_str(), event.needs_confirmation,
            event.prev_hash.as_str(), event.hash.as_str()
        }
    };
}

pub(super) const INTO_DEADLINE: &str =
    " into deadline (deadline_id, case_number, rule, start_key, subject, kind, actor, also_alert, from_day,
                          shown_on, watched_by, late_after, status, is_open, finding, finding_hash, sequence, told,
                          told_shown, change, next_alert_at, next_rung, policy) ";
/// What they are on PostgreSQL, in that order.
pub(super) const DEADLINE_TYPES: &str = "text text text text text text text text date date date date text boolean jsonb \
     bigint bigint boolean date text timestamptz text text";
/// Of a row that was read without its finding that stays.
pub(super) const OR_REPLACE_DEADLINE: &str = "
    on conflict (case_number, rule, start_key, subject) do update
       set actor = excluded.actor,
           also_alert = excluded.also_alert, from_day = excluded.from_day, shown_on = excluded.shown_on,
           watched_by = excluded.watched_by, late_after = excluded.late_after, status = excluded.status,
           is_open = excluded.is_open,
           finding = case when excluded.finding_hash is null or excluded.finding_hash = deadline.finding_hash
                          then deadline.finding else excluded.finding end,
           finding_hash = excluded.finding_hash, sequence = excluded.sequence,
           told = excluded.told, told_shown = excluded.told_shown, change = excluded.change,
           next_alert_at = excluded.next_alert_at, next_rung = excluded.next_rung, policy = excluded.policy";

/// The values of a deadline, in the order of [`INTO_DEADLINE`].
macro_rules! deadline_values {
    ($then:ident, $($given:expr),+) => {
        $then! { $($given),+; row:
            row.deadline_id.as_str(), row.case_number.as_str(), row.rule.as_str(), row.start_key.as_str(),
            row.subject.as_str(), row.kind.as_str(), row.actor.as_deref(), row.also_alert.as_deref(), row.from_day,
            row.shown_on, row.watched_by, row.late_after, row.status.as_str(), row.is_open, &row.finding,
            row.finding_hash, row.sequence, row.told, row.told_shown, row.change.as_deref(), row.next_alert_at,
            row.next_rung.as_deref(), row.policy.as_deref()
        }
    };
}

/// Appends rows of values to a statement.
macro_rules! push_rows {
    ($query:expr, $rows:expr; $row:ident: $($value:expr),+) => {
        $query.push_values($rows, |mut values, $row| { $(values.push_bind($value);)+ })
    };
}

/// Binds columns to a statement, each as an array.
macro_rules! bind_columns {
    ($query:expr, $rows:expr; $row:ident: $($value:expr),+) => {
        $query$(.bind($rows.iter().map(|$row| $value).collect::<Vec<_>>()))+
    };
}

pub(super) use {bind_columns, deadline_values, event_values, push_rows};

/// `select * from unnest($1::text[], …)`.
fn unnest(types: &str) -> String {
    let arrays: Vec<String> =
        types.split_whitespace().enumerate().map(|(place, name)| format!("${}::{name}[]", 1 + place)).collect();
    format!("select * from unnest({})", arrays.join(", "))
}

/// Adds entries on PostgreSQL.
pub(super) static POSTGRES_EVENTS: LazyLock<String> =
    LazyLock::new(|| format!("{INSERT}{INTO_EVENT}{}", unnest(EVENT_TYPES)));
/// Writes deadlines on PostgreSQL.
pub(super) static POSTGRES_DEADLINES: LazyLock<String> =
    LazyLock::new(|| format!("{INSERT}{INTO_DEADLINE}{}{OR_REPLACE_DEADLINE}", unnest(DEADLINE_TYPES)));
