//! 21. **Sign-off integrity.** Given a signed-off case, when one byte of a material is changed in the
//!     store, then verification fails, the case is blocked and an alarm raised.
//!
//! Here: content changed after the sign-off blocks the case at intake; a byte changed in the store is found
//! by the round of integrity, which blocks the case and alarms.

use crate::hall::{Hall, at, construction, text};
use tongban_centre::handling::Act;
use tongban_domain::event::Event;

#[test]
fn scenario_21_a_form_changed_after_the_sign_off_is_blocked_at_intake() {
    let mut hall = Hall::open(1021, "2026-11-23");
    let mut draft = hall.draft(&construction());
    let signed = draft.case.sign_off().cloned().unwrap();
    let mut values = draft.case.form().clone();
    values.insert("net_assets".into(), text("9999.00"));
    draft.say(&mut hall.window, Event::FormFilled { values });
    // The old signature is put over the new content.
    let again = Event::SignedOff {
        method: signed.method,
        evidence: signed.evidence,
        quality: signed.quality,
        digest: signed.digest,
    };
    draft.say(&mut hall.window, again);
    let case = hall.submit(draft, tongban_domain::event::Delivery::Pickup);
    let row = hall.centre().cases().row(&hall.who("manager"), case).unwrap();
    assert_eq!(row.blocked.as_deref(), Some("C105"));
    assert_eq!(hall.refused("window", case, &Act::Accept), "C105", "a blocked case goes nowhere");

    let sound = hall.file(&construction());
    assert_eq!(hall.centre().cases().row(&hall.who("manager"), sound).unwrap().blocked, None);
    let all = hall.centre().cases().verify_all().unwrap();
    assert!(all.iter().all(|(_, state)| state.holds), "the chains of both hold: nothing was rewritten");
}

/// Files in which the store keeps the sealed materials.
fn files(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.to_string_lossy().contains("/bundles/") {
            found.push(path);
        }
    }
}

#[test]
fn scenario_21_one_byte_of_a_material_changed_in_the_store_blocks_the_case_and_alarms() {
    let mut hall = Hall::open(1121, "2026-11-23");
    let case = hall.file(&construction());
    assert!(hall.centre().lifecycle().audit().unwrap().is_empty(), "control: an untouched store is in order");
    hall.acts("window", case, &Act::Accept);

    let mut found = Vec::new();
    files(&hall.world.dir.path().join("centre"), &mut found);
    assert_eq!(found.len(), 1, "the case came in one batch");
    let mut bytes = std::fs::read(&found[0]).unwrap();
    let inside = bytes.len() * 9 / 10;
    bytes[inside] ^= 1;
    std::fs::write(&found[0], &bytes).unwrap();

    let broken = hall.centre().lifecycle().audit().unwrap();
    assert_eq!(broken.len(), 1);
    assert!(broken[0].0 == case && broken[0].1.starts_with("blob "), "{broken:?}");
    let row = hall.centre().cases().row(&hall.who("manager"), case).unwrap();
    assert_eq!(row.blocked.as_deref(), Some("S104"));
    let act = Act::Step { step: "审查".into(), passed: true, opinion: "符合条件".into() };
    assert!(hall.act("reviewer", case, &act).is_err(), "nothing goes on");

    // The alarm: a red card, the manager told, a line in the list for people; each once.
    let told = hall.centre().operations().messages("role:manager").unwrap();
    assert!(told.iter().any(|message| message.text.contains("被改动")), "{told:?}");
    hall.centre().lifecycle().audit().unwrap();
    let cards = hall.centre().supervision().of_case(&hall.who("manager"), case).unwrap();
    assert_eq!(cards.iter().filter(|card| card.rule == "integrity").count(), 1);
    assert_eq!(hall.centre().lifecycle().dead_letters().unwrap().len(), 1);
}

#[test]
fn scenario_21_the_nightly_look_goes_on_where_it_stopped_and_meets_every_case_in_a_round() {
    let mut hall = Hall::open(2121, "2026-11-23");
    let cases: Vec<_> = (0..5).map(|_| hall.file(&construction())).collect();
    let mut found = Vec::new();
    files(&hall.world.dir.path().join("centre"), &mut found);
    assert_eq!(found.len(), 5);
    let spoil = found.iter().max_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap()).unwrap();
    let mut bytes = std::fs::read(spoil).unwrap();
    let inside = bytes.len() * 9 / 10;
    bytes[inside] ^= 1;
    std::fs::write(spoil, &bytes).unwrap();

    // Two cases a night: the third night ends the round, wherever the spoilt one lies.
    let mut met = Vec::new();
    for (day, seen, whole) in [("2026-11-24", 2, false), ("2026-11-25", 2, false), ("2026-11-26", 1, true)] {
        hall.clock_to(at(day, 2, 30));
        let night = hall.centre().lifecycle().night_in(2, 1).unwrap().unwrap();
        assert_eq!((night.seen, night.whole), (seen, whole), "{day}");
        met.push(night.broken);
        assert_eq!(hall.centre().lifecycle().night_in(2, 1).unwrap(), None, "once a night");
    }
    assert_eq!(met.iter().sum::<usize>(), 1, "found once, in its slice: {met:?}");
    let blocked = |case: &_| hall.centre().cases().row(&hall.who("manager"), *case).unwrap().blocked.is_some();
    assert_eq!(cases.iter().filter(|case| blocked(case)).count(), 1);
    let (rounds, ended) = hall.centre().lifecycle().rounds().unwrap();
    assert_eq!((rounds, ended), (1, Some(at("2026-11-26", 2, 30).0)));

    // The next round begins anew, with what was filed since, and takes a night when a night is enough.
    hall.clock_to(at("2026-11-26", 9, 0));
    hall.file(&construction());
    hall.clock_to(at("2026-11-27", 2, 30));
    let night = hall.centre().lifecycle().night().unwrap().unwrap();
    assert_eq!((night.seen, night.broken, night.whole), (6, 1, true));
}
