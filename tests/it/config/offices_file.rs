//! offices.toml: its form, and what the check of it finds.

use super::{day, one, shipped_file};
use keshirim::config::{SHIPPED_OFFICES, parse_offices};
use keshirim::offices::{Directory, Language, Reached, check_address};

fn shipped_directory() -> Directory {
    parse_offices("config/offices.toml", &shipped_file("offices.toml")).unwrap()
}

#[test]
fn the_shipped_offices_have_no_finding_and_reach_nobody_real() {
    let directory = shipped_directory();
    assert_eq!(directory, parse_offices("built in", SHIPPED_OFFICES).unwrap());
    assert_eq!(directory.check(), []);
    for office in directory.offices() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            assert!(!office.name.in_language(language).is_empty());
        }
        for official in &office.officials {
            assert!(official.address.ends_with(".example.org"), "{}", official.address);
        }
    }
}

#[test]
fn an_institution_that_is_not_listed_goes_to_the_generic_office() {
    let directory = shipped_directory();
    assert_eq!(directory.office("institution:sample-1").unwrap().code, "institution:sample-1");
    let reached = directory.recipients("institution:zhem-7", day("2026-03-02"));
    assert_eq!(reached.to[0].address, "duty@penal-committee.example.org");
    assert_eq!((reached.to[0].office.as_str(), &reached.to[0].reached), ("institution:*", &Reached::Direct));
    assert_eq!(reached.findings, []);
}

#[test]
fn a_slip_in_the_form_of_the_offices_file_is_answered_with_line_key_and_remedy() {
    let office = "[[office]]\ncode = \"commission\"\nname = { kk = \"k\", ru = \"r\", en = \"e\" }\n";
    let refused = |rest: &str| one(parse_offices("o.toml", &format!("{office}{rest}")));
    assert_eq!(
        refused("langauge = \"kk\""),
        "o.toml:4: office[1].langauge: unknown key. The nearest known key is `office[1].language`; remove or rename this one."
    );
    assert_eq!(
        refused("language = \"de\""),
        "o.toml:4: office[1].language: \"de\" is not one of the choices. Write one of \"kk\", \"ru\", \"en\"."
    );
    assert_eq!(
        refused("[[office.official]]\npost = \"p\""),
        "o.toml:4: office[1].official[1].address: missing. Add the key; the shipped file shows the form."
    );
    assert_eq!(
        refused(office),
        "o.toml:5: office[2].code: the code `commission` stands twice. Keep one entry, with the officials of both."
    );
    assert!(
        refused("bilingual = 1")
            .contains("office[1].bilingual: a value of type integer stands here. Write true or false.")
    );
    assert!(one(parse_offices("o.toml", "")).contains("Add [[office]] entries"));
}

#[test]
fn only_plain_ascii_addresses_pass() {
    for address in ["a@x.org", "first.last+tag@sub.x-y.org", "o'neil@xn--80ak6aa92e.com"] {
        assert_eq!(check_address(address), Ok(()), "{address}");
    }
    let long = format!("{}@x.org", "a".repeat(65));
    let longer = format!("a@{}org", "abcdefgh.".repeat(30));
    for address in [
        "",
        "a",
        "@x.org",
        "a@",
        "a@x",
        "a@x..org",
        "a@.org",
        "a@-x.org",
        "a@x.org.",
        ".a@x.org",
        "a..b@x.org",
        "a b@x.org",
        "a@x.org\r\nRCPT TO:<b@x.org>",
        "a\0@x.org",
        "a@x.org\n",
        "<a@x.org>",
        "\"a\"@x.org",
        "a@b@x.org",
        "a,b@x.org",
        "a@кешірім.kz",
        "қ@x.org",
        "a@1.2.3.4",
        "a@[127.0.0.1]",
        "a@x_y.org",
        &long,
        &longer,
    ] {
        assert!(check_address(address).is_err(), "{address:?}");
    }
}
