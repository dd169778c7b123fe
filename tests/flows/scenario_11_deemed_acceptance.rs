//! 11. **Deemed acceptance.** Given a received case untouched for five working days, when the sixth
//!     starts, then it is accepted as of the receipt date, a red card exists and the manager is told.

use crate::hall::{Hall, at, construction};
use tongban_centre::supervision::Colour;
use tongban_domain::case::CaseStatus;

#[test]
fn scenario_11_silence_for_five_working_days_accepts() {
    let mut hall = Hall::open(1011, "2026-11-23");
    let case = hall.file(&construction());

    hall.clock_to(at("2026-11-30", 23, 50));
    let round = hall.centre().lifecycle().round().unwrap();
    assert!(round.deemed.is_empty(), "the fifth working day is not over");
    assert_eq!(hall.status(case), CaseStatus::Received);

    hall.clock_to(at("2026-12-01", 0, 5));
    let round = hall.centre().lifecycle().round().unwrap();
    assert_eq!(round.deemed, [case]);
    assert_eq!(hall.status(case), CaseStatus::Accepted);
    assert_eq!(hall.due(case).as_deref(), Some("2026-12-07"), "ten working days from the day of receipt");
    assert!(hall.paper_text(case, "acceptance").contains("2026年11月23日"));

    let again = hall.centre().lifecycle().round().unwrap();
    assert!(again.deemed.is_empty(), "exactly once");
    assert_eq!(hall.titles(case).iter().filter(|title| *title == "视为受理").count(), 1);

    let cards = hall.centre().supervision().of_case(&hall.who("manager"), case).unwrap();
    let red: Vec<_> = cards.iter().filter(|card| card.colour == Colour::Red).collect();
    assert_eq!((red.len(), red[0].rule.as_str()), (1, "acceptance"));
    let told = hall.centre().operations().messages("role:manager").unwrap();
    assert!(told.iter().any(|message| message.text.contains("受理")), "{told:?}");

    // A red card a working day old is urged; an answer settles it.
    hall.clock_to(at("2026-12-02", 9, 0));
    hall.centre().lifecycle().round().unwrap();
    let supervisor = hall.who("supervisor");
    let orders = hall.centre().supervision().orders(&supervisor).unwrap();
    assert_eq!(orders.len(), 1);
    hall.centre().supervision().answer_order(&hall.who("manager"), &orders[0].card, "已补派承办人").unwrap();
    assert!(hall.centre().supervision().orders(&supervisor).unwrap()[0].answer.is_some());

    // Its promise is watched like any other: the red lamp does not hide the yellow one.
    hall.clock_to(at("2026-12-08", 0, 5));
    hall.centre().lifecycle().round().unwrap();
    let cards = hall.centre().supervision().of_case(&hall.who("manager"), case).unwrap();
    assert!(cards.iter().any(|card| card.colour == Colour::Yellow && card.rule == "promise"), "{cards:?}");
}

#[test]
fn scenario_11_control_a_notice_in_time_keeps_the_case_open() {
    let mut hall = Hall::open(1111, "2026-11-23");
    let case = hall.file(&crate::hall::Brings { without: &["m05"], ..construction() });
    let item = hall.item("jz_first");
    let missing = crate::hall::missing(&item, &["m05"]);
    hall.acts("window", case, &tongban_centre::handling::Act::AskCorrection { missing, approval: None });
    hall.clock_to(at("2026-12-01", 0, 5));
    assert!(hall.centre().lifecycle().round().unwrap().deemed.is_empty());
    // Nobody brings anything: ten working days later the case ends by itself.
    hall.clock_to(at("2026-12-08", 0, 5));
    assert_eq!(hall.centre().lifecycle().round().unwrap().lapsed, [case]);
    assert_eq!(hall.status(case), CaseStatus::Closed);
}
