//! The commands, as a person or a script meets them.

use std::ffi::OsString;
use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::{TimeZone, Utc};
use keshirim::cli::{Surroundings, run};
use keshirim::clock::Clock;
use tempfile::TempDir;

use crate::backend::{on_each_backend, register_url};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Who closed the pipe.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A desk with a configuration and a register of its own.
struct Desk(TempDir);

impl Desk {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let url = register_url(folder.path()).await;
        std::fs::write(folder.path().join("k.toml"), format!("[store]\nurl = \"{url}\"\n")).unwrap();
        Self(folder)
    }

    fn run_into(&self, who: &str, arguments: &[&str], output: Box<dyn Write + Send>) -> (u8, String) {
        let config = self.0.path().join("k.toml").into_os_string();
        let arguments: Vec<_> = ["keshirim".into(), "--config".into(), config]
            .into_iter()
            .chain(arguments.iter().map(OsString::from))
            .collect();
        let errors = Sink::default();
        let clock = Clock::manual(Utc.with_ymd_and_hms(2026, 11, 22, 7, 0, 0).unwrap());
        let surroundings = Surroundings { clock, who: Some(who.to_owned()), output, errors: Box::new(errors.clone()) };
        // A command brings its own runtime, which no other may surround.
        let status = std::thread::scope(|threads| threads.spawn(|| run(arguments, surroundings)).join().unwrap());
        (status, errors.text())
    }

    fn run(&self, who: &str, arguments: &str) -> (u8, String, String) {
        let output = Sink::default();
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (status, errors) = self.run_into(who, &arguments, Box::new(output.clone()));
        (status, output.text(), errors)
    }

    fn done(&self, arguments: &str) -> String {
        let (status, output, errors) = self.run("aigul", arguments);
        assert_eq!((status, errors.as_str()), (0, ""), "{arguments}");
        output
    }

    fn json(&self, arguments: &str) -> serde_json::Value {
        serde_json::from_str(&self.done(&format!("--json {arguments}"))).unwrap()
    }
}

async fn desk() -> Desk {
    let desk = Desk::new().await;
    desk.done("case open 2026-0147 --sentence death --institution institution:uk-1");
    desk.done("record 2026-0147 verdict_in_force --on 2026-10-01");
    desk.done("record 2026-0147 petition_accepted --on 2026-11-20 --at 10:30 --field postmark=yes");
    desk
}

async fn deadlines_come_as_table_json_csv_and_calendar() {
    let desk = desk().await;
    let table = desk.done("deadlines --case 2026-0147");
    assert!(table.lines().any(|line| line.starts_with("2026-11-27  2026-0147  P11.FORWARD")), "{table}");
    let json = desk.json("deadlines --office institution:uk-1 --until 2026-11-30");
    assert_eq!(json["deadlines"].as_array().unwrap().len(), 1);
    assert_eq!(json["deadlines"][0]["effective"], "2026-11-27");
    assert_eq!(json["deadlines"][0]["case"], "2026-0147");
    let csv = desk.done("deadlines --format csv");
    assert!(
        csv.contains("2026-0147,P11.FORWARD,duty,open,institution:uk-1,2026-11-20,2026-11-27,,2026-11-27,D-"),
        "{csv}"
    );
    let ics = desk.done("deadlines --format ics");
    assert!(ics.contains("DTSTART;VALUE=DATE:20261127\r\n") && !ics.contains("DTEND"), "{ics}");
    assert!(!ics.contains("P9.BAR"), "a bar never has an entry: {ics}");
    assert_eq!(desk.json("deadlines --overdue --as-of 2026-12-01")["deadlines"].as_array().unwrap().len(), 1);
    assert_eq!(desk.json("deadlines --known-at 2026-11-22T06:59:59Z")["deadlines"].as_array().unwrap().len(), 0);
}

async fn a_refusal_is_one_sentence_on_the_standard_error_and_status_1() {
    let desk = desk().await;
    let (status, output, errors) = desk.run("aigul", "record 2026-0148 petition_accepted --on 2026-11-20");
    assert_eq!((status, output.as_str(), errors.lines().count()), (1, "", 1));
    assert!(errors.contains("there is no case \"2026-0148\"; open it"), "{errors}");
    let (status, _, errors) = desk.run("aigul", "record 2026-0147 petition_accepted --on 2026-08-01");
    assert_eq!(status, 1);
    assert!(errors.contains("--confirm"), "{errors}");
    assert_eq!(desk.run("aigul", "record * moratorium_declared --on 2026-11-20").0, 1);
}

#[tokio::test]
async fn a_register_that_cannot_be_opened_is_said_once_with_the_remedy() {
    let desk = Desk::new().await;
    let nowhere = desk.0.path().join("missing/register.db");
    std::fs::write(desk.0.path().join("k.toml"), format!("[store]\nurl = \"sqlite://{}\"\n", nowhere.display()))
        .unwrap();
    let (status, _, errors) = desk.run("aigul", "pending");
    assert_eq!((status, errors.matches("unable to open").count()), (1, 1), "{errors}");
    assert!(errors.contains("correct [store] url in"), "{errors}");
}

#[tokio::test]
async fn wrong_usage_is_status_2_and_help_is_an_answer() {
    let desk = Desk::new().await;
    let (status, _, errors) = desk.run("aigul", "record 2026-0147 petition_acepted --on 2026-11-20");
    assert_eq!(status, 2);
    assert!(errors.contains("did you mean \"petition_accepted\""), "{errors}");
    assert_eq!(desk.run("aigul", "record 2026-0147 petition_accepted --on 2026-02-30").0, 2);
    assert_eq!(desk.run("aigul", "record 2026-0147").0, 2);
    assert_eq!(desk.run("aigul", "no-such-command").0, 2);
    let (status, output, errors) = desk.run("aigul", "record --help");
    assert_eq!((status, errors.as_str()), (0, ""));
    assert!(output.contains("--nationwide"), "{output}");
}

async fn who_closed_the_pipe_has_heard_enough() {
    let desk = desk().await;
    let (status, errors) = desk.run_into("aigul", &["export"], Box::new(Closed));
    assert_eq!((status, errors.as_str()), (0, ""));
}

async fn what_waits_is_listed_and_confirmed_by_another_person() {
    let desk = desk().await;
    desk.done("record --nationwide moratorium_declared --on 2026-11-01 --act 1251");
    let lifted = desk.json("record --nationwide moratorium_lifted --on 2026-11-20 --act 1252");
    assert_eq!(lifted["unconfirmed"], true);
    let id = lifted["entry"].as_str().unwrap();
    assert!(desk.done("pending").contains(id));
    let shown = desk.done("case show 2026-0147");
    assert!(shown.contains("P9.BAR_MORATORIUM") && shown.contains("nation-wide"), "{shown}");
    let line = shown.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(line.contains("moratorium_lifted") && line.ends_with("waits for a second person"), "{line}");
    let (status, _, errors) = desk.run("aigul", &format!("confirm {id}"));
    assert!(status == 1 && errors.contains("another person"), "{errors}");
    assert_eq!(desk.run("berik", &format!("confirm {id}")).0, 0);
    assert!(!desk.done("pending").contains(id));
}

async fn a_case_is_closed_with_a_reason_and_leaves_the_list() {
    let desk = Desk::new().await;
    desk.done("case open 2026-2 --sentence imprisonment --institution institution:uk-1");
    assert!(desk.done("case list").contains("2026-2"));
    desk.done("case close 2026-2 --reason court_decision");
    assert!(!desk.done("case list").contains("2026-2"));
    assert!(desk.done("case list --all").contains("2026-2"));
    assert_eq!(desk.run("aigul", "case close 2026-2 --reason because").0, 2);
}

async fn notes_stay_in_the_register() {
    let desk = desk().await;
    let id = desk.json("case show 2026-0147")["entries"][2]["entry"].as_str().unwrap().to_owned();
    desk.done(&format!("correct {id} --on 2026-11-19 --reason typo --note secret-words"));
    let shown = desk.done("case show 2026-0147");
    assert!(shown.lines().any(|line| line.starts_with(&id) && line.ends_with("struck")), "{shown}");
    for command in
        ["case show 2026-0147", "--json case show 2026-0147", "deadlines", "--json deadlines", "--json pending"]
    {
        assert!(!desk.done(command).contains("secret-words"), "{command}");
    }
}

async fn import_export_verify_and_replan_work_from_files() {
    let (from, to) = (desk().await, Desk::new().await);
    let file = to.0.path().join("register.jsonl");
    std::fs::write(&file, from.done("export")).unwrap();
    let output = to.done(&format!("import {}", file.display()));
    assert!(output.contains("imported: 1 cases, 2 entries"), "{output}");
    assert_eq!(to.done("export"), from.done("export"));
    assert!(to.done("verify").contains("2 chains, 3 entries: all as they were entered"));
    assert!(to.done("replan --dry-run").contains("1 open cases would be derived anew, 0 deadlines"));
    let (status, _, errors) = to.run("aigul", "verify --seal 00");
    assert!(status == 1 && errors.contains("is no seal"), "{errors}");
    let bad = to.0.path().join("bad.csv");
    std::fs::write(&bad, "case,event,date\n2026-9,petition_accepted,2026-11-20\n").unwrap();
    let (status, output, errors) = to.run("aigul", &format!("import {}", bad.display()));
    assert!(status == 1 && output.starts_with("line 2: there is no case"), "{output}");
    assert!(errors.contains("nothing was imported: 1 line(s)"), "{errors}");
}

async fn a_time_of_today_that_is_still_to_come_is_refused() {
    let desk = desk().await;
    let (status, _, errors) = desk.run("aigul", "record 2026-0147 forwarded --on 2026-11-22 --at 23:59");
    assert!(status == 1 && errors.contains("still to come"), "{errors}");
    desk.done("record 2026-0147 forwarded --on 2026-11-22 --at 11:59");
}

async fn a_second_correction_beside_one_that_waits_is_refused_and_names_it() {
    let desk = desk().await;
    let shown = desk.done("case show 2026-0147");
    let entry =
        shown.lines().find(|line| line.contains("verdict_in_force")).unwrap().split_whitespace().next().unwrap();
    let first = desk.json(&format!("correct {entry} --on 2025-09-01 --reason typo --confirm"));
    assert_eq!(first["unconfirmed"], true, "an earlier entry into force shortens a bar");
    let waiting = first["entry"].as_str().unwrap();
    let (status, _, errors) = desk.run("aigul", &format!("correct {entry} --on 2026-10-02 --reason typo --confirm"));
    assert!(status == 1 && errors.contains(waiting) && errors.contains("waits for a second person"), "{errors}");
    desk.done(&format!("retract {waiting} --reason typo"));
    desk.done(&format!("correct {entry} --on 2026-10-02 --reason typo --confirm"));
}

async fn verify_prints_a_seal_that_holds_later() {
    let desk = desk().await;
    let seal = desk.json("verify")["seal_of_yesterday"].as_str().unwrap().to_owned();
    assert!(desk.done(&format!("verify --seal {seal}")).contains("holds"));
    let (status, _, _) = desk.run("aigul", &format!("verify --seal {}", seal.replace(['a', '1'], "0")));
    assert_eq!(status, 1);
}

on_each_backend!(
    deadlines_come_as_table_json_csv_and_calendar,
    a_refusal_is_one_sentence_on_the_standard_error_and_status_1,
    who_closed_the_pipe_has_heard_enough,
    what_waits_is_listed_and_confirmed_by_another_person,
    a_case_is_closed_with_a_reason_and_leaves_the_list,
    notes_stay_in_the_register,
    import_export_verify_and_replan_work_from_files,
    a_time_of_today_that_is_still_to_come_is_refused,
    a_second_correction_beside_one_that_waits_is_refused_and_names_it,
    verify_prints_a_seal_that_holds_later,
);
