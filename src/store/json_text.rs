//! JSON that is stored and read whole, and parsed only by those who look into it.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use super::Json;

/// A JSON text: `jsonb` on PostgreSQL (which keeps its meaning and not its spelling), `text` on SQLite. The default is `null`.
#[derive(Clone, sqlx::Type)]
#[sqlx(transparent)]
pub struct JsonText(Json<Box<RawValue>>);

impl JsonText {
    /// `value` as JSON.
    pub fn of(value: &impl Serialize) -> Self {
        Self(Json(to_raw_value(value).expect("what is kept as JSON has names for keys and no way to fail")))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// What it says.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.as_str()).expect("the text was read as JSON before")
    }

    /// The first eight octets of its SHA-256: whether it is still what was written before, without reading that.
    pub fn hash(&self) -> i64 {
        let digest = Sha256::digest(self.as_str());
        i64::from_be_bytes(digest[..8].try_into().expect("a digest of 32 octets has eight"))
    }
}

impl Default for JsonText {
    fn default() -> Self {
        Self(Json(RawValue::NULL.to_owned()))
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        // PostgreSQL spells it in its own way.
        self.as_str() == other.as_str() || self.value() == other.value()
    }
}

impl Eq for JsonText {}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
