//! Enrolment, accounts, leases, stock, sharing and proofs.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::sample::card;
use common::*;
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tongban_centre::Departments;
use tongban_centre::rights::Role;
use tongban_domain::clock::{Ids as _, Rng as _};
use tongban_domain::event::{ShareOutcome, SharedRecord};
use tongban_domain::ids::CaseId;
use tongban_protocol::api::{EnrolRequest, ProofRequest, ShareRequest};

fn enrol_request(world: &World, code: &str) -> EnrolRequest {
    let fill = &mut |buffer: &mut [u8]| world.rng.fill(buffer);
    EnrolRequest {
        one_time_code: code.to_owned(),
        csr_pem: csr().0,
        signing_key_hex: tongban_crypto::SigningKey::generate(fill).verifying_key().to_hex(),
        wrapping_key_hex: tongban_crypto::WrapSecret::generate(fill).public().to_hex(),
    }
}

#[test]
fn a_one_time_code_works_once() {
    let world = World::new(51);
    let code = world.centre.stations().add("test", &new_station("890102-001-K01", "kiosk", "001")).unwrap();
    let request = enrol_request(&world, &code.to_lowercase().replace('-', " "));
    let reply = world.centre.stations().enrol(&request).unwrap();
    assert_eq!(reply.station.0, "890102-001-K01");
    assert_eq!(code_of(&world.centre.stations().enrol(&request).unwrap_err()), "N108");
}

#[test]
fn a_code_dies_after_five_wrong_tries_and_after_half_an_hour() {
    let world = World::new(52);
    let stations = world.centre.stations();
    let code = stations.add("test", &new_station("890102-001-K01", "kiosk", "001")).unwrap();
    let wrong = format!("{}2222-2222", &code[..5]);
    for _ in 0..5 {
        assert_eq!(code_of(&stations.enrol(&enrol_request(&world, &wrong)).unwrap_err()), "N108");
    }
    assert_eq!(
        code_of(&stations.enrol(&enrol_request(&world, &code)).unwrap_err()),
        "N108",
        "the right one is dead too"
    );
    let code = stations.make_code("test", "890102-001-K01").unwrap();
    world.clock.advance(30 * 60_000);
    assert_eq!(code_of(&stations.enrol(&enrol_request(&world, &code)).unwrap_err()), "N108");
    let code = stations.make_code("test", "890102-001-K01").unwrap();
    stations.enrol(&enrol_request(&world, &code)).unwrap();
}

#[test]
fn a_csr_that_is_none_or_asks_for_more_gives_no_more() {
    let world = World::new(53);
    let code = world.centre.stations().add("test", &new_station("890102-001-K01", "kiosk", "001")).unwrap();
    let mut request = enrol_request(&world, &code);
    request.csr_pem = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n".into();
    assert_eq!(code_of(&world.centre.stations().enrol(&request).unwrap_err()), "N105");
    // A CSR naming another station and wanting to be an authority still gives a plain station certificate.
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["centre".into()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "890102-001-K99");
    request.csr_pem = params.serialize_request(&key).unwrap().pem().unwrap();
    let reply = world.centre.stations().enrol(&request).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(reply.certificate_pem.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    assert!(!certificate.is_ca(), "no authority");
    assert_eq!(certificate.subject().iter_common_name().next().unwrap().as_str().unwrap(), "890102-001-K01");
    assert!(certificate.subject_alternative_name().unwrap().is_none(), "no server names");
    assert_eq!(reply.station.0, "890102-001-K01");
}

#[test]
fn leases_never_overlap_and_end_with_the_day() {
    let world = World::new(54);
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001");
    let mut seen = BTreeSet::new();
    for count in [1, 50, 500, 500] {
        let lease = world.centre.numbers().lease(&kiosk.station, count).unwrap();
        assert_eq!((lease.to - lease.from + 1, lease.day.as_str()), (count, "260302"));
        for serial in lease.from..=lease.to {
            assert!(seen.insert(serial), "{serial} was leased twice");
        }
    }
    assert_eq!(code_of(&world.centre.numbers().lease(&kiosk.station, 501).unwrap_err()), "C103");
    while world.centre.numbers().lease(&kiosk.station, 500).is_ok() {}
    assert_eq!(code_of(&world.centre.numbers().lease(&kiosk.station, 500).unwrap_err()), "S105");
    world.clock.advance(86_400_000);
    assert_eq!(world.centre.numbers().lease(&kiosk.station, 10).unwrap().from, 1, "a new day begins at one");
}

#[test]
fn an_account_locks_after_five_wrong_passwords_and_weak_ones_are_refused() {
    let world = World::new(55);
    let staff = world.centre.staff();
    member(&world.centre, "li1", &[Role::Reviewer]);
    for password in ["short1A", "alllowercase", "li1-Password1", "12345678"] {
        assert!(staff.add("test", "li1", "某", &[Role::Reviewer], "890100", password).is_err(), "{password}");
    }
    for _ in 0..4 {
        assert_eq!(code_of(&staff.sign_in("li1", "wrong").unwrap_err()), "A102");
    }
    staff.sign_in("li1", PASSWORD).unwrap();
    for _ in 0..5 {
        assert_eq!(code_of(&staff.sign_in("li1", "wrong").unwrap_err()), "A102");
    }
    assert_eq!(code_of(&staff.sign_in("li1", PASSWORD).unwrap_err()), "A103");
    world.clock.advance(15 * 60_000 + 1);
    staff.sign_in("li1", PASSWORD).unwrap();
    assert_eq!(
        code_of(&staff.sign_in("nobody", PASSWORD).unwrap_err()),
        "A102",
        "an unknown account gets the same answer"
    );
    assert!(staff.verify_log().unwrap() > 10);
}

#[test]
fn stock_ranges_do_not_overlap_and_belong_to_an_operator() {
    let world = World::new(56);
    member(&world.centre, "op1", &[Role::Operator]);
    let stock = world.centre.stock();
    assert_eq!(stock.add("test", "jz_first", "B0000001", "B0000100", &"op1".into()).unwrap(), 100);
    for (from, to) in [("B0000100", "B0000200"), ("B0000200", "B0000150"), ("B0000201", "C0000300"), ("", "B1")] {
        assert_eq!(
            code_of(&stock.add("test", "jz_first", from, to, &"op1".into()).unwrap_err()),
            "P108",
            "{from}..{to}"
        );
    }
    assert!(stock.add("test", "sp", "B0000001", "B0000100", &"op1".into()).is_ok(), "another kind has its own serials");
    assert_eq!(code_of(&stock.add("test", "sp", "B0000500", "B0000600", &"nobody".into()).unwrap_err()), "C111");
}

/// A department of the tests: answers payments, counts questions.
#[derive(Default)]
struct Department {
    asked: AtomicU64,
    silent: bool,
}

impl Departments for Department {
    fn query<'a>(&'a self, request: &'a ShareRequest) -> Pin<Box<dyn Future<Output = SharedRecord> + Send + 'a>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let months: Vec<String> = (1..=6)
            .map(|month| format!(r#"{{"month":"2025-{month:02}","base_yuan":"6000.00","personal_yuan":"480.00","employer_yuan":"960.00"}}"#))
            .collect();
        let fields = [
            ("kind", "企业职工基本养老保险"),
            ("from", "2025-01"),
            ("to", "2025-06"),
            ("total_yuan", "2880.00"),
            ("secret", "not asked for"),
        ];
        let mut fields: Vec<_> = fields.iter().map(|(key, value)| ((*key).into(), (*value).to_owned())).collect();
        fields.push(("list".into(), format!("[{}]", months.join(","))));
        let outcome = if self.silent { ShareOutcome::TimedOut } else { ShareOutcome::Found };
        if self.silent {
            fields.clear();
        }
        let record = SharedRecord {
            resource: request.resource.clone(),
            outcome,
            fields,
            answer_sha256: sha256(b"body"),
            took_ms: 40,
        };
        Box::pin(std::future::ready(record))
    }
}

fn share(world: &World) -> ShareRequest {
    let item = world.centre.catalogue().latest(&"cb".into()).unwrap();
    let call = &item.shares[0];
    ShareRequest {
        case: CaseId(world.ids.next()),
        item: item.key.clone(),
        resource: call.resource.clone(),
        subject_kind: "person".into(),
        subject: CARD_NUMBER.into(),
        purpose: call.purpose.clone(),
        basis: call.basis.clone(),
        fields: call.fields.iter().map(|field| field.key.clone()).collect(),
        parameters: vec![],
    }
}

#[tokio::test]
async fn the_gateway_passes_only_what_the_item_declares_and_logs_no_person() {
    let department = Arc::new(Department::default());
    let world = World::with(57, Some(department.clone()));
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001");
    let sharing = world.centre.sharing();
    let record = sharing.query(&kiosk.station, &share(&world)).await.unwrap();
    assert!(record.fields.iter().all(|(key, _)| key.0 != "secret"), "a field nobody asked for is dropped");
    let cases: [fn(&mut ShareRequest); 5] = [
        |request| request.resource = "police.vehicles".into(),
        |request| request.fields.push("address".into()),
        |request| request.subject_kind = "firm".into(),
        |request| request.purpose = " ".into(),
        |request| request.basis.clear(),
    ];
    for change in cases {
        let mut request = share(&world);
        change(&mut request);
        assert_eq!(code_of(&sharing.query(&kiosk.station, &request).await.unwrap_err()), "A104");
    }
    assert_eq!(department.asked.load(Ordering::SeqCst), 1, "refused calls never reach the department");
    let log = sharing.dump().unwrap();
    assert_eq!(log.lines().count(), 1);
    assert!(!log.contains(CARD_NUMBER) && !log.contains("陈"), "{log}");
    assert!(log.contains("social.person_payments") && log.contains("found"));
}

#[tokio::test]
async fn without_a_way_to_departments_a_call_is_answered_unreachable() {
    let world = World::new(58);
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001");
    let record = world.centre.sharing().query(&kiosk.station, &share(&world)).await.unwrap();
    assert_eq!(record.outcome, ShareOutcome::Unreachable);
}

fn proof(case: CaseId) -> ProofRequest {
    let choices = [("insurance", "pension"), ("period", "last_24")];
    ProofRequest {
        case,
        item: "cb".into(),
        person: card(),
        choices: choices.iter().map(|(k, v)| ((*k).into(), (*v).to_owned())).collect(),
    }
}

#[tokio::test]
async fn a_proof_is_made_once_per_case_verifies_in_public_and_ends_at_ten_a_day() {
    let department = Arc::new(Department::default());
    let world = World::with(59, Some(department.clone()));
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001");
    let proofs = world.centre.proofs();
    let case = CaseId(world.ids.next());
    let first = proofs.request(&kiosk.station, &proof(case)).await.unwrap();
    let again = proofs.request(&kiosk.station, &proof(case)).await.unwrap();
    assert_eq!(first.pdf_base64, again.pdf_base64);
    assert_eq!((first.number.clone(), first.verify_token.clone()), (again.number, again.verify_token));
    assert_eq!(department.asked.load(Ordering::SeqCst), 1);
    let verified = world.centre.public().verify(&first.verify_token.to_uppercase()).unwrap().unwrap();
    assert_eq!(verified.number, first.number);
    let shown = format!("{verified:?}");
    assert!(shown.contains("陈*国") && !shown.contains("陈建国") && !shown.contains(CARD_NUMBER), "{shown}");
    let mut other = proof(case);
    other.person.number = "89010219550820022X".into();
    assert_eq!(
        code_of(&proofs.request(&kiosk.station, &other).await.unwrap_err()),
        "D115",
        "another person does not get it"
    );
    for _ in 1..10 {
        proofs.request(&kiosk.station, &proof(CaseId(world.ids.next()))).await.unwrap();
    }
    assert_eq!(code_of(&proofs.request(&kiosk.station, &proof(CaseId(world.ids.next()))).await.unwrap_err()), "C108");
    assert!(proofs.request(&kiosk.station, &proof(case)).await.is_ok(), "the one made before can be had again");
    world.clock.advance(86_400_000);
    assert!(proofs.request(&kiosk.station, &proof(CaseId(world.ids.next()))).await.is_ok(), "a new day");
}

#[tokio::test]
async fn no_proof_is_composed_when_the_department_is_silent() {
    let world = World::with(60, Some(Arc::new(Department { silent: true, ..Department::default() })));
    let kiosk = TestStation::enrol(&world.centre, &world.clock, 1, "890102-001-K01", "kiosk", "001");
    let refused = world.centre.proofs().request(&kiosk.station, &proof(CaseId(world.ids.next()))).await.unwrap_err();
    assert_eq!(code_of(&refused), "N102");
}
