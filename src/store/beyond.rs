//! Beyond one server: what changes at a hundred million cases and in many regions. Nothing of it is built; it says what would hold.
//!
//! Measured (`tests/scale`): up to a million cases on one machine what the daemon does costs by what is due, not by what is stored. A
//! case takes some 8 kB, so a hundred million take close to a terabyte, with over a thousand million entries: one large PostgreSQL still
//! holds that. What does not grow with it is below.
//!
//! # First: many registers
//!
//! A case belongs to one institution, and no statement of intake speaks of two cases. Regions are therefore best as registers of their
//! own, each with its server and daemons, and a hundred of them need nothing new. Two things are common to all: the nation-wide chain
//! `*`, which `keshirim export` and `import` carry with ids and hashes, so that every region has the same moratoria; and the reader of
//! the whole country, for whom reports and seals are put together, one a region. A convict moved to another region's institution
//! stays in the register that opened the case; its letters go where the directory says.
//!
//! # Partitions by case
//!
//! Within one database the key is the case: `chain`, `case_file`, `event`, `deadline`, `alert`, `alert_copy`, `acknowledgement` by hash of
//! the case's number.
//!
//! - *In one partition*, because the case is in the key: [`lock_chain`](super::Tx::lock_chain), a chain's entries, a case's deadlines and
//!   alerts, [`begin_in_case`](super::Store::begin_in_case), [`put_deadlines`](super::Tx::put_deadlines): all of recording, deriving and
//!   showing a case. Two records in two cases meet nowhere but in the lock of [`begin_alone`](super::Store::begin_alone), of which they share one side.
//! - *In every partition, one short look each*: what is asked by time or id. [`due_deadlines`](super::Tx::due_deadlines),
//!   [`next_due`](super::Store::next_due), [`cases_to_rederive`](super::Tx::cases_to_rederive), the lists of
//!   [`due`](super::Tx::due), [`pending`](super::Tx::pending): each is ordered as an index is and stops at a limit, so the server merges the
//!   partitions' indexes. A tick costs partitions × one probe: tens, not thousands of partitions. [`event`](super::Tx::event) and
//!   [`deadline`](super::Tx::deadline) know an id and not its case: they ask all, or the id must be given with its case.
//! - *By everything stored*, here as there: counting the open cases, the whole list of deadlines without a filter, export, verification,
//!   and the seal ([`last_entries`](super::Tx::last_entries)), which reads the end of each chain once a day. At this size counts are kept,
//!   not counted, and the seal is a hash of the partitions' hashes.
//! - *Not by case*: `letter`, `mail`, `outbox`, `receipt`. One letter speaks of many cases of one official; these are split by time, and
//!   whole months go to an archive.
//!
//! PostgreSQL asks for the partition's key in every unique key. Those of chains, deadlines (the natural one) and alerts have it; `event_id`
//! and `deadline_id` would be unique within their case only. That is enough: they are eighty bits of a hash, and among *n* of them about
//! n² / 2⁸¹ pairs are equal, one in a million registers of a thousand million entries. (Older programs wrote fifty bits: one in twenty
//! registers of ten million entries.)
//!
//! # Read replicas
//!
//! A streaming replica has every committed state, some time later, and only such. On it may be read whatever is shown and not acted
//! upon: `/status`, pages of cases, `deadlines`, `report`, `export`, `verify` (a chain and its head are of one state in a
//! [`snapshot`](super::Store::snapshot)). It must say its age: "nothing is overdue" as of yesterday is false comfort. A long read there may be
//! cancelled (SQLSTATE 40001, conflict with recovery) and is repeated.
//!
//! Not on a replica: claims, leases, [`probe`](super::Store::probe), recording (its first statement must see the newest head), tokens and
//! acknowledgements (a token revoked on the primary would live on as long as the replica lags). What is due could be read there, since
//! [`advance_alert`](super::Tx::advance_alert) repeats what was read and changes nothing if it no longer holds; but a composer that reads
//! the past does its work in vain. Today a daemon takes a server that refuses writes for none at all.
//!
//! # PostgreSQL's protocol, another engine behind it
//!
//! What the claims rely on, and where it holds:
//!
//! | engine | isolation of a plain `begin` | the loser of a claim | advisory locks |
//! |---|---|---|---|
//! | PostgreSQL, and its managed kin | read committed | waits, checks the condition again on the new row, skips it | yes |
//! | YugabyteDB | read committed where it is switched on (`yb_enable_read_committed_isolation`; new clusters from 2025.2 on mostly have it), else snapshot | the same; under snapshot error 40001 | in recent releases |
//! | CockroachDB | serialisable; read committed if asked for | error 40001; under read committed the statement is repeated inside | none: the function is unknown |
//!
//! - *A claim is safe under every one of them.* [`claim_letters`](super::Tx::claim_letters) and [`take_lease`](super::Tx::take_lease) are single
//!   updates of rows whose condition is in the same statement. Read committed with the re-check is the weakest isolation under which no
//!   letter is claimed twice, and it is enough; snapshot and serialisable say so by an error instead of an empty answer. An isolation in
//!   which a statement neither checks again nor fails would lose updates, and is out of the question.
//! - *Error 40001 is not repeated here.* A beat that meets it has changed nothing, is logged as failed, and comes again in a second; a
//!   settlement waits among the verdicts that are not committed yet, and no letter is claimed until it is through. So letters stay
//!   right, and slow: [`lock_outbox`](super::Tx::lock_outbox) updates one row that all daemons want, and under snapshot each but one of those that
//!   waited fails. A clerk's entry fails with the database's words, and has to be entered again: for such an engine
//!   `register::intake` needs a loop around its transaction, which is safe, because all that it decides is read within it.
//! - *The nation-wide lock is what cannot be left out.* A case that is being opened reads the moratoria while a moratorium reads the cases:
//!   each writes what the other has read, and row locks do not meet. PostgreSQL keeps them apart by an advisory lock of the whole
//!   server. Where that function is missing, recording stops at its first statement: nothing wrong is written, and nothing at all. Where
//!   it were local to one node, or silently empty, a death case could be saved without its moratorium, wrong until it is derived
//!   again: the one failure here that makes no noise by itself, and only the auditor, who derives from the entries, is beneath it. In its place: serialisable isolation, which
//!   finds that crossing by itself (40001), or a row that nation-wide entries update and every other entry reads `for share`.
//! - *Deadlocks* do not depend on the engine: several rows are touched only in turn (the outbox, the register), or in
//!   one order (the deadlines of a case).
//! - *Ids are made here* and there are no sequences, so nothing has to be agreed between nodes; only the collisions above.
//! - *Order of text*: keys are compared octet by octet (`collate "C"`). An engine that sorts them otherwise would break the paging by
//!   `number > $1` together with SQLite's order in exports and seals.
//! - *Clocks.* `now` is bound by the program. A daemon whose clock runs ahead takes a lease early by that much. Two composers at once
//!   write no alert twice (its natural key) and move no deadline twice. A daemon whose clock is ahead by more than a lease outlasts
//!   the pause between two signs of life (15 seconds) takes another for dead and sends again what that one is sending: the same octets with
//!   the same Message-ID; none is lost. Days are civil days of the case's zone and do not depend on where
//!   a daemon stands; in what order two entries of two regions were made does, and no rule asks for it.
//! - *Distance.* Recording is three to five messages one after the other. Ten milliseconds to the primary make a twentieth of a second,
//!   and a consensus over continents a quarter; so a region's leader belongs into the region, which is "many registers" again.
//!
//! None of these engines has been tried. Whoever does runs the whole of `tests/run` on it first.
//!
//! Sources: PostgreSQL, "Transaction Isolation", "Table Partitioning" (limitations of unique keys) and "Hot Standby" (query conflicts);
//! YugabyteDB, "Transaction isolation levels" and "Explicit locking"; CockroachDB, "Read Committed Transactions", "SELECT FOR
//! UPDATE", and its issue 13546 (advisory locks).
#![expect(clippy::doc_markdown, reason = "names of products are no code")]
