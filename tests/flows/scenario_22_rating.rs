//! 22. **好差评.** Given a finished service, when the customer gives 不满意, then the window cannot see who,
//!     a follow-up ticket is due in 1 wd, correction in 15, one 追评 is possible, and a second evaluation of
//!     the same service is refused.

use crate::common::code_of;
use crate::hall::{Hall, construction};
use tongban_centre::ratings::{Grade, NewRating};

#[test]
fn scenario_22_one_rating_a_service_and_a_bad_one_is_followed_up() {
    let mut hall = Hall::open(1022, "2026-11-23");
    let case = hall.file(&construction());
    let tags = ["等候时间长".to_owned()];
    let rating = |grade| NewRating {
        case,
        occasion: "intake",
        channel: "window",
        place: "890102-001-W01",
        staff: Some("window"),
        grade,
        tags: &tags,
        text: "等了一小时",
    };
    let ratings = hall.centre().ratings();
    let given = ratings.rate(&rating(Grade::Dissatisfied)).unwrap();
    assert_eq!(
        (given.grade.code(), given.contact_by.as_deref(), given.fix_by.as_deref()),
        (4, Some("2026-11-24"), Some("2026-12-14"))
    );
    let ticket = hall.centre().tickets().get(given.ticket.as_deref().unwrap()).unwrap();
    assert_eq!((ticket.sign_by.as_str(), ticket.answer_by.as_str()), ("2026-11-24", "2026-12-14"));

    assert_eq!(code_of(&ratings.rate(&rating(Grade::VerySatisfied)).unwrap_err()), "C120");
    ratings.add(&given.service, Grade::Satisfied, "已解释清楚").unwrap();
    assert_eq!(code_of(&ratings.add(&given.service, Grade::Fair, "再说").unwrap_err()), "C120", "one addition");

    // The one who is rated sees the mark and the words, and nothing of the person.
    let seen = ratings.of_staff(&hall.who("window")).unwrap();
    assert_eq!((seen.len(), seen[0].grade, seen[0].text.as_str()), (1, Grade::Dissatisfied, "等了一小时"));
    let shown = format!("{seen:?}");
    assert!(!shown.contains(&case.to_string()) && !shown.contains("陈") && !shown.contains(&given.by_index));

    let manager = hall.who("manager");
    hall.centre().tickets().sign(&manager, &ticket.id).unwrap();
    hall.centre().tickets().answer(&manager, &ticket.id, "已增开窗口", None).unwrap();
    assert!(ratings.exclude(&hall.who("window"), &given.service, "恶意").is_err(), "not by the one who is rated");
}
