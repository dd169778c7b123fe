//! Data exchange at the level of the services.
//!
//! From 25: "all cases exported as signed XML validate and are receipted, and a resent batch changes nothing."
//! The other side is the simulated department: libxml2 and openssl judge what we send.

use crate::common::{FIRM, code_of, member};
use crate::hall::{Brings, Hall, at, catering, construction, missing};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tongban_centre::exchange::Peer;
use tongban_centre::handling::Act;
use tongban_centre::rights::Role;
use tongban_centre::staff::Member;
use tongban_connect::{Carried, Carrier, ShareFault};
use tongban_partner::Partner;
use tongban_protocol::exchange::{MessageKind, Op, Record, Verdict};

type Carrying<'c, T> = Pin<Box<dyn Future<Output = Result<T, ShareFault>> + Send + 'c>>;

/// Straight into the simulated department; the first `lost` receipts do not arrive.
struct Straight {
    partner: Arc<Partner>,
    lost: std::sync::atomic::AtomicU32,
}

impl Carrier for Straight {
    fn send<'c>(&'c self, _id: &'c str, document: &'c [u8]) -> Carrying<'c, Carried> {
        use std::sync::atomic::Ordering::Relaxed;
        let now = time::OffsetDateTime::from_unix_timestamp(1_795_400_000).unwrap();
        let taken = self.partner.exchange().take(document, now);
        let lost = self.lost.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok();
        Box::pin(async move {
            match taken {
                Some((receipt, _)) if !lost => Ok(Carried::Answered(receipt.into_bytes())),
                _ => Err(ShareFault::Down),
            }
        })
    }

    fn collect(&self) -> Carrying<'_, Vec<(String, Vec<u8>)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn done<'c>(&'c self, _name: &'c str) -> Carrying<'c, ()> {
        Box::pin(async { Ok(()) })
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn department(hall: &Hall) -> (Straight, Member) {
    let data = crate::common::assets().join("partner");
    let partner = Arc::new(Partner::open(&data, "2026-11-23", hall.world.clock.clone()).unwrap());
    let admin = member(hall.centre(), "data", &[Role::DataAdmin]);
    let key_hex = partner.exchange().public_hex();
    partner.exchange().trust("890100ZWFW", &hall.centre().signing_key_pem().unwrap());
    let peer = Peer {
        code: "890100ZJJ".into(),
        name: "示范市住房和城乡建设局".into(),
        we: "890100ZWFW".into(),
        key_hex,
        carrier: "http".into(),
        address: "http://127.0.0.1:1".into(),
        kinds: vec![],
        provides: vec![],
        may_ask: vec![],
    };
    hall.centre().exchange().put_peer(&admin, &peer).unwrap();
    (Straight { partner, lost: 0.into() }, admin)
}

#[test]
fn scenario_25_cases_are_exported_receipted_and_sent_again_without_effect() {
    let mut hall = Hall::open(2025, "2026-11-23");
    let (way, admin) = department(&hall);
    let granted = hall.file(&construction());
    hall.acts("window", granted, &Act::Accept);
    hall.review(granted);
    hall.grant(granted);
    let waiting = hall.file(&Brings { without: &["m04"], ..catering() });
    let item = hall.item("sp");
    hall.acts("window", waiting, &Act::AskCorrection { missing: missing(&item, &["m04"]), approval: None });
    let exchange = hall.centre().exchange();
    let library = exchange.messages(&admin, "2026-11-23", "ready").unwrap().len();
    let of_cases = exchange.queue_case(granted).unwrap() + exchange.queue_case(waiting).unwrap();
    assert!(of_cases >= 9, "{of_cases} messages");
    let queued = of_cases + library;
    assert_eq!(exchange.queue_case(granted).unwrap(), 0, "queued once");

    // Two receipts are lost on the way: the department has the messages, we do not know it.
    way.lost.store(2, std::sync::atomic::Ordering::Relaxed);
    let first = now(exchange.pump("890100ZJJ", &way)).unwrap();
    assert_eq!((first.acked, first.later, first.failed), (queued as u64 - 2, 2, 0));
    let held = way.partner.exchange().records();
    hall.clock_to(crate::hall::at("2026-11-23", 11, 0));
    let second = now(exchange.pump("890100ZJJ", &way)).unwrap();
    assert_eq!((second.sent, second.acked), (2, 2));
    assert_eq!(way.partner.exchange().records(), held, "what came twice changed nothing");
    assert_eq!(now(exchange.pump("890100ZJJ", &way)).unwrap().sent, 0);

    let days = exchange.monitor(&admin, "2026-11-23").unwrap();
    assert!(days.iter().all(|day| day.acked > 0 && day.ready + day.laid + day.failed == 0), "{days:?}");
    assert_eq!(days.iter().map(|day| day.retried).sum::<u64>(), 2);
    let theirs = way.partner.exchange().totals("2026-11-23");
    let report = exchange.reconcile(&admin, "890100ZJJ", "2026-11-23", &theirs).unwrap();
    assert_eq!((report.agree, report.differ.len()), (queued as u64, 0));
    let mut short = theirs;
    *short.get_mut("ProjectAccept").unwrap() -= 1;
    let report = exchange.reconcile(&admin, "890100ZJJ", "2026-11-23", &short).unwrap();
    assert_eq!(
        (report.differ[0].kind.as_str(), report.differ[0].ours, report.differ[0].theirs),
        ("ProjectAccept", 1, 0)
    );
    assert_eq!(exchange.reconciliations(&admin).unwrap().len(), 1, "one report a day");
    assert_eq!(code_of(&exchange.monitor(&hall.who("window"), "2026-11-23").unwrap_err()), "A104");
}

#[test]
fn a_department_that_does_not_know_us_refuses_with_a_receipt_and_a_person_sends_again() {
    let mut hall = Hall::open(2026, "2026-11-23");
    let (way, admin) = department(&hall);
    way.partner.exchange().trust("890100ZWFW", "another key");
    let case = hall.file(&catering());
    let exchange = hall.centre().exchange();
    let library = exchange.messages(&admin, "2026-11-23", "ready").unwrap().len();
    let queued = (exchange.queue_case(case).unwrap() + library) as u64;
    assert_eq!(now(exchange.pump("890100ZJJ", &way)).unwrap().failed, queued);
    let failed = exchange.messages(&admin, "2026-11-23", "failed").unwrap();
    assert!(failed.len() as u64 == queued && failed.iter().all(|line| line.code == "X116"));
    way.partner.exchange().trust("890100ZWFW", &hall.centre().signing_key_pem().unwrap());
    exchange.retry(&admin, &failed[0].id).unwrap();
    assert_eq!(now(exchange.pump("890100ZJJ", &way)).unwrap().acked, 1);
    assert!(exchange.retry(&admin, &failed[0].id).is_err(), "only what failed is sent again");
    let (document, receipt) = exchange.documents(&admin, &failed[0].id).unwrap();
    assert!(document.starts_with(b"<?xml") && receipt.is_some());
}

#[test]
fn a_step_of_the_departments_own_system_is_taken_once_and_shown_at_the_case() {
    let mut hall = Hall::open(2027, "2026-11-23");
    let (way, _) = department(&hall);
    let case = hall.file(&construction());
    let project_no = hall.centre().cases().row(&hall.who("manager"), case).unwrap().project_no.unwrap();
    let at = time::OffsetDateTime::from_unix_timestamp(1_795_400_000).unwrap();
    let step = way.partner.exchange().step("890100ZWFW", &project_no, "专家评审", true, at).unwrap();
    let exchange = hall.centre().exchange();
    let (receipt, verdict) = exchange.receive(step.as_bytes()).unwrap();
    assert_eq!(verdict, Verdict::Applied);
    assert_eq!(exchange.receive(step.as_bytes()).unwrap(), (receipt, Verdict::Repeated), "the same receipt");
    let told = exchange.incoming(&hall.who("reviewer"), &project_no).unwrap();
    assert_eq!((told.len(), told[0].envelope.record.get("process_name")), (1, "专家评审"));
    let changed = step.replace("专家评审", "专家未审");
    assert_eq!(exchange.receive(changed.as_bytes()).unwrap().1, Verdict::Refused);
    assert_eq!(code_of(&exchange.receive(b"<Exchange").unwrap_err()), "X114");
    assert_eq!(exchange.incoming(&hall.who("reviewer"), &project_no).unwrap().len(), 1);
}

/// Every order of an insertion, two changes and a repetition ends the same.
#[test]
fn messages_out_of_order_and_twice_end_the_same() {
    let hall = Hall::open(2028, "2026-11-23");
    let key = tongban_crypto::SigningKey::generate(&mut |buffer: &mut [u8]| buffer.fill(7));
    let admin = member(hall.centre(), "data", &[Role::DataAdmin]);
    let exchange = hall.centre().exchange();
    let message = |number: u8, peer: &str, op, minute: u8| {
        let time = format!("2026-11-23T10:{minute:02}:00+08:00");
        let record = Record::new(MessageKind::CorrectionDone, op)
            .set("row_guid", &"a".repeat(32))
            .set("project_no", "P1")
            .set("done_time", &time)
            .set("material_count", &number.to_string())
            .set("cd_time", &time)
            .set("cd_batch", "20261123-0001");
        let envelope = tongban_protocol::exchange::Envelope {
            // Numbers are a sender's own; here each order plays with a sender of its own.
            id: hex::encode(&tongban_crypto::sm3(format!("{peer}{number}").as_bytes())[..16]),
            from: peer.into(),
            to: "890100ZWFW".into(),
            sent_at: time,
            batch: "20261123-0001".into(),
            item: String::new(),
            case: String::new(),
            record,
        };
        envelope.sign(&key).unwrap().0
    };
    let kinds = [(1, Op::Insert, 0), (2, Op::Update, 1), (3, Op::Update, 2)];
    let orders: [[usize; 5]; 6] =
        [[0, 1, 2, 0, 1], [2, 1, 0, 2, 2], [1, 0, 2, 1, 0], [2, 0, 1, 1, 1], [1, 2, 0, 0, 2], [0, 2, 1, 2, 0]];
    for (at, order) in orders.iter().enumerate() {
        let peer = format!("PEER{at}");
        let known = Peer {
            code: peer.clone(),
            name: "甲".into(),
            we: "890100ZWFW".into(),
            key_hex: key.verifying_key().to_hex(),
            carrier: "drop".into(),
            address: "/nowhere".into(),
            kinds: vec![],
            provides: vec![],
            may_ask: vec![],
        };
        exchange.put_peer(&admin, &known).unwrap();
        let verdicts: Vec<Verdict> = order
            .iter()
            .map(|one| {
                let (number, op, minute) = kinds[*one];
                exchange.receive(&message(number, &peer, op, minute)).unwrap().1
            })
            .collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Repeated).count(), 2, "{order:?}");
        if order[0] != 0 {
            assert_eq!(verdicts[0], Verdict::Early, "a change before its record is kept");
        }
        let standing = exchange.incoming(&hall.who("manager"), "P1").unwrap();
        let ours: Vec<&str> = standing
            .iter()
            .filter(|one| one.envelope.from == peer)
            .map(|one| one.envelope.record.get("material_count"))
            .collect();
        assert_eq!(ours, ["3"], "{order:?}: the newest stands, whatever came first");
    }
}

/// A rating given, a ticket, a card and its revocation, money, a parcel, a library: each is told when it happens.
#[test]
fn what_happens_beside_a_case_is_told_when_it_happens_and_changes_follow_in_order() {
    let mut hall = Hall::open(2031, "2026-11-23");
    let (way, admin) = department(&hall);
    let operator = hall.who("operator").id;
    hall.centre().stock().add("test", "jz_first", "000300", "000310", &operator).unwrap();
    let case = hall.file(&Brings { delivery: tongban_domain::event::Delivery::Courier, ..construction() });
    hall.acts("window", case, &Act::Accept);

    let rating = tongban_centre::ratings::NewRating {
        case,
        occasion: "acceptance",
        channel: "window",
        place: "890102-001-W01",
        staff: Some("window"),
        grade: tongban_centre::ratings::Grade::Dissatisfied,
        tags: &["等候时间长".to_owned()],
        text: "等了一小时",
    };
    let given = hall.centre().ratings().rate(&rating).unwrap();
    hall.centre().ratings().exclude(&hall.who("supervisor"), &given.service, "误评").unwrap();
    let supervisor = hall.who("supervisor");
    hall.centre().supervision().spot_check(&supervisor, case, "影像不清", true).unwrap();
    let card = hall.centre().supervision().of_case(&supervisor, case).unwrap().remove(0);
    hall.centre().supervision().appeal(&hall.who("reviewer"), &card.id, "已补拍").unwrap();
    hall.centre().supervision().answer_appeal(&supervisor, &card.id, true, "属实").unwrap();
    hall.review(case);
    hall.grant(case);
    courier(&hall, case);

    let exchange = hall.centre().exchange();
    assert!(exchange.queue_moved().unwrap() > 5 && exchange.queue_moved().unwrap() == 0, "cases that moved, once");
    let sent = pumped_out(&hall, &way, &admin);
    for kind in ["ItemPublish", "Evaluation", "Complaint", "Supervision", "Logistics", "ProjectAccept", "LicenceIssue"]
    {
        assert!(sent.contains(kind), "{kind} in {sent:?}");
    }
    // The excluded rating and the revoked card are taken back there too; the parcel ends signed.
    let there = way.partner.exchange().records();
    for (kind, op) in [("Evaluation", " D "), ("Supervision", " D "), ("Logistics", " U ")] {
        let line = there.iter().find(|line| line.starts_with(kind)).unwrap();
        assert!(line.contains(op) && line.ends_with("true"), "{line}");
    }
    // Not a word of the complaint, nobody's name and no number of a card leaves with a ticket.
    let ticket = exchange.messages(&admin, "2026-11-23", "").unwrap().into_iter().find(|one| one.kind == "Complaint");
    let (document, _) = exchange.documents(&admin, &ticket.unwrap().id).unwrap();
    let words = String::from_utf8(document).unwrap();
    assert!(!words.contains("一小时") && !words.contains("陈建国") && !words.contains(crate::common::CARD_NUMBER));
}

fn courier(hall: &Hall, case: tongban_domain::ids::CaseId) {
    use tongban_domain::clock::Ids as _;
    use tongban_domain::event::Digest;
    use tongban_protocol::api::{LicenceStep, LicenceStepKind as Kind};
    let print = tongban_domain::ids::PrintId(hall.world.ids.next());
    let serial = || "000300".to_owned();
    for kind in [
        Kind::Intend { print, serial: serial(), pdf_sha256: Digest([7; 32]) },
        Kind::Confirm { print, serial: serial() },
    ] {
        let operator = hall.who("operator").id;
        let step = LicenceStep { idem: hall.world.ids.next(), base: hall.version(case), operator, step: kind };
        hall.centre().licences().step(&hall.window.station, case, &step).unwrap();
    }
    let courier = hall.centre().courier();
    courier.order(&hall.who("operator"), case, "EMS0009", "示范市城东区建设路18号").unwrap();
    // Two reports within one second: the later one stands there as here.
    courier.report("EMS0009", 5, "on_the_way", "运输中").unwrap();
    courier.report("EMS0009", 9, "signed", "已签收").unwrap();
}

/// Sends everything; the types that were receipted.
fn pumped_out(hall: &Hall, way: &Straight, admin: &Member) -> BTreeSet<String> {
    let exchange = hall.centre().exchange();
    let done = now(exchange.pump("890100ZJJ", way)).unwrap();
    assert_eq!((done.failed, done.later), (0, 0), "{:?}", exchange.messages(admin, "2026-11-23", "failed"));
    exchange.messages(admin, "2026-11-23", "acked").unwrap().into_iter().map(|one| one.kind).collect()
}

#[test]
fn money_is_told_from_the_order_to_the_refund() {
    let mut hall = Hall::open(2032, "2026-11-23");
    let (way, admin) = department(&hall);
    let mut item: serde_json::Value = serde_json::from_str(&hall.item("sp").to_json().unwrap()).unwrap();
    item["version"] = (hall.item("sp").version + 1).into();
    item["fee"] = serde_json::json!({"fen": 12_050, "basis": "示发改价〔2026〕1号"});
    hall.centre().catalogue().publish("test", &item.to_string()).unwrap();
    let case = hall.file(&catering());
    let payments = hall.centre().payments();
    let order = payments.order(case).unwrap().order;
    payments.paid(&order, "G1", 12_050).unwrap();
    payments.paid(&order, "G1", 12_050).unwrap();
    payments.refund(&hall.who("cashier"), &order, "申请人撤回").unwrap();
    payments.refunded(&order, "R1").unwrap();
    assert!(pumped_out(&hall, &way, &admin).contains("Payment"));
    let told = hall.centre().exchange().messages(&admin, "2026-11-23", "acked").unwrap();
    let told: Vec<_> = told.into_iter().filter(|one| one.kind == "Payment").collect();
    assert_eq!(told.len(), 4, "order, paid, refunding, refunded; the same notice twice is one");
    let words = |id: &str| String::from_utf8(hall.centre().exchange().documents(&admin, id).unwrap().0).unwrap();
    assert!(told.iter().all(|one| words(&one.id).contains("<amount>120.50</amount>")));
    let there = way.partner.exchange().records();
    assert_eq!(there.iter().filter(|line| line.starts_with("Payment")).count(), 1, "one record of one order");
}

/// What a department did not answer in time is asked by message; what we hold is answered to whom it may.
#[test]
fn a_silent_department_is_asked_by_message_and_a_partners_query_is_answered_and_shown() {
    let mut hall = Hall::open(2033, "2026-11-23");
    let (way, admin) = department(&hall);
    let known = hall.centre().exchange().peers(&admin).unwrap().remove(0);
    let provider =
        Peer { provides: vec!["social.firm_staff".into()], may_ask: vec!["elicence.issued".into()], ..known };
    hall.centre().exchange().put_peer(&admin, &provider).unwrap();

    let mut draft = hall.draft(&construction());
    let silent = tongban_domain::event::SharedRecord {
        resource: "social.firm_staff".into(),
        outcome: tongban_domain::event::ShareOutcome::TimedOut,
        fields: vec![],
        answer_sha256: tongban_domain::event::Digest([1; 32]),
        took_ms: 10_400,
    };
    draft.say(&mut hall.window, tongban_domain::event::Event::ShareFetched { record: silent });
    hall.finish(&mut draft);
    let case = hall.submit(draft, tongban_domain::event::Delivery::Pickup);
    hall.acts("window", case, &Act::Accept);
    hall.review(case);
    hall.grant(case);
    let exchange = hall.centre().exchange();
    exchange.queue_moved().unwrap();
    let sent = pumped_out(&hall, &way, &admin);
    assert!(sent.contains("ResourceQuery"), "{sent:?}");

    // Theirs: licences of a firm. Found, refused without an authorisation, and shown to whom it is about.
    let key = tongban_crypto::SigningKey::generate(&mut |buffer: &mut [u8]| buffer.fill(5));
    let asker = |code: &str, may: &[&str]| Peer {
        code: code.into(),
        name: "示范市公共资源交易中心".into(),
        key_hex: key.verifying_key().to_hex(),
        kinds: vec!["Receipt".into()],
        provides: vec![],
        may_ask: may.iter().map(|one| (*one).to_owned()).collect(),
        ..provider.clone()
    };
    for (peer, outcome) in [(asker("890100GGZY", &["elicence.issued"]), "found"), (asker("890100QTDW", &[]), "refused")]
    {
        exchange.put_peer(&admin, &peer).unwrap();
        let (_, verdict) = exchange.receive(&query(&peer.code, &key)).unwrap();
        assert_eq!(verdict, Verdict::Applied);
        let reply =
            exchange.messages(&admin, "2026-11-23", "ready").unwrap().into_iter().find(|one| one.peer == peer.code);
        let reply = reply.unwrap();
        assert_eq!(reply.kind, "ResourceReply");
        let words = String::from_utf8(exchange.documents(&admin, &reply.id).unwrap().0).unwrap();
        assert!(words.contains(&format!("<outcome>{outcome}</outcome>")), "{words}");
        assert_eq!(words.contains("valid_to"), outcome == "found", "{words}");
    }
    let looks = hall.centre().people().looks(FIRM).unwrap();
    assert_eq!(looks.len(), 2, "both queries, the refused one too");
    assert!(looks.iter().all(|look| look.basis == "exchange" && look.detail.contains("投标资格审查")));
}

fn query(from: &str, key: &tongban_crypto::SigningKey) -> Vec<u8> {
    let time = "2026-11-23T10:00:00+08:00";
    let record = Record::new(MessageKind::ResourceQuery, Op::Insert)
        .set("row_guid", &"c".repeat(32))
        .set("project_no", "ZB2026001")
        .set("resource", "elicence.issued")
        .set("subject_kind", "firm")
        .set("subject", FIRM)
        .set("purpose", "投标资格审查")
        .set("basis", "《招标投标法》第十八条")
        .rows("wanted", vec![vec![("field", "licences".to_owned())]])
        .set("cd_time", time)
        .set("cd_batch", "20261123-0001");
    let envelope = tongban_protocol::exchange::Envelope {
        id: hex::encode(&tongban_crypto::sm3(from.as_bytes())[..16]),
        from: from.into(),
        to: "890100ZWFW".into(),
        sent_at: time.into(),
        batch: "20261123-0001".into(),
        item: String::new(),
        case: "ZB2026001".into(),
        record,
    };
    envelope.sign(key).unwrap().0
}

/// The whole round over a folder: queue, lay, receipts come back, the day's books agree; then they do not.
#[tokio::test(flavor = "multi_thread")]
async fn the_timed_round_exchanges_over_a_folder_and_compares_yesterdays_books() {
    let mut hall = Hall::open(2034, "2026-11-23");
    let (way, admin) = department(&hall);
    let folder = hall.world.dir.path().join("exchange");
    let known = hall.centre().exchange().peers(&admin).unwrap().remove(0);
    let peer = Peer { carrier: "drop".into(), address: folder.display().to_string(), ..known };
    hall.centre().exchange().put_peer(&admin, &peer).unwrap();
    tokio::spawn(tongban_partner::folder::serve_exchange(way.partner.clone(), folder.clone()));
    let case = hall.file(&catering());
    hall.acts("window", case, &Act::Accept);

    let exchange = hall.centre().exchange();
    let first = exchange.round().await.unwrap();
    assert!(first.queued >= 3 && first.failed.is_empty(), "{first:?}");
    assert!(first.pumped["890100ZJJ"].sent as usize > first.queued, "the library went with them");
    wait_until(|| receipts(&folder) as u64 == first.pumped["890100ZJJ"].sent).await;
    let second = exchange.round().await.unwrap();
    assert_eq!(second.pumped["890100ZJJ"].acked, first.pumped["890100ZJJ"].sent);
    assert!(exchange.messages(&admin, "2026-11-23", "laid").unwrap().is_empty());

    // The department's own message comes the same way, and is receipted into its folder.
    let project_no = hall.centre().cases().row(&hall.who("manager"), case).unwrap().project_no.unwrap();
    let moment = time::OffsetDateTime::from_unix_timestamp(1_795_400_000).unwrap();
    let step = way.partner.exchange().step("890100ZWFW", &project_no, "现场核查", true, moment).unwrap();
    std::fs::write(folder.join("from/step.xml"), step).unwrap();
    assert_eq!(exchange.round().await.unwrap().pumped["890100ZJJ"].received, 1);
    assert_eq!(exchange.incoming(&hall.who("reviewer"), &project_no).unwrap().len(), 1);

    // The next day after two: yesterday agrees, once; with one message less in their books it does not.
    hall.clock_to(at("2026-11-24", 1, 0));
    assert!(exchange.round().await.unwrap().compared.is_empty(), "not before two");
    hall.clock_to(at("2026-11-24", 2, 30));
    let round = exchange.round().await.unwrap();
    assert_eq!(round.compared, [("890100ZJJ".to_owned(), "2026-11-23".to_owned(), true)]);
    assert!(exchange.round().await.unwrap().compared.is_empty(), "compared once");
    let book = BTreeMap::from([("ProjectAccept", 7)]);
    let book = serde_json::json!({"day": "2026-11-22", "totals": book});
    std::fs::write(folder.join("from/totals-2026-11-22.json"), book.to_string()).unwrap();
    let round = exchange.round().await.unwrap();
    assert_eq!(round.compared, [("890100ZJJ".to_owned(), "2026-11-22".to_owned(), false)], "a difference is told");
}

fn receipts(folder: &std::path::Path) -> usize {
    let names = std::fs::read_dir(folder.join("from")).unwrap().flatten();
    names.filter(|entry| entry.file_name().to_string_lossy().ends_with(".xml")).count()
}

async fn wait_until(ready: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !ready() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "twenty seconds");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
