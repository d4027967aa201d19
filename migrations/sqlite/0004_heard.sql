-- Twin of postgres/0004_heard.sql, which explains every column; types as in 0001_register.sql.

create table policy (
    policy_id text primary key,
    ladders text not null,
    first_used_at text not null check (length(first_used_at) = 24)
) strict;

alter table deadline add column policy text references policy (policy_id);

create table acknowledgement (
    case_number text not null,
    rule text not null,
    start_key text not null,
    subject text not null,
    sequence integer not null,
    address text not null,
    office text not null,
    letter_id text not null references letter (letter_id),
    acknowledged_at text not null check (length(acknowledged_at) = 24),
    primary key (case_number, rule, start_key, subject, sequence, address, office)
) strict;

create index acknowledgement_letter on acknowledgement (letter_id);

create table address_flag (
    address text not null,
    flagged_at text not null check (length(flagged_at) = 24),
    reason text not null,
    status text not null,
    letter_id text not null references letter (letter_id),
    lifted_at text check (length(lifted_at) = 24),
    lifted_by text,
    primary key (address, flagged_at)
) strict;

create unique index address_flag_standing on address_flag (address) where lifted_at is null;

create table bounce (
    letter_id text not null references letter (letter_id),
    received_at text not null check (length(received_at) = 24),
    action text not null,
    status text not null,
    outcome text not null,
    report_hash text not null,
    primary key (letter_id, report_hash)
) strict;

alter table letter add column follow_up_at text check (length(follow_up_at) = 24);

create index letter_follow_up on letter (follow_up_at, letter_id) where follow_up_at is not null;

create table alert_copy (
    case_number text not null,
    rule text not null,
    start_key text not null,
    subject text not null,
    about text not null,
    rung text not null,
    office text not null,
    letter_id text not null references letter (letter_id),
    decided_at text not null check (length(decided_at) = 24),
    primary key (letter_id, case_number, rule, start_key, subject, about, rung, office)
) strict;

create index alert_copy_of on alert_copy (case_number, rule, start_key, subject, rung);

create table post_holder (
    office text not null,
    address text not null,
    post text not null,
    since text not null check (length(since) = 24),
    until text check (length(until) = 24),
    primary key (office, address, since)
) strict;

create unique index post_holder_standing on post_holder (office, address) where until is null;

create table audit (
    audit_id text primary key,
    scope text not null,
    started_at text not null check (length(started_at) = 24),
    finished_at text not null check (length(finished_at) = 24),
    cases integer not null,
    expected integer not null,
    accepted integer not null,
    differences integer not null,
    found text not null,
    heartbeat text not null
) strict;

create index audit_finished on audit (finished_at);
