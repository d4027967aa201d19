-- What makes a hundred thousand letters leave in seconds: every index on a letter's row is one more place that claiming and settling
-- write to, and they write the row twice.

-- The order in which letters are claimed. Those that became due together follow in the order in which they lie in the table, and what
-- is claimed together is then written together; with the id in the index they lay scattered.
drop index letter_claim;
create index letter_claim on letter (urgency desc, next_attempt_at) where next_attempt_at is not null;

-- The next letter's instant is read from letter_claim, too; nobody asks for the letters of an office.
drop index letter_next;
drop index letter_office;

-- Uniqueness that follows: a Message-ID is made from its letter's id, which is unique. (SQLite keeps the index: there an update writes
-- only to the indexes of what it changes.)
alter table letter drop constraint letter_message_id_key;

-- A receipt is only ever written for a letter that was claimed, and no letter is ever deleted: the check would lock each letter's row
-- once more.
alter table receipt drop constraint receipt_letter_id_fkey;
