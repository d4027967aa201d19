//! From paths to checked values: what the daemon starts with and what a reload replaces.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::problem::{Problem, Problems};
use super::secret::Secret;
use super::{CONFIG_PATH, CalendarFile, Config, Environment, offices_file};
use crate::offices::Directory;

/// Octets of one configuration file, at most.
const FILE_OCTETS_MAX: u64 = 4 << 20;

/// Where a file's values came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This file.
    File(PathBuf),
    /// The shipped file, embedded in the program.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::BuiltIn => f.write_str("built in"),
        }
    }
}

/// Everything that is configured, and where each part came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The service.
    pub config: Config,
    /// Who is behind each office.
    pub directory: Directory,
    /// The days.
    pub calendar: CalendarFile,
    /// Where `config` came from.
    pub config_origin: Origin,
    /// Where `directory` came from.
    pub offices_origin: Origin,
    /// Where `calendar` came from.
    pub calendar_origin: Origin,
    /// The environment at the start.
    pub environment: Environment,
}

impl Config {
    /// Reads `explicit`, else `$KESHIRIM_CONFIG`, else [`CONFIG_PATH`] if it exists, else the built-in defaults. A file that was
    /// named must be there.
    pub fn load(explicit: Option<&Path>) -> Result<(Self, Origin), Problems> {
        Self::load_from(explicit, &Environment::read(), Path::new(CONFIG_PATH))
    }

    /// As [`Config::load`], with the environment and the last place to look given.
    pub fn load_from(
        explicit: Option<&Path>,
        environment: &Environment,
        last: &Path,
    ) -> Result<(Self, Origin), Problems> {
        let (path, text) = match explicit.or(environment.config.as_deref()) {
            Some(path) => (path, read_file(path)?),
            None => match read_if_there(last)? {
                Some(text) => (last, text),
                None => return Ok((Self::default(), Origin::BuiltIn)),
            },
        };
        // Absolute, so that a daemon that changes its folder reloads the same files.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let config = Self::parse(&path.display().to_string(), &text, path.parent())?;
        Ok((config, Origin::File(path)))
    }

    /// The key that return tokens are signed with.
    pub fn return_key(&self) -> Result<Secret, Problem> {
        self.mail.return_secret.read("mail.return_secret", &Environment::read())
    }
}

impl Loaded {
    /// Reads all three files. What is wrong between the lines of the offices file does not stop a start, because a daemon
    /// that does not start warns nobody: see [`Loaded::warnings`].
    pub fn load(explicit: Option<&Path>) -> Result<Self, Problems> {
        Self::load_from(explicit, Environment::read(), Path::new(CONFIG_PATH))
    }

    /// Reads what recording needs: the service and the calendar. Whoever records a fact is not stopped by a slip in the offices.
    pub fn load_for_the_register(explicit: Option<&Path>) -> Result<(Config, CalendarFile, Origin), Problems> {
        let (config, origin) = Config::load_from(explicit, &Environment::read(), Path::new(CONFIG_PATH))?;
        let beside = match &origin {
            Origin::File(path) => Some(path.with_file_name("calendar.toml")),
            Origin::BuiltIn => None,
        };
        let calendar = find(config.files.calendar.as_deref(), beside)?;
        let days = read_calendar(&calendar)?;
        Ok((config, days, origin))
    }

    /// As [`Loaded::load`], with the environment and the last place to look given.
    pub fn load_from(explicit: Option<&Path>, environment: Environment, last: &Path) -> Result<Self, Problems> {
        let (config, config_origin) = Config::load_from(explicit, &environment, last)?;
        let beside = |name: &str| match &config_origin {
            Origin::File(path) => Some(path.with_file_name(name)),
            Origin::BuiltIn => None,
        };
        let offices = find(config.files.offices.as_deref(), beside("offices.toml"));
        let calendar = find(config.files.calendar.as_deref(), beside("calendar.toml"));
        let (offices, calendar) = both(offices, calendar)?;
        let (directory, days) = both(read_offices(&offices), read_calendar(&calendar))?;
        Ok(Self {
            config,
            directory,
            calendar: days,
            config_origin,
            offices_origin: offices,
            calendar_origin: calendar,
            environment,
        })
    }

    /// Reads offices and calendar again, from where they were read before, or from a file that has since appeared beside
    /// `keshirim.toml`; both are taken or neither. Refused as a whole: what a start refuses, a file that has gone, and offices
    /// with a finding that [`crate::offices::Finding::refuses_reload`]; `self` is then as it was.
    pub fn reload_offices_and_calendar(&mut self) -> Result<(), Problems> {
        let again = |origin: &Origin, name: &str| match (origin, &self.config_origin) {
            (Origin::BuiltIn, Origin::File(config)) => find(None, Some(config.with_file_name(name))),
            _ => Ok(origin.clone()),
        };
        let offices = again(&self.offices_origin, "offices.toml");
        let (offices, calendar) = both(offices, again(&self.calendar_origin, "calendar.toml"))?;
        let directory = read_offices(&offices).and_then(|directory| refuse_findings(&offices, directory));
        let (directory, days) = both(directory, read_calendar(&calendar))?;
        (self.directory, self.calendar) = (directory, days);
        (self.offices_origin, self.calendar_origin) = (offices, calendar);
        Ok(())
    }

    /// The log filter: `$RUST_LOG`, else `log.filter`.
    pub fn log_filter(&self) -> &str {
        self.environment.rust_log.as_deref().unwrap_or(&self.config.log.filter)
    }

    /// What the operators should hear although it stops nothing, in sentences.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> =
            self.directory.check().iter().map(|finding| format!("{}: {finding}", self.offices_origin)).collect();
        let sample = self.directory.sample_addresses();
        if self.offices_origin == Origin::BuiltIn {
            let told = "offices: the built-in sample is used and its addresses reach nobody: \
                        put offices.toml beside keshirim.toml, or name it in files.offices.";
            warnings.insert(0, told.to_owned());
        } else if sample > 0 {
            let told = format!(
                "{}: {sample} addresses under example.org are the sample's and reach nobody: write the real ones.",
                self.offices_origin
            );
            warnings.insert(0, told);
        }
        warnings
    }
}

fn refuse_findings(origin: &Origin, directory: Directory) -> Result<Directory, Problems> {
    let problems: Vec<Problem> = directory
        .check()
        .iter()
        .filter(|finding| finding.refuses_reload())
        .map(|finding| Problem {
            file: origin.to_string(),
            line: None,
            key: String::new(),
            what: finding.to_string().trim_end_matches('.').to_owned(),
            remedy: "The directory read before stays in use.".to_owned(),
        })
        .collect();
    if problems.is_empty() { Ok(directory) } else { Err(Problems(problems)) }
}

/// The named file; else the one beside `keshirim.toml` if it is there; else the built-in one.
fn find(named: Option<&Path>, beside: Option<PathBuf>) -> Result<Origin, Problems> {
    if let Some(named) = named {
        return Ok(Origin::File(named.to_owned()));
    }
    let Some(beside) = beside else {
        return Ok(Origin::BuiltIn);
    };
    match beside.try_exists() {
        Ok(true) => Ok(Origin::File(beside)),
        Ok(false) => Ok(Origin::BuiltIn),
        // Not the same as absent: falling back to the sample here would send letters nowhere.
        Err(error) => Err(unreadable(&beside, &error.to_string()).into()),
    }
}

fn read_offices(origin: &Origin) -> Result<Directory, Problems> {
    match origin {
        Origin::BuiltIn => Ok(offices_file::shipped()),
        Origin::File(path) => offices_file::parse(&path.display().to_string(), &read_file(path)?),
    }
}

fn read_calendar(origin: &Origin) -> Result<CalendarFile, Problems> {
    match origin {
        Origin::BuiltIn => Ok(CalendarFile::shipped()),
        Origin::File(path) => CalendarFile::parse(&path.display().to_string(), &read_file(path)?),
    }
}

/// Both values, or the problems of both.
fn both<A, B>(first: Result<A, Problems>, second: Result<B, Problems>) -> Result<(A, B), Problems> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(Problems(mut first)), Err(Problems(second))) => {
            first.extend(second);
            Err(Problems(first))
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => Err(problems),
    }
}

fn read_if_there(path: &Path) -> Result<Option<String>, Problems> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => read_file(path).map(Some),
    }
}

fn read_file(path: &Path) -> Result<String, Problems> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(FILE_OCTETS_MAX + 1).read_to_string(&mut text));
    match read {
        Err(error) => Err(unreadable(path, &error.to_string()).into()),
        Ok(_) if text.len() as u64 > FILE_OCTETS_MAX => Err(unreadable(path, "longer than 4 MiB").into()),
        Ok(_) => Ok(text),
    }
}

fn unreadable(path: &Path, why: &str) -> Problem {
    Problem {
        file: path.display().to_string(),
        line: None,
        key: String::new(),
        what: format!("cannot be read ({why})"),
        remedy: "Name a text file that the service user can read.".to_owned(),
    }
}
