-- The way out: letters (the outbox and the evidence), what was decided about them, and what became of them.

-- The exact bytes of one mail to one address.
create table letter (
    -- L- and ten characters.
    letter_id text collate "C" primary key,
    -- The office it is for.
    office text collate "C" not null,
    -- The one address it goes to; none when nobody could be reached.
    address text not null,
    -- The post of the official, as the directory named it then.
    post text not null,
    -- kk | ru | en.
    language text not null,
    -- The subject line, for lists; the bytes carry it too.
    subject text not null,
    -- Message-ID, fixed when composed: a letter sent twice is recognisably the same.
    message_id text collate "C" not null unique,
    -- The mail as it goes over the wire. A retry sends these bytes.
    bytes bytea not null,
    -- last_day and overdue letters go before the ordinary: 0 ordinary, 1 urgent.
    urgency bigint not null,
    -- When it was composed.
    composed_at timestamptz not null,
    -- When it is meant to go.
    due_at timestamptz not null,
    -- queued | transmitting | accepted | deferred | refused | unknown | cancelled.
    state text not null,
    -- How often it was handed to the transport.
    attempts bigint not null,
    -- When it may next be claimed: due time, wait after a deferral and end of a lease in one column; null when it is done.
    next_attempt_at timestamptz,
    -- Which daemon is transmitting it, and until when nobody else may.
    lease_owner text,
    lease_until timestamptz
);

create index letter_next on letter (next_attempt_at, letter_id) where next_attempt_at is not null;
create index letter_office on letter (office, composed_at);

-- "This office must hear this about this deadline at this rung": the evidence of what was decided.
create table alert (
    -- The natural key: planning twice inserts nothing.
    case_number text collate "C" not null,
    rule text collate "C" not null,
    start_key text collate "C" not null,
    subject text collate "C" not null,
    -- The date the alert speaks of; empty for a deadline without one. (Text: a key has no nulls.)
    about text collate "C" not null,
    -- The rung of the ladder.
    rung text collate "C" not null,
    -- Who must hear.
    office text collate "C" not null,
    -- The letter that says it; null when nobody could be reached.
    letter_id text collate "C" references letter (letter_id),
    -- When it was decided.
    decided_at timestamptz not null,
    primary key (case_number, rule, start_key, subject, about, rung, office)
);

create index alert_letter on alert (letter_id) where letter_id is not null;

-- What happened to one attempt to send.
create table receipt (
    letter_id text collate "C" not null references letter (letter_id),
    -- From 1.
    attempt bigint not null,
    -- When it was known.
    at timestamptz not null,
    -- accepted | deferred | refused | unknown | not_sent.
    verdict text not null,
    -- How far the conversation had come: connect, tls, auth, mail, rcpt, data, dot.
    phase text not null,
    -- The server's words.
    reply text not null,
    primary key (letter_id, attempt)
);

-- A right that one daemon has at a time: to compose, to sweep, …
create table lease (
    name text collate "C" primary key,
    -- Who has it.
    owner text not null,
    -- Until when; after that anyone may take it.
    expires_at timestamptz not null
);
