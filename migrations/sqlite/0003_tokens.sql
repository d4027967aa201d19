-- Twin of postgres/0003_tokens.sql, which explains every column; types as in 0001_register.sql.

create table token (
    token_id text primary key,
    name text not null,
    role text not null,
    hash text not null unique,
    created_at text not null check (length(created_at) = 24),
    created_by text not null,
    revoked_at text check (length(revoked_at) = 24),
    revoked_by text
) strict;

create unique index token_name on token (name) where revoked_at is null;

create table session (
    session_hash text primary key,
    token_id text not null references token (token_id),
    created_at text not null check (length(created_at) = 24),
    expires_at text not null check (length(expires_at) = 24)
) strict;

create index session_expiry on session (expires_at);
create index session_token on session (token_id);

create index letter_state on letter (state, due_at);
create index receipt_accepted on receipt (at) where verdict = 'accepted';

drop index deadline_watched;
create index deadline_open on deadline (watched_by, case_number, rule, deadline_id, kind, late_after) where is_open;
