//! 转接续办: how long a draft waits at the centre, and that its end is no loss of what was signed.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{FIRM, TestStation, World, sample};
use tongban_domain::event::Event;
use tongban_protocol::handover::{DRAFT_DAYS, DraftTake};

const DAY_MS: u64 = 86_400_000;

#[test]
fn a_draft_waits_thirty_days_for_its_applicant_and_is_then_withdrawn() {
    let world = World::new(20_261_123);
    let centre = &world.centre;
    let mut kiosk = TestStation::enrol(centre, &world.clock, 71, "890102-001-K03", "kiosk", "003");
    let window = TestStation::enrol(centre, &world.clock, 72, "890102-001-W01", "window", "021");
    let item = centre.catalogue().latest(&"jz_first".into()).unwrap();
    let mut left = |hand_on: bool| {
        let mut draft = sample::begin(&mut kiosk, &item, Some(FIRM));
        if hand_on {
            draft.say(&mut kiosk, Event::HandedOn { text_version: 1 });
        }
        let bundle = draft.bundle(&kiosk);
        let bytes = bundle.encode().unwrap();
        kiosk.upload(centre, bundle.id, &bytes, bytes.len()).unwrap();
        draft.id
    };
    let (waits, arriving) = (left(true), left(false));
    let number = sample::card().number;
    let offers = || centre.handover().offers(&window.station, &number).unwrap();
    assert_eq!(offers().iter().map(|offer| offer.case).collect::<Vec<_>>(), [waits], "a half-sent case is no offer");
    let into = arriving;
    let take = DraftTake { number: number.clone(), into };
    assert!(centre.handover().take(&window.station, arriving, &take).is_err(), "nobody handed it on");

    let before = (centre.cases().verify(waits).unwrap().actions, centre.cases().verify(arriving).unwrap().actions);
    world.clock.advance(DRAFT_DAYS as u64 * DAY_MS);
    assert_eq!(offers().len(), 1, "the thirtieth day counts");
    world.clock.advance(DAY_MS);
    assert!(offers().is_empty());
    while centre.lifecycle().night().unwrap().is_none() {
        world.clock.advance(DAY_MS / 24);
    }
    assert!(centre.handover().take(&window.station, waits, &take).is_err(), "it has ended");
    let told = |case| centre.cases().verify(case).unwrap().actions;
    assert_eq!(told(waits), before.0 + 1, "its withdrawal is on its chain");
    assert_eq!(told(arriving), before.1, "not handed on, not ended");
    assert!(centre.cases().verify_all().unwrap().iter().all(|(_, chain)| chain.holds));
}
