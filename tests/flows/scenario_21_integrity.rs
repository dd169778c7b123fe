//! 21. **Sign-off integrity.** Given a signed-off case, when one byte of a material is changed in the
//!     store, then verification fails, the case is blocked and an alarm raised.
//!
//! Here: content changed after the sign-off blocks the case at intake, and a changed file shows in the
//! check of every file and in the archive's.

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
