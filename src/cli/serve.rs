//! `serve`: the daemon.

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;

use super::DONE;
use super::context::Context;
use crate::app::{self, App};
use crate::config::{Loaded, LogFormat};

pub(super) async fn run(context: &mut Context) -> Result<u8> {
    let loaded = context.loaded()?;
    start_log(&loaded)?;
    tracing::info!(config = %loaded.config_origin, offices = %loaded.offices_origin, calendar = %loaded.calendar_origin, "starting");
    let listener = app::listen(loaded.config.http.listen).await?;
    let app = App::build(loaded, context.clock.clone()).await?;
    app::serve(app, listener).await?;
    Ok(DONE)
}

/// The log goes to the standard error, which systemd hands to the journal: for people, or one JSON object a line. It names
/// cases, rules, offices and letters; never a person, an address or a crime.
pub(super) fn start_log(loaded: &Loaded) -> Result<()> {
    let filter = loaded.log_filter();
    let filter = EnvFilter::try_new(filter).map_err(|why| {
        anyhow!("the log filter \"{filter}\" cannot be read ({why}): correct $RUST_LOG or [log] filter")
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A log that cannot be written (its disk is full, the journal has gone) would otherwise be complained of where it cannot be
    // written either, and that ends whoever wanted to say something.
    let log = log.log_internal_errors(false);
    // Colours are for a terminal, not for the journal.
    let log = log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let done = match loaded.config.log.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    done.map_err(|why| anyhow!("the log cannot be started: {why}"))
}
