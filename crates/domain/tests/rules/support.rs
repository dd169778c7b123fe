//! Cases and answers the tests share. People are the demonstration's.

use std::collections::BTreeMap;
use tongban_domain::case::Case;
use tongban_domain::event::{
    BlobRef, CardFacts, Channel, Delivery, Digest, Event, FormValues, PresenceMethod, ShareAnswer, ShareOutcome,
    SharedRecord, SignOffMethod, Value,
};
use tongban_domain::ids::{CaseId, FieldId, PageId, PrintId};
use tongban_domain::item::ServiceItem;
use uuid::Uuid;

/// Reads an item of the catalogue.
pub fn item(key: &str) -> ServiceItem {
    let path = format!("{}/../../assets/catalogue/{key}.json", env!("CARGO_MANIFEST_DIR"));
    ServiceItem::from_json(&std::fs::read_to_string(&path).expect(&path)).unwrap_or_else(|error| panic!("{error:?}"))
}

pub fn case_id() -> CaseId {
    CaseId(Uuid::from_u128(1))
}

pub fn page(n: u128) -> PageId {
    PageId(Uuid::from_u128(0x1000 + n))
}

pub fn print(n: u128) -> PrintId {
    PrintId(Uuid::from_u128(0x2000 + n))
}

pub fn digest(n: u8) -> Digest {
    Digest([n; 32])
}

pub fn blob(n: u8) -> BlobRef {
    BlobRef { address: digest(n), plain_sha256: digest(n), len: 10, media: "image/jpeg".to_owned() }
}

/// 陈建国's card.
pub fn card() -> CardFacts {
    CardFacts {
        name: "陈建国".to_owned(),
        sex: "男".to_owned(),
        nation: "01".to_owned(),
        birth: "19780315".to_owned(),
        address: "示范市城东区和平路1号".to_owned(),
        number: "890102197803150113".to_owned(),
        issuer: "示范市公安局城东分局".to_owned(),
        valid_from: "20160101".to_owned(),
        valid_to: "20360101".to_owned(),
    }
}

pub fn opened() -> Event {
    Event::Opened { channel: Channel::Window, station: "890102-001-W01".into(), hall: "890102-001".into() }
}

pub fn identified() -> Event {
    Event::Identified {
        card: card(),
        line_sha256: digest(1),
        reader: "r".to_owned(),
        expired: false,
        photo: None,
        portrait: None,
    }
}

pub fn consent(choice: PresenceMethod) -> Event {
    Event::ConsentGiven { text_version: 1, choice, evidence_upload: false }
}

pub fn presence() -> Event {
    Event::PresenceProved {
        method: PresenceMethod::Face,
        still: Some(blob(2)),
        clip: None,
        score_milli: Some(900),
        decided_by: None,
        reason: None,
    }
}

pub fn chosen(item: &ServiceItem) -> Event {
    let firm = Some("91890100MA8DEM018P".to_owned());
    Event::ItemChosen { item: item.key.clone(), version: item.version, firm }
}

/// Opened, identified, consented, present and with the item chosen.
pub fn begun(item: &ServiceItem) -> Vec<Event> {
    vec![opened(), identified(), consent(PresenceMethod::Face), presence(), chosen(item)]
}

/// What the departments know of 宏远建设 and 陈建国; `None` for a field they do not have.
fn known(resource: &str, field: &str) -> String {
    let staff = r#"[{"name":"陈建国","number":"890102197803150113","post":"经理","title":"工程师","social_month":"2026-10"},
        {"name":"王明","number":"890121199001010336","post":"技术负责人","title":"高级工程师"}]"#;
    match (resource, field) {
        ("elicence.business_licence", "name") | ("realestate.ownership", "owner") => "示范市宏远建设有限公司",
        ("elicence.business_licence", "uscc") => "91890100MA8DEM018P",
        ("elicence.business_licence", "founded") => "2015年6月1日",
        ("elicence.business_licence", "registered_capital_wan") => "1,000",
        ("elicence.business_licence", "legal_person") => "陈建国",
        ("elicence.business_licence", "legal_person_number") => "890102197803150113",
        ("realestate.ownership", "area_m2") => "320.50",
        ("social.firm_staff", "list") => staff,
        _ => "示范内容",
    }
    .to_owned()
}

/// A record of the item's call, found.
pub fn record(item: &ServiceItem, resource: &str, outcome: ShareOutcome) -> SharedRecord {
    let call = item.share(&resource.into()).expect("the item makes this call");
    let fields = match outcome {
        ShareOutcome::Found => call.fields.iter().map(|f| (f.key.clone(), known(resource, &f.key.0))).collect(),
        _ => Vec::new(),
    };
    SharedRecord { resource: resource.into(), outcome, fields, answer_sha256: digest(7), took_ms: 40 }
}

pub fn fetched(item: &ServiceItem, resource: &str) -> Event {
    Event::ShareFetched { record: record(item, resource, ShareOutcome::Found) }
}

pub fn confirmed(resource: &str) -> Event {
    Event::ShareAnswered { resource: resource.into(), answer: ShareAnswer::Confirmed }
}

/// Every call of the item fetched and confirmed.
pub fn all_shared(item: &ServiceItem) -> Vec<Event> {
    let both = |call: &tongban_domain::item::ShareCall| [fetched(item, &call.resource.0), confirmed(&call.resource.0)];
    item.shares.iter().flat_map(both).collect()
}

pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The form of `jz_first`, prefilled from the shares and completed by hand.
pub fn form_of(item: &ServiceItem, case: &Case) -> FormValues {
    let mut values: FormValues = case.prefill(item).into_iter().map(|(id, value, _)| (id, value)).collect();
    let typed = [
        ("net_assets", "1250.00"),
        ("series", "general"),
        ("category", "building"),
        ("grade", "third"),
        ("technical_leader", "王明"),
        ("phone", "13800000000"),
    ];
    values.extend(typed.map(|(id, value)| (FieldId::from(id), text(value))));
    values
}

pub fn captured(n: u8, requirement: &str) -> Event {
    Event::PageCaptured {
        page: page(u128::from(n)),
        requirement: requirement.into(),
        blob: blob(n),
        thumb: blob(n),
        width: 1654,
        height: 2339,
    }
}

pub fn signed_off() -> Event {
    Event::SignedOff { method: SignOffMethod::Fingerprint, evidence: blob(9), quality: 80, digest: digest(3) }
}

pub fn submitted() -> Event {
    let receipt = "89010226112300100015".to_owned();
    Event::Submitted { receipt, delivery: Delivery::Pickup, offline: false }
}

/// The six materials of `jz_first` nobody shares.
pub const CAPTURED: [&str; 6] = ["m05", "m08", "m09", "m11", "m13", "m16"];

/// A whole application of `jz_first`, up to and with submission.
pub fn application(item: &ServiceItem) -> Vec<Event> {
    let mut events = begun(item);
    events.extend(all_shared(item));
    let case = Case::fold(case_id(), &events).unwrap();
    events.push(Event::FormFilled { values: form_of(item, &case) });
    events.extend(CAPTURED.iter().zip(10..).map(|(requirement, n)| captured(n, requirement)));
    events.push(signed_off());
    events.push(submitted());
    events
}

/// From the centre's intake to the licence number.
pub fn granted() -> Vec<Event> {
    vec![
        Event::Received { project_no: "1189010000123401X638901170010012026112300001".to_owned() },
        Event::Accepted { by: "n".into(), document_no: "a".to_owned(), due: "2026-12-07".to_owned(), hand: None },
        Event::Reviewed { by: "reviewer".into(), passed: true, opinion: "同意".to_owned(), hand: None },
        Event::Decided {
            by: "decider".into(),
            granted: true,
            opinion: "同意".to_owned(),
            document_no: "b".to_owned(),
            hand: None,
        },
        Event::LicenceAllotted {
            number: "D389000019".to_owned(),
            identifier: "x".to_owned(),
            verify_token: "t".to_owned(),
            valid_from: "2026-12-01".to_owned(),
            valid_to: "2031-11-30".to_owned(),
        },
    ]
}

pub fn intended(n: u128, serial: &str) -> Event {
    let serial = serial.to_owned();
    Event::PrintIntended { print: print(n), serial, pdf_sha256: digest(5), operator: "z".into() }
}

pub fn print_confirmed(n: u128, serial: &str) -> Event {
    Event::PrintConfirmed { print: print(n), serial: serial.to_owned() }
}

pub fn handed_over() -> Event {
    Event::HandedOver { line_sha256: digest(6), operator: "z".into(), receipt: None }
}

pub fn folded(events: &[Event]) -> Case {
    Case::fold(case_id(), events).unwrap_or_else(|error| panic!("{error}"))
}

/// A row of a repeating list.
pub fn row(cells: &[(&str, &str)]) -> BTreeMap<FieldId, Value> {
    cells.iter().map(|(id, value)| (FieldId::from(*id), text(value))).collect()
}
