//! The ten rules of handling, one test a rule, each with what it must refuse.

use crate::support::*;
use tongban_domain::case::{Case, CaseRuleError, CaseStatus};
use tongban_domain::event::{
    Approval, CloseCode, Event, Hand, Light, MaterialVerdict, Missing, PaperKind, SentBy, SpecialKind,
};
use tongban_domain::ids::StaffId;

pub fn hand() -> Hand {
    Hand { post: "住建局承办人".into(), desk: "centre".into() }
}

pub fn who(name: &str) -> StaffId {
    name.into()
}

pub fn missing(ids: &[&str]) -> Vec<Missing> {
    let one = |id: &&str| Missing { requirement: (*id).into(), name: format!("材料{id}"), why: "缺少".into() };
    ids.iter().map(one).collect()
}

pub fn asked(by: &str, ids: &[&str], approval: Option<&str>) -> Event {
    Event::CorrectionAsked {
        by: who(by),
        hand: hand(),
        document_no: "补1".into(),
        missing: missing(ids),
        due: "2026-12-07".into(),
        approval: approval.map(|by| Approval { by: who(by), reason: "确需补充".into() }),
    }
}

pub fn supplied(ids: &[&str]) -> Event {
    Event::CorrectionDone { by: Some(who("n")), requirements: ids.iter().map(|id| (*id).into()).collect() }
}

pub fn paper(kind: PaperKind, number: &str) -> Event {
    Event::PaperIssued {
        kind,
        document_no: number.into(),
        pdf_sha256: digest(1),
        by: Some(who("n")),
        sent: SentBy::Hand,
    }
}

pub fn suspended(number: &str) -> Event {
    Event::Suspended {
        by: who("r"),
        hand: hand(),
        kind: SpecialKind::Other,
        name: "专家评审".into(),
        document_no: number.into(),
        expected_days: 10,
        reason: "须专家评审".into(),
    }
}

pub fn resumed() -> Event {
    Event::Resumed { by: who("r"), hand: hand(), result: "评审通过".into() }
}

pub fn accepted() -> Event {
    granted()[1].clone()
}

pub fn step(name: &str, by: &str, passed: bool) -> Event {
    Event::StepDone { step: name.into(), by: who(by), hand: hand(), passed, opinion: "意见".into() }
}

pub fn decided(by: &str, grant: bool, opinion: &str) -> Event {
    Event::Decided { by: who(by), granted: grant, opinion: opinion.into(), document_no: "d".into(), hand: Some(hand()) }
}

pub fn terminated() -> Event {
    Event::Terminated { by: None, hand: hand(), reason: "逾期未补".into(), document_no: "终1".into() }
}

/// A case in 收件.
pub fn received() -> Case {
    let item = item("jz_first");
    let mut events = application(&item);
    events.push(granted()[0].clone());
    folded(&events)
}

fn take(case: &mut Case, event: &Event) {
    case.apply(event).unwrap_or_else(|error| panic!("{event:?}: {error}"));
}

fn refuses(case: &Case, event: &Event) -> CaseRuleError {
    case.clone().apply(event).expect_err("the law refuses this")
}

#[test]
fn rule_1_an_error_is_put_right_on_the_spot_without_a_notice() {
    let mut case = received();
    let fix = |reason: &str| Event::FixedOnTheSpot {
        by: who("n"),
        hand: hand(),
        field: "phone".into(),
        value: text("13911111111"),
        reason: reason.into(),
    };
    assert_eq!(refuses(&case, &fix(" ")), CaseRuleError::Blank { what: "reason" });
    let signed = case.sign_off().cloned();
    take(&mut case, &fix("号码少一位"));
    assert_eq!((case.status(), case.handling().notices.len()), (CaseStatus::Received, 0));
    assert_eq!(case.form_as_fixed()[&"phone".into()], text("13911111111"));
    assert_ne!(case.form()[&"phone".into()], text("13911111111"), "what was signed stays as it was");
    assert_eq!(case.sign_off().cloned(), signed);
    take(&mut case, &accepted());
    assert!(matches!(refuses(&case, &fix("迟了")), CaseRuleError::Status { .. }));
}

#[test]
fn rule_2_everything_missing_is_named_once_and_more_needs_a_supervisor() {
    let mut case = received();
    assert_eq!(refuses(&case, &asked("n", &[], None)), CaseRuleError::Blank { what: "missing" });
    take(&mut case, &asked("n", &["m05", "m08"], None));
    assert_eq!(case.status(), CaseStatus::Correction);
    assert_eq!(refuses(&case, &supplied(&["m05"])), CaseRuleError::Incomplete, "both were asked for");
    take(&mut case, &supplied(&["m05", "m08"]));
    assert_eq!(case.status(), CaseStatus::Received);
    take(&mut case.clone(), &asked("n", &["m08"], None));
    assert_eq!(refuses(&case, &asked("n", &["m09"], None)), CaseRuleError::Approval, "a third thing, named late");
    assert_eq!(refuses(&case, &asked("n", &["m09"], Some("n"))), CaseRuleError::Approval, "not one's own consent");
    take(&mut case, &asked("n", &["m09"], Some("chief")));
    // While a notice is open the case is neither accepted nor decided, and it may lapse.
    assert!(matches!(refuses(&case, &accepted()), CaseRuleError::Status { .. }));
    take(&mut case, &Event::Closed { code: CloseCode::NotSupplied });
    assert_eq!(case.status(), CaseStatus::Closed);
}

#[test]
fn rule_2_what_was_promised_complete_is_asked_for_again_only_with_consent() {
    let mut case = received();
    let slip = |light| Event::CompletenessIssued {
        document_no: "齐1".into(),
        verdicts: vec![MaterialVerdict {
            requirement: "m05".into(),
            light,
            code: "ok".into(),
            reason: "净资产 1250 万元，要求 ≥ 800 万元".into(),
        }],
        content: digest(3),
        pdf_sha256: digest(4),
    };
    let mut amber = case.clone();
    take(&mut amber, &slip(Light::Amber));
    take(&mut amber, &asked("n", &["m05"], None));
    take(&mut case, &slip(Light::Green));
    assert_eq!(refuses(&case, &asked("n", &["m05"], None)), CaseRuleError::Approval);
    take(&mut case, &asked("n", &["m05"], Some("chief")));
    assert_eq!(case.handling().notices[0].approval.as_ref().map(|a| a.by.clone()), Some(who("chief")));
}

#[test]
fn rule_2_silence_accepts_as_of_the_day_of_receipt() {
    let mut case = received();
    let deemed =
        |on: &str| Event::DeemedAccepted { on: on.into(), document_no: "视受1".into(), due: "2026-12-07".into() };
    assert_eq!(refuses(&case, &deemed("一天前")), CaseRuleError::Blank { what: "on" });
    let mut waiting = case.clone();
    take(&mut waiting, &asked("n", &["m05"], None));
    assert!(matches!(refuses(&waiting, &deemed("2026-11-23")), CaseRuleError::Status { .. }), "a notice was given");
    take(&mut case, &deemed("2026-11-23"));
    assert_eq!((case.status(), case.handling().deemed_on.as_deref()), (CaseStatus::Accepted, Some("2026-11-23")));
    assert!(matches!(refuses(&case, &deemed("2026-11-23")), CaseRuleError::Status { .. }), "exactly once");
}

#[test]
fn rule_3_a_rejection_is_a_paper_with_a_reason_and_names_who_is_competent() {
    let mut case = received();
    let rejected = |reason: &str, competent: Option<&str>, number: &str| Event::Rejected {
        by: who("n"),
        hand: hand(),
        reason: reason.into(),
        competent: competent.map(str::to_owned),
        document_no: number.into(),
    };
    assert_eq!(refuses(&case, &rejected("", None, "不受1")), CaseRuleError::Blank { what: "reason" });
    assert_eq!(refuses(&case, &rejected("不属职权", None, "")), CaseRuleError::Blank { what: "document_no" });
    assert_eq!(refuses(&case, &rejected("不属职权", Some(" "), "不受1")), CaseRuleError::Blank { what: "competent" });
    take(&mut case, &rejected("不属职权", Some("示范市水利局"), "不受1"));
    assert_eq!(case.status(), CaseStatus::Rejected);
    assert!(matches!(refuses(&case, &accepted()), CaseRuleError::Status { .. }));
    take(&mut case, &paper(PaperKind::Rejection, "不受1"));
}

#[test]
fn rule_4_one_extension_of_ten_days_with_the_heads_consent_and_told() {
    let mut case = received();
    take(&mut case, &accepted());
    let extended = |by: &str, head: &str, days: u16| Event::Extended {
        by: who(by),
        hand: hand(),
        approval: Approval { by: who(head), reason: "案情复杂".into() },
        days,
        due: "2026-12-21".into(),
        reason: "案情复杂".into(),
        document_no: "延1".into(),
    };
    assert_eq!(refuses(&case, &extended("r", "head", 10)), CaseRuleError::NotTold);
    take(&mut case, &paper(PaperKind::Extension, "延1"));
    assert_eq!(refuses(&case, &extended("r", "head", 11)), CaseRuleError::Extension);
    assert_eq!(refuses(&case, &extended("r", "head", 0)), CaseRuleError::Extension);
    assert_eq!(refuses(&case, &extended("r", "r", 10)), CaseRuleError::Approval);
    take(&mut case, &extended("r", "head", 10));
    assert_eq!(refuses(&case, &extended("r", "head", 1)), CaseRuleError::Extension, "once");
    assert_eq!(case.acceptance().map(|acceptance| acceptance.due.as_str()), Some("2026-12-21"));
}

#[test]
fn rule_5_no_special_procedure_without_a_written_notice_with_days() {
    let mut case = received();
    take(&mut case, &accepted());
    assert_eq!(refuses(&case, &suspended("特1")), CaseRuleError::NotTold);
    take(&mut case, &paper(PaperKind::Correction, "特1"));
    assert_eq!(refuses(&case, &suspended("特1")), CaseRuleError::NotTold, "another kind of paper does not tell it");
    take(&mut case, &paper(PaperKind::Special, "特1"));
    let mut without_days = suspended("特1");
    if let Event::Suspended { expected_days, .. } = &mut without_days {
        *expected_days = 0;
    }
    assert_eq!(refuses(&case, &without_days), CaseRuleError::NotTold);
    take(&mut case, &suspended("特1"));
    assert_eq!(case.status(), CaseStatus::Suspended);
    assert!(matches!(refuses(&case, &decided("d", true, "同意")), CaseRuleError::Status { .. }));
    take(&mut case, &resumed());
    assert_eq!(case.status(), CaseStatus::Accepted, "it goes on where it stood");
    assert_eq!(refuses(&case, &suspended("特1")), CaseRuleError::NotTold, "one notice, one procedure");
}

#[test]
fn rule_7_a_denial_says_why() {
    let mut case = received();
    take(&mut case, &accepted());
    take(&mut case, &step("审查", "r", false));
    assert_eq!(refuses(&case, &decided("d", false, " ")), CaseRuleError::Blank { what: "opinion" });
    take(&mut case, &decided("d", false, "净资产 600 万元，低于 800 万元"));
    assert_eq!(case.status(), CaseStatus::Denied);
}

#[test]
fn rule_8_who_reviews_does_not_decide_and_who_hosts_does_not_review() {
    let mut case = received();
    take(&mut case, &accepted());
    take(&mut case, &step("审查", "r", true));
    take(&mut case, &step("复核", "s", true));
    for by in ["r", "s"] {
        assert_eq!(refuses(&case, &decided(by, true, "同意")), CaseRuleError::FourEyes);
    }
    let host =
        |by: &str| Event::HearingHeld {
            host: who(by), hand: hand(), document_no: "听1".into(), record: "笔录".into()
        };
    assert_eq!(refuses(&case, &host("r")), CaseRuleError::HearingHost);
    take(&mut case, &host("h"));
    assert_eq!(refuses(&case, &step("复核", "h", true)), CaseRuleError::HearingHost);
    assert_eq!(refuses(&case, &decided("h", true, "同意")), CaseRuleError::HearingHost);
    take(&mut case, &decided("d", true, "同意"));
}

#[test]
fn rule_9_a_deletion_keeps_the_record_and_nothing_moves_after_the_end() {
    let mut case = received();
    take(&mut case, &Event::Closed { code: CloseCode::Deleted });
    assert_eq!((case.status(), case.close_code()), (CaseStatus::Closed, Some(CloseCode::Deleted)));
    assert!(case.card().is_some() && !case.form().is_empty());
    for event in [accepted(), terminated(), asked("n", &["m05"], None), step("审查", "r", true)] {
        assert!(matches!(refuses(&case, &event), CaseRuleError::Status { .. }));
    }
    take(&mut case, &paper(PaperKind::Termination, "终1"));
}

#[test]
fn deferred_materials_come_before_the_grant() {
    let mut case = received();
    let deferral = |ids: &[&str]| Event::DeferralGranted {
        by: who("n"),
        hand: hand(),
        missing: missing(ids),
        supply_by: "2026-12-07".into(),
        credit: "信用良好".into(),
        promise_no: "诺1".into(),
        document_no: "容1".into(),
    };
    take(&mut case, &deferral(&["m11", "m13"]));
    assert_eq!(refuses(&case, &deferral(&["m16"])), CaseRuleError::Deferral, "once");
    take(&mut case, &accepted());
    take(&mut case, &step("审查", "r", true));
    let came = |id: &str| Event::DeferralSupplied { by: who("n"), hand: hand(), requirement: id.into(), pages: vec![] };
    assert_eq!(refuses(&case, &decided("d", true, "同意")), CaseRuleError::Deferral);
    take(&mut case.clone(), &decided("d", false, "不符合条件"));
    take(&mut case.clone(), &terminated());
    assert_eq!(refuses(&case, &came("m05")), CaseRuleError::Deferral, "not among those deferred");
    take(&mut case, &came("m11"));
    assert_eq!(refuses(&case, &came("m11")), CaseRuleError::Deferral, "came before");
    take(&mut case, &came("m13"));
    take(&mut case, &decided("d", true, "同意"));
}

#[test]
fn a_promise_is_checked_after_the_licence_and_a_false_one_revokes_it() {
    let mut case = received();
    let checked = Event::CommitmentChecked { by: who("i"), hand: hand(), kept: false, finding: "通风不符".into() };
    assert_eq!(refuses(&case, &checked), CaseRuleError::Annotation);
    let made = |conditions: &[&str]| Event::CommitmentMade {
        by: who("n"),
        hand: hand(),
        text_version: 1,
        conditions: conditions.iter().map(|text| (*text).to_owned()).collect(),
        promise_no: "诺1".into(),
        check_by: "2026-12-21".into(),
    };
    assert_eq!(refuses(&case, &made(&[])), CaseRuleError::Blank { what: "conditions" });
    take(&mut case, &made(&["通风符合标准"]));
    for event in [accepted(), decided("d", true, "按承诺准予"), granted()[4].clone()] {
        take(&mut case, &event);
    }
    for event in
        [intended(1, "000123"), print_confirmed(1, "000123"), handed_over(), Event::Closed { code: CloseCode::Issued }]
    {
        take(&mut case, &event);
    }
    take(&mut case, &checked);
    assert_eq!(refuses(&case, &checked), CaseRuleError::Annotation, "once");
    let revoked =
        Event::LicenceRevoked { by: who("d"), hand: hand(), reason: "承诺不实".into(), document_no: "撤1".into() };
    take(&mut case, &revoked);
    assert_eq!(refuses(&case, &revoked), CaseRuleError::Annotation);
    assert_eq!(case.handling().revoked.as_deref(), Some("承诺不实"));
}

#[test]
fn a_joint_case_is_handled_in_its_parts_and_ends_with_them() {
    use tongban_domain::ids::CaseId;
    let part = |n: u128| CaseId(uuid::Uuid::from_u128(n));
    let mut case = received();
    let opened = |parts: Vec<CaseId>| Event::PartsOpened { parts, deliver_each: true };
    assert_eq!(refuses(&case, &opened(vec![])), CaseRuleError::Parts);
    assert_eq!(refuses(&case, &opened(vec![case_id()])), CaseRuleError::Parts, "no case is its own part");
    take(&mut case, &opened(vec![part(7), part(8)]));
    assert_eq!(refuses(&case, &step("审查", "r", true)), CaseRuleError::Parts);
    assert_eq!(refuses(&case, &decided("d", true, "同意")), CaseRuleError::Parts);
    let ended = |n: u128| Event::PartEnded { part: part(n), status: "closed".into() };
    assert_eq!(refuses(&case, &ended(9)), CaseRuleError::Parts);
    take(&mut case, &ended(7));
    assert_eq!(refuses(&case, &ended(7)), CaseRuleError::Parts);
    assert_eq!(refuses(&case, &Event::Closed { code: CloseCode::Done }), CaseRuleError::CloseCode);
    take(&mut case, &ended(8));
    take(&mut case, &Event::Closed { code: CloseCode::Done });
    // A part starts with its parent's receipt and nothing of its own.
    let mut child = Case::new(part(7));
    take(&mut child, &opened_part());
    let of = |parent: CaseId| Event::PartOf {
        parent,
        item: "sp".into(),
        version: 1,
        firm: None,
        receipt: "89010226112300100015-1".into(),
        delivery: tongban_domain::event::Delivery::Pickup,
    };
    assert!(refuses(&child, &of(part(7))) == CaseRuleError::Order { what: "part", needs: "opened" });
    take(&mut child, &of(case_id()));
    assert_eq!((child.status(), child.handling().parent), (CaseStatus::Submitted, Some(case_id())));
}

fn opened_part() -> Event {
    opened()
}

#[test]
fn withdrawal_is_possible_until_the_decision_and_not_after() {
    let mut case = received();
    let withdrawn = Event::Withdrawn { reason: "改变主意".into() };
    take(&mut case.clone(), &withdrawn);
    take(&mut case, &accepted());
    take(&mut case, &paper(PaperKind::Special, "特1"));
    take(&mut case, &suspended("特1"));
    take(&mut case.clone(), &withdrawn);
    take(&mut case, &resumed());
    take(&mut case, &decided("d", true, "同意"));
    assert!(matches!(refuses(&case, &withdrawn), CaseRuleError::Status { .. }));
    assert!(matches!(refuses(&case, &terminated()), CaseRuleError::Status { .. }));
}
