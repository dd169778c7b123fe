//! 10. **Correction once.** Given a received case lacking two materials, when staff issues 一次性告知书
//!     naming both, then both print with legal basis; adding a third later demands a supervisor reason;
//!     resubmission returns to received.

use crate::hall::{Hall, construction, missing};
use tongban_centre::handling::{Act, Supplied, Supply};
use tongban_domain::case::CaseStatus;
use tongban_domain::event::SignOffMethod;

#[test]
fn scenario_10_everything_missing_is_told_once() {
    let mut hall = Hall::open(1010, "2026-11-23");
    let case = hall.file(&crate::hall::Brings { without: &["m05", "m08"], ..construction() });
    assert_eq!(hall.status(case), CaseStatus::Received, "a case lacking materials is received and told");
    let item = hall.item("jz_first");

    let ask = |ids: &[&str], approval: Option<String>| Act::AskCorrection { missing: missing(&item, ids), approval };
    hall.acts("window", case, &ask(&["m05", "m08"], None));
    assert_eq!(hall.status(case), CaseStatus::Correction);
    let paper = hall.paper_text(case, "correction");
    for name in ["企业净资产证明", "技术负责人职称证书及任职文件", "行政许可法", "第三十二条", "2026年12月7日"]
    {
        assert!(paper.contains(name), "{name} stands on the notice:\n{paper}");
    }

    // The applicant brings both, signs off, and the case is received again.
    let page = |id: &str| Supplied {
        requirement: id.into(),
        picture: crate::common::sample::picture(120, 170, 90),
        thumb: crate::common::sample::picture(60, 85, 90),
        width: 120,
        height: 170,
    };
    let signed = Some((SignOffMethod::Camera, crate::common::sample::head(0), 90));
    let half = Supply { pages: vec![page("m05")], form: None, sign_off: signed.clone() };
    assert_eq!(hall.refused("window", case, &Act::Supply(half)), "C104", "one of two is not all");
    let unsigned = Supply { pages: vec![page("m05"), page("m08")], form: None, sign_off: None };
    assert_eq!(hall.refused("window", case, &Act::Supply(unsigned)), "C105");
    let all = Supply { pages: vec![page("m05"), page("m08")], form: None, sign_off: signed };
    hall.acts("window", case, &Act::Supply(all));
    assert_eq!(hall.status(case), CaseStatus::Received);

    // A third thing, later: only with a supervisor's reason, which stands on the paper.
    assert_eq!(hall.refused("window", case, &ask(&["m16"], None)), "C112");
    let given = hall.centre().handling().approve(&hall.who("chief"), case, "制度文本缺少签发页").unwrap();
    hall.acts("window", case, &ask(&["m16"], Some(given.id.clone())));
    assert!(hall.paper_text(case, "correction").contains("制度文本缺少签发页"));
    assert_eq!(hall.papers(case), ["correction", "correction"]);
    assert!(hall.centre().cases().verify(case).unwrap().holds, "the chain holds through it all");
}
