//! 21. **Sign-off integrity.** Given a signed-off case, when one byte of a material is changed in the
//!     store, then verification fails, the case is blocked and an alarm raised.
//!
//! Here: content changed after the sign-off blocks the case at intake; a byte changed in the store is found
//! by the round of integrity, which blocks the case and alarms.

use crate::hall::{Hall, construction, text};
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
