-- Twin of postgres/0009_outbox_apart.sql, which explains every column; types as in 0001_register.sql.

create table mail (
    number integer primary key,
    letter_id text not null unique references letter (letter_id),
    bytes blob not null
) strict;

insert into mail (letter_id, bytes)
select letter_id, bytes from letter join letter_bytes using (letter_id) order by composed_at, letter_id;
drop table letter_bytes;

create table outbox (
    number integer primary key references mail (number),
    letter_id text not null,
    office text not null,
    address text not null,
    urgency integer not null,
    due_at text not null check (length(due_at) = 24),
    state text not null,
    attempts integer not null,
    next_attempt_at text check (length(next_attempt_at) = 24),
    lease_owner text,
    lease_until text check (length(lease_until) = 24)
) strict;

insert into outbox (number, letter_id, office, address, urgency, due_at, state, attempts, next_attempt_at, lease_owner, lease_until)
select number, letter_id, office, address, urgency, due_at, state, attempts, next_attempt_at, lease_owner, lease_until
  from letter join mail using (letter_id) where state <> 'accepted';

create index outbox_claim on outbox (urgency desc, next_attempt_at) where next_attempt_at is not null;
create index outbox_ended on outbox (state, number) where next_attempt_at is null;

drop index letter_claim;
drop index letter_state;
alter table letter drop column state;
alter table letter drop column attempts;
alter table letter drop column next_attempt_at;
alter table letter drop column lease_owner;
alter table letter drop column lease_until;

alter table receipt rename to receipt_by_id;
drop index receipt_verdict;
create table receipt (
    number integer not null,
    attempt integer not null,
    at text not null check (length(at) = 24),
    verdict text not null,
    phase text not null,
    reply text not null,
    primary key (number, attempt)
) strict, without rowid;

insert into receipt (number, attempt, at, verdict, phase, reply)
select number, attempt, at, verdict, phase, reply from receipt_by_id join mail using (letter_id) order by number, attempt;
drop table receipt_by_id;

create index receipt_verdict on receipt (verdict, at);

create view letter_stand as
select letter.*, mail.number, coalesce(outbox.state, 'accepted') as state,
       coalesce(outbox.attempts, (select max(receipt.attempt) from receipt where receipt.number = mail.number), 0) as attempts,
       outbox.next_attempt_at, outbox.lease_owner, outbox.lease_until
  from letter join mail on mail.letter_id = letter.letter_id left join outbox on outbox.number = mail.number;
