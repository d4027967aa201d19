-- Who may read and record over HTTP, and what the status page counts.

-- A secret that was handed out once; only its hash is kept.
create table token (
    -- T- and ten characters that follow from the hash.
    token_id text collate "C" primary key,
    -- Who or what holds it. What is recorded with it is recorded under this name.
    name text collate "C" not null,
    -- recorder | reader; a recorder may read, too.
    role text not null,
    -- SHA-256 of the secret, in hexadecimal. The secret has 256 random bits, so nothing slower is needed.
    hash text collate "C" not null unique,
    -- When it was handed out.
    created_at timestamptz not null,
    -- Who handed it out: a system user.
    created_by text not null,
    -- Since when it is worth nothing; null while it holds. Rows are never deleted: a name in the register stays explained.
    revoked_at timestamptz,
    -- Who revoked it.
    revoked_by text
);

-- One name, one holder; a name is free again when its token is revoked.
create unique index token_name on token (name) where revoked_at is null;

-- A browser that has shown a token. It dies with the token.
create table session (
    -- SHA-256, in hexadecimal, of the random value in the cookie.
    session_hash text collate "C" primary key,
    -- The token that was shown.
    token_id text collate "C" not null references token (token_id),
    -- When it was shown.
    created_at timestamptz not null,
    -- When it must be shown again.
    expires_at timestamptz not null
);

create index session_expiry on session (expires_at);
create index session_token on session (token_id);

-- The status page counts letters without reading them.
create index letter_state on letter (state, due_at);
create index receipt_accepted on receipt (at) where verdict = 'accepted';

-- The status page counts and lists open deadlines in this order without reading the rows it leaves out.
drop index deadline_watched;
create index deadline_open on deadline (watched_by, case_number, rule, deadline_id, kind, late_after) where is_open;
