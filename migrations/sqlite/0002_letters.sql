-- Twin of postgres/0002_letters.sql, which explains every column; types as in 0001_register.sql.

create table letter (
    letter_id text primary key,
    office text not null,
    address text not null,
    post text not null,
    language text not null,
    subject text not null,
    message_id text not null unique,
    bytes blob not null,
    urgency integer not null,
    composed_at text not null check (length(composed_at) = 24),
    due_at text not null check (length(due_at) = 24),
    state text not null,
    attempts integer not null,
    next_attempt_at text check (length(next_attempt_at) = 24),
    lease_owner text,
    lease_until text check (length(lease_until) = 24)
) strict;

create index letter_next on letter (next_attempt_at, letter_id) where next_attempt_at is not null;
create index letter_office on letter (office, composed_at);

create table alert (
    case_number text not null,
    rule text not null,
    start_key text not null,
    subject text not null,
    about text not null,
    rung text not null,
    office text not null,
    letter_id text references letter (letter_id),
    decided_at text not null check (length(decided_at) = 24),
    primary key (case_number, rule, start_key, subject, about, rung, office)
) strict;

create index alert_letter on alert (letter_id) where letter_id is not null;

create table receipt (
    letter_id text not null references letter (letter_id),
    attempt integer not null,
    at text not null check (length(at) = 24),
    verdict text not null,
    phase text not null,
    reply text not null,
    primary key (letter_id, attempt)
) strict;

create table lease (
    name text primary key,
    owner text not null,
    expires_at text not null check (length(expires_at) = 24)
) strict;
