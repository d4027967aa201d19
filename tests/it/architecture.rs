//! Invariants 1, 2 and 5 of the house, read from the source text itself.
//!
//! The text is cut into tokens (comments and the contents of literals fall away), every `use` tree is spread into full paths
//! with their aliases, and every path in code is resolved through them: `use std as s; s::fs::read` is `std::fs::read` here.
//! A crate's name is looked for as a token, so no alias hides it; what could carry it out of its one place (`pub use`,
//! `pub extern crate`, a renamed dependency, `include!`, `#[path]`) is refused.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The tokens of Rust source: words, `::`, and single signs. No comment, nothing from inside a literal.
fn tokens(source: &str) -> Vec<String> {
    let c: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < c.len() {
        let next = c.get(at + 1).copied().unwrap_or(' ');
        at = match c[at] {
            '/' if next == '/' => line_end(&c, at),
            '/' if next == '*' => block_end(&c, at),
            '"' => text_end(&c, at),
            'r' | 'b' | 'c' if !word_before(&c, at) && raw_hashes(&c, at).is_some() => raw_end(&c, at),
            '\'' => quote_end(&c, at),
            ':' if next == ':' => {
                found.push("::".to_owned());
                at + 2
            }
            letter if letter.is_alphanumeric() || letter == '_' => {
                let end = (at..c.len()).find(|i| !(c[*i].is_alphanumeric() || c[*i] == '_')).unwrap_or(c.len());
                found.push(c[at..end].iter().collect());
                end
            }
            sign => {
                if !sign.is_whitespace() {
                    found.push(sign.to_string());
                }
                at + 1
            }
        };
    }
    found
}

fn line_end(c: &[char], at: usize) -> usize {
    (at..c.len()).find(|i| c[*i] == '\n').unwrap_or(c.len())
}

fn block_end(c: &[char], mut at: usize) -> usize {
    let mut depth = 0;
    while at + 1 < c.len() {
        match (c[at], c[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    c.len()
}

fn text_end(c: &[char], mut at: usize) -> usize {
    at += 1;
    while at < c.len() && c[at] != '"' {
        at += if c[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn word_before(c: &[char], at: usize) -> bool {
    at > 0 && (c[at - 1].is_alphanumeric() || c[at - 1] == '_')
}

/// Where a raw literal's `r` stands and how many `#` follow it (`r"`, `br#"`, `cr##"`).
fn raw_hashes(c: &[char], at: usize) -> Option<(usize, usize)> {
    let r = if c[at] == 'r' { at } else { at + 1 };
    if c.get(r) != Some(&'r') {
        return None;
    }
    let hashes = c[r + 1..].iter().take_while(|sign| **sign == '#').count();
    (c.get(r + 1 + hashes) == Some(&'"')).then_some((r, hashes))
}

fn raw_end(c: &[char], at: usize) -> usize {
    let (r, hashes) = raw_hashes(c, at).unwrap();
    let body = r + 2 + hashes;
    let closes =
        |i: &usize| c[*i] == '"' && c[i + 1..].iter().take(hashes).filter(|sign| **sign == '#').count() == hashes;
    (body..c.len()).find(closes).map_or(c.len(), |i| i + 1 + hashes)
}

/// Behind a character literal, or behind the sign of a lifetime.
fn quote_end(c: &[char], at: usize) -> usize {
    match (c.get(at + 1), c.get(at + 2)) {
        (Some('\\'), _) => (at + 3..c.len()).find(|i| c[*i] == '\'').map_or(c.len(), |i| i + 1),
        (Some(_), Some('\'')) => at + 3,
        _ => at + 1,
    }
}

fn is_word(token: &str) -> bool {
    token.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

/// One name that a `use` brings in.
#[derive(Debug)]
struct Import {
    path: Vec<String>,
    name: String,
    public: bool,
}

/// Spreads the use tree at `tokens[at..]` under `prefix`; returns where it ends.
fn use_tree(tokens: &[String], mut at: usize, prefix: &[String], public: bool, found: &mut Vec<Import>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("::") => at += 1,
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|t| t != "}") {
                    at = use_tree(tokens, at, &path, public, found);
                    at += usize::from(tokens.get(at).is_some_and(|t| t == ","));
                }
                return at + 1;
            }
            Some("as") => {
                found.push(Import { path: own(&path), name: tokens[at + 1].clone(), public });
                return at + 2;
            }
            Some("*") => {
                path.push("*".to_owned());
                at += 1;
            }
            Some(word) if is_word(word) => {
                path.push(word.to_owned());
                at += 1;
            }
            _ => {
                let path = own(&path);
                found.push(Import { name: path.last().cloned().unwrap_or_default(), path, public });
                return at;
            }
        }
    }
}

/// `a::b::self` is `a::b`.
fn own(path: &[String]) -> Vec<String> {
    path.iter().enumerate().filter(|(i, part)| *i == 0 || *part != "self").map(|(_, part)| part.clone()).collect()
}

/// A source file as this test reads it.
struct Source {
    name: String,
    tokens: Vec<String>,
    /// Every `use` and `extern crate`, and every `type` that is another name of a path.
    imports: Vec<Import>,
    /// Every path in code, resolved through the imports.
    paths: Vec<String>,
}

impl Source {
    fn read(name: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let mut imports = Vec::new();
        for at in 0..tokens.len() {
            let public = (at.saturating_sub(4)..at)
                .rev()
                .take_while(|i| tokens[*i] != ";" && tokens[*i] != "}")
                .any(|i| tokens[i] == "pub");
            match tokens[at].as_str() {
                "use" => {
                    use_tree(&tokens, at + 1, &[], public, &mut imports);
                }
                "crate" if at > 0 && tokens[at - 1] == "extern" => {
                    use_tree(&tokens, at + 1, &[], public, &mut imports);
                }
                "type" if tokens.get(at + 2).is_some_and(|t| t == "=") => {
                    let end = (at + 3..tokens.len()).find(|i| tokens[*i] == ";").unwrap_or(tokens.len());
                    let path: Vec<String> = tokens[at + 3..end].iter().filter(|t| is_word(t)).cloned().collect();
                    imports.push(Import { path, name: tokens[at + 1].clone(), public });
                }
                _ => {}
            }
        }
        // `impl Trait + use<'a>` captures a lifetime and imports nothing.
        imports.retain(|import| !import.path.is_empty());
        let mut source = Self { name: name.to_owned(), tokens, imports, paths: Vec::new() };
        source.paths = source.resolve();
        source
    }

    /// Every path that is written, with its first name replaced by what was imported under it, as often as that helps.
    fn resolve(&self) -> Vec<String> {
        let names: HashMap<&str, &[String]> = self.imports.iter().map(|i| (i.name.as_str(), &i.path[..])).collect();
        let mut found: Vec<Vec<String>> = self.imports.iter().map(|i| i.path.clone()).collect();
        let mut at = 0;
        while at < self.tokens.len() {
            let mut path = Vec::new();
            if is_word(&self.tokens[at]) {
                path.push(self.tokens[at].clone());
                // A generic in between is passed over: `Vec::<u8>::new`, and the end of `<Utc>::now`.
                while self.tokens.get(at + 1).is_some_and(|t| t == "::") || self.is_end_of_qualified(at) {
                    at += if self.tokens[at + 1] == ">" { 3 } else { 2 };
                    match self.tokens.get(at) {
                        Some(word) if is_word(word) => path.push(word.clone()),
                        _ => break,
                    }
                }
                found.push(path);
            }
            at += 1;
        }
        for path in &mut found {
            for _ in 0..4 {
                match names.get(path[0].as_str()) {
                    Some(whole) if whole.first() != path.first() || whole.len() > 1 => {
                        let rest = path.split_off(1);
                        *path = whole.iter().cloned().chain(rest).collect();
                    }
                    _ => break,
                }
                if names.get(path[0].as_str()).is_some_and(|whole| whole.first() == path.first()) {
                    break;
                }
            }
        }
        found.into_iter().map(|path| path.join("::")).collect()
    }

    fn is_end_of_qualified(&self, at: usize) -> bool {
        self.tokens.get(at + 1).is_some_and(|t| t == ">") && self.tokens.get(at + 2).is_some_and(|t| t == "::")
    }

    fn has(&self, token: &str) -> bool {
        self.tokens.iter().any(|t| t == token)
    }

    fn under(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.name == *place || (place.ends_with('/') && self.name.starts_with(place)))
    }

    /// The first path that lies in the module `prefix`, or that takes in everything of it or of what it lies in.
    fn names(&self, prefix: &str) -> Option<&str> {
        let inside = |path: &str| {
            let glob =
                path.strip_suffix("::*").is_some_and(|base| prefix == base || prefix.starts_with(&format!("{base}::")));
            glob || path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
        };
        self.paths.iter().map(String::as_str).find(|path| inside(path.trim_start_matches("::")))
    }
}

/// Where a crate may be named, and nowhere else.
const ONE_PLACE: [(&str, &[&str]); 4] = [
    ("sqlx", &["src/store/"]),
    ("lettre", &["src/post/smtp.rs", "src/letter/"]),
    ("tokio_cron_scheduler", &["src/schedule.rs"]),
    ("mail_parser", &["src/post/report.rs"]),
];

/// What only one place reads; each with the other places that may name it, and why.
const PURE: [&str; 4] = ["src/law/", "src/alert/", "src/letter/", "src/offices/"];

/// The types of which `now` is the machine's time.
const CLOCKS: [&str; 5] = ["Utc", "Local", "SystemTime", "Instant", "OffsetDateTime"];

/// Reading a steady clock measures how long something took or when to try again; it never becomes a date or a deadline.
const STEADY: [(&str, &str); 1] = [("src/clock.rs", "the one clock")];

/// Everything that a file does against the house, each in a sentence.
fn faults(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut fault = |what: String| found.push(format!("{}: {what}", source.name));
    for (name, places) in ONE_PLACE {
        if source.has(name) && !source.under(places) {
            fault(format!("names {name}; only {places:?} may"));
        }
        // A single type under its own name may be handed on (`pub use sqlx::types::Json`); whatever could start a query may not:
        // the crate, a module, a function, a macro, everything at once, or anything under another name.
        let plain_type = |i: &Import| i.path.last() == Some(&i.name) && i.name.starts_with(char::is_uppercase);
        let carried = |i: &&Import| i.public && i.path.first().is_some_and(|first| first == name) && !plain_type(i);
        if let Some(import) = source.imports.iter().find(carried) {
            fault(format!("hands {name} on as {}", import.name));
        }
    }
    if !source.under(&["src/config/"]) {
        let read = |path: &&String| {
            let rest = path.trim_start_matches("::").strip_prefix("std::env");
            rest.is_some_and(|rest| !["::args", "::args_os"].contains(&rest) && !rest.is_empty())
                || rest == Some("") && !source.paths.iter().any(|p| p.starts_with("std::env::args"))
        };
        if let Some(path) = source.paths.iter().find(read) {
            fault(format!("reads the environment ({path}); only src/config may"));
        }
        if source.has("option_env") {
            fault("reads the builder's environment".to_owned());
        }
    }
    if !source.under(&STEADY.map(|(place, _)| place)) {
        let now = |path: &&String| {
            let parts: Vec<&str> = path.split("::").collect();
            parts.windows(2).any(|two| CLOCKS.contains(&two[0]) && two[1] == "now")
        };
        if let Some(path) = source.paths.iter().find(now) {
            fault(format!("reads the time ({path}); only src/clock.rs may"));
        }
        if source.tokens.windows(2).any(|two| two[0] == "." && two[1] == "elapsed") {
            fault("measures time (elapsed); only src/clock.rs may".to_owned());
        }
    }
    if source.under(&PURE) {
        for name in ["sqlx", "tokio", "axum", "async", "await"] {
            if source.has(name) {
                fault(format!("is pure and names {name}"));
            }
        }
        let outside = ["std::fs", "std::env", "std::net", "std::process", "std::thread", "std::io::stdin"];
        let upward = ["clock", "store", "register", "post", "http", "schedule", "auditor", "report", "app", "cli"];
        let upward = upward.map(|module| format!("crate::{module}"));
        for name in outside.iter().map(|name| (*name).to_owned()).chain(upward) {
            if let Some(path) = source.names(&name) {
                fault(format!("is pure and names {path}"));
            }
        }
    }
    if source.under(&["src/law/"]) {
        let elsewhere = |path: &&String| path.starts_with("crate::") && !path.starts_with("crate::law");
        if let Some(path) = source.paths.iter().find(elsewhere) {
            fault(format!("the law leans on nothing else, yet names {path}"));
        }
    }
    let included = source.tokens.windows(2).any(|two| two[0] == "include" && two[1] == "!");
    let moved = source.tokens.windows(3).any(|three| three == ["[", "path", "="]);
    if included || moved {
        fault("takes in source from elsewhere, unseen by this test".to_owned());
    }
    found
}

/// Every source file of the program.
fn sources(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().to_owned();
            found.push(Source::read(&name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

fn program() -> Vec<Source> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 60, "the source was not found");
    found
}

#[test]
fn the_law_is_pure_and_every_outside_thing_has_its_one_place() {
    let found: Vec<String> = program().iter().flat_map(faults).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_places_named_in_the_rules_exist_and_use_what_they_may() {
    let program = program();
    for (name, places) in ONE_PLACE {
        let named = program.iter().any(|source| source.under(places) && source.has(name));
        assert!(named, "nothing under {places:?} names {name}");
    }
    let clock = program.iter().find(|source| source.name == "src/clock.rs").unwrap();
    assert!(clock.paths.iter().any(|path| path.ends_with("Utc::now")), "the clock reads the time");
    for place in PURE {
        assert!(program.iter().any(|source| source.under(&[place])), "{place} is gone");
    }
}

#[test]
fn no_dependency_is_renamed() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let renamed: Vec<&str> = manifest.lines().filter(|line| line.contains("package =")).collect();
    assert!(renamed.is_empty(), "a renamed crate hides from this test: {renamed:?}");
}

#[test]
fn the_reader_is_not_fooled() {
    let caught = |place: &str, text: &str| !faults(&Source::read(place, text)).is_empty();
    for (place, text) in [
        ("src/law/x.rs", "use std as s; fn f() { s::fs::read(\"a\"); }"),
        ("src/law/x.rs", "use std::{collections::BTreeMap, fs as disk};"),
        ("src/law/x.rs", "use std::*;"),
        ("src/law/x.rs", "use ::std::fs::{self};"),
        ("src/law/x.rs", "fn f() { ::std::env::var(\"A\"); }"),
        ("src/law/x.rs", "use crate::store as shelf;"),
        ("src/law/x.rs", "use crate::{law, config};"),
        ("src/alert/mod.rs", "use crate::clock::Clock;"),
        ("src/alert/mod.rs", "async fn f() {}"),
        ("src/letter/x.rs", "fn f() { tokio::spawn(g()); }"),
        ("src/http/x.rs", "use sqlx as db;"),
        ("src/http/x.rs", "extern crate lettre as l;"),
        ("src/store/x.rs", "pub use sqlx as db;"),
        ("src/store/x.rs", "pub(crate) use sqlx::{query, Row};"),
        ("src/store/x.rs", "pub use sqlx::*;"),
        ("src/store/x.rs", "pub use sqlx::types::Json as query;"),
        ("src/store/x.rs", "pub type Pool = sqlx::Pool<sqlx::Sqlite>;"),
        ("src/http/x.rs", "use chrono::Utc as U; fn f() { U::now(); }"),
        ("src/http/x.rs", "use std::time; fn f() { time::Instant::now(); }"),
        ("src/http/x.rs", "type T = chrono::Utc; fn f() { T::now(); }"),
        ("src/http/x.rs", "fn f() { <chrono::Utc>::now(); }"),
        ("src/http/x.rs", "fn f() { let g = Utc::now; }"),
        ("src/http/x.rs", "fn f(t: Instant) { t.elapsed(); }"),
        ("src/http/x.rs", "use std::env as e; fn f() { e::var(\"A\"); }"),
        ("src/http/x.rs", "use std::env::{args, var}; "),
        ("src/http/x.rs", "/* /* nested */ */ fn f() { let c = '\"'; sqlx::query(\"\"); }"),
        ("src/http/x.rs", "fn f() { let s = r#\"a\"b\"#; sqlx::query(s); }"),
        ("src/http/x.rs", "include!(\"other.rs\");"),
        ("src/http/x.rs", "#[path = \"../elsewhere.rs\"] mod x;"),
    ] {
        assert!(caught(place, text), "{place}: not caught: {text}");
    }
    for (place, text) in [
        ("src/law/x.rs", "// sqlx, std::fs, Utc::now\n/// tokio\nfn f<'a>(x: &'a str) -> char { 'a' }"),
        ("src/law/x.rs", "const S: &str = \"sqlx::query and std::env::var\\\" Utc::now()\";"),
        ("src/law/x.rs", "const S: &str = r#\"use sqlx; \"async\" \"#; use crate::law::period::Period; use std::fmt;"),
        ("src/cli/x.rs", "fn f() { std::env::args_os(); }"),
        ("src/store/x.rs", "pub use sqlx::types::Json; use sqlx::Row; pub fn f() { sqlx::query(\"\"); }"),
        ("src/http/x.rs", "use crate::store::Instant; fn f(now: chrono::DateTime<chrono::Utc>) { Instant::new(now); }"),
    ] {
        assert!(!caught(place, text), "{place}: {:?}", faults(&Source::read(place, text)));
    }
}
