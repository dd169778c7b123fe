//! Bundles and receipts: nothing foreign is taken, nothing signed can be changed.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod common;

use common::{sha256, whole_case};
use proptest::prelude::*;
use std::sync::LazyLock;
use tongban_crypto::VerifyingKey;
use tongban_domain::event::Digest;
use tongban_protocol::FormatError;
use tongban_protocol::bundle::{BLOB_BYTES_MAX, Bundle, BundleHead, BundleReceipt, HEAD_BYTES_MAX, StationLink};

#[test]
fn a_bundle_comes_back_from_its_bytes_and_its_key_opens_at_the_centre() {
    let world = whole_case(1);
    let bundle = world.bundle();
    let bytes = bundle.encode().unwrap();
    let again = Bundle::decode(&bytes).unwrap();
    assert_eq!(again, bundle);
    assert_eq!(again.encode().unwrap(), bytes, "one encoding only");
    let key = world.centre_wrap.unwrap_key(&again.keys[0].sealed).unwrap();
    assert_eq!(key, world.case_key);
    let actions = again.head().check().unwrap();
    assert_eq!(actions.len(), bundle.actions.len());
    actions.iter().for_each(|action| action.verify(&world.station.verifying_key()).unwrap());
}

#[test]
fn the_head_alone_says_what_follows() {
    let bytes = whole_case(1).bundle().encode().unwrap();
    let len = BundleHead::len_from_lead(&bytes[..12]).unwrap();
    let (head, first) = BundleHead::decode(&bytes[..len]).unwrap();
    assert_eq!(first, len);
    assert_eq!(head.total_len(first), bytes.len() as u64);
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let world = whole_case(1);
    let good = world.bundle();
    good.head().check().unwrap();
    let refused = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        bundle.head().check().is_err()
    };
    assert!(refused(&|b| drop(b.actions.remove(3))));
    assert!(refused(&|b| b.actions.swap(1, 2)));
    assert!(refused(&|b| b.links.truncate(b.links.len() - 1)));
    assert!(refused(&|b| b.links.swap(0, 1)));
    assert!(refused(&|b| b.case.0 = uuid::Uuid::nil()));
    assert!(refused(&|b| {
        b.actions.clear();
        b.links.clear();
    }));
}

#[test]
fn a_blob_under_another_address_is_refused() {
    let mut bundle = whole_case(1).bundle();
    bundle.blobs[0].1[20] ^= 1;
    let bytes = bundle.encode().unwrap();
    assert!(matches!(Bundle::decode(&bytes), Err(FormatError::Disagrees { .. })));
    let mut twice = whole_case(1).bundle();
    twice.blobs.push(twice.blobs[0].clone());
    assert!(twice.encode().is_err());
}

#[test]
fn lengths_that_promise_too_much_are_refused_before_anything_is_allocated() {
    let mut lead = b"TBBUNDLE".to_vec();
    lead.extend_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(
        BundleHead::len_from_lead(&lead),
        Err(FormatError::TooLarge { what: "bundle", limit: HEAD_BYTES_MAX as u64 })
    );
    let mut bundle = whole_case(1).bundle();
    bundle.blobs.clear();
    let bytes = bundle.encode().unwrap();
    // The last byte of the head is the empty list of blobs; promise one of a terabyte instead.
    let mut cbor = bytes[12..bytes.len() - 1].to_vec();
    cbor.extend_from_slice(&[0x81, 0x82, 0x58, 0x20]);
    cbor.extend_from_slice(&[7; 32]);
    cbor.push(0x1b);
    cbor.extend_from_slice(&(1_u64 << 40).to_be_bytes());
    let mut huge = b"TBBUNDLE".to_vec();
    huge.extend_from_slice(&u32::try_from(cbor.len()).unwrap().to_be_bytes());
    huge.extend_from_slice(&cbor);
    assert_eq!(BundleHead::decode(&huge).unwrap_err(), FormatError::TooLarge { what: "blob", limit: BLOB_BYTES_MAX });
}

#[test]
fn a_receipt_is_verified_through_json_and_through_its_canonical_bytes() {
    let world = whole_case(1);
    let bundle = world.bundle();
    let receipt = world.receipt(&bundle);
    let key = world.centre.verifying_key();
    let travelled: BundleReceipt = serde_json::from_str(&serde_json::to_string(&receipt).unwrap()).unwrap();
    assert_eq!(travelled, receipt);
    travelled.verify(&key).unwrap();
    let parsed = BundleReceipt::parse(&receipt.canonical_bytes(), receipt.signature.clone()).unwrap();
    assert_eq!(parsed, receipt);
    assert_eq!(receipt.bundle_sha256, sha256(&bundle.encode().unwrap()));
    let ids: Vec<_> = bundle.head().check().unwrap().iter().map(|action| action.header.id).collect();
    assert!(receipt.names_all(&bundle.head(), &ids));
    assert_eq!(world.station.verifying_key().to_hex().len(), 130);
    assert!(receipt.verify(&world.station.verifying_key()).is_err(), "another key's receipt");
}

#[test]
fn every_field_of_a_receipt_is_signed() {
    let world = whole_case(1);
    let receipt = world.receipt(&world.bundle());
    let key = world.centre.verifying_key();
    let changes: [&dyn Fn(&mut BundleReceipt); 10] = [
        &|r| r.v = 2,
        &|r| r.bundle = uuid::Uuid::nil(),
        &|r| r.bundle_sha256.0[0] ^= 1,
        &|r| r.case.0 = uuid::Uuid::nil(),
        &|r| r.case_seq += 1,
        &|r| r.actions.truncate(r.actions.len() - 1),
        &|r| r.actions.swap(0, 1),
        &|r| r.blobs.push(Digest([1; 32])),
        &|r| r.received_wall_ms -= 1,
        &|r| r.signature[10] ^= 1,
    ];
    receipt.verify(&key).unwrap();
    for (n, change) in changes.iter().enumerate() {
        let mut changed = receipt.clone();
        change(&mut changed);
        assert!(changed.verify(&key).is_err(), "change {n}");
    }
}

#[test]
fn a_receipt_that_leaves_something_out_does_not_name_all() {
    let world = whole_case(1);
    let bundle = world.bundle();
    let head = bundle.head();
    let ids: Vec<_> = head.check().unwrap().iter().map(|action| action.header.id).collect();
    let full = world.receipt(&bundle);
    let mut less = full.clone();
    less.blobs.pop();
    assert!(full.names_all(&head, &ids) && !less.names_all(&head, &ids));
    let mut less = full.clone();
    less.actions.remove(0);
    assert!(!less.names_all(&head, &ids));
}

#[test]
fn a_station_link_comes_back_from_its_canonical_bytes() {
    let link = whole_case(1).links[4].clone();
    assert_eq!(StationLink::parse(&link.canonical_bytes()).unwrap(), link);
    let mut changed = link.clone();
    changed.seq += 1;
    assert_ne!(changed.hash(), link.hash());
}

struct Fixed {
    bundle: Vec<u8>,
    head: usize,
    receipt: BundleReceipt,
    key: VerifyingKey,
}

static FIXED: LazyLock<Fixed> = LazyLock::new(|| {
    let world = whole_case(4);
    let bundle = world.bundle();
    let bytes = bundle.encode().unwrap();
    let head = BundleHead::len_from_lead(&bytes).unwrap();
    Fixed { head, receipt: world.receipt(&bundle), key: world.centre.verifying_key(), bundle: bytes }
});

fn mutate(bytes: &[u8], at: usize, how: u8, value: u8) -> Vec<u8> {
    let at = at % bytes.len();
    let mut changed = bytes.to_vec();
    match how % 4 {
        0 => changed[at] ^= value | 1,
        1 => drop(changed.remove(at)),
        2 => changed.insert(at, value),
        _ => changed.truncate(at),
    }
    changed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_changed_bundle_head_passes_as_the_same(at: usize, how: u8, value: u8) {
        let head = &FIXED.bundle[..FIXED.head];
        let changed = mutate(head, at, how, value);
        prop_assume!(changed != head);
        // A head is not signed: it may decode, but then it is seen to be another bundle.
        if let Ok((decoded, _)) = BundleHead::decode(&changed) {
            prop_assert_ne!(decoded, BundleHead::decode(head).unwrap().0);
        }
    }

    #[test]
    fn no_changed_receipt_verifies(at: usize, how: u8, value: u8) {
        let bytes = FIXED.receipt.canonical_bytes();
        let changed = mutate(&bytes, at, how, value);
        prop_assume!(changed != bytes);
        if let Ok(parsed) = BundleReceipt::parse(&changed, FIXED.receipt.signature.clone()) {
            prop_assert!(parsed.verify(&FIXED.key).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_changed_bundle_body_is_taken(at: usize, how: u8, value: u8) {
        let body = &FIXED.bundle[FIXED.head..];
        let changed = mutate(body, at, how, value);
        prop_assume!(changed != body);
        let bytes = [&FIXED.bundle[..FIXED.head], &changed].concat();
        prop_assert!(Bundle::decode(&bytes).is_err());
    }
}
