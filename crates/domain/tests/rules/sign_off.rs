//! What is signed off: any change shows, in the bytes and in the case.

use crate::support::*;
use proptest::prelude::*;
use tongban_domain::case::{Case, Step, sign_off_content};
use tongban_domain::event::{Event, ShareAnswer, Value};

/// A stand-in for SM3 that is good enough to tell contents apart in a test.
fn hash(bytes: &[u8]) -> tongban_domain::event::Digest {
    let mut out = [0u8; 32];
    for (n, byte) in bytes.iter().enumerate() {
        out[n % 32] = out[n % 32].rotate_left(3) ^ byte.wrapping_add(u8::try_from(n % 251).unwrap());
    }
    tongban_domain::event::Digest(out)
}

fn draft() -> Vec<Event> {
    let item = item("jz_first");
    let mut events = application(&item);
    events.truncate(events.len() - 2);
    events
}

fn content(events: &[Event]) -> Vec<u8> {
    sign_off_content(&folded(events))
}

#[test]
fn a_change_after_the_sign_off_takes_it_away() {
    let item = item("jz_first");
    let mut signed = draft();
    signed.push(signed_off());
    assert_eq!(folded(&signed).next_step(Some(&item)), Step::Submit);
    let mut values = folded(&signed).form().clone();
    values.insert("net_assets".into(), text("9999"));
    let objection = ShareAnswer::Objected { reason: "x".to_owned() };
    let changes = [
        captured(60, "m05"),
        Event::PageRemoved { page: page(10) },
        Event::FormFilled { values },
        Event::ShareAnswered { resource: "legal.charter".into(), answer: objection },
        fetched(&item, "legal.charter"),
    ];
    for change in changes {
        let mut events = signed.clone();
        events.push(change.clone());
        assert!(folded(&events).sign_off().is_none(), "{change:?}");
        assert_ne!(content(&events), content(&signed), "{change:?}");
    }
    // Saying the same again is no change.
    let again =
        [Event::FormFilled { values: folded(&signed).form().clone() }, confirmed("legal.charter"), chosen(&item)];
    for same in again {
        let mut events = signed.clone();
        events.push(same);
        assert!(folded(&events).sign_off().is_some());
    }
}

#[test]
fn the_sign_off_is_checked_against_the_content_as_it_stands() {
    let mut events = draft();
    assert_eq!(folded(&events).sign_off_holds(hash), None);
    let Event::SignedOff { method, evidence, quality, .. } = signed_off() else { unreachable!() };
    let digest = hash(&content(&events));
    events.push(Event::SignedOff { method, evidence, quality, digest });
    assert_eq!(folded(&events).sign_off_holds(hash), Some(true));
    events.push(submitted());
    assert_eq!(folded(&events).sign_off_holds(hash), Some(true));
    // The same chain with one page's hash altered in the store.
    for event in &mut events {
        if let Event::PageCaptured { blob, .. } = event {
            blob.plain_sha256.0[31] ^= 1;
            break;
        }
    }
    assert_eq!(folded(&events).sign_off_holds(hash), Some(false));
}

#[test]
fn moving_a_page_or_text_across_a_border_changes_the_bytes() {
    let base = draft();
    let swap = |first: u128, second: u128| Event::PagesOrdered {
        requirement: "m05".into(),
        pages: vec![page(first), page(second)],
    };
    let mut two = base.clone();
    two.push(captured(70, "m05"));
    let (mut ab, mut ba, mut moved) = (two.clone(), two.clone(), two.clone());
    ab.push(swap(10, 70));
    ba.push(swap(70, 10));
    moved.push(Event::PagesOrdered { requirement: "m08".into(), pages: vec![page(11), page(70)] });
    assert_eq!(content(&ab), content(&two));
    assert!(content(&ba) != content(&ab) && content(&moved) != content(&ab) && content(&moved) != content(&ba));

    // The only page of one material under another one's name.
    let only = |requirement: &str| {
        let mut events = begun(&item("jz_first"));
        events.push(captured(1, requirement));
        content(&events)
    };
    assert_ne!(only("m05"), only("m08"));

    let with = |first: &str, second: &str| {
        let mut events = base.clone();
        let mut values = folded(&base).form().clone();
        values.insert("contact".into(), text(first));
        values.insert("technical_leader".into(), text(second));
        events.push(Event::FormFilled { values });
        content(&events)
    };
    assert_ne!(with("王", "明王"), with("王明", "王"));
    assert_ne!(with("", "王"), with("王", ""));
}

#[test]
fn a_value_that_looks_like_two_is_not_taken_for_two() {
    let filled = |values: [(&str, &str); 2]| {
        let mut events = begun(&item("jz_first"));
        events.push(Event::FormFilled { values: values.map(|(id, value)| (id.into(), text(value))).into() });
        content(&events)
    };
    // Without lengths both would read a·1·xb·1·yc·1·z.
    assert_ne!(filled([("a", "xb\u{1}y"), ("c", "z")]), filled([("a", "x"), ("b", "yc\u{1}z")]));
    assert_eq!(filled([("a", "x"), ("b", "y")]), filled([("b", "y"), ("a", "x")]));
}

/// One small change somewhere in what is covered.
fn change(events: &mut [Event], place: usize, byte: u8) -> bool {
    let mut places: Vec<Box<dyn FnOnce() + '_>> = Vec::new();
    for event in events {
        match event {
            Event::PageCaptured { blob, .. } => {
                let at = usize::from(byte) % 32;
                places.push(Box::new(move || blob.plain_sha256.0[at] ^= 1 << (byte % 8)));
            }
            Event::FormFilled { values } => {
                for value in values.values_mut() {
                    match value {
                        Value::Text(text) => places.push(Box::new(move || text.push(char::from(b'0' + byte % 10)))),
                        Value::Bool(yes) => places.push(Box::new(move || *yes = !*yes)),
                        Value::Rows(rows) => places.push(Box::new(move || rows.push(row(&[("name", "x")])))),
                    }
                }
            }
            Event::ShareAnswered { answer, .. } => {
                places.push(Box::new(move || *answer = ShareAnswer::Objected { reason: byte.to_string() }));
            }
            Event::ShareFetched { record } => {
                places.push(Box::new(move || record.answer_sha256.0[usize::from(byte) % 32] ^= 1));
            }
            Event::ItemChosen { version, .. } => places.push(Box::new(move || *version += 1 + u32::from(byte))),
            Event::Identified { card, .. } => {
                places.push(Box::new(move || card.number.push(char::from(b'0' + byte % 10))));
            }
            _ => {}
        }
    }
    let count = places.len();
    places.into_iter().nth(place % count).is_some_and(|change| {
        change();
        true
    })
}

proptest! {
    #[test]
    fn one_change_anywhere_changes_the_bytes(place in 0usize..1000, byte in any::<u8>()) {
        let before = draft();
        let mut after = before.clone();
        prop_assert!(change(&mut after, place, byte));
        let changed = Case::fold(case_id(), &after).unwrap();
        prop_assert_ne!(sign_off_content(&changed), content(&before));
        // The same chain again gives the same bytes: nothing random or timed gets in.
        prop_assert_eq!(content(&before), content(&before.clone()));
    }
}
