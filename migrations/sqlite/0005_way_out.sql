-- Twin of postgres/0005_way_out.sql, which explains it.

create index letter_claim on letter (urgency desc, next_attempt_at, letter_id) where next_attempt_at is not null;
