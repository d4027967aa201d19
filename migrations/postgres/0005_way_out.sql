-- Letters are claimed the most urgent first, then those that have been due longest: read in this order, ten thousand that wait after
-- an outage are not sorted anew for every few that are taken.
create index letter_claim on letter (urgency desc, next_attempt_at, letter_id) where next_attempt_at is not null;
