-- The register: cases, their entries, and the deadlines that follow from them.
--
-- Common to all tables: ids are made by the program, instants have whole milliseconds, civil days are the local days of the
-- case's zone, `now()` is never asked here (the program binds its own clock), and text that is ordered or compared is
-- `collate "C"`, so that both databases order it byte by byte.

-- One hash chain of entries: one per case, and one ('*') for the nation-wide events.
create table chain (
    -- The case's number, or '*'.
    name text collate "C" primary key,
    -- Counts the writing transactions. `update … set revision = revision + 1 … returning` is the first statement of each of
    -- them: it locks the chain, proves that it exists, and yields its head, in one statement on either database.
    revision bigint not null default 0,
    -- The place of the last entry; 0 while there is none.
    head_seq bigint not null default 0,
    -- The hash of the last entry; empty while there is none. With it a removed last entry is noticed.
    head_hash text collate "C" not null default ''
);

insert into chain (name) values ('*');

-- A register entry: one convict and one verdict. No name of a person is asked for or stored.
create table case_file (
    -- The office's own case number; never changes.
    number text collate "C" primary key references chain (name),
    -- death | imprisonment | other | none.
    sentence text not null,
    -- other | grave | especially_grave, where it is known (paragraph 16 asks for it).
    crime_category text,
    -- The code of the institution in which the convict is held: institution:<code>.
    institution text not null,
    -- The IANA zone whose civil days count.
    zone text not null,
    -- When it was opened in this register.
    opened_at timestamptz not null,
    -- Who opened it: a system user, or a token's name.
    opened_by text not null,
    -- open | closed, as derived.
    status text not null,
    -- The day of the closing event.
    closed_on date,
    -- The next day on which the passing of time alone can change what is derived; null when nothing can.
    rederive_on date
);

create index case_file_rederive on case_file (rederive_on) where rederive_on is not null;

-- Append-only. One row per entry; nothing is ever updated or deleted here.
create table event (
    -- E- and ten characters that follow from the hash: short enough to be typed.
    event_id text collate "C" primary key,
    -- Whose chain it stands in.
    chain text collate "C" not null references chain (name),
    -- Its place in the chain, from 1.
    seq bigint not null,
    -- open (the case) | record | correct | retract | confirm.
    action text not null,
    -- The entry that is corrected, retracted or confirmed.
    target text collate "C" references event (event_id),
    -- What happened (contract.md "Event types"); of a correction, the kind of what is corrected.
    kind text,
    -- The civil day it happened; of a correction, the new day.
    day date,
    -- The local time HH:MM, where it is known. No term depends on it.
    local_time text,
    -- Everything else that is known of it: a JSON object of texts, whole numbers and yes/no.
    fields jsonb not null,
    -- Why it was corrected, retracted or closed: typo | wrong_case | wrong_document | court_decision | other.
    reason text,
    -- Free words. They never leave the register: no letter and no answer carries them.
    note text,
    -- When it was entered.
    recorded_at timestamptz not null,
    -- Who entered it: a system user, or a token's name.
    recorded_by text not null,
    -- It would end or shorten a bar on execution, so it counts only when a second person has confirmed it.
    needs_confirmation boolean not null,
    -- The hash of the entry before it in its chain; empty for the first.
    prev_hash text collate "C" not null,
    -- SHA-256, in hexadecimal, of everything above except event_id, which follows from it.
    hash text collate "C" not null,
    unique (chain, seq)
);

create index event_target on event (target) where target is not null;
create index event_pending on event (recorded_at) where needs_confirmation;

-- The answer that was given to a request, so that the same request sent twice is carried out once.
create table idempotency (
    -- The key the client chose, with who sent it.
    key text collate "C" primary key,
    -- What was asked: method, path and a hash of the body. Another request under the same key is refused.
    route text not null,
    -- The answer: status and body.
    response jsonb not null,
    -- When it was given; old keys are swept.
    answered_at timestamptz not null
);

-- A term running in a case, as it was last derived. A row is kept when its deadline is met or no longer follows.
create table deadline (
    -- D- and ten characters made from the natural key when the row was first written; the calendar UID and the alerts use it.
    deadline_id text collate "C" primary key,
    -- The four columns of the natural key. Rule: P11.FORWARD, …
    case_number text collate "C" not null references case_file (number),
    rule text collate "C" not null,
    -- The id of the event that first started it, as first recorded, or the day that did. Neither a correction nor a later event
    -- that starts the same term anew changes it: what was told under this key stays found under it.
    start_key text collate "C" not null,
    -- petition | refusal_act, or empty; a second deadline that differs in nothing else has a number here.
    subject text collate "C" not null,
    -- duty | right | bar | wait | step.
    kind text not null,
    -- Whose act it is: institution:<code>, working_body, …; a bar is nobody's.
    actor text,
    -- Who else must hear.
    also_alert text,
    -- The day that started it.
    from_day date not null,
    -- The date shown; null for "open, no end" and for steps, which have no legal date.
    shown_on date,
    -- The day it is watched by: the date shown, or a step's internal control date.
    watched_by date,
    -- The last day on which a duty is not late.
    late_after date,
    -- The status in the words of contract.md, closed, or gone (it no longer follows from the events).
    status text not null,
    -- A duty, step or right that is open, overdue or past control.
    is_open boolean not null,
    -- The whole finding, as `keshirim derive` prints it.
    finding jsonb not null,
    -- Rises whenever a date is recalculated: SEQUENCE of the calendar entry.
    sequence bigint not null,
    -- Whether anyone has been told of it.
    told boolean not null,
    -- The date that was last told.
    told_shown date,
    -- Why it last moved: the reason code of the correction or retraction, or `event`.
    change text,
    -- When the next letter about it is due; null when none is. The only alert that is kept: the ladder is computed.
    next_alert_at timestamptz,
    -- The rung of the ladder that is due then.
    next_rung text,
    unique (case_number, rule, start_key, subject)
);

create index deadline_next_alert on deadline (next_alert_at, deadline_id) where next_alert_at is not null;
create index deadline_watched on deadline (watched_by) where is_open;

-- How far a re-derivation of many cases has come, so that it can be taken up again where it stopped.
create table progress (
    -- nationwide:<event id>, …
    name text collate "C" primary key,
    -- The last case that was re-derived; empty before the first.
    done_up_to text collate "C" not null,
    -- How many cases were re-derived.
    cases bigint not null,
    -- When it was started.
    started_at timestamptz not null,
    -- When the last case was done; null while it runs.
    finished_at timestamptz
);

-- Small facts of the installation.
create table meta (
    name text collate "C" primary key,
    value text not null
);
