-- Twin of postgres/0008_bulk.sql, which explains it.

alter table deadline add column finding_hash integer;

create index deadline_notice on deadline (next_alert_at)
 where next_rung in ('opened', 'moved', 'closed', 'lengthened', 'bar_ended');
