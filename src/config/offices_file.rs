//! `config/offices.toml`: its form. What it means, and what is wrong between its lines, is [`crate::offices`].

use super::node::Node;
use super::problem::Problems;
use super::source::Source;
use super::value::text;
use crate::offices::{Absence, Directory, Language, Names, Office, Official};

/// Most offices in the file.
const OFFICES_MAX: usize = 2_000;
/// Most officials of one office.
const OFFICIALS_MAX: usize = 50;
/// Most absences of one official.
const ABSENCES_MAX: usize = 200;

const LANGUAGES: [(&str, Language); 3] = [("kk", Language::Kk), ("ru", Language::Ru), ("en", Language::En)];

/// The directory shipped with the program: a sample, whose addresses reach nobody.
pub(crate) fn shipped() -> Directory {
    parse("the built-in offices.toml", super::SHIPPED_OFFICES)
        .expect("a test reads the shipped offices before they are shipped")
}

/// Reads `text`, calling it `file` in every [`super::Problem`]. Refused are: what is not TOML, unknown keys, values of another
/// type, an unknown language or zone, a code that stands twice. Bad addresses and the like are [`crate::offices::Finding`]s
/// of [`Directory::check`], because one slip must not silence every other office.
pub fn parse(file: &str, text: &str) -> Result<Directory, Problems> {
    let source = Source::new(file, text);
    let table = source.parse()?;
    let root = Node::root(&source, &table, &["office"]);
    let known = ["code", "name", "language", "bilingual", "zone", "superior", "official"];
    let nodes = root.list("office", OFFICES_MAX, &known);
    let mut offices: Vec<Office> = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let office = office(node);
        if offices.iter().any(|other| other.code == office.code) {
            let what = format!("the code `{}` stands twice", office.code);
            node.refuse("code", (what, "Keep one entry, with the officials of both.".to_owned()));
        }
        offices.push(office);
    }
    if offices.is_empty() {
        root.refuse(
            "office",
            ("no office in the file".to_owned(), "Add [[office]] entries as in the shipped file.".to_owned()),
        );
    }
    source.finish(())?;
    Ok(Directory::new(offices).expect("codes that stand twice were refused above"))
}

fn office(node: &Node<'_>) -> Office {
    let name = node.section("name");
    name.refuse_all_but(&["kk", "ru", "en"]);
    let known = ["post", "address", "language", "deputy", "absences"];
    Office {
        code: filled(node, "code"),
        name: Names { kk: filled(&name, "kk"), ru: filled(&name, "ru"), en: filled(&name, "en") },
        language: node.choice("language", &LANGUAGES).unwrap_or(Language::Kk),
        bilingual: node
            .maybe("bilingual", |value| value.as_bool().ok_or_else(|| super::value::wanted(value, "true or false")))
            .unwrap_or(false),
        zone: node.zone("zone").unwrap_or(super::ZONE_DEFAULT),
        superior: optional(node, "superior"),
        officials: node.list("official", OFFICIALS_MAX, &known).iter().map(official).collect(),
    }
}

fn official(node: &Node<'_>) -> Official {
    let absences = node.list("absences", ABSENCES_MAX, &["from", "until", "deputy"]);
    Official {
        post: filled(node, "post"),
        address: filled(node, "address"),
        language: node.choice("language", &LANGUAGES),
        deputy: optional(node, "deputy"),
        absences: absences
            .iter()
            .map(|node| Absence {
                from: node.date("from"),
                until: node.date("until"),
                deputy: optional(node, "deputy"),
            })
            .collect(),
    }
}

fn optional(node: &Node<'_>, key: &str) -> Option<String> {
    node.maybe(key, |value| text(value).map(str::to_owned)).filter(|value| !value.is_empty())
}

fn filled(node: &Node<'_>, key: &str) -> String {
    let value = node.string(key);
    if value.is_empty() {
        node.refuse(key, ("missing or empty".to_owned(), "Write it, as in the shipped file.".to_owned()));
    }
    value
}
