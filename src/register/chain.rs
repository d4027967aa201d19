//! The hash chain: what is hashed, and the short id that follows from it.

use sha2::{Digest, Sha256};

use crate::store::EventRow;

/// The version of the canonical form; part of what is hashed.
const FORM: &str = "keshirim entry 1";

/// Crockford's base 32: no I, L, O, U, so that an id read aloud or typed is not mistaken.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters of a short id after its prefix: 80 bits. Registers of older programs have ids of the first ten of them, 50 bits: among the
/// entries of a million cases two would have had the same with a chance of one in twenty.
const ID_CHARACTERS: usize = 16;
/// Characters of an id of an older program, its prefix included.
const OLD_ID_LENGTH: usize = 12;

/// The hash of an entry: SHA-256 in hexadecimal over one JSON array, so that no two different entries give the same bytes.
///
/// It covers everything in the row, the previous hash included; the id follows from it.
pub fn hash(row: &EventRow) -> String {
    let canonical = serde_json::to_vec(&(
        FORM,
        (&row.chain, row.seq, &row.action, &row.target, &row.kind),
        (row.day.map(|day| day.to_string()), &row.local_time, &row.fields.0, &row.reason, &row.note),
        (row.recorded_at.to_string(), &row.recorded_by, row.needs_confirmation, &row.prev_hash),
    ))
    .expect("texts, numbers and maps with text keys always serialise");
    hex(&Sha256::digest(canonical))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The id of the entry with that hash.
pub fn event_id(hash: &str) -> String {
    short_id('E', hash)
}

/// Whether `event_id` is the id of the entry with that hash, in this program's length or an older one's.
pub fn is_id_of(event_id: &str, hash: &str) -> bool {
    is_same_id(event_id, &self::event_id(hash))
}

/// Whether `id` is `whole`, or what an older program wrote of it.
pub fn is_same_id(id: &str, whole: &str) -> bool {
    id == whole || (id.len() == OLD_ID_LENGTH && whole.starts_with(id))
}

/// A short id, `prefix`-XXXXXXXXXXXXXXXX, of a hexadecimal hash.
pub fn short_id(prefix: char, hash: &str) -> String {
    let bits = u128::from_str_radix(hash.get(..20).unwrap_or("0"), 16).unwrap_or(0);
    let mut id = String::with_capacity(ID_CHARACTERS + 2);
    id.push(prefix);
    id.push('-');
    for i in 0..ID_CHARACTERS {
        let five = bits >> (75 - 5 * i) & 31;
        id.push(char::from(CROCKFORD[usize::try_from(five).expect("five bits fit")]));
    }
    id
}

/// A short id made of a text, for what is no entry (deadlines).
pub fn short_id_of(prefix: char, text: &str) -> String {
    short_id(prefix, &hex(&Sha256::digest(text)))
}

/// An id as a person types it, in the form in which it is stored: upper case, O read as 0, I and L as 1.
pub fn normal_id(typed: &str) -> String {
    let typed = typed.trim().to_uppercase();
    match typed.split_once('-') {
        Some((prefix, rest)) => {
            let rest: String = rest
                .chars()
                .map(|c| match c {
                    'O' => '0',
                    'I' | 'L' => '1',
                    c => c,
                })
                .collect();
            format!("{prefix}-{rest}")
        }
        None => typed,
    }
}
