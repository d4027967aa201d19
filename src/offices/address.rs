//! The small, strict check of a mail address (a plain one: no display name, no quotes, no comments).
//!
//! Stricter than RFC 5321: what it refuses, some relay refuses or mistreats, and a directory of offices has no need of it. It is
//! also the wall against an address that would add a header or a command: no control octet and no space gets through.

/// Octets of a whole address (RFC 5321 section 4.5.3.1.3: a path of 256 with its two brackets).
const ADDRESS_OCTETS_MAX: usize = 254;
/// Octets before the `@` (RFC 5321 section 4.5.3.1.1).
const LOCAL_OCTETS_MAX: usize = 64;
/// Octets of a domain's label (RFC 1035 section 2.3.4).
const LABEL_OCTETS_MAX: usize = 63;

/// Whether `address` is a plain `local@domain`; the error says why not, as half a sentence.
pub fn check_address(address: &str) -> Result<(), &'static str> {
    if address.len() > ADDRESS_OCTETS_MAX {
        return Err("is longer than 254 octets");
    }
    if address.chars().any(|character| character.is_control() || character.is_whitespace()) {
        return Err("has a space, a line break or a control character in it");
    }
    if !address.is_ascii() {
        return Err("has a letter outside ASCII (write the domain in punycode, xn--…)");
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err("has no @");
    };
    check_local(local)?;
    check_domain(domain)
}

fn check_local(local: &str) -> Result<(), &'static str> {
    if local.is_empty() || local.len() > LOCAL_OCTETS_MAX {
        return Err("has nothing, or more than 64 octets, before the @");
    }
    if local.split('.').any(str::is_empty) {
        return Err("has a full stop at an end of the part before the @, or two together");
    }
    // RFC 5322 section 3.2.3, atext.
    let is_atext = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&octet);
    if local.bytes().all(is_atext) { Ok(()) } else { Err("has a character before the @ that needs quoting") }
}

/// Whether `domain` is a host name of letters, digits and hyphens with at least two labels.
pub(crate) fn check_domain(domain: &str) -> Result<(), &'static str> {
    let labels: Vec<&str> = domain.split('.').collect();
    let is_label = |label: &&str| {
        (1..=LABEL_OCTETS_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
    };
    if !labels.iter().all(is_label) {
        return Err("has a domain that is not of letters, digits, hyphens and single full stops");
    }
    if labels.len() < 2 {
        return Err("has a domain without a full stop");
    }
    if labels.last().is_some_and(|last| last.bytes().all(|octet| octet.is_ascii_digit())) {
        return Err("has a number for a domain");
    }
    Ok(())
}
