//! Duties of months, rights, waits and steps: each by its own ladder.

use keshirim::config::{CalendarFile, DayOff};
use keshirim::law::timeline::{EventKind, Sentence};
use keshirim::register::NATIONWIDE;
use keshirim::register::replan::Scope;

use super::mail::Mail;
use super::world::{World, texts, to};
use crate::backend::on_each_backend;

/// When an addressee had a letter whose subject has these words.
fn when(mails: &[Mail], whom: &str, words: &str) -> Vec<String> {
    to(mails, whom).iter().filter(|mail| mail.subject.contains(words)).map(|mail| mail.at.clone()).collect()
}

fn list(mails: &[Mail]) -> String {
    let line = |m: &Mail| [m.at.as_str(), m.to.as_str(), if m.high { "!" } else { " " }, m.subject.as_str()].join(" ");
    mails.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A month from Monday 2 February 2026 ends on Monday 2 March.
async fn a_duty_of_a_month_is_told_ten_days_three_and_one_working_day_before_on_its_day_and_every_day_after() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-1").await;
    world.record("2026-7", EventKind::DispatchedToSupremeCourt, "2026-02-02", &[]).await;
    let mails = world.until("2026-03-04 12:00").await;
    let days: Vec<_> = to(&mails, "sc").iter().filter(|m| m.says("пункт 11")).map(|m| m.at.clone()).collect();
    let expected = [
        "2026-02-02 10:01",
        // The tenth day before is Friday 20 February.
        "2026-02-20 08:30",
        "2026-02-25 08:30",
        "2026-02-27 08:30",
        "2026-03-02 08:30",
        "2026-03-03 08:30",
        "2026-03-04 08:30",
    ];
    assert_eq!(days, expected, "{}", list(&mails));
    assert_eq!(when(&mails, "sc", "осталось 10 дней"), ["2026-02-20 08:30"], "{}", list(&mails));
    assert_eq!(
        when(&mails, "wb", "кешіктірілді"),
        ["2026-03-03 08:30", "2026-03-04 08:30"],
        "once, though superior and working body"
    );
}

/// The ten days before Monday 23 March fall on Friday the 13th... what is left is counted from the day it is told.
async fn days_that_are_told_on_the_working_day_before_are_counted_from_that_day() {
    let mut world = World::at("2026-01-27 10:00").await;
    world.open("2026-7", Sentence::Death, "institution:uk-1").await;
    world.record("2026-7", EventKind::DispatchedToSupremeCourt, "2026-01-25", &[]).await;
    // Ends on Wednesday 25 February; ten days before is Sunday the fifteenth, told on Friday the thirteenth.
    let mails = world.until("2026-02-16 12:00").await;
    assert_eq!(when(&mails, "sc", "осталось 12 дней"), ["2026-02-13 08:30"], "{}", list(&mails));
}

async fn death_case(now: &str) -> World {
    let world = World::at(now).await;
    world.open("2026-7", Sentence::Death, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictInForce, "2025-02-03", &[]).await;
    world.record("2026-7", EventKind::VerdictCopyHanded, "2025-02-10", &[]).await;
    world
}

/// The year from 10 February 2025 ends on Tuesday 10 February 2026.
async fn a_right_counts_down_for_the_convict_and_then_says_what_the_register_lacks() {
    let mut world = death_case("2025-02-10 10:00").await;
    let mails = world.until("2026-02-12 12:00").await;
    let left: Vec<_> = to(&mails, "uk3").iter().map(|m| (m.at.as_str(), m.subject.as_str())).collect();
    for (at, words) in [
        ("2025-11-12 08:30", "90 days left"),
        // The thirtieth day before is a Sunday.
        ("2026-01-09 08:30", "32 days left"),
        ("2026-02-03 08:30", "7 days left"),
        ("2026-02-09 08:30", "1 working day left"),
        ("2026-02-10 08:30", "Last day today"),
        ("2026-02-11 08:30", "the register lacks data"),
    ] {
        assert!(left.iter().any(|(a, s)| *a == at && s.contains(words)), "{at} {words}\n{}", list(&mails));
    }
    let after = mails.iter().find(|mail| mail.at == "2026-02-11 08:30" && mail.subject.contains("lacks")).unwrap();
    assert!(after.says("the register lacks: cassation ruling handed over"), "{}", after.text);
    assert!(!after.high, "no duty is overdue");
    let high: Vec<_> = to(&mails, "uk3").iter().filter(|mail| mail.high).map(|m| m.at.clone()).collect();
    assert_eq!(high, ["2026-02-10 08:30"], "{}", list(&mails));
    assert!(to(&mails, "wb").len() >= 6, "the working body hears too");
    assert_eq!(mails.iter().filter(|mail| mail.says("entry struck")).count(), 0);
}

async fn with_both_hand_overs_recorded_the_act_is_to_be_drawn_up() {
    let mut world = death_case("2025-02-10 10:00").await;
    world.record("2026-7", EventKind::CassationRulingHanded, "2025-02-10", &[]).await;
    world.until("2026-02-10 12:00").await;
    let mails = world.until("2026-02-11 12:00").await;
    assert!(
        to(&mails, "uk3")
            .iter()
            .any(|m| m.at == "2026-02-11 08:30" && m.subject.contains("draw up the appropriate act")),
        "{}",
        list(&mails)
    );
}

async fn a_petition_closes_the_right_for_those_who_were_told() {
    let mut world = death_case("2025-02-10 10:00").await;
    world.until("2025-02-10 11:00").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2025-02-10", &[]).await;
    let mails = world.until("2025-02-10 12:00").await;
    let closing: Vec<_> =
        mails.iter().filter(|m| m.says("Finished: petition accepted") || m.says("Аяқталды: өтініш")).collect();
    assert!(closing.len() >= 2, "{}", texts(&mails));
}

async fn under_a_moratorium_a_right_has_no_end_and_no_countdown_and_its_year_is_told_when_it_begins() {
    let mut world = death_case("2025-02-10 10:00").await;
    world.until("2025-03-10 12:00").await;
    world.nationwide(EventKind::MoratoriumDeclared, "2025-03-10").await;
    let mails = world.until("2026-03-01 12:00").await;
    let opened: Vec<_> = to(&mails, "uk3").into_iter().filter(|m| m.at == "2025-03-10 12:01").collect();
    assert_eq!(opened.len(), 1, "{}", list(&mails));
    assert!(opened[0].says("No end date is set"), "{}", opened[0].text);
    assert_eq!(to(&mails, "uk3").len(), 1, "no countdown while it lasts: {}", list(&mails));
    world.record_by_two(NATIONWIDE, EventKind::MoratoriumLifted, "2026-03-01", &["act=Decree 9"]).await;
    let mails = world.until("2026-03-01 13:00").await;
    assert!(to(&mails, "uk3").iter().any(|m| m.says("1 March 2027")), "{}", texts(&mails));
}

/// A rejection on 5 January 2026: half a year to 5 July.
async fn rejected() -> World {
    let world = World::at("2026-01-06 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::VerdictInForce, "2024-01-10", &[]).await;
    world.record("2026-7", EventKind::RejectionDecree, "2026-01-05", &[]).await;
    world
}

async fn a_wait_is_told_when_it_begins_and_on_its_first_morning_with_the_petitions_that_ripen() {
    let mut world = rejected().await;
    let mails = world.until("2026-02-10 11:00").await;
    assert_eq!(
        when(&mails, "wb", "тыйым").len() + to(&mails, "wb").iter().filter(|m| m.says("16-тармақ")).count(),
        1,
        "{}",
        list(&mails)
    );
    world.record("2026-7", EventKind::PetitionAccepted, "2026-02-10", &["repeat=yes"]).await;
    let mails = world.until("2026-07-10 12:00").await;
    let ripe: Vec<_> = mails.iter().filter(|m| m.says("2026 жылғы 10 ақпан")).collect();
    let first: Vec<_> =
        ripe.iter().filter(|m| m.to.starts_with("wb") && m.at.starts_with("2026-07-07 08:30")).collect();
    assert!(!first.is_empty(), "Monday the sixth is a day off: {}", list(&mails));
}

async fn a_wait_without_a_petition_is_told_to_be_over_once() {
    let mut world = rejected().await;
    world.until("2026-07-01 11:00").await;
    let mails = world.until("2026-08-10 12:00").await;
    let over: Vec<_> = to(&mails, "wb").iter().filter(|m| m.says("16-тармақ")).map(|m| m.at.clone()).collect();
    assert_eq!(over, ["2026-07-07 08:30"], "{}", list(&mails));
}

async fn a_wait_that_is_lifted_is_told_to_be_over_by_what_lifted_it() {
    let mut world = rejected().await;
    world.until("2026-02-02 11:00").await;
    world.record("2026-7", EventKind::NewCircumstancesRecognised, "2026-02-02", &[]).await;
    let mails = world.until("2026-08-10 12:00").await;
    let over: Vec<_> = to(&mails, "wb").into_iter().filter(|m| m.says("16-тармақ")).collect();
    assert_eq!(over.len(), 1, "{}", list(&mails));
    assert_eq!(over[0].at, "2026-02-02 11:01");
    assert!(!over[0].says("жойылған жазба"), "{}", over[0].text);
}

/// Received on 2 February 2026: the control date is Monday 2 March.
async fn a_step_is_told_three_working_days_before_on_its_control_date_and_weekly_never_as_a_deadline() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-3").await;
    world.record("2026-7", EventKind::PetitionAccepted, "2026-01-28", &[]).await;
    world.record("2026-7", EventKind::Forwarded, "2026-01-30", &[]).await;
    world.record("2026-7", EventKind::ReceivedByAdministration, "2026-02-02", &[]).await;
    let mails = world.until("2026-03-31 12:00").await;
    let steps: Vec<_> = to(&mails, "wb").into_iter().filter(|m| m.says("13-тармақ")).collect();
    let days: Vec<_> = steps.iter().map(|m| m.at.as_str()).collect();
    let expected = [
        "2026-02-25 08:30",
        "2026-03-02 08:30",
        // 9 March is a day off, and the next Monday keeps the weekday all the same; 23 to 25 March is Nauryz.
        "2026-03-10 08:30",
        "2026-03-17 08:30",
        "2026-03-26 08:30",
        "2026-03-31 08:30",
    ];
    assert_eq!(days, expected, "{}", list(&mails));
    for mail in steps {
        assert!(!mail.high && mail.says("заңды мерзім емес"), "{}", mail.text);
    }
}

async fn the_commission_of_article_2_is_owed_two_weeks_after_the_decree_enters_into_force() {
    let mut world = World::at("2026-02-02 10:00").await;
    world.open("2026-7", Sentence::Other, "institution:uk-3").await;
    world.record("2026-7", EventKind::DecreeInForce, "2026-02-02", &[]).await;
    let mails = world.until("2026-02-17 12:00").await;
    let row = world.row("2026-7", "D2.COMMISSION").await;
    assert_eq!(row.shown_on, Some("2026-02-16".parse().unwrap()));
    assert!(mails.iter().any(|m| m.at == "2026-02-16 08:30" && m.high), "{}", list(&mails));
}

/// What begins with the event that closes a case outlives it, and a new calendar moves its mornings like all others.
async fn a_new_calendar_moves_the_mornings_of_a_step_that_outlives_its_closed_case() {
    let mut world = World::at("2026-02-16 10:00").await;
    world.open("2026-7", Sentence::Imprisonment, "institution:uk-1").await;
    world.open("2026-8", Sentence::Imprisonment, "institution:uk-1").await;
    world.record("2026-7", EventKind::VerdictQuashedOrChanged, "2026-02-16", &[]).await;
    world.record("2026-8", EventKind::CaseClosed, "2026-02-16", &[]).await;
    world.until("2026-02-17 12:00").await;
    let mut file = CalendarFile::shipped();
    let (name, act) = ("An exchanged day".to_owned(), "Order 1".to_owned());
    // The control date: the working day before it is now Friday the thirteenth, and three working days before that the tenth.
    file.day_off.push(DayOff { date: "2026-03-16".parse().unwrap(), name, act });
    world.calendar = file.calendar();
    let replanned = world.registrar("keshirim").replan(Scope::All, false, &mut drop).await.unwrap();
    assert_eq!(replanned.cases, 1, "of the other case nothing runs any more");
    let mails = world.until("2026-03-18 12:00").await;
    let days: Vec<_> = to(&mails, "court").into_iter().map(|mail| mail.at.as_str()).collect();
    assert_eq!(days, ["2026-03-10 08:30", "2026-03-13 08:30"], "{}", list(&mails));
}
on_each_backend!(
    a_duty_of_a_month_is_told_ten_days_three_and_one_working_day_before_on_its_day_and_every_day_after,
    days_that_are_told_on_the_working_day_before_are_counted_from_that_day,
    a_right_counts_down_for_the_convict_and_then_says_what_the_register_lacks,
    with_both_hand_overs_recorded_the_act_is_to_be_drawn_up,
    a_petition_closes_the_right_for_those_who_were_told,
    under_a_moratorium_a_right_has_no_end_and_no_countdown_and_its_year_is_told_when_it_begins,
    a_wait_is_told_when_it_begins_and_on_its_first_morning_with_the_petitions_that_ripen,
    a_wait_without_a_petition_is_told_to_be_over_once,
    a_wait_that_is_lifted_is_told_to_be_over_by_what_lifted_it,
    a_step_is_told_three_working_days_before_on_its_control_date_and_weekly_never_as_a_deadline,
    the_commission_of_article_2_is_owed_two_weeks_after_the_decree_enters_into_force,
    a_new_calendar_moves_the_mornings_of_a_step_that_outlives_its_closed_case,
);
