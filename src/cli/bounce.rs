//! `bounce`: one mail that came back to the return address of a letter, as the local mail server pipes it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use serde_json::json;

use super::DONE;
use super::context::Context;
use crate::config::Config;
use crate::post::bounce::{BounceError, Outcome, TakenIn, take_in};
use crate::post::report::{Action, MAIL_OCTETS_MAX};
use crate::post::return_path::ReturnPath;

/// Reads one mail to the return address of a letter: a delivery status report (RFC 3464), or somebody's automatic reply.
///
/// Only a valid return token counts; a forged or unsigned mail changes nothing.
#[derive(Debug, Args)]
#[command(after_long_help = HOW)]
pub(super) struct Bounce {
    /// A mail, or - for the standard input
    #[arg(default_value = "-")]
    file: PathBuf,
}

const HOW: &str = "\
Exit status: 0 = taken in or noted, 1 = not one of ours (nothing was changed), 75 = the register, its configuration or the key \
cannot be read at this moment: Postfix and Exim keep the mail and try again.

The mail server must run it as the register's user (keshirim), who must be able to read the key that signs return tokens: \
[mail] return_secret_file, mode 0600, because the daemon's systemd credential is not there for others.

Postfix (needs recipient_delimiter = +):
  master.cf:  keshirim  unix  -  n  n  -  1  pipe
                flags=DORX user=keshirim argv=/usr/bin/keshirim bounce -
  main.cf:    transport_maps = hash:/etc/postfix/transport
              keshirim_destination_recipient_limit = 1
  transport:  keshirim-return@example.org  keshirim:
Or an alias, keshirim-return: \"|/usr/bin/keshirim bounce -\", in an alias file of its own that belongs to keshirim: Postfix runs a \
command with the rights of the file's owner.

Exim:
  router:     keshirim_return:
                driver = accept
                domains = example.org
                local_parts = keshirim-return
                local_part_suffix = +*
                transport = keshirim_bounce
  transport:  keshirim_bounce:
                driver = pipe
                command = /usr/bin/keshirim bounce -
                user = keshirim
                envelope_to_add
                return_output";

/// What a mail server should try again: the fault is not the mail's.
#[derive(Debug)]
pub(super) struct TryLater;

impl std::fmt::Display for TryLater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the mail is to be tried again later")
    }
}

pub(super) async fn run(arguments: &Bounce, context: &mut Context) -> Result<u8> {
    let mail = read(arguments)?;
    let (config, _) = Config::load(context.config.as_deref()).map_err(|p| anyhow!("{p}")).context(TryLater)?;
    let key = config.return_key().map_err(|problem| anyhow!("{problem}")).context(TryLater)?;
    let return_path = ReturnPath::new(&config.mail.return_address, Some(key.expose()));
    there(&config).context(TryLater)?;
    let desk = context.desk().await.context(TryLater)?;
    let taken = match take_in(&desk.store, &return_path, &desk.config.retry, &mail, desk.now).await {
        Ok(taken) => taken,
        Err(error @ BounceError::Store(_)) => return Err(anyhow!(error).context(TryLater)),
        Err(error) => return Err(error.into()),
    };
    desk.store.close().await;
    say(&taken, context)?;
    Ok(DONE)
}

/// A register that is not where it is configured is not made anew here: an empty one would know no letter, and the report were lost.
fn there(config: &Config) -> Result<()> {
    match config.store.urls.as_slice() {
        [url] if url.strip_prefix("sqlite://").is_some_and(|path| !Path::new(path).exists()) => {
            bail!("there is no register at {url}: correct [store] url, or run as a user who may read it")
        }
        _ => Ok(()),
    }
}

/// The mail, and one octet more than is allowed where it is longer.
fn read(arguments: &Bounce) -> Result<Vec<u8>> {
    let mut mail = Vec::new();
    let limit = MAIL_OCTETS_MAX as u64 + 1;
    if arguments.file.as_os_str() == "-" {
        let stdin = std::io::stdin().lock();
        stdin.take(limit).read_to_end(&mut mail).context("cannot read the mail").context(TryLater)?;
    } else {
        let shown = arguments.file.display();
        let file = File::open(&arguments.file).with_context(|| format!("cannot read {shown}"))?;
        file.take(limit).read_to_end(&mut mail).with_context(|| format!("cannot read {shown}"))?;
    }
    Ok(mail)
}

fn say(taken: &TakenIn, context: &mut Context) -> Result<()> {
    let (letter, office) = (&taken.letter_id, &taken.office);
    let action = taken.action.map(Action::as_str);
    let status = taken.status.map(|status| status.to_string());
    if context.print.json {
        let outcome = taken.outcome.as_str();
        return Ok(context.print.json(&json!({
            "letter": letter, "office": office, "action": action, "status": status, "outcome": outcome,
            "again": taken.again,
        }))?);
    }
    let followed = match (taken.outcome, taken.again) {
        (_, true) => "the same report was read before; nothing follows again",
        (Outcome::Flagged, _) => {
            "nothing more is sent to its address, and somebody else is told (`keshirim offices` lists such addresses)"
        }
        (Outcome::Failed, _) => "it did not arrive, and somebody else is told",
        (Outcome::Passing, _) => "a passing fault; it goes again, byte for byte",
        (Outcome::Noted, _) => "noted, nothing follows",
    };
    match (action, status) {
        (Some(action), Some(status)) => {
            context.print.line(format_args!("letter {letter} ({office}): {action} {status}: {followed}"))?;
        }
        _ => context.print.line(format_args!("letter {letter} ({office}): no delivery report, {followed}"))?,
    }
    Ok(())
}
