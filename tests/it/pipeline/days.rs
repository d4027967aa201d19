//! Duties: from the entry through every rung to the closing line, and then silence.

use keshirim::law::timeline::{EventKind, Sentence};

use super::world::{World, calls, to};
use crate::backend::on_each_backend;

/// Accepted on Friday 27 December 2024: seven days end on Friday 3 January 2025, a day off that was exchanged for Sunday the
/// fifth; the safe day is Thursday 2 January, a holiday.
async fn the_seven_days_are_told_on_working_mornings_around_new_year_until_the_act_and_never_after_it() {
    let mut world = World::at("2024-12-27 15:00").await;
    world.open("2024-7", Sentence::Imprisonment, "institution:uk-1").await;
    world.record("2024-7", EventKind::PetitionAccepted, "2024-12-27", &[]).await;
    assert_eq!(world.beat().await.len(), 0, "it waits a minute to be grouped");
    let mails = world.until("2025-01-09 12:00").await;
    let expected = [
        "2024-12-27 15:01 uk1",
        // Three working days before Tuesday the 31st is the day it began: nothing is counted down before that. One working day
        // before it nobody has acknowledged: the superior hears.
        "2024-12-30 08:30 committee",
        "2024-12-30 08:30 uk1",
        "2024-12-31 08:30 uk1",
        // Sunday 5 January 2025 is worked.
        "2025-01-05 08:30 uk1",
        "2025-01-06 08:30 committee",
        "2025-01-06 08:30 uk1",
        "2025-01-06 08:30 wb",
        // Tuesday the seventh is Christmas.
        "2025-01-08 08:30 committee",
        "2025-01-08 08:30 uk1",
        "2025-01-08 08:30 wb",
        "2025-01-09 08:30 committee",
        "2025-01-09 08:30 uk1",
        "2025-01-09 08:30 wb",
    ];
    assert_eq!(calls(&mails), expected);
    let urgent: Vec<bool> = to(&mails, "uk1").iter().map(|mail| mail.high).collect();
    assert_eq!(urgent, [false, false, false, true, true, true, true], "the last day and overdue, nothing else");
    for (mail, words) in to(&mails, "uk1").iter().zip([
        "Жаңа мерзім",
        "Мерзімге 1 жұмыс күні қалды",
        "Бүгін әрекет етіңіз",
        "Бүгін соңғы күн",
        "1 күн кешіктірілді",
        "3 күн кешіктірілді",
        "4 күн кешіктірілді",
    ]) {
        assert!(mail.subject.starts_with("[Кешірім № 2024-7] ") && mail.subject.contains(words), "{}", mail.subject);
    }
    for mail in &mails {
        assert!(mail.says("жеті күннен кешіктірілмей табыс етіледі"), "the paragraph's own words: {}", mail.text);
    }
    let opened = &mails[0];
    for words in [
        "11-тармақ, 1996 жылғы 7 мамырдағы № 2975",
        "Мерзімі: 2025 жылғы 3 қаңтар, жұма",
        "Басталуы: 2024 жылғы 27 желтоқсан, жұма — өтініш қабылданды; бұл күннің өзі есептелмейді",
        "Әрекет етілетін соңғы жұмыс күні: 2024 жылғы 31 желтоқсан, сейсенбі",
        "Тек мына күннен кейін кешіктірілген деп саналады: 2025 жылғы 5 қаңтар, жексенбі",
    ] {
        assert!(opened.says(words), "{words}: {}", opened.text);
    }
    assert!(to(&mails, "committee")[1].says("вышестоящему должностному лицу: Учреждение № 1"));
    assert!(to(&mails, "wb")[0].says("мәлімет үшін"));
    world.record("2024-7", EventKind::Forwarded, "2025-01-09", &[]).await;
    let mails = world.until("2026-01-09 12:00").await;
    let closing: Vec<_> = mails.iter().filter(|mail| mail.at == "2025-01-09 12:01").collect();
    let whom: Vec<_> = closing.iter().map(|mail| mail.to.split('@').next().unwrap()).collect();
    assert_eq!(whom, ["committee", "uk1", "wb"], "everyone who was told");
    for mail in closing {
        assert!(mail.ics.as_ref().is_some_and(|ics| ics.contains("METHOD:CANCEL")), "{:?}", mail.ics);
    }
    assert_eq!(to(&mails, "uk1").len(), 1, "then a year of silence: {:#?}", calls(&mails));
}

async fn the_letter_is_in_the_language_of_the_institution() {
    let mut world = World::at("2025-02-03 10:00").await;
    for (number, institution) in [("2025-1", "institution:uk-2"), ("2025-2", "institution:uk-3")] {
        world.open(number, Sentence::Imprisonment, institution).await;
        world.record(number, EventKind::PetitionAccepted, "2025-02-03", &[]).await;
    }
    let mails = world.until("2025-02-03 10:01").await;
    assert!(to(&mails, "uk2")[0].says("Учреждение № 2 представляет ходатайство"), "{}", mails[0].text);
    assert!(to(&mails, "uk3")[0].says("Institution No. 3"), "{}", mails[1].text);
    for mail in &mails {
        assert!(mail.says("жеті күннен кешіктірілмей табыс етіледі"), "the paragraph in Kazakh in every language");
    }
}

/// Around Nauryz 2026: 23, 24 and 25 March are days off.
async fn no_rung_falls_into_nauryz_and_the_last_day_is_the_one_it_rolled_to() {
    let mut world = World::at("2026-03-16 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-1").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-03-16", &[]).await;
    let mails = world.until("2026-03-27 12:00").await;
    assert_eq!(
        calls(&to(&mails, "uk1").into_iter().cloned().collect::<Vec<_>>()),
        [
            "2026-03-16 10:01 uk1",
            "2026-03-17 08:30 uk1",
            "2026-03-19 08:30 uk1",
            "2026-03-20 08:30 uk1",
            "2026-03-26 08:30 uk1",
            "2026-03-27 08:30 uk1"
        ]
    );
    assert!(to(&mails, "wb").iter().all(|mail| mail.at == "2026-03-27 08:30"), "{:?}", calls(&mails));
}

/// After an outage the count is of the day the letter is read, not of the rung that was missed.
async fn a_rung_told_late_counts_from_today() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    world.until("2026-02-02 12:00").await;
    // The rung of three working days fell on Tuesday the third; the safe day is Friday... and it is Thursday.
    world.sleep_until("2026-02-04 17:00");
    let mails = world.until("2026-02-04 17:00").await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("2 working days left"), "{}", mails[0].subject);
}

/// What was entered too late to be told in time begins with what it is: overdue, to all who must hear.
async fn an_old_petition_begins_with_the_rung_it_stands_on() {
    let mut world = World::at("2026-02-20 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-1").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-20 12:00").await;
    assert_eq!(calls(&mails), ["2026-02-20 10:01 committee", "2026-02-20 10:01 uk1", "2026-02-20 10:01 wb"]);
    assert!(mails.iter().all(|mail| mail.high));
}

on_each_backend!(
    the_seven_days_are_told_on_working_mornings_around_new_year_until_the_act_and_never_after_it,
    the_letter_is_in_the_language_of_the_institution,
    no_rung_falls_into_nauryz_and_the_last_day_is_the_one_it_rolled_to,
    a_rung_told_late_counts_from_today,
    an_old_petition_begins_with_the_rung_it_stands_on,
);
