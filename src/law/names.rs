//! Names that users, files and programs share: each enum of them is declared once, and a wrong one is answered with the nearest.

use std::fmt;

/// A name that is none of the known ones, with the nearest of them as the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What was expected: "event type", "sentence", "rule", …
    pub what: &'static str,
    /// What was given.
    pub name: String,
    /// What there is.
    pub known: &'static [&'static str],
}

/// Below this similarity (Jaro-Winkler, 0 to 1) a known name is no help to someone who mistyped another.
const SIMILARITY_MIN: f64 = 0.75;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} \"{}\"", self.what, self.name)?;
        let nearest = self
            .known
            .iter()
            .map(|known| (strsim::jaro_winkler(known, &self.name), *known))
            .filter(|(similarity, _)| *similarity >= SIMILARITY_MIN)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, known)) => write!(f, ", did you mean \"{known}\"?"),
            None if self.known.len() <= 8 => write!(f, "; known are {}", self.known.join(", ")),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownName {}

/// Declares an enum of names: variants, `as_str`, `FromStr`, `Display`.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every name, in order.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name used in files, on the command line and over HTTP.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::law::names::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::law::names::UnknownName { what: $what, name: name.to_owned(), known: Self::NAMES }),
                }
            }
        }
    };
}
pub(crate) use names;
