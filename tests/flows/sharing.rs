//! 数据共享 at the level of the services: requests and their days, calls and the list everybody may see of oneself.
//!
//! From 24: "every query appears in the applicant's own access list." From 1: the data of 参保缴费证明.

use crate::common::{CARD_NUMBER, TestStation, code_of, member};
use crate::hall::{Hall, catering};
use tongban_centre::rights::Role;
use tongban_centre::sharing::{Access, Applied, CallFilter, RequestState, Resource, SharingKind};
use tongban_domain::ids::CaseId;
use tongban_protocol::api::ShareRequest;

fn now<T>(future: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn request(case: CaseId, fields: &[&str]) -> ShareRequest {
    ShareRequest {
        case,
        item: "cb".into(),
        resource: "social.person_payments".into(),
        subject_kind: "person".into(),
        subject: CARD_NUMBER.into(),
        purpose: "开具参保缴费证明".into(),
        basis: "本人同意".into(),
        fields: fields.iter().map(|field| (*field).into()).collect(),
        parameters: vec![],
    }
}

#[test]
fn a_call_needs_an_authorisation_and_every_call_is_in_the_log_and_in_the_persons_own_list() {
    let mut hall = Hall::open(2029, "2026-11-23");
    let kiosk = TestStation::enrol(hall.centre(), &hall.world.clock, 77, "890102-001-K01", "kiosk", "001");
    let case = hall.file(&catering());
    let sharing = hall.centre().sharing();
    let asked = now(sharing.query(&kiosk.station, &request(case, &["months"]))).unwrap();
    assert!(asked.fields.is_empty(), "no connector in this test");
    let provider = member(hall.centre(), "provider", &[Role::Provider]);
    let requests = sharing.requests(&provider).unwrap();
    let grant = requests.iter().find(|one| one.applied.resource == "social.person_payments").unwrap();
    sharing.end_request(&provider, &grant.id, "年度复核未通过").unwrap();
    let refused = now(sharing.query(&kiosk.station, &request(case, &["months"]))).unwrap_err();
    assert_eq!(code_of(&refused), "X109");
    let filter = CallFilter { from_ms: 0, to_ms: i64::MAX, ..CallFilter::default() };
    let calls = sharing.calls(&provider, &filter).unwrap();
    let codes: Vec<&str> = calls.iter().map(|call| call.code.as_str()).collect();
    assert!(codes.contains(&"X109") && codes.contains(&"X102") && calls.iter().all(|call| call.who == "自助"));
    let own = sharing.accesses(CARD_NUMBER).unwrap();
    assert_eq!(own.len(), 2, "what was refused is shown too");
    assert!(own.iter().all(|one| matches!(one, Access::Share { resource, .. } if resource == "个人缴费")));
    assert!(!sharing.dump().unwrap().contains(CARD_NUMBER));
    let day = sharing.monitor(&provider, "2026-11-23").unwrap();
    let payments = day.iter().find(|one| one.resource == "social.person_payments").unwrap();
    assert_eq!((payments.calls, payments.quota, payments.outcomes["refused"]), (2, 0, 1));
}

#[test]
fn requests_go_their_way_with_different_people_and_days() {
    let hall = Hall::open(2030, "2026-11-23");
    let centre = hall.centre();
    let sharing = centre.sharing();
    let editor = member(centre, "editor", &[Role::Editor]);
    let bureau = member(centre, "bureau", &[Role::DataAdmin]);
    let provider = member(centre, "provider", &[Role::Provider]);
    let applied = |resource: &str, items: &[&str], fields: &[&str]| Applied {
        resource: resource.into(),
        org: "示范市卫生健康局".into(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        purpose: "核实经营场所".into(),
        scene: "窗口办理".into(),
        legal_basis: "《公共场所卫生管理条例》第八条".into(),
        daily_quota: 100,
        from: "2026-11-23".into(),
        to: "2027-11-22".into(),
        security_person: "王明".into(),
    };
    let asked = sharing.ask_for(&editor, &applied("realestate.ownership", &["ws"], &["location"])).unwrap();
    assert_eq!((asked.state, asked.due.as_str()), (RequestState::Submitted, "2026-11-25"));
    assert_eq!(code_of(&sharing.check_request(&editor, &asked.id, true, "可以").unwrap_err()), "A104");
    let checked = sharing.check_request(&bureau, &asked.id, true, "符合最小够用").unwrap();
    assert_eq!((checked.state, checked.due.as_str()), (RequestState::WithProvider, "2026-11-30"));
    assert_eq!(code_of(&sharing.answer_request(&provider, &asked.id, false, " ").unwrap_err()), "A105");
    assert_eq!(sharing.answer_request(&provider, &asked.id, false, "用途不明").unwrap().state, RequestState::Refused);
    assert_eq!(code_of(&sharing.answer_request(&provider, &asked.id, true, "又可以").unwrap_err()), "X113");
    sharing.dispute_request(&editor, &asked.id, "用途见依据").unwrap();
    assert_eq!(sharing.coordinate_request(&bureau, &asked.id, true, "协调一致").unwrap().state, RequestState::Granted);

    let free = sharing.ask_for(&editor, &applied("credit.record", &[], &["listed"])).unwrap();
    assert_eq!(sharing.check_request(&bureau, &free.id, true, "符合").unwrap().state, RequestState::Granted);
    assert_eq!(
        code_of(&sharing.ask_for(&editor, &applied("police.whereabouts", &["ws"], &["place"])).unwrap_err()),
        "X111"
    );
    assert_eq!(
        code_of(&sharing.ask_for(&editor, &applied("realestate.ownership", &["ws"], &["price"])).unwrap_err()),
        "C103"
    );
    assert!(sharing.offered().unwrap().iter().all(|one| one.kind != SharingKind::None), "never in an item's setup");
    let late = sharing.ask_for(&editor, &applied("police.vehicles", &["ws"], &["count"])).unwrap();
    hall.clock_to(crate::hall::morning("2026-11-26"));
    let overdue: Vec<String> = sharing.late_requests(&bureau).unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(overdue, [late.id]);
    let resource: Resource =
        sharing.resources(&provider).unwrap().into_iter().find(|one| one.id == "credit.record").unwrap();
    let closed = Resource { kind: SharingKind::None, condition: "改为不予共享".into(), ..resource };
    sharing.put_resource(&provider, &closed).unwrap();
    assert!(sharing.offered().unwrap().iter().all(|one| one.id != "credit.record"));
}
