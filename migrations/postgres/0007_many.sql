-- A million cases: whatever is asked every second, every minute or by a page is read from an index of what runs, never from what is
-- stored. (The names are those that the statements' plans are held against.)

-- The status page counts and lists open deadlines kind by kind, without reading the rows it leaves out. (is_open is
-- in it for SQLite, which would else read every row to see it.)
drop index deadline_open;
create index deadline_open on deadline (kind, watched_by, case_number, rule, deadline_id, late_after, is_open)
    where is_open;

-- `keshirim deadlines`: what runs, in the order of the days, page by page.
create index deadline_runs on deadline (watched_by, case_number, rule, deadline_id)
    where is_open or status in ('in_force', 'in_force_indefinite', 'running');

-- Open cases: counted, and (those of death) walked through when a moratorium begins or ends.
create index case_file_open on case_file (sentence, number) where status = 'open';

-- What was entered since yesterday morning, and when the last entry was made.
create index event_recorded on event (recorded_at);

-- What became of the attempts of a day, and how many letters were accepted in an hour.
drop index receipt_accepted;
create index receipt_verdict on receipt (verdict, at);

-- Letters by state, newest first; and newest first whatever their state.
drop index letter_state;
create index letter_state on letter (state, composed_at desc, letter_id);
create index letter_composed on letter (composed_at desc, letter_id);

-- How many urgent letters an address got today.
create index letter_urgent on letter (address, composed_at) where urgency = 1;

create index bounce_received on bounce (received_at);
create index idempotency_answered on idempotency (answered_at);
