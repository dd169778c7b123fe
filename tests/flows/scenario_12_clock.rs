//! 12. **Clock.** Given acceptance 2026-09-24 and promise 5 wd, then due 2026-10-09; given a special
//!     procedure 11-25 10:00–11-30 09:00 on a case of 11-23, then due 2026-12-03; starting a special
//!     procedure without a written notice is impossible.

use crate::hall::{Hall, at, catering};
use tongban_centre::handling::Act;
use tongban_domain::case::CaseStatus;
use tongban_domain::event::{Event, SpecialKind};

#[test]
fn scenario_12_due_dates_over_holidays_and_special_procedures() {
    let mut hall = Hall::open(1012, "2026-09-24");
    let case = hall.file(&catering());
    hall.acts("window", case, &Act::Accept);
    assert_eq!(hall.due(case).as_deref(), Some("2026-10-09"), "five working days over Mid-Autumn and National Day");

    hall.clock_to(at("2026-11-23", 9, 0));
    let case = hall.file(&catering());
    hall.acts("window", case, &Act::Accept);
    assert_eq!(hall.due(case).as_deref(), Some("2026-11-30"));
    hall.clock_to(at("2026-11-25", 10, 0));
    let stop = |days: u16| Act::Suspend {
        kind: SpecialKind::Other,
        name: "现场核查".into(),
        days,
        reason: "须现场核查".into(),
    };
    assert_eq!(hall.refused("reviewer", case, &stop(0)), "C113", "no notice without the days needed");
    hall.acts("reviewer", case, &stop(5));
    assert_eq!(hall.status(case), CaseStatus::Suspended);
    assert_eq!(hall.due(case), None, "a stopped clock has no date");
    assert!(hall.paper_text(case, "special").contains("预计5个工作日"), "told in writing");
    hall.clock_to(at("2026-11-30", 9, 0));
    hall.acts("reviewer", case, &Act::Resume { result: "核查合格".into() });
    assert_eq!(hall.due(case).as_deref(), Some("2026-12-03"));

    // Without its paper the event itself is unlawful, whoever tries to write it.
    let view = hall.centre().cases().view(&hall.who("reviewer"), case).unwrap();
    assert_eq!(view.timeline.iter().filter(|line| line.title == "特别程序开始").count(), 1);
    let mut bare = tongban_domain::case::Case::new(case);
    let opened = Event::Opened {
        channel: tongban_domain::event::Channel::Window,
        station: "w".into(),
        hall: "890102-001".into(),
    };
    bare.apply(&opened).unwrap();
    let suspended = Event::Suspended {
        by: "r".into(),
        hand: tongban_domain::event::Hand { post: "承办人".into(), desk: "centre".into() },
        kind: SpecialKind::Other,
        name: "现场核查".into(),
        document_no: "无".into(),
        expected_days: 5,
        reason: "须现场核查".into(),
    };
    assert!(bare.apply(&suspended).is_err());
}

#[test]
fn scenario_12_a_new_calendar_is_signed_moves_due_dates_and_loses_no_year() {
    let mut hall = Hall::open(1112, "2026-12-28");
    let case = hall.file(&catering());
    hall.acts("window", case, &Act::Accept);
    let publisher = hall.hire("publisher", &[tongban_centre::rights::Role::Publisher], "890100", "事项发布");
    let file = std::fs::read_to_string(crate::common::assets().join("calendar/workdays.json")).unwrap();
    let limits = hall.centre().limits();
    let before = hall.centre().handling().clocks(&hall.who("reviewer"), case).unwrap();
    let promise = |clocks: &tongban_domain::limits::Clocks| {
        clocks.get(tongban_domain::limits::LimitKind::Promise).unwrap().due.unwrap()
    };
    assert!(promise(&before).estimated, "2027 is not announced: 预估");
    let mut years: serde_json::Value = serde_json::from_str(&file).unwrap();
    years["years"]["2027"] = serde_json::json!({"off_days": ["2027-01-01", "2027-01-04"], "makeup_workdays": []});
    let signed = limits.publish_calendar(&publisher, &years.to_string(), "国务院办公厅通知").unwrap();
    let after = hall.centre().handling().clocks(&hall.who("reviewer"), case).unwrap();
    assert!(!promise(&after).estimated && promise(&after).date > promise(&before).date);
    years["years"].as_object_mut().unwrap().remove("2026");
    assert!(limits.publish_calendar(&publisher, &years.to_string(), "误删").is_err(), "no year is taken away");
    let mut forged = signed.clone();
    forged.json = forged.json.replace("2027-01-04", "2027-01-05");
    let key = tongban_crypto::VerifyingKey::from_hex(&hall.window.reply.centre_signing_key_hex).unwrap();
    assert!(signed.holds(&key) && !forged.holds(&key));
}
