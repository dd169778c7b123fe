//! 10. **Correction once.** Given a received case lacking two materials, when staff issues 一次性告知书
//!     naming both, then both print with legal basis; adding a third later demands a supervisor reason;
//!     resubmission returns to received.

use crate::common::code_of;
use crate::hall::{Hall, at, construction, missing};
use tongban_centre::brought::{BroughtPage, Slip};
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

/// A photograph big enough to be read.
fn photo() -> Vec<u8> {
    crate::common::sample::picture(620, 880, 90)
}

#[test]
fn scenario_10_the_applicant_brings_what_the_notice_names_over_the_web_and_only_that_person() {
    let mut hall = Hall::open(2010, "2026-11-23");
    let brings = || crate::hall::Brings { without: &["m05", "m08"], ..construction() };
    let (case, other) = (hall.file(&brings()), hall.file(&brings()));
    let item = hall.item("jz_first");
    for id in [case, other] {
        hall.acts("window", id, &Act::AskCorrection { missing: missing(&item, &["m05", "m08"]), approval: None });
    }
    let ((receipt, password), (other_receipt, other_password)) = (hall.slip(case), hall.slip(other));
    let slip = Slip { receipt, password, tail: "150113" };
    let page = |case, id: &str, picture: Vec<u8>| BroughtPage { case, requirement: id.into(), picture };
    let refused = |slip: &Slip<'_>, pages: &[BroughtPage], declared: bool| {
        code_of(&hall.centre().brought().bring(slip, pages, declared).expect_err("this must be refused"))
    };
    let both = |id| vec![page(id, "m05", photo()), page(id, "m08", photo())];

    let asked = hall.centre().brought().asked(&slip).unwrap();
    let owed: Vec<&str> = asked.owing.iter().map(|one| one.requirement.0.as_str()).collect();
    assert_eq!(owed, ["m05", "m08"]);
    assert_eq!(refused(&Slip { tail: "150114", ..slip }, &both(case), true), "C111", "not the applicant's card");
    assert_eq!(refused(&Slip { password: "000000", ..slip }, &both(case), true), "C111");
    assert_eq!(refused(&slip, &both(other), true), "C111", "another person's case");
    assert_eq!(refused(&slip, &both(case), false), "C105", "nothing without the declaration");
    assert_eq!(refused(&slip, &both(case)[..1], true), "C104", "one of two is not all");
    assert_eq!(refused(&slip, &[page(case, "m04", photo())], true), "C101", "nobody asked for that");
    let spoiled = |picture| vec![page(case, "m05", photo()), page(case, "m08", picture)];
    assert_eq!(refused(&slip, &spoiled(b"%PDF-1.7".to_vec()), true), "C103", "no photograph");
    assert_eq!(refused(&slip, &spoiled(photo()[..4000].to_vec()), true), "V102", "a photograph that breaks off");
    assert_eq!(refused(&slip, &spoiled(crate::common::sample::picture(300, 400, 9)), true), "V102", "too small");
    let large = [photo(), vec![0; 9 << 20]].concat();
    assert_eq!(refused(&slip, &spoiled(large), true), "N111", "too large");
    assert_eq!(hall.status(case), CaseStatus::Correction, "nothing of all that was taken in");
    assert_eq!(hall.papers(case), ["correction"]);

    let took = hall.centre().brought().bring(&slip, &both(case), true).unwrap();
    assert!(took.corrected && took.receipts.len() == 1 && took.lines.len() == 2);
    assert_eq!(hall.status(case), CaseStatus::Received, "back with the hall, whose five days run");
    let paper = hall.paper_text(case, "supply_receipt");
    assert!(paper.contains("补交材料收件凭证") && paper.contains("：1页"), "{paper}");
    assert!(hall.centre().brought().receipt_pdf(&slip, &took.receipts[0]).unwrap().starts_with(b"%PDF"));
    let others = Slip { receipt: other_receipt, password: other_password, tail: "150113" };
    assert_eq!(code_of(&hall.centre().brought().receipt_pdf(&others, &took.receipts[0]).unwrap_err()), "C111");
    let view = hall.centre().cases().view(&hall.who("reviewer"), case).unwrap();
    assert!(view.sign_off.is_some_and(|sign_off| sign_off.holds && sign_off.method == "网上声明"));
    assert!(hall.centre().cases().verify(case).unwrap().holds);
    assert_eq!(refused(&slip, &both(case), true), "C101", "the same again is no longer asked for");

    // The other brings nothing in time: after the last day the web takes nothing more.
    hall.clock_to(at("2026-12-08", 0, 1));
    assert_eq!(refused(&others, &both(other), true), "C125");
    assert_eq!(hall.centre().lifecycle().round().unwrap().lapsed, [other]);
    // Somebody who guesses is stopped.
    let guess = |n: usize| refused(&Slip { tail: &format!("{n:06}"), ..others }, &both(other), true);
    assert!((0..6).map(guess).any(|code| code == "N112"));
}
