-- Twin of postgres/0005_way_out.sql, which explains it; types as in 0001_register.sql.

create table letter_bytes (
    letter_id text primary key references letter (letter_id),
    bytes blob not null
) strict;

insert into letter_bytes (letter_id, bytes) select letter_id, bytes from letter;
alter table letter drop column bytes;

create index letter_claim on letter (urgency desc, next_attempt_at, letter_id) where next_attempt_at is not null;
