//! Configuration: `keshirim.toml`, `offices.toml`, `calendar.toml`, secrets, and the only place that reads the environment.
//!
//! The shipped files are embedded and are the defaults: a file of the user's is laid over `keshirim.toml` key by key. Every
//! refusal names the file, the line, the key and the remedy, and all of a file's faults are told at once.

mod calendar_file;
mod environment;
mod ladder;
mod loaded;
mod mail;
mod node;
mod offices_file;
mod problem;
mod secret;
mod sections;
mod source;
mod value;

use std::path::Path;

use chrono_tz::Tz;

pub use calendar_file::{CalendarFile, DayOff, Worked};
pub use environment::{Environment, system_user, user_of};
pub use ladder::{
    BarLadder, Before, DutyLadder, Every, Ladders, RightLadder, RightWithoutEndLadder, StepLadder, WaitLadder,
};
pub use loaded::{Loaded, Origin};
pub use mail::{ClientCertificate, Mail, Security, Transport};
pub use offices_file::parse as parse_offices;
pub use problem::{Problem, Problems};
pub use secret::{Secret, SecretPlace};
pub use sections::{Audit, Config, Files, Http, Letters, Log, LogFormat, Register, Retry, StoreSection};

use node::Node;
use source::Source;

/// The shipped `keshirim.toml`: the defaults.
pub const SHIPPED_CONFIG: &str = include_str!("../../config/keshirim.toml");
/// The shipped `offices.toml`: a sample.
pub const SHIPPED_OFFICES: &str = include_str!("../../config/offices.toml");
/// The shipped `calendar.toml`.
pub const SHIPPED_CALENDAR: &str = include_str!("../../config/calendar.toml");

/// Where the configuration is looked for last.
pub const CONFIG_PATH: &str = "/etc/keshirim/keshirim.toml";

/// The zone where none is given: that of the capital and of most regions.
pub const ZONE_DEFAULT: Tz = chrono_tz::Asia::Almaty;

impl Default for Config {
    fn default() -> Self {
        Self::parse("the built-in keshirim.toml", "", None)
            .expect("a test reads the shipped configuration before it is shipped")
    }
}

impl Config {
    /// Reads `text` over the shipped defaults, calling it `file` in every [`Problem`]; relative paths are taken from `folder`.
    pub fn parse(file: &str, text: &str, folder: Option<&Path>) -> Result<Self, Problems> {
        let (source, shipped) = (Source::new(file, text), Source::new("the built-in keshirim.toml", SHIPPED_CONFIG));
        let (own, shipped) = (source.parse()?, shipped.parse()?);
        let config = Self::read(&Node::over(&source, &own, &shipped), folder);
        source.finish(config)
    }

    /// The full names of all keys that the program reads, such as `mail.port`, in order: every one is documented in the
    /// shipped file, and the shipped file has no other.
    pub fn keys() -> Vec<String> {
        let source = Source::new("the built-in keshirim.toml", SHIPPED_CONFIG);
        let table = source.parse().expect("a test reads the shipped configuration before it is shipped");
        Self::read(&Node::over(&source, &table, &table), None);
        source.asked().into_iter().collect()
    }
}
