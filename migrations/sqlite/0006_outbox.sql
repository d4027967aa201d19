-- Twin of postgres/0006_outbox.sql, which explains it.

drop index letter_claim;
create index letter_claim on letter (urgency desc, next_attempt_at) where next_attempt_at is not null;

drop index letter_next;
drop index letter_office;
