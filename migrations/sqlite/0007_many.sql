-- Twin of postgres/0007_many.sql, which explains it.

drop index deadline_open;
create index deadline_open on deadline (kind, watched_by, case_number, rule, deadline_id, late_after, is_open)
    where is_open;

create index deadline_runs on deadline (watched_by, case_number, rule, deadline_id)
    where is_open or status in ('in_force', 'in_force_indefinite', 'running');

create index case_file_open on case_file (sentence, number) where status = 'open';

create index event_recorded on event (recorded_at);

drop index receipt_accepted;
create index receipt_verdict on receipt (verdict, at);

drop index letter_state;
create index letter_state on letter (state, composed_at desc, letter_id);
create index letter_composed on letter (composed_at desc, letter_id);

create index letter_urgent on letter (address, composed_at) where urgency = 1;

create index bounce_received on bounce (received_at);
create index idempotency_answered on idempotency (answered_at);
