//! What is refused, what is questioned, what is recorded, and what follows.

use chrono::TimeDelta;
use keshirim::law::irregularity::Code;
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::compare::ChangeKind;
use keshirim::register::entry::Draft;
use keshirim::register::query::At;
use keshirim::register::reason::Reason;
use keshirim::register::replan::Scope;
use keshirim::register::{Error, NATIONWIDE, Refusal};

use crate::backend::{House, day, new_case, on_each_backend};

fn code(error: Error) -> &'static str {
    match error {
        Error::Refused(Refusal { code, .. }) => code,
        Error::Unlikely(_) => "unlikely",
        error => panic!("{error}"),
    }
}

on_each_backend! {
    async fn an_accepted_petition_gives_the_duty_to_forward_it_within_seven_days(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let forward = ("P11.FORWARD".to_owned(), Some(day("2026-11-27")), "open".to_owned());
        assert!(house.deadlines("2026-1").await.contains(&forward));
        let mut tx = house.store.snapshot().await.unwrap();
        let row = tx.deadlines_of("2026-1").await.unwrap().into_iter().find(|row| row.rule == "P11.FORWARD").unwrap();
        assert_eq!(row.actor.as_deref(), Some("institution:uk-1"));
        assert_eq!(row.finding.value()["paragraph"], "11");
        assert_eq!(row.next_rung.as_deref(), Some("opened"));
        assert_eq!(row.next_alert_at.unwrap().utc(), house.now + TimeDelta::seconds(60));
    }

    async fn the_impossible_is_refused_and_nothing_is_written(house: House) {
        house.open("2026-1", Sentence::Death).await;
        let aigul = house.aigul();
        let record = async |number: &'static str, kind, on| {
            code(aigul.record(number, &Draft::new(kind, day(on)).confirmed()).await.unwrap_err())
        };
        assert_eq!(record("2026-2", EventKind::PetitionAccepted, "2026-11-20").await, "unknown_case");
        assert_eq!(record("2026-1", EventKind::PetitionAccepted, "2026-11-23").await, "future_day");
        assert_eq!(record("2026-1", EventKind::PetitionAccepted, "1899-12-31").await, "day_too_early");
        assert_eq!(record("2026-1", EventKind::DecreeDispatched, "2026-11-20").await, "addressee_missing");
        assert_eq!(record("2026-1", EventKind::MoratoriumDeclared, "2026-11-20").await, "nationwide_event");
        assert_eq!(record(NATIONWIDE, EventKind::MoratoriumDeclared, "2026-11-20").await, "act_missing");
        assert_eq!(record(NATIONWIDE, EventKind::PetitionAccepted, "2026-11-20").await, "not_nationwide");
        let draft = |kind| Draft::new(kind, day("2026-11-20"));
        let petition = EventKind::PetitionAccepted;
        assert_eq!(code(draft(petition).with("members", "9").unwrap_err()), "wrong_field");
        assert_eq!(code(draft(petition).with("postmarks", "yes").unwrap_err()), "unknown_name");
        assert_eq!(code(draft(petition).with("postmark", "maybe").unwrap_err()), "unreadable_field");
        assert_eq!(code(draft(EventKind::CommissionSat).with("members", "-1").unwrap_err()), "unreadable_field");
        assert_eq!(code(aigul.open_case(&new_case("2026-1", Sentence::Death)).await.unwrap_err()), "case_exists");
        for name in ["Asel Nurlanova", "*", "", "2026-1 "] {
            assert_eq!(code(aigul.open_case(&new_case(name, Sentence::Death)).await.unwrap_err()), "not_a_case_number");
        }
        let mut tx = house.store.snapshot().await.unwrap();
        assert_eq!(tx.count_events().await.unwrap(), 1, "only the opening");
    }

    /// The zone's day decides: at 19:30Z it is tomorrow in Almaty.
    async fn today_is_the_day_of_the_cases_zone(house: House) {
        house.open("2026-1", Sentence::Death).await;
        let evening = house.at("aigul", house.now + TimeDelta::minutes(12 * 60 + 30));
        let tomorrow = Draft::new(EventKind::PetitionAccepted, day("2026-11-23"));
        assert_eq!(code(house.aigul().record("2026-1", &tomorrow).await.unwrap_err()), "future_day");
        evening.record("2026-1", &tomorrow).await.unwrap();
    }

    async fn the_unlikely_is_questioned_until_it_is_meant(house: House) {
        house.open("2026-1", Sentence::Death).await;
        house.record("2026-1", EventKind::VerdictInForce, "2026-10-01").await;
        let aigul = house.aigul();
        let record = async |kind, on| aigul.record("2026-1", &Draft::new(kind, day(on))).await;
        for (on, why) in [
            ("2026-09-30", "before the sentence"),
            ("2026-09-22", "more than 60 days ago"),
            ("2025-11-20", "in another year"),
        ] {
            let error = record(EventKind::PetitionAccepted, on).await.unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("--confirm"), "{on}: {error}");
        }
        let copy = record(EventKind::VerdictCopyHanded, "2026-09-30").await;
        assert!(copy.is_ok(), "a hand-over normally precedes the entry into force");
        let petition = Draft::new(EventKind::PetitionAccepted, day("2026-11-20"));
        aigul.record("2026-1", &petition).await.unwrap();
        let twice = aigul.record("2026-1", &petition).await.unwrap_err().to_string();
        assert!(twice.contains("already recorded as E-"), "{twice}");
        aigul.record("2026-1", &Draft::new(EventKind::PetitionAccepted, day("2025-11-20")).confirmed()).await.unwrap();
    }

    async fn the_unlawful_is_recorded_and_flagged_with_its_paragraph(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let sat = Draft::new(EventKind::CommissionSat, day("2026-11-20"))
            .with("members", "15").unwrap().with("present", "9").unwrap();
        let recorded = house.aigul().record("2026-1", &sat).await.unwrap();
        assert!(recorded.irregularities.contains(&("5", Code::CommissionBelowTwoThirds)), "{:?}", recorded.irregularities);
    }

    async fn a_correction_moves_the_date_and_the_old_entry_stays_struck(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let id = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-18").await;
        let recorded = house.aigul().correct(&id, day("2026-11-20"), Reason::Typo, None, false).await.unwrap();
        let changes = recorded.saved.unwrap().changes;
        let moved = changes.iter().find(|change| change.after.rule == "P11.FORWARD").unwrap();
        assert_eq!(moved.kind, ChangeKind::Moved);
        assert_eq!(moved.before.as_ref().unwrap().shown_on, Some(day("2026-11-25")));
        assert_eq!(moved.after.shown_on, Some(day("2026-11-27")));
        assert_eq!((moved.after.sequence, moved.after.change.as_deref()), (1, Some("typo")));
        assert_eq!(moved.before.as_ref().unwrap().deadline_id, moved.after.deadline_id);
        let view = house.aigul().case("2026-1", At::default()).await.unwrap();
        assert_eq!(view.entries.len(), 3);
        assert!(view.assembled.event(&id).unwrap().0.retracted_at.is_some());
        let error = house.aigul().correct(&id, day("2026-11-19"), Reason::Typo, None, false).await.unwrap_err();
        assert!(error.to_string().contains(&recorded.entry.event_id), "it names the entry to be corrected: {error}");
        let same = house.aigul().correct(&recorded.entry.event_id, day("2026-11-20"), Reason::Typo, None, false).await;
        assert_eq!(code(same.unwrap_err()), "nothing_to_correct");
    }

    async fn an_id_may_be_typed_in_lower_case_and_with_letters_for_digits(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let id = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-18").await;
        let typed = id.to_lowercase().replace('0', "o").replace('1', "l");
        house.aigul().retract(&typed, Reason::WrongCase, Some("belongs to 2026-7")).await.unwrap();
        assert!(house.deadlines("2026-1").await.is_empty());
    }

    async fn a_retracted_event_takes_its_deadlines_with_it_and_they_come_back_under_the_same_id(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let id = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-18").await;
        let gone = house.aigul().retract(&id, Reason::WrongCase, None).await.unwrap().saved.unwrap().changes;
        assert!(gone.iter().all(|change| change.kind == ChangeKind::Gone && change.after.status == "gone"));
        assert_eq!(code(house.aigul().retract(&id, Reason::Typo, None).await.unwrap_err()), "already_struck");
        assert_eq!(code(house.aigul().confirm(&id).await.unwrap_err()), "nothing_to_confirm");
        assert_eq!(code(house.aigul().retract("E-0000000000", Reason::Typo, None).await.unwrap_err()), "unknown_entry");
    }

    async fn a_deadline_that_is_met_changes_its_status_and_stays(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-10").await;
        assert!(house.has("2026-1", "P11.FORWARD", "overdue").await);
        house.record("2026-1", EventKind::Forwarded, "2026-11-16").await;
        assert!(house.has("2026-1", "P11.FORWARD", "satisfied_on_time").await);
    }

    async fn the_order_of_recording_does_not_change_what_is_derived(house: House) {
        let events = [
            (EventKind::VerdictInForce, "2026-09-01"),
            (EventKind::VerdictCopyHanded, "2026-09-05"),
            (EventKind::PetitionAccepted, "2026-11-02"),
            (EventKind::Forwarded, "2026-11-06"),
            (EventKind::ReceivedByAdministration, "2026-11-10"),
            (EventKind::DispatchedToSupremeCourt, "2026-11-12"),
        ];
        let mut found = Vec::new();
        for (i, turn) in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 5, 0, 4, 1, 3]].into_iter().enumerate() {
            let number = format!("2026-{i}");
            house.open(&number, Sentence::Death).await;
            for at in turn {
                house.record(&number, events[at].0, events[at].1).await;
            }
            found.push(house.deadlines(&number).await);
        }
        assert!(found[0].len() > 5, "{:?}", found[0]);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[0], found[2]);
    }

    async fn concurrent_recorders_each_see_all_earlier_entries(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let house = std::sync::Arc::new(house);
        let recorders: Vec<_> = (1..=20)
            .map(|n| {
                let house = std::sync::Arc::clone(&house);
                tokio::spawn(async move {
                    let on = day("2026-10-20") + TimeDelta::days(n);
                    let draft = Draft::new(EventKind::PetitionAccepted, on).confirmed();
                    let recorded = house.aigul().record("2026-1", &draft).await.unwrap();
                    (recorded.entry.seq, recorded.saved.unwrap().assembled.timeline.events.len())
                })
            })
            .collect();
        let mut seen = Vec::new();
        for recorder in recorders {
            seen.push(recorder.await.unwrap());
        }
        seen.sort_unstable();
        let expected: Vec<(i64, usize)> = (2..=21).map(|seq| (seq, usize::try_from(seq - 1).unwrap())).collect();
        assert_eq!(seen, expected);
    }

    async fn what_was_known_at_an_instant_is_answered_without_what_came_later(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let id = house.record("2026-1", EventKind::PetitionAccepted, "2026-11-18").await;
        let tomorrow = house.at("aigul", house.now + TimeDelta::days(1));
        tomorrow.correct(&id, day("2026-11-20"), Reason::Typo, None, false).await.unwrap();
        let forward = async |known_at| {
            let at = At { as_of: None, known_at };
            let filter = keshirim::store::DeadlineFilter { case_number: Some("2026-1".to_owned()), ..Default::default() };
            let rows = tomorrow.deadlines(&filter, at).await.unwrap();
            rows.iter().find(|row| row.rule == "P11.FORWARD").and_then(|row| row.shown_on)
        };
        assert_eq!(forward(None).await, Some(day("2026-11-27")));
        assert_eq!(forward(Some(house.now)).await, Some(day("2026-11-25")));
        assert_eq!(forward(Some(house.now - TimeDelta::seconds(1))).await, None, "the case was not known yet");
        assert_eq!(forward(Some(house.now + TimeDelta::days(1))).await, Some(day("2026-11-27")));
    }

    async fn another_day_is_derived_from_the_events_and_time_alone_is_noticed(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        house.record("2026-1", EventKind::PetitionAccepted, "2026-11-20").await;
        let overdue = keshirim::store::DeadlineFilter { overdue: true, ..Default::default() };
        let later = At { as_of: Some(day("2026-12-01")), known_at: None };
        assert_eq!(house.aigul().deadlines(&overdue, At::default()).await.unwrap(), []);
        assert_eq!(house.aigul().deadlines(&overdue, later).await.unwrap().len(), 1);
        // Nobody re-derived it, and yet the list of that day is right.
        let then = house.at("aigul", house.now + TimeDelta::days(9));
        assert_eq!(then.deadlines(&overdue, At::default()).await.unwrap().len(), 1);
        assert!(house.has("2026-1", "P11.FORWARD", "open").await, "the saved row is of the day it was saved");
        let dry = then.replan(Scope::Due, true, &mut drop).await.unwrap();
        assert_eq!((dry.cases, dry.changes), (1, 1));
        assert!(house.has("2026-1", "P11.FORWARD", "open").await, "a dry run writes nothing");
        then.replan(Scope::Due, false, &mut drop).await.unwrap();
        assert!(house.has("2026-1", "P11.FORWARD", "overdue").await);
        assert_eq!(then.replan(Scope::Due, false, &mut drop).await.unwrap().cases, 0, "nothing changes by time alone now");
        assert_eq!(then.replan(Scope::All, false, &mut drop).await.unwrap().changes, 0);
    }

    async fn a_later_hand_over_takes_the_row_of_the_term_it_starts_anew(house: House) {
        house.open("2026-1", Sentence::Death).await;
        house.record("2026-1", EventKind::VerdictInForce, "2026-09-01").await;
        house.record("2026-1", EventKind::VerdictCopyHanded, "2026-09-05").await;
        let again = Draft::new(EventKind::CassationRulingHanded, day("2026-11-05"));
        let recorded = house.aigul().record("2026-1", &again).await.unwrap();
        let changes = recorded.saved.unwrap().changes;
        let petition: Vec<_> = changes.iter().filter(|change| change.after.rule == "P9.PETITION").collect();
        assert_eq!(petition.len(), 1, "{changes:?}");
        assert_eq!(petition[0].kind, ChangeKind::Moved);
        assert_eq!(petition[0].before.as_ref().unwrap().shown_on, Some(day("2027-09-06")));
        assert_eq!(petition[0].after.shown_on, Some(day("2027-11-05")));
        let (before, after) = (petition[0].before.as_ref().unwrap(), &petition[0].after);
        assert_eq!((&before.deadline_id, &before.start_key), (&after.deadline_id, &after.start_key));
        let saved = house.aigul().case("2026-1", At::default()).await.unwrap();
        let at = keshirim::register::compare::position(after, &saved.assembled, &saved.findings).unwrap();
        assert_eq!(saved.findings.deadlines[at].effective(), Some(day("2027-11-05")));
        let ruling = &saved.entries.last().unwrap().event_id;
        let back = house.aigul().retract(ruling, Reason::Typo, None).await.unwrap().entry;
        assert!(back.needs_confirmation, "the window that bars would end earlier");
        house.berik().confirm(&back.event_id).await.unwrap();
        let rows = house.deadlines("2026-1").await;
        let petition: Vec<_> = rows.iter().filter(|(rule, ..)| rule == "P9.PETITION").collect();
        assert_eq!((petition.len(), petition[0].1), (1, Some(day("2027-09-06"))), "it goes back with its row");
        let again = house.aigul().replan(Scope::All, false, &mut drop).await.unwrap();
        assert_eq!(again.changes, 0);
    }

    /// The transaction is dropped after the entry was appended and before anything was committed.
    async fn a_recording_killed_in_the_middle_leaves_neither_entry_nor_deadline(house: House) {
        house.open("2026-1", Sentence::Imprisonment).await;
        let recording = house.aigul().begin_recording("2026-1").await.unwrap();
        let draft = Draft::new(EventKind::PetitionAccepted, day("2026-11-20"));
        let (tx, recorded) = house.aigul().record_in(recording, &draft).await.unwrap();
        assert!(!recorded.saved.unwrap().changes.is_empty());
        drop(tx);
        assert!(house.deadlines("2026-1").await.is_empty());
        let mut tx = house.store.snapshot().await.unwrap();
        assert_eq!(tx.event(&recorded.entry.event_id).await.unwrap(), None);
        assert_eq!(tx.head("2026-1").await.unwrap().unwrap().head_seq, 1);
    }
}
