-- Somebody always hears: who took up what, which addresses do not work, who holds each post, by which ladders a deadline is
-- told, and what the auditor found.

-- The ladders by which deadlines are told, as they stood when a deadline opened: a later change of the configuration does not
-- change what was promised for a deadline that runs.
create table policy (
    -- SHA-256, in hexadecimal, of the ladders.
    policy_id text collate "C" primary key,
    -- The ladders of keshirim.toml: [ladder.…].
    ladders jsonb not null,
    -- When a deadline was first opened under it.
    first_used_at timestamptz not null
);

-- The policy that was in force when the deadline opened; null for deadlines older than this column: the current one.
alter table deadline add column policy text collate "C" references policy (policy_id);

-- An official has said: I know of it. Stops the ordinary repeats to that address for that deadline; dies when its date moves.
create table acknowledgement (
    -- The deadline's natural key.
    case_number text collate "C" not null,
    rule text collate "C" not null,
    start_key text collate "C" not null,
    subject text collate "C" not null,
    -- The deadline's sequence then. When the date is recalculated the sequence rises, and this row no longer counts.
    sequence bigint not null,
    -- Who acknowledged: the address that the letter went to.
    address text collate "C" not null,
    -- The office that the alert was for: it is taken up when one of its officials has acknowledged.
    office text collate "C" not null,
    -- The letter whose link was used.
    letter_id text collate "C" not null references letter (letter_id),
    -- When.
    acknowledged_at timestamptz not null,
    primary key (case_number, rule, start_key, subject, sequence, address, office)
);

create index acknowledgement_letter on acknowledgement (letter_id);

-- An address that was refused or bounced for good: nothing more is sent there until somebody lifts the flag.
create table address_flag (
    address text collate "C" not null,
    -- When it was flagged.
    flagged_at timestamptz not null,
    -- refused (by the relay, to RCPT) | bounced (a delivery status report).
    reason text not null,
    -- The relay's code or the report's status: 550, 5.1.1, …
    status text not null,
    -- The letter that did not arrive.
    letter_id text collate "C" not null references letter (letter_id),
    -- Since when it counts as good again, and by whose word; null while it is flagged.
    lifted_at timestamptz,
    lifted_by text,
    primary key (address, flagged_at)
);

create unique index address_flag_standing on address_flag (address) where lifted_at is null;

-- A mail that came back with a valid return token: a delivery status report (RFC 3464), or somebody's automatic reply.
create table bounce (
    letter_id text collate "C" not null references letter (letter_id),
    -- When it was read.
    received_at timestamptz not null,
    -- failed | delayed | delivered | relayed | expanded (RFC 3464 section 2.3.3) | reply (it was no report).
    action text not null,
    -- The enhanced status code (RFC 3463): 5.1.1, …; empty for a reply.
    status text not null,
    -- What followed: flagged | failed (the letter did not arrive: somebody else hears) | passing (it goes again) | noted.
    outcome text not null,
    -- SHA-256 of what makes the report itself, whichever way it came: the same report twice counts once.
    report_hash text collate "C" not null,
    primary key (letter_id, report_hash)
);

-- When it must be passed on that a letter was refused or bounced, so that somebody else hears; null when nothing is to be passed on.
alter table letter add column follow_up_at timestamptz;

create index letter_follow_up on letter (follow_up_at, letter_id) where follow_up_at is not null;

-- From here on a letter may also be `bounced`: accepted by the relay, and come back undelivered.

-- A further letter that carries an alert: `alert.letter_id` names the letter to an office's first official, a row here each
-- other one, so that it is known of every letter what it said. Columns as in `alert`.
create table alert_copy (
    case_number text collate "C" not null,
    rule text collate "C" not null,
    start_key text collate "C" not null,
    subject text collate "C" not null,
    about text collate "C" not null,
    rung text collate "C" not null,
    office text collate "C" not null,
    letter_id text collate "C" not null references letter (letter_id),
    decided_at timestamptz not null,
    primary key (letter_id, case_number, rule, start_key, subject, about, rung, office)
);

create index alert_copy_of on alert_copy (case_number, rule, start_key, subject, rung);

-- Who stands behind each office, as the directory said: a new pair gets a hand-over letter.
create table post_holder (
    office text collate "C" not null,
    address text collate "C" not null,
    -- The post, as the directory named it then.
    post text not null,
    -- When the daemon first saw the pair.
    since timestamptz not null,
    -- When it saw that the pair was gone; null while it stands.
    until timestamptz,
    primary key (office, address, since)
);

create unique index post_holder_standing on post_holder (office, address) where until is null;

-- What the auditor compared, and what it found.
create table audit (
    -- A- and ten characters.
    audit_id text collate "C" primary key,
    -- hourly | nightly.
    scope text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    -- Cases derived anew from their events.
    cases bigint not null,
    -- What should have been said by then.
    expected bigint not null,
    -- What of it was accepted by a relay.
    accepted bigint not null,
    -- How many differences.
    differences bigint not null,
    -- The differences: a JSON list of objects, at most 1,000.
    found jsonb not null,
    -- Whether the heartbeat was pinged: pinged | withheld | failed | none (no address is configured).
    heartbeat text not null
);

create index audit_finished on audit (finished_at);
