//! 19. **Clock tamper.** Given a terminal clock 10 min off, then it says so, refuses new receipts above the limit or
//!     marks them untrusted, and the server orders events by its own time.
//!
//! Here: the sign of life tells the difference, a case from such a clock is marked, legal clocks count from the
//! centre's own receipt, and the case's page says so; a case that lay at a station for more than a day is marked too.
//! Not here: the words on the terminal, whose alarm is shown in `tongban-sync` (`a_lasting_difference_is_told`), and
//! the remark 时间以中心入库为准 on its receipt, for a clock off or alone for a day
//! (`a_receipt_is_marked_when_the_clock_is_off_or_has_been_alone_for_a_day`, and `tongban-licence::papers` for the paper).

use crate::hall::{Hall, construction, morning};
use std::sync::Arc;
use tongban_centre::handling::Act;
use tongban_domain::clock::WallTime;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::Heartbeat;
use tongban_protocol::seeded::SeededClock;

const TEN_MINUTES: i64 = 10 * 60_000;

/// Files a case at a window whose clock is off by so many milliseconds.
fn filed(hall: &mut Hall, off: i64) -> CaseId {
    let wrong = Arc::new(SeededClock::default());
    wrong.set_wall(WallTime(morning("2026-11-23").0 + off));
    let right = std::mem::replace(&mut hall.window.clock, wrong);
    let case = hall.file(&construction());
    hall.window.clock = right;
    case
}

#[test]
fn scenario_19_a_clock_ten_minutes_off_is_told_marked_and_orders_nothing() {
    let mut hall = Hall::open(1019, "2026-11-23");
    let now = morning("2026-11-23").0;
    let sound = filed(&mut hall, 0);
    let ahead = filed(&mut hall, TEN_MINUTES);
    let late = filed(&mut hall, -2 * TEN_MINUTES);

    // It says so: the sign of life carries the station's own clock.
    let beat = Heartbeat { version: "1".into(), queue: 0, devices: vec![], wall_ms: now + TEN_MINUTES, chain: None };
    hall.centre().stations().heartbeat(&hall.window.station.id, &beat).unwrap();
    let told = hall.centre().stations().get(&hall.window.station.id.0).unwrap().unwrap();
    assert_eq!(told.skew_ms, Some(TEN_MINUTES));

    // Marked untrusted; a sound clock is not.
    let cases = hall.centre().cases();
    assert_eq!(cases.time_doubt(sound).unwrap(), None, "control");
    assert_eq!(cases.time_doubt(ahead).unwrap(), Some(TEN_MINUTES));
    assert_eq!(cases.time_doubt(late).unwrap(), Some(-2 * TEN_MINUTES));

    // Whatever the station said, the centre received all three at its own time, in the order they came.
    let manager = hall.who("manager");
    for case in [sound, ahead, late] {
        let row = cases.row(&manager, case).unwrap();
        assert_eq!(row.received_ms, Some(now), "the centre's own time of receipt");
        hall.acts("window", case, &Act::Accept);
        assert_eq!(hall.due(case).as_deref(), Some("2026-12-07"), "and the legal clock counts from it");
        let view = cases.view(&manager, case).unwrap();
        let places: Vec<u64> = view.timeline.iter().map(|line| line.seq).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "order is the chain's, not the clock's: {places:?}");
        assert!(cases.verify(case).unwrap().holds);
        assert_eq!(view.time_doubt, cases.time_doubt(case).unwrap(), "the case's page says so");
    }
}

#[test]
fn scenario_19_a_case_that_lay_offline_for_more_than_a_day_is_marked_and_counts_from_the_centres_receipt() {
    let mut hall = Hall::open(2019, "2026-11-23");
    for (hours, doubt) in [(20, None), (30, Some(-30 * 3_600_000))] {
        let now = morning("2026-11-25").0;
        hall.clock_to(WallTime(now - hours * 3_600_000));
        let draft = hall.draft(&construction());
        let case = hall.submit_as(draft, tongban_domain::event::Delivery::Pickup, Some(WallTime(now)));
        assert_eq!(hall.centre().cases().time_doubt(case).unwrap(), doubt, "{hours} hours");
        let row = hall.centre().cases().row(&hall.who("manager"), case).unwrap();
        assert!(row.offline && row.received_ms == Some(now), "received when it came");
    }
}
