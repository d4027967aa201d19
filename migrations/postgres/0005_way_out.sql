-- What makes ten thousand letters that wait after an outage leave in seconds.

-- The mail as it goes over the wire, beside its letter: claiming and settling rewrite the letter's row, and need not copy the mail.
create table letter_bytes (
    letter_id text collate "C" primary key references letter (letter_id),
    -- A retry sends these bytes.
    bytes bytea not null
);

insert into letter_bytes (letter_id, bytes) select letter_id, bytes from letter;
alter table letter drop column bytes;

-- Letters are claimed the most urgent first, then those that have been due longest: read in this order, the waiting ones are not
-- sorted anew for every few that are taken.
create index letter_claim on letter (urgency desc, next_attempt_at, letter_id) where next_attempt_at is not null;
