-- What an entry costs. Differs by necessity: here it is the references, in the twin the indexes.
--
-- Asking whether a row exists that is referred to locks that row, for each row that refers to it: half of what writing an entry takes, one more
-- page of the log all over a large register, and every daemon that records beside others meets them at the same row of `policy`, which the
-- server then has to list all of them for. Who writes these rows has locked the chain, and has read the case, in the same transaction, and
-- has kept the policy before it; no row of these three tables is ever deleted. What refers to nothing is found by `keshirim verify`, at the
-- end of the import of a whole register, and at once on SQLite, which asks row by row all the same: there it costs a look into memory.
alter table event drop constraint event_chain_fkey;
alter table deadline drop constraint deadline_case_number_fkey;
alter table deadline drop constraint deadline_policy_fkey;
