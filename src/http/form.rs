//! Names and values of a query or of a form (`application/x-www-form-urlencoded`).

/// The value of `name` in `text`, decoded; none if it is not there or is no UTF-8.
pub(super) fn value(text: &str, name: &str) -> Option<String> {
    text.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key)? == name).then(|| decoded(value)).flatten()
    })
}

/// Every value of `name` in `text`, decoded; what is no UTF-8 is left out.
pub(super) fn values(text: &str, name: &str) -> Vec<String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| decoded(key).as_deref() == Some(name)).filter_map(|(_, value)| decoded(value)).collect()
}

/// `+` is a space and `%41` is A; a `%` that begins nothing stands for itself.
fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| first == b'%').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        if let Some(octet) = escaped {
            octets.push(octet);
            rest = &tail[2..];
        } else {
            octets.push(if first == b'+' { b' ' } else { first });
            rest = tail;
        }
    }
    String::from_utf8(octets).ok()
}

/// `text` as a value in a query or as one segment of a path.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, octet| {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            let _ = write!(out, "%{octet:02X}");
        }
        out
    })
}
