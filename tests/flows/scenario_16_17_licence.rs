//! 16. **Licence making.** Given a granted case, when Z prints with blank serial 000123, then number, seal, QR are
//!     right, scan-back verifies, and stock shows 000123 used; a jam → 000123 spoiled with second person, 000124
//!     used, old QR invalid.
//! 17. **Pick-up and courier.** Given a ready licence, when the holder swipes at the certificate window and signs,
//!     then 送达回证 is archived; when courier was chosen, label, tracking and the 10-day timer work.
//!
//! Here numbers, stock, books and clocks; the printed sheet is in `tests/flows.rs`.

use crate::common::CARD_NUMBER;
use crate::hall::Hall;
use tongban_domain::case::CaseStatus;
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{Delivery, Digest};
use tongban_domain::ids::{CaseId, PrintId};
use tongban_domain::limits::LimitKind;
use tongban_protocol::api::{LicenceStep, LicenceStepKind};

fn step(hall: &Hall, case: CaseId, kind: LicenceStepKind) {
    let operator = hall.who("operator").id;
    let step = LicenceStep { idem: hall.world.ids.next(), base: hall.version(case), operator, step: kind };
    hall.centre().licences().step(&hall.window.station, case, &step).unwrap();
}

fn confirm(hall: &Hall, case: CaseId, serial: &str) -> PrintId {
    let print = PrintId(hall.world.ids.next());
    step(hall, case, LicenceStepKind::Intend { print, serial: serial.into(), pdf_sha256: Digest([7; 32]) });
    step(hall, case, LicenceStepKind::Confirm { print, serial: serial.into() });
    print
}

#[test]
fn scenario_16_17_a_jam_costs_one_blank_and_the_hand_over_is_on_paper() {
    let mut hall = Hall::open(1016, "2026-11-23");
    let operator = hall.who("operator").id;
    hall.centre().stock().add("test", "jz_first", "000123", "000130", &operator).unwrap();
    let case = hall.granted(Delivery::Pickup);
    let print = PrintId(hall.world.ids.next());
    step(&hall, case, LicenceStepKind::Intend { print, serial: "000123".into(), pdf_sha256: Digest([7; 32]) });
    step(&hall, case, LicenceStepKind::Void { print, spoiled: true, reason: "卡纸".into() });
    confirm(&hall, case, "000124");
    let uses = hall.centre().stock().uses().unwrap();
    let states: Vec<(&str, &str)> = uses.iter().map(|u| (u.serial.as_str(), u.state.as_str())).collect();
    assert_eq!(states, [("000123", "spoiled"), ("000124", "used")]);

    let clocks = hall.centre().handling().clocks(&hall.who("reviewer"), case).unwrap();
    let delivery = clocks.get(LimitKind::Delivery).unwrap();
    assert_eq!(
        (delivery.days, tongban_domain::limits::date_text(delivery.due.unwrap().date)),
        (10, "2026-12-07".into())
    );

    let number_sm3 = Digest(tongban_crypto::sm3(CARD_NUMBER.as_bytes()));
    step(&hall, case, LicenceStepKind::HandOver { number_sm3, line_sha256: Digest([2; 32]) });
    assert_eq!(hall.status(case), CaseStatus::Closed);
    assert!(hall.paper_text(case, "delivery").contains("送达回证"));

    // The closed case becomes a package whose every file has its hash; a changed manifest shows.
    let archivist = hall.who("archivist");
    let mut manifest = hall.centre().archive().package(&archivist, case).unwrap();
    assert!(manifest.files.len() > 10 && manifest.files.iter().any(|file| file.name.starts_with("papers/delivery")));
    assert!(hall.centre().archive().check(&archivist, &manifest).unwrap().is_empty());
    manifest.files[0].sm3 = "00".repeat(32);
    assert_eq!(hall.centre().archive().check(&archivist, &manifest).unwrap().len(), 1);
}

#[test]
fn scenario_17_a_parcel_is_ordered_once_and_its_steps_may_come_twice() {
    let mut hall = Hall::open(1017, "2026-11-23");
    let operator = hall.who("operator");
    hall.centre().stock().add("test", "jz_first", "000200", "000210", &operator.id).unwrap();
    let case = hall.granted(Delivery::Courier);
    let courier = hall.centre().courier();
    assert!(courier.order(&operator, case, "EMS0001", "示范市城东区建设路18号").is_err(), "not ready yet");
    confirm(&hall, case, "000200");
    let parcel = courier.order(&operator, case, "EMS0001", "示范市城东区建设路18号").unwrap();
    assert_eq!(
        courier.order(&operator, case, "EMS0002", "x").unwrap().id,
        parcel.id,
        "one parcel, however often asked"
    );
    for (at, state, words) in
        [(3, "on_the_way", "运输中"), (2, "taken", "已揽收"), (3, "on_the_way", "运输中"), (9, "signed", "已签收")]
    {
        courier.report("EMS0001", at, state, words).unwrap();
    }
    let parcels = courier.of_case(case).unwrap();
    assert_eq!((parcels.len(), parcels[0].state.as_str(), parcels[0].steps.len()), (1, "signed", 4));
    courier.report("EMS0001", 4, "on_the_way", "迟到的消息").unwrap();
    assert_eq!(courier.of_case(case).unwrap()[0].state, "signed", "signed stays signed");
}

#[test]
fn scenario_17_a_label_names_parcel_and_address_a_signature_ends_the_case_and_ten_days_are_watched() {
    let mut hall = Hall::open(2017, "2026-11-23");
    let operator = hall.who("operator");
    hall.centre().stock().add("test", "jz_first", "000200", "000210", &operator.id).unwrap();
    let (sent, slow) = (hall.granted(Delivery::Courier), hall.granted(Delivery::Courier));
    for (case, serial) in [(sent, "000200"), (slow, "000201")] {
        confirm(&hall, case, serial);
        assert!(!hall.papers(case).contains(&"pickup"), "nobody is asked to fetch what is sent");
    }
    let courier = hall.centre().courier();
    let address = "示范市城东区建设路18号，示范市宏远建设工程有限公司，13900000000";
    courier.order(&operator, sent, "EMS0007", address).unwrap();
    let label = hall.paper_text(sent, "parcel_label");
    for word in ["寄递面单", "EMS0007", "建设路18号", "建筑业企业资质证书", "一件"] {
        assert!(label.contains(word), "{word} stands on the label: {label}");
    }
    let code = hall.paper_code(sent, "parcel_label");
    assert_eq!(code.as_deref(), Some("EMS0007"), "the code on the label is the tracking number");

    // Nobody at home: back to the shelf, and once more by another parcel.
    courier.report("EMS0007", 5, "back", "无人签收，退回").unwrap();
    assert_eq!(hall.status(sent), CaseStatus::Ready);
    courier.order(&operator, sent, "EMS0008", address).unwrap();
    courier.report("EMS0008", 9, "signed", "本人签收").unwrap();
    assert_eq!(hall.status(sent), CaseStatus::Closed);
    let receipt = hall.paper_text(sent, "delivery");
    assert!(
        receipt.contains("邮寄送达") && receipt.contains("EMS0008") && receipt.contains("2026年11月23日"),
        "{receipt}"
    );
    courier.report("EMS0008", 9, "signed", "本人签收").unwrap();
    assert_eq!(hall.papers(sent).iter().filter(|kind| **kind == "delivery").count(), 1, "told twice, delivered once");
    assert!(hall.centre().cases().verify(sent).unwrap().holds);
    let package = hall.centre().archive().package(&hall.who("archivist"), sent).unwrap();
    assert!(package.files.len() > 3, "the receipt of delivery is archived with the case");

    // Ten working days after the grant the other is late: a lamp, with a card for whoever supervises.
    let clock = || hall.centre().handling().clocks(&hall.who("reviewer"), slow).unwrap();
    let due = clock().get(LimitKind::Delivery).copied().unwrap();
    assert_eq!((due.days, tongban_domain::limits::date_text(due.due.unwrap().date)), (10, "2026-12-07".into()));
    let cards = || hall.centre().supervision().of_case(&hall.who("manager"), slow).unwrap().len();
    hall.clock_to(crate::hall::at("2026-12-07", 23, 0));
    hall.centre().lifecycle().round().unwrap();
    let before = cards();
    hall.clock_to(crate::hall::at("2026-12-08", 0, 5));
    hall.centre().lifecycle().round().unwrap();
    assert!(cards() > before, "late by a day is a card");
}

#[test]
fn scenario_17_who_fetches_is_told_on_paper_that_it_is_ready() {
    let mut hall = Hall::open(3017, "2026-11-23");
    let operator = hall.who("operator");
    hall.centre().stock().add("test", "jz_first", "000200", "000210", &operator.id).unwrap();
    let case = hall.granted(Delivery::Pickup);
    confirm(&hall, case, "000200");
    let notice = hall.paper_text(case, "pickup");
    assert!(notice.contains("领取通知") && notice.contains("890102-001统一制证窗口"), "{notice}");
}
