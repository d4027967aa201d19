//! What a command has at hand: the configuration, the register, the clock, the output.

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow};
use chrono::{DateTime, Utc};

use super::print::Print;
use crate::clock::Clock;
use crate::config::{Config, Environment, Loaded, Secret, system_user};
use crate::law::calendar::Calendar;
use crate::register::Registrar;
use crate::store::{Migrations, Store};

/// What a command has at hand.
#[derive(Debug)]
pub struct Context {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// Where answers go.
    pub print: Print,
    /// The time.
    pub clock: Clock,
    /// Who runs the command, where it is not asked of the system (tests).
    pub who: Option<String>,
}

/// An open register with the calendar and the person, owned: [`Desk::registrar`] borrows it.
#[derive(Debug)]
pub struct Desk {
    /// The register.
    pub store: Store,
    /// The working days.
    pub calendar: Calendar,
    /// The configuration.
    pub config: Config,
    /// Who runs the command.
    pub who: String,
    /// The instant the command began.
    pub now: DateTime<Utc>,
}

impl Desk {
    /// The person at the register.
    pub fn registrar(&self) -> Registrar<'_> {
        Registrar { store: &self.store, calendar: &self.calendar, config: &self.config, who: &self.who, now: self.now }
    }
}

impl Context {
    /// The configuration, offices and calendar.
    pub fn loaded(&self) -> Result<Loaded> {
        Loaded::load(self.config.as_deref()).map_err(|problems| anyhow!("{problems}"))
    }

    /// Opens the register that is configured.
    pub async fn desk(&self) -> Result<Desk> {
        let (config, calendar, origin) =
            Loaded::load_for_the_register(self.config.as_deref()).map_err(|problems| anyhow!("{problems}"))?;
        let urls = &config.store.urls;
        let password = config.store.password(&Environment::read()).map_err(|problem| anyhow!("{problem}"))?;
        let password = password.as_ref().map(Secret::expose);
        let store = Store::open_first(urls, password, Migrations::Run).await.with_context(|| {
            format!(
                "cannot open {}: correct [store] url in {}, or run as a user who may write there",
                urls.join(", "),
                origin
            )
        })?;
        let who = match &self.who {
            Some(who) => who.clone(),
            None => system_user().map_err(|why| anyhow!(why))?,
        };
        Ok(Desk { store, calendar: calendar.calendar(), config, who, now: self.clock.now() })
    }
}
