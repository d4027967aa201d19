-- Twin of postgres/0011_cost_of_an_entry.sql. Differs by necessity: there it is the references, here the indexes.
--
-- The ids of entries and of deadlines lie scattered: an import of a million cases would read, change and write a page of their indexes for
-- each, all over the file, unless all of those stood in memory. It is many times cheaper to sort the ids once, at the end (PostgreSQL keeps
-- such an index in its own memory, and in its log). SQLite cannot leave out an index that belongs to its table: so here it stands by itself,
-- as unique as before.

create table event_new (
    event_id text not null,
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

insert into event_new select * from event;
drop table event;
alter table event_new rename to event;

create unique index event_by_id on event (event_id);
create index event_target on event (target) where target is not null;
create index event_pending on event (recorded_at) where needs_confirmation;
create index event_recorded on event (recorded_at);

create table deadline_new (
    deadline_id text not null,
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
    policy text references policy (policy_id),
    finding_hash integer,
    unique (case_number, rule, start_key, subject)
) strict;

insert into deadline_new select * from deadline;
drop table deadline;
alter table deadline_new rename to deadline;

create unique index deadline_by_id on deadline (deadline_id);
create index deadline_next_alert on deadline (next_alert_at, deadline_id) where next_alert_at is not null;
create index deadline_open on deadline (kind, watched_by, case_number, rule, deadline_id, late_after, is_open)
    where is_open;
create index deadline_runs on deadline (watched_by, case_number, rule, deadline_id)
    where is_open or status in ('in_force', 'in_force_indefinite', 'running');
create index deadline_notice on deadline (next_alert_at)
 where next_rung in ('opened', 'moved', 'closed', 'lengthened', 'bar_ended');
