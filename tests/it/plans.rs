//! Every statement that the store sends is planned by an index: the databases are asked, and the statements are those of the sources,
//! so that none can be forgotten.
//!
//! A statement is a constant of text in `src/store`, or one of the few that are put together ([`DYNAMIC`], which says how many there
//! are), and those are taken from the connection that has sent them. PostgreSQL plans with sequential scans switched off and without
//! looking at parameters: one that is left has no index that could serve it.

use std::collections::BTreeSet;
use std::path::Path;

use keshirim::store::{
    CaseState, DeadlineRow, EventRow, Fields, Head, Instant, Json, JsonText, ReceiptRow, Settled, Store, Tx,
};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::backend::{House, day};

/// Tables that do not grow with the cases, and why; whatever is read from them may be read whole.
const SMALL: &[(&str, &str)] = &[
    ("meta", "a dozen facts of the installation"),
    ("lease", "a row for each singleton and daemon"),
    ("policy", "a row for each edition of the ladders"),
    ("progress", "a row for each nation-wide entry"),
    ("post_holder", "a row for each official"),
    ("address_flag", "a row for each address that does not work"),
    ("token", "a row for each reader and recorder"),
    ("session", "a row for each browser"),
    ("audit", "a row an hour, swept"),
];

/// Statements that may walk through an index from its beginning, or through a table, and why: what they begin with.
const WALKS: &[(&str, &str)] = &[
    ("select count(*) from event", "for tests and checks only: how many entries there are"),
    ("select not exists (select 1 from case_file)", "before an import: it stops at the first"),
    ("select 'event', 'chain'", "at the end of an import: whether all of it refers to what is there"),
    ("select case_number, deadline_id from deadline", "a verification reads everything"),
    ("select count(*) from outbox", "for a page: what is open, and the few letters that will not arrive"),
    (
        "select count(*) from (select 1 from letter limit $1)",
        "for a page: no more letters than are counted there, beside the outbox",
    ),
    ("select distinct a.office", "once when a generic office gets a new holder: what is open, beside what was told"),
    (
        "update outbox set state = 'cancelled'",
        "PostgreSQL asks the copies for each waiting letter, or all at once, by their numbers",
    ),
];

/// Statements that read page by page in the order of a key, from where the last page ended, and leave little out.
const PAGES: &[&str] = &[
    "select name from chain where name > $1 order by name",
    "select c.name as chain,",
    "select distinct chain from event",
    "select * from case_file where number > $1 order by number",
    "select number from case_file where number > $1 order by number",
    "select number from case_file\n             where number > $1\n               and (status = 'open'",
    "select number,\n                   exists",
    "select * from event where (chain, seq) > ($1, $2)",
    "select * from deadline\n             where (case_number, rule, start_key, subject) >",
];

/// Statements that are put together by the program: file and how many. Whoever adds one runs it in [`sent`], unless it only adds rows, or
/// is about an index itself (an import's).
const DYNAMIC: &[(&str, usize)] =
    &[("bulk.rs", 12), ("importing.rs", 3), ("mod.rs", 1), ("overtaken.rs", 1), ("recording.rs", 1), ("settle.rs", 1)];

/// Indexes that some statement cannot do without.
const INDEXES: &[&str] = &[
    "deadline_next_alert",
    "deadline_runs",
    "case_file_rederive",
    "case_file_open",
    "event_target",
    "event_recorded",
    "event_pending",
    "outbox_ended",
    "letter_composed",
    "letter_follow_up",
    "receipt_verdict",
    "alert_letter",
    "bounce_received",
    "idempotency_answered",
    "acknowledgement_letter",
];

/// A statement, and where it stands.
#[derive(Clone, Debug)]
struct Statement {
    name: String,
    /// Of its parameters, where PostgreSQL cannot find them out: `(text, bigint)`.
    types: String,
    sql: String,
}

fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        // What a server is asked about itself, and the migrations: no table of ours.
        .filter(|(name, _)| !["server.rs", "servers.rs", "lent.rs", "open.rs"].contains(&name.as_str()))
        .collect();
    found.sort();
    found
}

/// Every constant of text that is a statement.
fn constants() -> Vec<Statement> {
    let mut found = Vec::new();
    for (file, text) in sources() {
        let mut rest = text.as_str();
        while let Some(at) = rest.find("const ") {
            rest = &rest[at + "const ".len()..];
            let Some((name, value)) = rest.split_once(": &str =") else { break };
            if name.contains(char::is_whitespace) {
                continue;
            }
            let value = value.trim_start().strip_prefix('"').unwrap();
            let sql = value.split_once("\";").unwrap().0.trim().to_owned();
            let verb = sql.split_whitespace().next().unwrap_or_default();
            // What rows are appended to is no statement yet, and an insertion of rows reads nothing.
            let begun = verb == "insert" && !sql.contains("values") && !sql.contains("select")
                || file == "bulk.rs" && sql.ends_with(" chain");
            if !begun
                && ["select", "insert", "update", "delete", "with"].contains(&verb)
                && !sql.starts_with("select pg_advisory")
            {
                found.push(Statement { name: format!("{file} {name}"), types: String::new(), sql });
            }
        }
    }
    found
}

#[test]
fn no_statement_stands_where_the_test_does_not_look() {
    assert!(constants().len() > 100, "the constants are no longer found");
    for (file, text) in sources() {
        for call in ["sqlx::query(", "sqlx::query_as(", "sqlx::query_scalar(", "sqlx::raw_sql("] {
            let inline = text.split(call).skip(1).filter(|after| after.trim_start().starts_with('"')).count();
            assert_eq!(inline, 0, "{file}: a statement inside a call; make it a constant");
        }
        let made = ["AssertSqlSafe(", "QueryBuilder::new("].iter().map(|how| text.matches(how).count()).sum::<usize>();
        let known = DYNAMIC.iter().find(|(name, _)| *name == file).map_or(0, |(_, count)| *count);
        assert_eq!(made, known, "{file}: a statement that is put together; run it in `sent` and count it in DYNAMIC");
    }
}

/// The statements that are put together, as PostgreSQL was sent them: by the name under which the connection knows them.
async fn sent(tx: &mut Tx, house: &House) -> Vec<Statement> {
    let now = house.instant();
    // What goes together in one message is prepared, and then executed by its name.
    let (mut recording, _) = house.store.begin_in_case("2026-1").await.unwrap();
    let recording = prepared(&mut recording, "from_sql").await;
    assert_eq!(recording.len(), 1, "the deadlines; the others are constants: {recording:?}");
    let receipt = ReceiptRow {
        letter_id: "L-0".to_owned(),
        number: 0,
        attempt: 1,
        at: now,
        verdict: "accepted".to_owned(),
        phase: "dot".to_owned(),
        reply: "250".to_owned(),
    };
    tx.cancel_overtaken(now).await.unwrap();
    let Tx::Postgres(db) = tx else { unreachable!("they are asked of PostgreSQL") };
    // The letter does not exist: only the plan is wanted.
    sqlx::raw_sql("set session_replication_role = replica").execute(&mut **db).await.unwrap();
    let settled = Settled { state: "accepted", next_attempt_at: None };
    tx.settle_all("me", &[(receipt, settled)]).await.unwrap();
    let names = ["2026-1".to_owned()];
    let head = Head { revision: 0, head_seq: 0, head_hash: String::new() };
    let state = CaseState { number: "2026-1".to_owned(), closed_on: None, rederive_on: None };
    tx.append_with(&opening(now), &[duty()], Some(&state)).await.unwrap();
    tx.heads_of(&names).await.unwrap();
    tx.cases_of(&names).await.unwrap();
    tx.events_of(&names).await.unwrap();
    tx.deadlines_of_cases(&names).await.unwrap();
    tx.told_of_cases(&names).await.unwrap();
    tx.set_heads(&[("2026-1".to_owned(), head)]).await.unwrap();
    tx.set_case_states(&[state]).await.unwrap();
    tx.mark_cases(&names, day("2026-11-22")).await.unwrap();
    let mut found = prepared(tx, "not from_sql").await;
    found.extend(recording);
    found
}

/// What the connection has prepared and is no constant.
async fn prepared(tx: &mut Tx, which: &str) -> Vec<Statement> {
    let Tx::Postgres(db) = tx else { unreachable!("they are asked of PostgreSQL") };
    let sql = format!(
        "select name, statement, '(' || array_to_string(parameter_types, ', ') || ')' as types
           from pg_prepared_statements where {which}"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&mut **db).await.unwrap();
    let known: BTreeSet<String> = constants().into_iter().map(|statement| statement.sql).collect();
    // Of one that was prepared by a statement the server shows the whole message.
    let text = |row: &PgRow| {
        let (name, message) = (row.get::<String, _>("name"), row.get::<String, _>("statement"));
        let prepared =
            message.split(';').find_map(|part| part.trim().strip_prefix(&format!("prepare {name} (text) as ")));
        prepared.unwrap_or(&message).trim().to_owned()
    };
    rows.iter()
        .map(|row| Statement { name: "put together".to_owned(), types: row.get("types"), sql: text(row) })
        .filter(|statement| !known.contains(&statement.sql) && !statement.sql.contains("pg_"))
        .collect()
}

/// A duty of a case that does not exist.
fn duty() -> DeadlineRow {
    DeadlineRow {
        deadline_id: "D-0".to_owned(),
        case_number: "2026-1".to_owned(),
        rule: "P11.FORWARD".to_owned(),
        start_key: "E-0".to_owned(),
        subject: String::new(),
        kind: "duty".to_owned(),
        actor: None,
        also_alert: None,
        from_day: day("2026-11-22"),
        shown_on: None,
        watched_by: None,
        late_after: None,
        status: "open".to_owned(),
        is_open: true,
        finding: JsonText::default(),
        finding_hash: None,
        sequence: 0,
        told: false,
        told_shown: None,
        change: None,
        next_alert_at: None,
        next_rung: None,
        policy: None,
    }
}

/// The opening of a case that does not exist.
fn opening(now: Instant) -> EventRow {
    EventRow {
        event_id: "E-0".to_owned(),
        chain: "2026-1".to_owned(),
        seq: 1,
        action: "open".to_owned(),
        target: None,
        kind: None,
        day: None,
        local_time: None,
        fields: Json(Fields::new()),
        reason: None,
        note: None,
        recorded_at: now,
        recorded_by: "clerk".to_owned(),
        needs_confirmation: false,
        prev_hash: String::new(),
        hash: "0".to_owned(),
    }
}

fn is_small(table: &str) -> bool {
    SMALL.iter().any(|(name, _)| *name == table)
}

fn may_walk(sql: &str) -> bool {
    WALKS.iter().any(|(begin, _)| sql.starts_with(begin))
}

/// What PostgreSQL would walk through without a condition that an index serves.
fn walked(plan: &Value, partial: &BTreeSet<String>, found: &mut Vec<String>) {
    let text = |key: &str| plan[key].as_str().unwrap_or_default();
    let (node, table, index) = (text("Node Type"), text("Relation Name"), text("Index Name"));
    let condition = plan.get("Index Cond").is_some();
    let scan = match node {
        "Seq Scan" => !is_small(table),
        // A partial index holds only what runs, what waits, what is open.
        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => {
            !condition && !partial.contains(index) && !is_small(table)
        }
        _ => false,
    };
    if scan {
        found.push(format!("{node} on {table} {index}"));
    }
    for inner in plan["Plans"].as_array().into_iter().flatten() {
        walked(inner, partial, found);
    }
}

async fn explain_postgres(house: &House, dynamic: &[Statement]) -> Vec<String> {
    let Tx::Postgres(mut db) = house.store.begin().await.unwrap() else { unreachable!("it is on PostgreSQL") };
    let settings = "set enable_seqscan = off; set plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut *db).await.unwrap();
    let partial =
        "select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid where i.indpred is not null";
    let partial: BTreeSet<String> =
        sqlx::query_scalar(partial).fetch_all(&mut *db).await.unwrap().into_iter().collect();
    let mut faults = Vec::new();
    let constants = constants().into_iter().filter(|statement| !statement.name.contains("SQLITE"));
    for (number, Statement { name, types, sql }) in constants.chain(dynamic.iter().cloned()).enumerate() {
        let prepare = sqlx::AssertSqlSafe(format!("prepare p{number} {types} as {sql}"));
        sqlx::raw_sql("savepoint before").execute(&mut *db).await.unwrap();
        if let Err(error) = sqlx::raw_sql(prepare).execute(&mut *db).await {
            sqlx::raw_sql("rollback to savepoint before").execute(&mut *db).await.unwrap();
            faults.push(format!("{name} cannot be prepared: {error}\n    {sql}"));
            continue;
        }
        let count = "select coalesce(array_length(parameter_types, 1), 0) from pg_prepared_statements where name = $1";
        let count: i32 = sqlx::query_scalar(count).bind(format!("p{number}")).fetch_one(&mut *db).await.unwrap();
        let nulls = vec!["null"; usize::try_from(count).unwrap()].join(", ");
        let nulls = if nulls.is_empty() { nulls } else { format!("({nulls})") };
        let explain = sqlx::AssertSqlSafe(format!("explain (format json) execute p{number}{nulls}"));
        let plan: Value = sqlx::raw_sql(explain).fetch_one(&mut *db).await.unwrap().get(0);
        let mut found = Vec::new();
        walked(&plan[0]["Plan"], &partial, &mut found);
        if !found.is_empty() && !may_walk(&sql) {
            faults.push(format!("{name}: {}\n    {sql}", found.join("; ")));
        }
    }
    faults
}

/// What SQLite would walk through: a table that grows, or an index of all of it.
fn walks(detail: &str, sql: &str, tables: &BTreeSet<String>, partial: &BTreeSet<String>) -> bool {
    let words: Vec<&str> = detail.split_whitespace().collect();
    // All keys after one: fine for a page in the order of the keys, and for nothing else.
    let key = detail.contains("sqlite_autoindex") && detail.contains(">?") && !detail.contains("=?");
    if key && !PAGES.iter().any(|begin| sql.starts_with(begin)) {
        return true;
    }
    let ["SCAN", name, ..] = words[..] else { return false };
    let index = words.iter().skip_while(|word| **word != "INDEX").nth(1);
    if index.is_some_and(|index| partial.contains(*index)) {
        return false;
    }
    // An alias is said where its table is: `event e`, `event as e`.
    let said: Vec<&str> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word != "as").collect();
    let behind = said.windows(2).find(|pair| pair[1] == name && tables.contains(pair[0])).map(|pair| pair[0]);
    let table = if tables.contains(name) { Some(name) } else { behind };
    table.is_some_and(|table| !is_small(table))
}

async fn explain_sqlite(house: &House, dynamic: &[Statement]) -> Vec<String> {
    let Store::Sqlite { write, .. } = &house.store else { unreachable!("it is on SQLite") };
    let named = async |sql: &'static str| {
        let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(write).await.unwrap();
        names.into_iter().collect::<BTreeSet<String>>()
    };
    let partial = named("select name from sqlite_schema where type = 'index' and sql like '%where %'").await;
    let tables = named("select name from sqlite_schema where type = 'table'").await;
    let mut faults = Vec::new();
    let constants = constants().into_iter().filter(|statement| !statement.name.contains("POSTGRES"));
    // To PostgreSQL what is written with an entry is one statement.
    let own = [
        "update case_file set status = $1, closed_on = $2, rederive_on = $3 where number = $4",
        "update chain set head_seq = $1, head_hash = $2 where name = $3",
    ];
    let own = own.map(|sql| Statement { name: "SQLite's own".to_owned(), types: String::new(), sql: sql.to_owned() });
    let dynamic = dynamic.iter().filter(|statement| !statement.sql.starts_with("with part as"));
    for Statement { name, sql, .. } in constants.chain(dynamic.cloned()).chain(own) {
        let explain = sqlx::AssertSqlSafe(format!("explain query plan {}", sql.trim_end_matches("for update")));
        let rows = sqlx::raw_sql(explain).fetch_all(write).await;
        let rows = rows.unwrap_or_else(|error| panic!("{name} cannot be planned: {error}"));
        let found: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        let walk = found.iter().any(|detail| walks(detail, &sql, &tables, &partial));
        if walk && !may_walk(&sql) {
            faults.push(format!("{name}: {}\n    {sql}", found.join("\n      ")));
        }
    }
    faults
}

/// The two databases, and the statements that are put together.
struct Planners {
    postgres: House,
    sqlite: House,
    dynamic: Vec<Statement>,
}

impl Planners {
    async fn ready() -> Self {
        let (postgres, sqlite) = (House::postgres().await, House::sqlite().await);
        let mut tx = postgres.store.begin().await.unwrap();
        let dynamic = sent(&mut tx, &postgres).await;
        tx.rollback().await.unwrap();
        assert!(dynamic.len() >= 9, "those that are put together were not sent: {dynamic:?}");
        Self { postgres, sqlite, dynamic }
    }
}

#[tokio::test]
async fn every_statement_is_planned_by_an_index() {
    let planners = Planners::ready().await;
    let postgres = explain_postgres(&planners.postgres, &planners.dynamic).await;
    let sqlite = explain_sqlite(&planners.sqlite, &planners.dynamic).await;
    assert!(postgres.is_empty(), "PostgreSQL:\n{}", postgres.join("\n"));
    assert!(sqlite.is_empty(), "SQLite:\n{}", sqlite.join("\n"));
}

#[tokio::test]
async fn an_index_that_is_missed_is_noticed() {
    let planners = Planners::ready().await;
    let mut unmissed = Vec::new();
    for index in INDEXES {
        let ask =
            format!("select indexdef from pg_indexes where schemaname = current_schema() and indexname = '{index}'");
        let postgres =
            without(&planners.postgres, index, &ask, explain_postgres(&planners.postgres, &planners.dynamic)).await;
        let ask = format!("select sql from sqlite_schema where name = '{index}'");
        let sqlite = without(&planners.sqlite, index, &ask, explain_sqlite(&planners.sqlite, &planners.dynamic)).await;
        // Where one database finds another index to go by, be it a poor one, the other says it.
        if postgres.is_empty() && sqlite.is_empty() {
            unmissed.push(*index);
        }
    }
    assert_eq!(unmissed, Vec::<&str>::new(), "these are missed by no statement");
}

/// What is found while an index is away.
async fn without(house: &House, index: &str, ask: &str, explain: impl Future<Output = Vec<String>>) -> Vec<String> {
    let made = scalar(house, ask).await;
    house.tamper(&format!("drop index {index}")).await;
    let faults = explain.await;
    house.tamper(&made).await;
    faults
}

/// A text that the database is asked for.
async fn scalar(house: &House, sql: &str) -> String {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match &mut house.store.begin().await.unwrap() {
        Tx::Sqlite(db) => sqlx::query_scalar(sql).fetch_one(&mut **db).await.unwrap(),
        Tx::Postgres(db) => sqlx::query_scalar(sql).fetch_one(&mut **db).await.unwrap(),
    }
}
