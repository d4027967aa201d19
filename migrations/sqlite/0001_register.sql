-- Twin of postgres/0001_register.sql, which explains every column. What differs:
-- instants are texts of exactly 24 characters (2026-11-22T18:47:51.123Z), so that their order as text is their order in time;
-- civil days are texts of 10; yes/no is 0 or 1; JSON is text; texts are ordered byte by byte as they are.

create table chain (
    name text primary key,
    revision integer not null default 0,
    head_seq integer not null default 0,
    head_hash text not null default ''
) strict;

insert into chain (name) values ('*');

create table case_file (
    number text primary key references chain (name),
    sentence text not null,
    crime_category text,
    institution text not null,
    zone text not null,
    opened_at text not null check (length(opened_at) = 24),
    opened_by text not null,
    status text not null,
    closed_on text check (length(closed_on) = 10),
    rederive_on text check (length(rederive_on) = 10)
) strict;

create index case_file_rederive on case_file (rederive_on) where rederive_on is not null;

create table event (
    event_id text primary key,
    chain text not null references chain (name),
    seq integer not null,
    action text not null,
    target text references event (event_id),
    kind text,
    day text check (length(day) = 10),
    local_time text,
    fields text not null,
    reason text,
    note text,
    recorded_at text not null check (length(recorded_at) = 24),
    recorded_by text not null,
    needs_confirmation integer not null check (needs_confirmation in (0, 1)),
    prev_hash text not null,
    hash text not null,
    unique (chain, seq)
) strict;

create index event_target on event (target) where target is not null;
create index event_pending on event (recorded_at) where needs_confirmation;

create table idempotency (
    key text primary key,
    route text not null,
    response text not null,
    answered_at text not null check (length(answered_at) = 24)
) strict;

create table deadline (
    deadline_id text primary key,
    case_number text not null references case_file (number),
    rule text not null,
    start_key text not null,
    subject text not null,
    kind text not null,
    actor text,
    also_alert text,
    from_day text not null check (length(from_day) = 10),
    shown_on text check (length(shown_on) = 10),
    watched_by text check (length(watched_by) = 10),
    late_after text check (length(late_after) = 10),
    status text not null,
    is_open integer not null check (is_open in (0, 1)),
    finding text not null,
    sequence integer not null,
    told integer not null check (told in (0, 1)),
    told_shown text check (length(told_shown) = 10),
    change text,
    next_alert_at text check (length(next_alert_at) = 24),
    next_rung text,
    unique (case_number, rule, start_key, subject)
) strict;

create index deadline_next_alert on deadline (next_alert_at, deadline_id) where next_alert_at is not null;
create index deadline_watched on deadline (watched_by) where is_open;

create table progress (
    name text primary key,
    done_up_to text not null,
    cases integer not null,
    started_at text not null check (length(started_at) = 24),
    finished_at text check (length(finished_at) = 24)
) strict;

create table meta (
    name text primary key,
    value text not null
) strict;
