//! What a calendar program that is not ours makes of the calendar part: khal of Debian, with its own folder and configuration.
//!
//! khal knows no iTIP: it reads neither METHOD nor SEQUENCE. An import with a known UID replaces the entry, as vdirsyncer and most
//! calendar programs do with one UID in one collection. So what holds is: a moved day moves the one entry there is, whichever
//! SEQUENCE it carries, and a cancelled entry stays where it was and is marked CANCELLED; it is not removed. That is why a letter
//! of either kind says in words that the old entry is to be deleted.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use keshirim::letter::{Language, Rung};
use tempfile::TempDir;

use super::{day, flat, forward, letter, rendered, step, usual};

/// A calendar of khal's in a folder of its own.
struct Calendar(TempDir);

impl Calendar {
    fn new(zone: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("entries")).expect("made");
        let shown = folder.path().display();
        let configuration = format!(
            "[calendars]\n[[letters]]\npath = {shown}/entries\ntype = calendar\n[sqlite]\npath = {shown}/cache.db\n\
             [locale]\nlocal_timezone = {zone}\ndefault_timezone = {zone}\ntimeformat = %H:%M\ndateformat = %Y-%m-%d\n\
             longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n\
             [default]\ndefault_calendar = letters\n"
        );
        std::fs::write(folder.path().join("config"), configuration).expect("written");
        Self(folder)
    }

    fn khal(&self, arguments: &[&str], files: &[std::path::PathBuf]) -> Output {
        let home = self.0.path();
        let mut command = Command::new("/usr/bin/khal");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).env("LC_ALL", "C.UTF-8");
        let done = command.arg("-c").arg(home.join("config")).args(arguments).args(files).output();
        done.unwrap_or_else(|error| panic!("/usr/bin/khal does not start ({error}): apt-get install khal"))
    }

    /// Imports calendar parts; khal must take each.
    fn import(&self, parts: &[String]) {
        let files: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(number, part)| {
                let file = self.0.path().join(format!("{number:04}.ics"));
                std::fs::write(&file, part).expect("written");
                file
            })
            .collect();
        let done = self.khal(&["import", "--batch", "-a", "letters"], &files);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success() && !said.to_lowercase().contains("error"), "{said}");
    }

    /// What khal shows of March 2005: a line for each entry.
    fn march(&self) -> Vec<String> {
        let shape = "{start-date} {end-date} whole-day={all-day} status={status} {uid} {title}";
        let done = self.khal(&["list", "--day-format", "", "--format", shape, "2005-03-01", "31d"], &[]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let said = String::from_utf8(done.stdout).expect("UTF-8");
        said.lines().filter(|line| line.contains("whole-day")).map(str::to_owned).collect()
    }

    fn entries(&self) -> usize {
        std::fs::read_dir(self.0.path().join("entries")).expect("there").count()
    }
}

fn part(line: keshirim::letter::Line<'static>) -> String {
    rendered(&letter(Language::Kk, vec![line])).ics.expect("a calendar part")
}

#[test]
fn khal_takes_the_calendar_part_of_every_kind_of_letter() {
    let parts: Vec<String> = usual::letters().iter().filter_map(|letter| rendered(letter).ics).collect();
    let uids = parts.iter().flat_map(|part| {
        let lines = part.replace("\r\n ", "");
        let uids = lines.lines().filter_map(|line| line.strip_prefix("UID:")).filter(|uid| !uid.starts_with("alarm."));
        uids.map(str::to_owned).collect::<Vec<_>>()
    });
    let uids: BTreeSet<String> = uids.collect();
    assert!(parts.len() > 50 && uids.len() > 10, "{} parts, {} entries", parts.len(), uids.len());
    let calendar = Calendar::new("Asia/Almaty");
    calendar.import(&parts);
    assert_eq!(calendar.entries(), uids.len());
}

#[test]
fn in_khal_a_moved_day_moves_the_one_entry_and_a_closed_term_is_marked_cancelled() {
    let calendar = Calendar::new("Asia/Almaty");
    let shown = |on: &str, status: &str| {
        let what = "өтінішті немесе актіні Президент Әкімшілігіне табыс ету";
        let uid = "2005-0147.P11_2EFORWARD.17@keshirim.example";
        format!("{on} {on} whole-day=True status={status} {uid} № 2005-0147: {what}")
    };
    let march = || calendar.march().iter().map(|line| flat(line)).collect::<Vec<_>>();
    calendar.import(&[part(forward(Rung::Opened))]);
    assert_eq!(march(), [shown("2005-03-08", "CONFIRMED")]);

    let mut moved = forward(Rung::Moved { old: Some(day("2005-03-08")), reason: "typo" });
    moved.shown = Some(day("2005-03-18"));
    moved.sequence = 3;
    calendar.import(&[part(moved)]);
    assert_eq!(march(), [shown("2005-03-18", "CONFIRMED")], "the old entry is gone");

    let mut closed = forward(Rung::Closed { by: "forwarded" });
    closed.shown = Some(day("2005-03-18"));
    closed.sequence = 4;
    let closed = part(closed);
    assert!(closed.contains("METHOD:CANCEL\r\n"), "{closed}");
    calendar.import(&[closed]);
    assert_eq!(march(), [shown("2005-03-18", "CANCELLED")]);
    assert_eq!(calendar.entries(), 1);
}

#[test]
fn a_deadline_is_on_its_civil_day_wherever_the_calendar_is_read() {
    for zone in ["Asia/Almaty", "Pacific/Kiritimati", "Pacific/Honolulu", "America/New_York"] {
        let calendar = Calendar::new(zone);
        let mut control = step(Rung::ControlDate);
        control.shown = Some(day("2005-03-27"));
        // Two entries on days on which some of these zones change their clocks or are a day apart.
        calendar.import(&[part(forward(Rung::Opened)), part(control)]);
        let days: Vec<String> = calendar.march().iter().map(|line| line[..21].to_owned()).collect();
        assert_eq!(days, ["2005-03-08 2005-03-08", "2005-03-27 2005-03-27"], "{zone}");
    }
}
