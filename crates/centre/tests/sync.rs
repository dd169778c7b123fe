//! Uploads: cut anywhere, sent again, tampered with, sent by the wrong hand.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::sample::*;
use common::*;
use tongban_centre::rights::Role;
use tongban_centre::sync::{Upload, UploadState};
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{CloseCode, Delivery, Event};
use tongban_domain::ids::PrintId;
use tongban_protocol::bundle::Bundle;

fn start(seed: u64) -> (World, TestStation) {
    let world = World::new(seed);
    world.centre.catalogue().publish("test", &unseen_item()).unwrap();
    let kiosk = TestStation::enrol(&world.centre, &world.clock, seed + 1, "890102-001-K03", "kiosk", "003");
    (world, kiosk)
}

fn send(
    world: &World,
    station: &TestStation,
    bundle: &Bundle,
) -> Result<tongban_protocol::bundle::BundleReceipt, String> {
    let bytes = bundle.encode().unwrap();
    station.upload(&world.centre, bundle.id, &bytes, 1 << 20).map_err(|error| format!("{} {error}", code_of(&error)))
}

/// Sent to the quarantine with this code, and nothing of it stored.
fn quarantined(world: &World, station: &TestStation, bundle: &Bundle, code: &str) {
    let error = send(world, station, bundle).unwrap_err();
    assert!(error.starts_with(code), "{error}");
    assert!(
        world.centre.sync().quarantined().unwrap().iter().any(|line| line.id == bundle.id && line.code == code),
        "{error}"
    );
    let again = send(world, station, bundle).unwrap_err();
    assert!(again.starts_with(code), "sent again it gets the same answer: {again}");
    let admin = member_or_known(world);
    assert!(world.centre.cases().row(&admin, bundle.case).is_err(), "nothing of it is a case");
}

fn member_or_known(world: &World) -> tongban_centre::staff::Member {
    world.centre.staff().get("look1").unwrap().unwrap_or_else(|| member(&world.centre, "look1", &[Role::Reviewer]))
}

#[test]
fn an_upload_cut_after_any_chunk_goes_on_after_a_restart_and_ends_in_one_receipt() {
    let (mut world, mut kiosk) = start(31);
    let (draft, bundle) = stall_case(&world.centre, &mut kiosk);
    let bytes = bundle.encode().unwrap();
    let chunk = bytes.len() / 7 + 1;
    let mut offset = 0;
    while offset < bytes.len() {
        let end = (offset + chunk).min(bytes.len());
        let last = end == bytes.len();
        match world.centre.sync().append(&kiosk.station, bundle.id, offset as u64, &bytes[offset..end], last).unwrap() {
            Upload::Partial(held) => assert_eq!(held, end as u64),
            Upload::Held(receipt) => assert_eq!(receipt.case, draft.id),
            Upload::Offset(_) => panic!("offset was right"),
        }
        // The line breaks and the centre's process dies; what was answered for is there.
        world = world.reopen();
        let state = world.centre.sync().state(&kiosk.station, bundle.id).unwrap().unwrap();
        assert_eq!(state, UploadState { offset: end as u64, complete: last });
        offset = end;
    }
    let receipt = match world.centre.sync().append(&kiosk.station, bundle.id, bytes.len() as u64, &[], true).unwrap() {
        Upload::Held(receipt) => *receipt,
        other => panic!("{other:?}"),
    };
    receipt.verify(&tongban_crypto::VerifyingKey::from_hex(&kiosk.reply.centre_signing_key_hex).unwrap()).unwrap();
    assert_eq!(
        kiosk.upload(&world.centre, bundle.id, &bytes, 10_000).unwrap(),
        receipt,
        "sent again from the start: the same receipt"
    );
    assert_eq!(
        world.centre.cases().verify(draft.id).unwrap().actions,
        draft.actions.len() + 1,
        "the case once, and its Received"
    );
}

#[test]
fn bytes_beyond_the_acknowledged_offset_are_not_believed() {
    let (world, mut kiosk) = start(32);
    let (_, bundle) = stall_case(&world.centre, &mut kiosk);
    let bytes = bundle.encode().unwrap();
    world.centre.sync().append(&kiosk.station, bundle.id, 0, &bytes[..5000], false).unwrap();
    // A power cut left a longer file with garbage behind the synced part.
    let part = world.dir.path().join(format!("centre/uploads/{}.part", bundle.id));
    let mut torn = bytes[..5000].to_vec();
    torn.extend_from_slice(&[0; 900]);
    std::fs::write(&part, &torn).unwrap();
    assert_eq!(
        world.centre.sync().append(&kiosk.station, bundle.id, 5900, &bytes[5900..], true).unwrap(),
        Upload::Offset(5000)
    );
    assert!(matches!(
        world.centre.sync().append(&kiosk.station, bundle.id, 5000, &bytes[5000..], true).unwrap(),
        Upload::Held(_)
    ));
}

#[test]
fn the_same_id_with_other_bytes_is_refused_and_logged() {
    let (world, mut kiosk) = start(33);
    let (_, bundle) = stall_case(&world.centre, &mut kiosk);
    let receipt = send(&world, &kiosk, &bundle).unwrap();
    let (_, other) = stall_case(&world.centre, &mut kiosk);
    let forged = Bundle { id: bundle.id, ..other.clone() };
    assert!(send(&world, &kiosk, &forged).unwrap_err().starts_with("N109"));
    assert!(world.centre.staff().recent(3).unwrap().iter().any(|line| line.action == "bundle.conflict"));
    assert_eq!(send(&world, &kiosk, &bundle).unwrap(), receipt, "the first one still stands");
    assert!(send(&world, &kiosk, &other).is_ok(), "negative control: under its own id it is taken");
}

#[test]
fn a_tampered_byte_in_a_blob_sends_the_bundle_to_the_quarantine_but_the_station_chain_goes_on() {
    let (world, mut kiosk) = start(34);
    let (_, bundle) = stall_case(&world.centre, &mut kiosk);
    let mut bytes = bundle.encode().unwrap();
    let at = bytes.len() - 40;
    bytes[at] ^= 1;
    let error = kiosk.upload(&world.centre, bundle.id, &bytes, 1 << 20).unwrap_err();
    assert_eq!(code_of(&error), "N103");
    assert_eq!(
        world.centre.sync().links("890102-001-K03").unwrap(),
        vec![(1, bundle.links.len() as u64, bundle.links.len() as u64)]
    );
    let (_, next) = stall_case(&world.centre, &mut kiosk);
    assert!(send(&world, &kiosk, &next).is_ok(), "the next case is not in its way");
}

#[test]
fn a_flipped_bit_anywhere_in_the_head_is_never_taken() {
    let (world, mut kiosk) = start(35);
    let (draft, bundle) = stall_case(&world.centre, &mut kiosk);
    let bytes = bundle.encode().unwrap();
    let head = tongban_protocol::bundle::BundleHead::len_from_lead(&bytes).unwrap();
    for step in 0..40 {
        let mut forged = bytes.clone();
        let at = step * head / 40;
        forged[at] ^= 0x10;
        let id = world.ids.next();
        let taken = kiosk.upload(&world.centre, id, &forged, 1 << 20);
        assert!(taken.is_err(), "a flip at {at} was taken");
    }
    assert!(world.centre.cases().row(&member_or_known(&world), draft.id).is_err());
    assert!(send(&world, &kiosk, &bundle).is_ok(), "negative control");
}

#[test]
fn another_stations_signature_is_refused() {
    let (world, mut kiosk) = start(36);
    let mut other = TestStation::enrol(&world.centre, &world.clock, 99, "890102-001-K04", "kiosk", "004");
    let (_, stolen) = stall_case(&world.centre, &mut other);
    let renamed = Bundle { id: world.ids.next(), station: kiosk.station.id.clone(), ..stolen.clone() };
    quarantined(&world, &kiosk, &renamed, "S104");
    // Signed with a key the centre never enrolled.
    let rng = kiosk.rng.clone();
    kiosk.signing = tongban_crypto::SigningKey::generate(&mut |buffer: &mut [u8]| {
        tongban_domain::clock::Rng::fill(rng.as_ref(), buffer);
    });
    let (_, unknown) = stall_case(&world.centre, &mut kiosk);
    quarantined(&world, &kiosk, &unknown, "S104");
    // Control: what the other station signed may be carried by this one, as from a stick.
    send(&world, &kiosk, &stolen).unwrap();
}

/// What only the centre says, each as a station might sign it.
fn for_the_centre() -> Vec<Event> {
    let (by, text) = (|| "me".into(), str::to_owned);
    let print = PrintId(uuid::Uuid::from_u128(1));
    let day = "2026-03-10";
    vec![
        Event::Received { project_no: text("1") },
        Event::Accepted { by: by(), document_no: text("x"), due: text(day), hand: None },
        Event::DeemedAccepted { on: text(day), document_no: text("x"), due: text(day) },
        Event::Reviewed { by: by(), passed: true, opinion: text("可"), hand: None },
        Event::Decided { by: by(), granted: true, opinion: text("准"), document_no: text("x"), hand: None },
        Event::LicenceAllotted {
            number: text("1"),
            identifier: text("1"),
            verify_token: text("1"),
            valid_from: text(day),
            valid_to: text(day),
        },
        Event::PrintIntended { print, serial: text("1"), pdf_sha256: sha256(b""), operator: by() },
        Event::PrintSent { print, job_uuid: text("1") },
        Event::PrintDone { print },
        Event::PrintConfirmed { print, serial: text("1") },
        Event::PrintVoided { print, spoiled: true, reason: text("1") },
        Event::HandedOver { line_sha256: sha256(b""), operator: by(), receipt: None },
        Event::Closed { code: CloseCode::Done },
        Event::Closed { code: CloseCode::Issued },
    ]
}

/// Rule 10 (2.7): a station alone submits, receives and captures; it never accepts, decides or makes licences.
#[test]
fn rule_10_whatever_a_station_signs_it_neither_accepts_nor_decides_nor_makes_licences() {
    let (world, mut kiosk) = start(37);
    let item = world.centre.catalogue().latest(&"street_stall".into()).unwrap();
    for event in for_the_centre() {
        // Before anything was submitted, and right behind the submission.
        for submitted in [false, true] {
            let links = kiosk.links.len();
            let mut draft =
                if submitted { stall_case(&world.centre, &mut kiosk).0 } else { begin(&mut kiosk, &item, None) };
            (draft.sent, draft.sent_links) = (0, links);
            draft.say_unchecked(&mut kiosk, &event);
            let bundle = draft.bundle(&kiosk);
            quarantined(&world, &kiosk, &bundle, "C101");
        }
    }
    // Control: without a word of that kind the same case is taken.
    let (_, bundle) = stall_case(&world.centre, &mut kiosk);
    send(&world, &kiosk, &bundle).unwrap();
}

#[test]
fn a_receipt_number_must_be_leased_to_the_station_and_fresh() {
    let (world, mut kiosk) = start(38);
    let (first, bundle) = stall_case(&world.centre, &mut kiosk);
    send(&world, &kiosk, &bundle).unwrap();
    let item = world.centre.catalogue().latest(&"street_stall".into()).unwrap();
    let other = "89010226030200400018".to_owned();
    for receipt in [first.case.receipt().unwrap().to_owned(), other, "12345".to_owned()] {
        let mut draft = begin(&mut kiosk, &item, None);
        fill(&mut kiosk, &mut draft, &item, &[("place", tongban_domain::event::Value::Text("东口".into()))]);
        draft.say(&mut kiosk, Event::Submitted { receipt, delivery: Delivery::Pickup, offline: true });
        let bundle = draft.bundle(&kiosk);
        quarantined(&world, &kiosk, &bundle, "C103");
    }
}

#[test]
fn presence_evidence_without_consent_to_its_upload_must_not_come() {
    let (world, mut kiosk) = start(39);
    for withheld in [false, true] {
        let mut draft = Draft::open(&mut kiosk, tongban_domain::event::Channel::Kiosk);
        let identified = Event::Identified {
            card: card(),
            line_sha256: sha256(b"l"),
            reader: "r".into(),
            expired: false,
            photo: None,
            portrait: None,
        };
        draft.say(&mut kiosk, identified);
        let method = tongban_domain::event::PresenceMethod::Face;
        draft.say(&mut kiosk, Event::ConsentGiven { text_version: 1, choice: method, evidence_upload: false });
        let still = draft.blob(&kiosk, &head(1), "image/jpeg");
        draft.say(
            &mut kiosk,
            Event::PresenceProved {
                method,
                still: Some(still),
                clip: None,
                score_milli: Some(800),
                decided_by: None,
                reason: None,
            },
        );
        if withheld {
            draft.blobs.clear();
        }
        let bundle = draft.bundle(&kiosk);
        let sent = send(&world, &kiosk, &bundle);
        assert_eq!(sent.is_ok(), withheld, "{sent:?}");
    }
}

#[test]
fn a_bundle_that_comes_before_its_predecessor_waits_and_is_taken_afterwards() {
    let (world, mut kiosk) = start(40);
    let item = world.centre.catalogue().latest(&"street_stall".into()).unwrap();
    let mut draft = begin(&mut kiosk, &item, None);
    let first = draft.bundle(&kiosk);
    fill(&mut kiosk, &mut draft, &item, &[("place", tongban_domain::event::Value::Text("东口".into()))]);
    let second = draft.bundle(&kiosk);
    assert!(send(&world, &kiosk, &second).unwrap_err().starts_with("C110"));
    assert!(world.centre.sync().quarantined().unwrap().is_empty(), "early is not wrong");
    send(&world, &kiosk, &first).unwrap();
    send(&world, &kiosk, &second).unwrap();
    let receipt = kiosk.receipt(&world.centre);
    draft.say(&mut kiosk, Event::Submitted { receipt, delivery: Delivery::Pickup, offline: false });
    let third = draft.bundle(&kiosk);
    send(&world, &kiosk, &third).unwrap();
    assert_eq!(world.centre.cases().row(&member_or_known(&world), draft.id).unwrap().status, "received");
}

#[test]
fn a_station_restored_from_an_image_is_noticed_by_its_links() {
    let (world, mut kiosk) = start(41);
    let (_, bundle) = stall_case(&world.centre, &mut kiosk);
    send(&world, &kiosk, &bundle).unwrap();
    // The image knows nothing of the case just sent and counts from one again.
    kiosk.links.clear();
    let (_, again) = stall_case(&world.centre, &mut kiosk);
    quarantined(&world, &kiosk, &again, "N106");
}

#[test]
fn a_sign_off_that_no_longer_fits_blocks_the_case() {
    let (world, mut kiosk) = start(42);
    let item = world.centre.catalogue().latest(&"street_stall".into()).unwrap();
    let mut draft = begin(&mut kiosk, &item, None);
    fill(&mut kiosk, &mut draft, &item, &[("place", tongban_domain::event::Value::Text("东口".into()))]);
    // A sign-off over something else than what is filed.
    let evidence = draft.blob(&kiosk, &picture(50, 50, 9), "image/jpeg");
    let method = tongban_domain::event::SignOffMethod::Fingerprint;
    draft.say(
        &mut kiosk,
        Event::SignedOff { method, evidence, quality: 80, digest: tongban_domain::event::Digest([3; 32]) },
    );
    let receipt = kiosk.receipt(&world.centre);
    draft.say(&mut kiosk, Event::Submitted { receipt, delivery: Delivery::Pickup, offline: false });
    let bundle = draft.bundle(&kiosk);
    send(&world, &kiosk, &bundle).unwrap();
    let row = world.centre.cases().row(&member_or_known(&world), draft.id).unwrap();
    assert_eq!((row.status.as_str(), row.blocked.as_deref()), ("submitted", Some("C105")));
}

#[test]
fn what_a_crash_left_unfinished_is_finished_at_the_next_start_and_only_once() {
    let (world, mut kiosk) = start(43);
    let (draft, bundle) = stall_case(&world.centre, &mut kiosk);
    let receipt = send(&world, &kiosk, &bundle).unwrap();
    let status = |world: &World| world.centre.cases().row(&member_or_known(world), draft.id).unwrap().status;
    // As a first release left it that died after the bundle's transaction: signed for, not taken in.
    let database = rusqlite::Connection::open(world.dir.path().join("centre/centre.db")).unwrap();
    assert_eq!(database.execute("DELETE FROM action WHERE kind = 'Received'", []).unwrap(), 1);
    drop(database);
    world.centre.cases().rebuild().unwrap();
    assert_eq!(status(&world), "submitted");
    let world = world.reopen();
    assert_eq!(status(&world), "received");
    assert_eq!(send(&world, &kiosk, &bundle).unwrap(), receipt, "signed now, the same as then");
    let world = world.reopen();
    assert_eq!(world.centre.cases().verify(draft.id).unwrap().actions, draft.actions.len() + 1, "taken in once");
}

#[test]
fn a_changed_action_in_the_database_is_noticed() {
    let (world, mut kiosk) = start(44);
    let (draft, bundle) = stall_case(&world.centre, &mut kiosk);
    send(&world, &kiosk, &bundle).unwrap();
    assert!(world.centre.cases().verify(draft.id).unwrap().holds);
    let database = rusqlite::Connection::open(world.dir.path().join("centre/centre.db")).unwrap();
    let other: Vec<u8> =
        database.query_row("SELECT signature FROM action WHERE case_seq = 2", [], |row| row.get(0)).unwrap();
    let own: Vec<u8> =
        database.query_row("SELECT signature FROM action WHERE case_seq = 3", [], |row| row.get(0)).unwrap();
    database.execute("UPDATE action SET signature = ?1 WHERE case_seq = 3", [other]).unwrap();
    let state = world.centre.cases().verify(draft.id).unwrap();
    assert!(!state.holds && state.detail.contains('3'), "{state:?}");
    database.execute("UPDATE action SET signature = ?1 WHERE case_seq = 3", [own]).unwrap();
    drop(database);
    assert!(world.centre.cases().verify(draft.id).unwrap().holds, "control: put back, it holds");
    let (_, body) = &bundle.blobs[0];
    let folders = std::fs::read_dir(world.dir.path().join("centre/bundles")).unwrap();
    let object = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap()).next().unwrap().unwrap();
    let mut bytes = std::fs::read(object.path()).unwrap();
    let at = bytes.windows(body.len()).position(|window| window == body.as_slice()).unwrap();
    bytes[at + body.len() / 2] ^= 1;
    std::fs::write(object.path(), bytes).unwrap();
    assert!(world.centre.cases().verify_all().unwrap().iter().all(|(_, state)| !state.holds));
}
