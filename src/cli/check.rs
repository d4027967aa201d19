//! `check`: one line for each thing that the daemon needs, and a non-zero exit if any of them fails.

use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Datelike, Days, Utc};
use clap::Args;
use serde_json::json;

use super::context::Context;
use super::{DONE, REFUSED};
use crate::app;
use crate::config::{Loaded, Secret, Transport};
use crate::letter::Texts;
use crate::offices::{Directory, Finding};
use crate::post::return_path::ReturnPath;
use crate::post::{Connection, Outgoing, Verdict, maildir};
use crate::register::{DEFAULT_ZONE, chain};
use crate::store::{FlagRow, Instant, Migrations, Store};

/// A clock before this year has lost its battery: this program did not exist then.
const YEAR_MIN: i32 = 2026;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Send one test letter to this address
    #[arg(long, value_name = "ADDRESS")]
    send_test: Option<String>,
}

/// One line.
struct Found {
    what: &'static str,
    fails: bool,
    text: String,
}

fn fine(what: &'static str, text: impl Into<String>) -> Found {
    Found { what, fails: false, text: text.into() }
}

fn fails(what: &'static str, text: impl Into<String>) -> Found {
    Found { what, fails: true, text: text.into() }
}

pub(super) async fn run(arguments: Check, context: &mut Context) -> Result<u8> {
    let mut found = Vec::new();
    match context.loaded() {
        Err(problems) => found.push(fails("configuration", problems.to_string())),
        Ok(loaded) => {
            found.push(fine("configuration", loaded.config_origin.to_string()));
            found.extend(offices(&loaded, context));
            found.push(calendar(&loaded, context));
            found.push(texts());
            found.extend(store(&loaded, context.clock.now()).await);
            found.push(clock(context));
            found.push(mail(&loaded, arguments.send_test.as_deref(), context).await);
            found.push(links(&loaded));
        }
    }
    let failed = found.iter().any(|f| f.fails);
    for line in &found {
        let verdict = if line.fails { "FAILS" } else { "ok" };
        if context.print.json {
            context.print.json(&json!({ "check": line.what, "ok": !line.fails, "detail": line.text }))?;
        } else {
            context.print.line(format_args!("{verdict:<6} {:<14} {}", line.what, line.text))?;
        }
    }
    Ok(if failed { REFUSED } else { DONE })
}

/// The directory, and who would be written to today.
fn offices(loaded: &Loaded, context: &Context) -> Vec<Found> {
    let directory = &loaded.directory;
    let mut findings = directory.check();
    for office in directory.offices() {
        let today = context.clock.today(office.zone);
        findings.extend(directory.recipients(&office.code, today).findings);
    }
    findings.sort();
    findings.dedup();
    let mut lines: Vec<Found> = findings
        .iter()
        .map(|finding| match finding {
            Finding::WentToSuperior { .. } => fine("offices", finding.to_string()),
            _ => fails("offices", finding.to_string()),
        })
        .collect();
    let sample = directory.sample_addresses();
    if sample > 0 {
        lines.push(fails(
            "offices",
            format!(
                "{}: {sample} address(es) under example.org reach nobody: name the real ones",
                loaded.offices_origin
            ),
        ));
    }
    if lines.is_empty() {
        lines.push(fine("offices", format!("{}: {} offices", loaded.offices_origin, directory.offices().count())));
    }
    lines
}

fn calendar(loaded: &Loaded, context: &Context) -> Found {
    let days = &loaded.calendar;
    let today = context.clock.today(DEFAULT_ZONE);
    let text =
        format!("{}: vouched for to {}, known to {}", loaded.calendar_origin, days.verified_until, days.known_until);
    let year_ahead = today.checked_add_days(Days::new(366)).unwrap_or(today);
    if days.known_until < year_ahead {
        return fails("calendar", format!("{text}: less than a year ahead; enter the days off of the coming years"));
    }
    if days.verified_until < today {
        fine("calendar", format!("{text}; today is provisional"))
    } else {
        fine("calendar", text)
    }
}

fn texts() -> Found {
    match Texts::embedded().and_then(|texts| texts.check()) {
        Ok(()) => fine("letters", "every rule, rung and language renders"),
        Err(error) => fails("letters", error.to_string()),
    }
}

/// The register answers, its schema is up to date, and it can be written.
async fn store(loaded: &Loaded, now: DateTime<Utc>) -> Vec<Found> {
    let urls = &loaded.config.store.urls;
    if let [url] = urls.as_slice()
        && let Some(path) = url.strip_prefix("sqlite://")
        && !Path::new(path).exists()
    {
        let folder = Path::new(path).parent().unwrap_or(Path::new("/"));
        return vec![if folder.is_dir() {
            fine("store", format!("{url}: new; `keshirim serve` creates it"))
        } else {
            fails(
                "store",
                format!("{url}: the folder {} is not there; create it for the service's user", folder.display()),
            )
        }];
    }
    let password = match loaded.config.store.password(&loaded.environment) {
        Ok(password) => password,
        Err(problem) => return vec![fails("store", problem.to_string())],
    };
    let store = match Store::open_first(urls, password.as_ref().map(Secret::expose), Migrations::Leave).await {
        Ok(store) => store,
        Err(error) => return vec![fails("store", error.to_string())],
    };
    let mut lines = vec![fine("store", urls.join(", "))];
    let migrations = match store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => {
            lines.extend(written(&store, now).await);
            lines.extend(flagged(&store, &loaded.directory).await);
            fine("migrations", "none pending")
        }
        Ok(pending) => fine("migrations", format!("pending: {}; `keshirim serve` applies them", pending.join(", "))),
        Err(error) => fails("migrations", error.to_string()),
    };
    lines.push(migrations);
    store.close().await;
    lines
}

/// The register can be written, and the clock is not behind what was recorded in it.
async fn written(store: &Store, now: DateTime<Utc>) -> Vec<Found> {
    let probe = async {
        store.probe(Instant::new(now)).await?;
        store.snapshot().await?.last_recorded_at().await
    };
    match probe.await {
        Err(error) => vec![fails(
            "store",
            format!("cannot be written ({error}): is the disk full, or does it belong to another user?"),
        )],
        Ok(Some(last)) if last.utc() > now => {
            vec![fails(
                "clock",
                format!(
                    "{now} is before the last entry ({last}): set the clock, or find out who recorded in the future"
                ),
            )]
        }
        Ok(_) => Vec::new(),
    }
}

/// Addresses of the directory that do not work. (Those that nobody is written to at any more are no fault.)
async fn flagged(store: &Store, directory: &Directory) -> Vec<Found> {
    let flags = async { store.snapshot().await?.standing_flags().await };
    let flags = match flags.await {
        Ok(flags) => flags,
        Err(error) => return vec![fails("addresses", error.to_string())],
    };
    let stand = flags.iter().filter_map(|flag| {
        let offices = directory.offices_with(&flag.address).join(", ");
        (!offices.is_empty()).then_some((flag, offices))
    });
    stand
        .map(|(flag, offices)| {
            let FlagRow { address, flagged_at, reason, status, letter_id, .. } = flag;
            fails(
                "addresses",
                format!(
                    "{address} ({offices}) does not work since {flagged_at} (letter {letter_id} {reason}, {status}): correct it in offices.toml, or `keshirim offices --lift {address}` once it works"
                ),
            )
        })
        .collect()
}

fn clock(context: &Context) -> Found {
    let now = context.clock.now();
    if now.year() < YEAR_MIN {
        return fails(
            "clock",
            format!("{now}: before this program was written; set the clock and enable time synchronisation"),
        );
    }
    fine("clock", now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

/// The way out: connected, TLS, AUTH; a letter goes only when it is asked for.
async fn mail(loaded: &Loaded, send_test: Option<&str>, context: &Context) -> Found {
    let mail = &loaded.config.mail;
    let now = context.clock.now();
    let test = send_test.map(|to| test_letter(mail, to, now));
    if mail.transport == Transport::Maildir {
        let folder = mail.maildir.display();
        let Some((id, bytes)) = test else {
            let usable = mail.maildir.is_dir() || mail.maildir.parent().is_some_and(Path::is_dir);
            return if usable {
                fine("mail", format!("letters are kept in {folder} and go to nobody"))
            } else {
                fails("mail", format!("the folder {folder} is not there and cannot be made"))
            };
        };
        return verdict(&maildir::deliver(&mail.maildir, &id, &bytes).await);
    }
    let relay = match app::relay(loaded) {
        Ok(relay) => relay,
        Err(error) => return fails("mail", format!("{error:#}")),
    };
    match (Connection::connect(&relay).await, test, send_test) {
        (Err(fault), _, _) => fails("mail", format!("{}:{}: {fault}", mail.host, mail.port)),
        (Ok(connection), Some((_, bytes)), Some(to)) => {
            let from = ReturnPath::new(&mail.return_address, None).of("");
            let outgoing = Outgoing { envelope_from: &from, envelope_to: to, bytes: &bytes };
            let (answer, kept) = connection.send(&outgoing).await;
            if let Some(kept) = kept {
                kept.quit().await;
            }
            verdict(&answer)
        }
        (Ok(connection), _, _) => {
            connection.quit().await;
            fine("mail", format!("{}:{}: connected, protected, signed in", mail.host, mail.port))
        }
    }
}

/// The key that return addresses and the links for acknowledging are signed with.
fn links(loaded: &Loaded) -> Found {
    match loaded.config.mail.return_secret.read("mail.return_secret", &loaded.environment) {
        Ok(_) => fine("links", "letters can be acknowledged, and bounces be told from forged ones"),
        // A folder needs no return address; where letters go out, nobody could answer them.
        Err(_) if loaded.config.mail.transport == Transport::Maildir => {
            fine("links", "no mail.return_secret: letters carry no link to acknowledge them")
        }
        Err(problem) => fails("links", format!("letters carry no link to acknowledge them: {problem}")),
    }
}

fn verdict(verdict: &Verdict) -> Found {
    match verdict {
        Verdict::Accepted { .. } => fine("mail", verdict.to_string()),
        _ => fails("mail", verdict.to_string()),
    }
}

/// A letter that says only what it is; plain ASCII, so that it needs nothing of the relay.
fn test_letter(mail: &crate::config::Mail, to: &str, now: DateTime<Utc>) -> (String, Vec<u8>) {
    let id = chain::short_id_of('L', &format!("test {to} {now}"));
    let text = format!(
        "From: <{from}>\r\nTo: <{to}>\r\nSubject: keshirim test letter\r\nDate: {date}\r\nMessage-ID: <{id}.test@{domain}>\r\n\
         Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         This is a test of the way out of keshirim. Nothing is to be done.\r\n",
        from = mail.from_address,
        date = now.to_rfc2822(),
        domain = mail.message_id_domain,
    );
    (id, text.into_bytes())
}
