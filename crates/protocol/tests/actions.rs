//! Actions: one encoding, bound to their place, and any change shows.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use common::{other_events, whole_case};
use proptest::prelude::*;
use std::collections::BTreeSet;
use tongban_domain::case::Case;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Event;
use tongban_protocol::action::{Origin, SignedAction};
use tongban_protocol::chain::{ChainFaultKind, ChainHead, check_chain, check_chain_after, check_links};
use tongban_protocol::payload::{EVENT_KINDS, decode_event, encode_event, event_kind};
use tongban_protocol::{FormatError, check_canonical};

#[test]
fn a_whole_case_comes_back_from_its_bytes_and_folds_to_its_end() {
    let world = whole_case(1);
    let mut events = Vec::new();
    for action in &world.actions {
        let key = if action.header.origin == Origin::Centre { &world.centre } else { &world.station };
        let again = SignedAction::parse(action.bytes.clone(), action.signature.clone()).unwrap();
        assert_eq!(&again, action);
        again.verify(&key.verifying_key()).unwrap();
        events.push(again.open(&world.case_key).unwrap());
    }
    check_chain(&world.actions).unwrap();
    check_links(None, &world.links).unwrap();
    let case = Case::fold(world.case, &events).unwrap();
    assert_eq!(case.sign_off_holds(|bytes| tongban_domain::event::Digest(tongban_crypto::sm3(bytes))), Some(true));
    assert!(case.status().is_final());
}

#[test]
fn every_kind_of_event_round_trips_under_the_name_serde_gives_it() {
    let world = whole_case(1);
    let mut events: Vec<Event> = world.actions.iter().map(|action| action.open(&world.case_key).unwrap()).collect();
    events.extend(other_events());
    let mut seen = BTreeSet::new();
    for event in &events {
        let kind = event_kind(event);
        seen.insert(kind);
        assert_eq!(&decode_event(&encode_event(event).unwrap()).unwrap(), event);
        let json = serde_json::to_value(event).unwrap();
        assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), [kind]);
    }
    let all: BTreeSet<&str> = EVENT_KINDS.iter().copied().collect();
    assert_eq!(seen, all, "the samples show every kind");
}

#[test]
fn an_event_of_an_unknown_envelope_version_is_refused_with_k103() {
    let mut bytes = encode_event(&other_events()[0]).unwrap();
    bytes[1] = 2;
    let error = decode_event(&bytes).unwrap_err();
    assert_eq!(error, FormatError::Version { what: "event", v: 2 });
    assert_eq!(error.code(), ErrorCode::FormatUnknown);
}

#[test]
fn an_action_of_an_unknown_version_is_refused_with_k103() {
    let world = whole_case(1);
    let mut bytes = world.actions[0].bytes.clone();
    // 0x8d, 0x6e "tongban.action", then the version.
    assert_eq!(bytes[16], 1);
    bytes[16] = 2;
    let error = SignedAction::parse(bytes, world.actions[0].signature.clone()).unwrap_err();
    assert_eq!(error, FormatError::Version { what: "action", v: 2 });
}

#[test]
fn longer_shorter_and_reencoded_bytes_are_refused() {
    let world = whole_case(1);
    let action = &world.actions[2];
    let parse = |bytes: Vec<u8>| SignedAction::parse(bytes, action.signature.clone());
    assert!(parse(action.bytes.clone()).is_ok());
    assert!(parse([action.bytes.as_slice(), &[0]].concat()).is_err());
    for len in 0..action.bytes.len() {
        assert!(parse(action.bytes[..len].to_vec()).is_err(), "cut to {len}");
    }
    // The same content with the version in two bytes instead of one.
    let mut wider = action.bytes.clone();
    wider.splice(16..17, [0x18, 0x01]);
    assert_eq!(parse(wider).unwrap_err(), FormatError::NotCanonical { what: "action" });
    // An indefinite array around the same content.
    let mut indefinite = action.bytes.clone();
    indefinite[0] = 0x9f;
    indefinite.push(0xff);
    assert_eq!(parse(indefinite).unwrap_err(), FormatError::NotCanonical { what: "action" });
}

#[test]
fn a_payload_opens_in_its_place_only() {
    let world = whole_case(1);
    let (one, two) = (&world.actions[3], &world.actions[4]);
    assert!(one.open(&world.case_key).is_ok());
    let mut moved = one.clone();
    moved.sealed.clone_from(&two.sealed);
    assert_eq!(moved.open(&world.case_key).unwrap_err(), FormatError::Sealed { what: "event" });
    let other = whole_case(2);
    assert_eq!(one.open(&other.case_key).unwrap_err(), FormatError::Sealed { what: "event" });
    let changes: [fn(&mut SignedAction); 3] = [
        |action| action.header.case_seq += 1,
        |action| action.header.kind = "Opened".into(),
        |action| action.header.case.0 = uuid::Uuid::nil(),
    ];
    for change in changes {
        let mut changed = one.clone();
        change(&mut changed);
        assert!(changed.open(&world.case_key).is_err());
    }
}

#[test]
fn parsed_parts_that_are_not_those_signed_do_not_verify() {
    let world = whole_case(1);
    let key = world.station.verifying_key();
    let mut changed = world.actions[1].clone();
    changed.verify(&key).unwrap();
    changed.header.wall.0 += 1;
    assert!(matches!(changed.verify(&key), Err(FormatError::Disagrees { .. })));
    let wrong_key = world.centre.verifying_key();
    assert_eq!(world.actions[1].verify(&wrong_key), Err(FormatError::Signature { what: "action" }));
}

#[test]
fn a_chain_with_a_hole_a_swap_a_repeat_or_a_stranger_breaks_at_that_place() {
    let world = whole_case(1);
    let chain = &world.actions;
    let fault = |actions: &[SignedAction]| check_chain(actions).unwrap_err();

    let mut hole = chain.clone();
    hole.remove(5);
    assert_eq!((fault(&hole).at, fault(&hole).kind), (5, ChainFaultKind::Sequence { expected: 6, found: 7 }));

    let mut swap = chain.clone();
    swap.swap(7, 8);
    assert_eq!((fault(&swap).at, fault(&swap).kind), (7, ChainFaultKind::Sequence { expected: 8, found: 9 }));

    let mut beheaded = chain.clone();
    beheaded.remove(0);
    assert_eq!(fault(&beheaded).at, 0);

    // Another case's action with the right number.
    let other = whole_case(2);
    let mut stranger = chain.clone();
    stranger[4] = other.actions[4].clone();
    assert_eq!((fault(&stranger).at, fault(&stranger).kind), (4, ChainFaultKind::Other));

    let head = ChainHead::of(&chain[3]);
    check_chain_after(head, &chain[4..]).unwrap();
    let mut forked = head;
    forked.hash.0[0] ^= 1;
    assert_eq!(check_chain_after(forked, &chain[4..]).unwrap_err().kind, ChainFaultKind::Previous);
}

#[test]
fn station_links_with_a_hole_or_another_epoch_break() {
    let world = whole_case(1);
    let mut links = world.links.clone();
    check_links(Some(&links[2]), &links[3..]).unwrap();
    links.remove(3);
    assert_eq!(check_links(None, &links).unwrap_err().at, 3);
    let mut links = world.links.clone();
    links[4].epoch = 2;
    assert_eq!(check_links(None, &links).unwrap_err().at, 4);
    let mut links = world.links.clone();
    links[6].action_hash.0[31] ^= 1;
    assert_eq!(
        check_links(None, &links).unwrap_err(),
        tongban_protocol::chain::ChainFault { at: 7, kind: ChainFaultKind::Previous }
    );
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    let deep: Vec<u8> = std::iter::repeat_n(0x81, 1_000_000).chain([0]).collect();
    assert!(check_canonical("test", &deep).is_err());
    let shallow: Vec<u8> = std::iter::repeat_n(0x81, 20).chain([0]).collect();
    assert!(check_canonical("test", &shallow).is_ok());
    // A count far beyond the bytes at hand.
    assert!(check_canonical("test", &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
}

/// A byte changed, cut out, put in or doubled.
fn mutate(bytes: &[u8], at: usize, how: u8, value: u8) -> Vec<u8> {
    let at = at % bytes.len();
    let mut changed = bytes.to_vec();
    match how % 5 {
        0 => changed[at] ^= value | 1,
        1 => drop(changed.remove(at)),
        2 => changed.insert(at, value),
        3 => changed.truncate(at),
        _ => {
            let tail = changed[at..].to_vec();
            changed.extend_from_slice(&tail);
        }
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_changed_action_is_taken(which: usize, at: usize, how: u8, value: u8) {
        use std::sync::LazyLock;
        static WORLD: LazyLock<(Vec<SignedAction>, tongban_crypto::VerifyingKey)> = LazyLock::new(|| {
            let world = whole_case(3);
            let station: Vec<_> = world.actions.iter().filter(|a| a.header.origin != Origin::Centre).cloned().collect();
            (station, world.station.verifying_key())
        });
        let action = &WORLD.0[which % WORLD.0.len()];
        let changed = mutate(&action.bytes, at, how, value);
        prop_assume!(changed != action.bytes);
        if let Ok(parsed) = SignedAction::parse(changed, action.signature.clone()) {
            prop_assert!(parsed.verify(&WORLD.1).is_err());
            // What parses is canonical: its content encodes to its bytes.
            prop_assert!(check_canonical("action", &parsed.bytes).is_ok());
        }
        let signature = mutate(&action.signature, at, how, value);
        if signature != action.signature
            && let Ok(parsed) = SignedAction::parse(action.bytes.clone(), signature)
        {
            prop_assert!(parsed.verify(&WORLD.1).is_err());
        }
    }

    #[test]
    fn no_bytes_make_the_event_reader_panic(which: usize, at: usize, how: u8, value: u8) {
        let samples = other_events();
        let bytes = encode_event(&samples[which % samples.len()]).unwrap();
        let changed = mutate(&bytes, at, how, value);
        if let Ok(event) = decode_event(&changed) {
            let _ = encode_event(&event);
        }
    }
}
