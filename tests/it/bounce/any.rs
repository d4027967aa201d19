//! Whatever is piped in: no panic, no change.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{LETTER, house, key, ours, state, take};

/// Octets at random; a report with some octets changed, or pieces of reports in any order, its token taken away.
fn mail() -> impl Strategy<Value = Vec<u8>> {
    let names = ["postfix-unknown", "exim-unknown", "exim-old-unknown", "exchange-unknown", "out-of-office"];
    let local = key().of(LETTER).split('@').next().unwrap().to_owned();
    let whole: Vec<String> = names.iter().map(|name| ours(name).replace(&local, "bounces+L-7K3M9Q2X4P.00")).collect();
    let lines: Vec<String> = whole.iter().flat_map(|mail| mail.lines()).map(|line| format!("{line}\n")).collect();
    let changed =
        (prop::sample::select(whole), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40));
    let changed = changed.prop_map(|(mail, changes)| {
        let mut mail = mail.into_bytes();
        for (at, octet) in changes {
            let at = at.index(mail.len());
            mail[at] = octet;
        }
        mail
    });
    let pieces = prop::collection::vec(prop::sample::select(lines), 0..120);
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..2_000),
        changed,
        pieces.prop_map(|lines| lines.concat().into_bytes()),
    ]
}

#[test]
fn no_octets_without_a_valid_token_panic_or_change_anything() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let house = runtime.block_on(house());
    let before = runtime.block_on(state(&house));
    let mut runner = TestRunner::new(Config { cases: 1_000, failure_persistence: None, ..Config::default() });
    let result = runner.run(&mail(), |mail| {
        prop_assert!(runtime.block_on(take(&house, &mail)).is_err());
        Ok(())
    });
    result.unwrap();
    assert_eq!(runtime.block_on(state(&house)), before);
}

/// With the token in place anything may follow for this letter, but nothing for any other address, and no panic.
#[test]
fn a_mangled_report_with_a_valid_token_concerns_its_own_letter_alone() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let house = runtime.block_on(house());
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let token = key().of(LETTER);
    let result = runner.run(&mail(), |mangled| {
        let mail = [format!("Delivered-To: {token}\n").into_bytes(), mangled].concat();
        let _either = runtime.block_on(take(&house, &mail));
        Ok(())
    });
    result.unwrap();
    let after = runtime.block_on(state(&house));
    assert!(after.flags.iter().all(|(address, ..)| address == super::ADDRESS), "{:?}", after.flags);
    assert!(!after.bounces.is_empty());
}

/// A megabyte of messages within messages: the parser descends, and nothing overflows.
#[test]
fn messages_within_messages_exhaust_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let house = runtime.block_on(house());
    let level = "Content-Type:message/rfc822\n\n";
    let deep = level.repeat(keshirim::post::report::MAIL_OCTETS_MAX / level.len());
    assert!(runtime.block_on(take(&house, deep.as_bytes())).is_err());
    let packed = {
        use base64::Engine as _;
        let inner = level.repeat(700_000 / level.len());
        let inner = base64::engine::general_purpose::STANDARD.encode(inner);
        format!("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}\n")
    };
    assert!(runtime.block_on(take(&house, packed.as_bytes())).is_err());
    let parts = format!("Content-Type: multipart/mixed; boundary=a\n\n{}", "--a\n\n".repeat(200_000));
    assert!(runtime.block_on(take(&house, parts.as_bytes())).is_err());
}
