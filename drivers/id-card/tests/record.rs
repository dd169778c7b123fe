//! The text record in its four layouts.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use tongban_id_card::record::{Layout, RecordFault, parse};
use tongban_sim::card::{Card, padded};
use tongban_sim::people;

fn record(fields: &[(&str, usize)]) -> Vec<u8> {
    let bytes: Vec<u8> = fields.iter().flat_map(|(text, length)| padded(text, *length)).collect();
    assert_eq!(bytes.len(), 256, "the layout's columns add up");
    bytes
}

#[test]
fn every_demonstration_card_is_read_as_a_citizens() {
    for person in people::all() {
        let record = parse(&Card::of(person).text).unwrap();
        assert_eq!(record.layout, Layout::Citizen);
        assert_eq!(record.facts.name, person.name);
        assert_eq!(record.facts.number, person.number);
        assert_eq!(record.facts.address, person.address);
        assert_eq!(record.facts.issuer, person.issuer);
        assert_eq!(
            (record.facts.sex.as_str(), record.facts.nation.as_str()),
            (person.sex.as_str(), person.nation.as_str())
        );
        assert_eq!(record.facts.valid_to, person.valid_to);
        // One card in the deck has a wrong check digit, and only that one.
        assert_eq!(record.number_ok, person.alias.is_none(), "{person:?}");
    }
}

#[test]
fn a_birth_date_that_is_not_the_numbers_fails_the_number() {
    let person = people::find("陈建国").unwrap();
    let mut text = Card::of(person).text;
    assert!(parse(&text).unwrap().number_ok, "negative control");
    text[36..52].copy_from_slice(&padded("19780316", 16));
    assert!(!parse(&text).unwrap().number_ok);
}

#[test]
fn a_residence_permit_has_a_pass_number() {
    let bytes = record(&[
        ("测试", 30),
        ("2", 2),
        ("", 4),
        ("19880808", 16),
        ("示范省示范市", 70),
        ("81000019880808011X", 36),
        ("示范市公安局", 30),
        ("20230101", 16),
        ("20280101", 16),
        ("H12345678", 18),
        ("01", 4),
        ("", 6),
        ("J", 2),
        ("", 6),
    ]);
    let record = parse(&bytes).unwrap();
    assert_eq!(record.layout, Layout::Hmt);
    assert_eq!(record.pass_number.as_deref(), Some("H12345678"));
    assert!(record.number_ok);
}

#[test]
fn a_foreigners_card_of_2017_is_read() {
    let bytes = record(&[
        ("SAMPLE, JOHN", 120),
        ("1", 2),
        ("SAU110085010101", 30),
        ("SAU", 6),
        ("约翰", 30),
        ("20200101", 16),
        ("20300101", 16),
        ("19850101", 16),
        ("01", 4),
        ("1100", 8),
        ("I", 2),
        ("", 6),
    ]);
    let record = parse(&bytes).unwrap();
    assert_eq!((record.layout, record.facts.name.as_str()), (Layout::Foreigner2017, "约翰"));
    assert_eq!(record.latin_name.as_deref(), Some("SAMPLE, JOHN"));
    assert_eq!((record.facts.nation.as_str(), record.facts.birth.as_str()), ("SAU", "19850101"));
    assert!(record.number_ok);
}

#[test]
fn a_foreigners_card_of_2023_has_its_latin_name_in_two_pieces() {
    let latin = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFGH IJKLM";
    let bytes = record(&[
        ("", 30),
        ("1", 2),
        ("00", 4),
        ("19850101", 16),
        (&latin[..35], 70),
        ("932682198501010017", 36),
        ("", 30),
        ("20240101", 16),
        ("20340101", 16),
        (&latin[35..], 22),
        ("SAU", 6),
        ("Y", 2),
        ("", 6),
    ]);
    let record = parse(&bytes).unwrap();
    assert_eq!(record.layout, Layout::Foreigner2023);
    assert_eq!(record.latin_name.as_deref(), Some(latin));
    assert!(record.number_ok);
}

#[test]
fn what_is_no_record_is_refused_with_its_reason() {
    assert_eq!(parse(&[0; 255]), Err(RecordFault::Length));
    assert_eq!(parse(&[0; 256]), Err(RecordFault::Empty));
    let mut text = Card::of(people::find("王明").unwrap()).text;
    text[248] = b'Q';
    assert_eq!(parse(&text), Err(RecordFault::Layout));
}

#[test]
fn debug_shows_no_name() {
    let record = parse(&Card::of(people::find("王明").unwrap()).text).unwrap();
    assert_eq!(format!("{record:?}"), "Record(citizen, redacted)");
}

proptest! {
    #[test]
    fn any_256_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 256)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn a_card_with_any_bytes_changed_never_panics(flips in prop::collection::vec((0_usize..256, any::<u8>()), 1..10)) {
        let mut text = Card::of(people::find("马依娜").unwrap()).text;
        for (at, value) in flips {
            text[at] = value;
        }
        let _ = parse(&text);
    }
}
