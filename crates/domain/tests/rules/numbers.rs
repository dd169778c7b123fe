//! Numbers against the vectors of their standards, and round trips.

use proptest::prelude::*;
use serde_json::Value as Json;
use time::macros::date;
use tongban_domain::case_number::CaseNumber;
use tongban_domain::check::{mod11_2, mod11_10, mod37_36, normalise};
use tongban_domain::credit_code::{CreditCode, CreditCodeError};
use tongban_domain::elicence_id::{ElicenceId, ElicenceIdError};
use tongban_domain::event::{FormValues, Value};
use tongban_domain::foreign_permanent::ForeignPermanentNumber;
use tongban_domain::hmt::{self, HmtOrigin};
use tongban_domain::id_number::{IdKind, IdNumber, IdNumberError, Sex};
use tongban_domain::licence_number::{NumberParts, NumberPattern, NumberPatternError};
use tongban_domain::receipt_number::{ReceiptNumber, ReceiptNumberError};
use tongban_domain::{mask, nation, organization_code, phone};

fn vectors() -> Json {
    serde_json::from_str(include_str!("../fixtures/number_vectors.json")).unwrap()
}

fn list(set: &str, name: &str) -> Vec<String> {
    let list: Vec<String> = serde_json::from_value(vectors()[set][name].clone()).unwrap();
    assert!(!list.is_empty(), "{set}.{name} is empty");
    list
}

#[test]
fn citizen_numbers_of_the_standard_check() {
    for number in list("gb11643", "valid").iter().chain(&list("gb11643", "lower_x_normalise")) {
        assert_eq!(IdNumber::parse(number).unwrap().as_str(), number.to_uppercase());
    }
    for number in list("gb11643", "bad_check") {
        let error = IdNumber::parse(&number).unwrap_err();
        assert!(matches!(error, IdNumberError::CheckDigit | IdNumberError::Shape), "{number}");
    }
    for number in list("gb11643", "bad_date") {
        assert_eq!(IdNumber::parse(&number), Err(IdNumberError::Date), "{number}");
    }
    for other in ["", "1101051949123100", "11010519491231002X0", "11010519491231002é", "汉字汉字汉字"] {
        assert_eq!(IdNumber::parse(other), Err(IdNumberError::Shape), "{other}");
    }
}

#[test]
fn a_number_tells_sex_birth_and_age() {
    let number = IdNumber::parse(" ８９０１０２ 19780315 011 3").unwrap();
    assert_eq!((number.as_str(), number.region()), ("890102197803150113", "890102"));
    assert_eq!((number.sex(), number.birth(), number.kind()), (Sex::Male, date!(1978 - 03 - 15), IdKind::Citizen));
    assert_eq!((number.age_on(date!(2026 - 03 - 14)), number.age_on(date!(2026 - 03 - 15))), (47, 48));
    assert_eq!(number.age_on(date!(1970 - 01 - 01)), 0);
    assert_eq!(format!("{number:?} {}", number.masked()), "IdNumber(redacted) 890102********0113");
}

#[test]
fn every_demonstration_person_and_firm_has_a_number_that_checks() {
    let demo: Json = serde_json::from_str(include_str!("../fixtures/demo_entities.json")).unwrap();
    for person in demo["people"].as_array().unwrap() {
        let number = IdNumber::parse(person["id"].as_str().unwrap()).unwrap();
        let sex = if number.sex() == Sex::Male { "男" } else { "女" };
        assert_eq!(sex, person["sex"].as_str().unwrap());
        assert!(number.region().starts_with("8901") && nation::code(person["nation"].as_str().unwrap()).is_some());
    }
    for firm in demo["firms"].as_array().unwrap() {
        assert!(CreditCode::parse(firm["uscc"].as_str().unwrap()).is_ok());
    }
}

#[test]
fn foreign_and_regional_documents_check() {
    for number in list("foreign_pr_2023", "valid") {
        assert!(matches!(ForeignPermanentNumber::parse(&number), Ok(ForeignPermanentNumber::New(_))), "{number}");
    }
    for number in list("foreign_pr_2023", "bad") {
        assert!(ForeignPermanentNumber::parse(&number).is_err(), "{number}");
    }
    let old = ForeignPermanentNumber::parse("can110019810803").unwrap();
    assert_eq!((old.nationality(), format!("{old:?}")), ("CAN", "ForeignPermanentNumber(redacted)".to_owned()));
    let origins: Vec<_> =
        list("hmt_residence", "valid").iter().map(|number| hmt::origin(&IdNumber::parse(number).unwrap())).collect();
    assert_eq!(origins, [Some(HmtOrigin::HongKong), Some(HmtOrigin::Taiwan), Some(HmtOrigin::HongKong)]);
    assert_eq!(hmt::origin(&IdNumber::parse("890102197803150113").unwrap()), None);
    assert!(hmt::is_mainland_travel_permit("H12345678") && !hmt::is_mainland_travel_permit("K12345678"));
    assert!(hmt::is_taiwan_travel_permit("12345678") && !hmt::is_taiwan_travel_permit("1234567"));
}

#[test]
fn credit_codes_check() {
    for code in list("gb32100", "valid") {
        assert_eq!(CreditCode::parse(&code.to_lowercase()).unwrap().as_str(), code);
    }
    for code in list("gb32100", "bad_check") {
        assert_eq!(CreditCode::parse(&code), Err(CreditCodeError::CheckCharacter));
    }
    for code in list("gb32100", "bad_charset") {
        assert_eq!(CreditCode::parse(&code), Err(CreditCodeError::Shape));
    }
    let code = CreditCode::parse("91350100M000100Y43").unwrap();
    assert_eq!((code.region(), code.organization_code()), ("350100", "M000100Y4"));
    assert!(organization_code::checks("M000100Y4") && organization_code::checks("MB285591-8"));
    assert!(!organization_code::checks("M000100Y5") && !organization_code::checks(""));
}

#[test]
fn the_iso_7064_samples_come_out() {
    for (name, system) in
        [("mod11_10", mod11_10 as fn(&str) -> Option<char>), ("mod37_36", mod37_36), ("mod11_2", mod11_2)]
    {
        let samples: Vec<(String, String)> = serde_json::from_value(vectors()["iso7064"][name].clone()).unwrap();
        for (body, check) in samples {
            assert_eq!(system(&body), check.chars().next(), "{name} {body}");
        }
        assert_eq!(system("12 3"), None, "{name} takes only its own characters");
    }
}

#[test]
fn licence_identifiers_check() {
    for id in list("elicence_id", "valid") {
        assert_eq!(ElicenceId::parse(&id).unwrap().as_str(), id);
    }
    let wrong = "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.8";
    assert_eq!(ElicenceId::parse(wrong), Err(ElicenceIdError::CheckCharacter));
    let made = ElicenceId::new("11100000MB03271699022", "340100", "000000016", 1).unwrap();
    assert!(made.as_str().ends_with(".001.9"));
    for bad in ["", "1.2.156.3005.2", "1.2.3.4.5.a.b.c.001.9", "1.2.156.3005.2.11100000MB03271699022..1.001.9"] {
        assert_eq!(ElicenceId::parse(bad), Err(ElicenceIdError::Shape), "{bad}");
    }
}

#[test]
fn a_receipt_number_holds_its_parts_and_reads_back() {
    let number = ReceiptNumber::new("890102", date!(2026 - 11 - 23), 7, 42).unwrap();
    assert_eq!(number.grouped().replace(' ', ""), number.as_str());
    assert_eq!(number.grouped().split(' ').map(str::len).collect::<Vec<_>>(), [6, 6, 3, 5]);
    assert_eq!(ReceiptNumber::parse(&number.grouped()).unwrap(), number);
    assert_eq!((number.station(), number.serial(), number.region()), (7, 42, "890102"));
    assert_eq!(number.date(), date!(2026 - 11 - 23));
    assert_eq!(ReceiptNumber::new("89010", date!(2026 - 11 - 23), 7, 42), Err(ReceiptNumberError::Shape));
    assert_eq!(ReceiptNumber::new("890102", date!(2026 - 11 - 23), 1000, 42), Err(ReceiptNumberError::Shape));
    assert_eq!(ReceiptNumber::parse("89010226133100700421"), Err(ReceiptNumberError::Date));
}

#[test]
fn a_case_number_has_forty_four_characters() {
    let number = CaseNumber::new("1189010000123401X63890117001001", date!(2026 - 11 - 23), 7).unwrap();
    assert_eq!(number.as_str(), "1189010000123401X638901170010012026112300007");
    assert_eq!((number.serial(), number.date()), (7, date!(2026 - 11 - 23)));
    assert_eq!(CaseNumber::parse(number.as_str()).unwrap(), number);
    assert!(CaseNumber::new("short", date!(2026 - 11 - 23), 7).is_err());
    assert!(CaseNumber::parse("1189010000123401X638901170010012026133100007").is_err());
}

#[test]
fn licence_numbers_follow_their_pattern() {
    let pattern = NumberPattern::parse("JY{field.business_form}{province2}{city2}{county2}{serial6}{check1}").unwrap();
    let form: FormValues = [("business_form".into(), Value::Text("2".to_owned()))].into();
    let parts = NumberParts { region: "890102", date: date!(2026 - 12 - 01), serial: 1, form: &form };
    assert_eq!(pattern.render(&parts).unwrap(), "JY28901020000015");
    assert!(pattern.fits("JY28901020000015") && !pattern.fits("JY28901020000016") && !pattern.fits("JY2890102"));
    let unanswered = NumberParts { form: &FormValues::new(), ..parts };
    assert_eq!(pattern.render(&unanswered), Err(NumberPatternError::FieldMissing("business_form".into())));
    let hygiene = NumberPattern::parse("示卫公证字〔{year4}〕第{serial6}号").unwrap();
    assert_eq!(hygiene.render(&parts).unwrap(), "示卫公证字〔2026〕第000001号");
    assert!(hygiene.fits("示卫公证字〔2026〕第000001号") && !hygiene.fits("示卫公证字〔2026〕第00000一号"));
    let building = NumberPattern::parse("D3{province2}{serial5}{check1}").unwrap();
    let number = building.render(&parts).unwrap();
    assert!(number.starts_with("D38900001") && number.len() == 10 && building.fits(&number));
    let full = NumberParts { serial: 100_000, ..parts };
    assert_eq!(building.render(&full), Err(NumberPatternError::SerialTooLong { width: 5 }));
    for bad in ["", "D{serial5", "D}{serial5}", "D{serial0}", "D{serial99}", "D{planet}{serial5}", "D{year4}"] {
        assert!(NumberPattern::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn masks_show_only_what_they_may() {
    assert_eq!(mask::number("890102197803150113"), "890102********0113");
    assert_eq!([mask::name("王明"), mask::name("陈建国"), mask::name("欧阳娜娜")], ["王*", "陈*国", "欧**娜"]);
    assert_eq!([mask::name(""), mask::name("王"), mask::number("1234")], ["", "*", "****"]);
    assert_eq!(mask::phone("13800005678"), "138****5678");
}

#[test]
fn nations_have_two_digit_codes() {
    assert_eq!((nation::name("01"), nation::code("回族"), nation::code("满")), (Some("汉"), Some("03"), Some("11")));
    assert_eq!((nation::name("57"), nation::code("")), (None, None));
    assert_eq!(nation::all().filter(|(code, _)| *code < "57").count(), 56);
}

#[test]
fn phones_are_mobile_or_with_area_number() {
    assert!(["13800000000", "138 0000 0000", "010-12345678", "0891-1234567"].iter().all(|text| phone::is_phone(text)));
    assert!(!["12800000000", "1380000000", "12345678", "", "电话"].iter().any(|text| phone::is_phone(text)));
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,60}") {
        let _ = (IdNumber::parse(&text), CreditCode::parse(&text), ElicenceId::parse(&text));
        let _ = (ReceiptNumber::parse(&text), CaseNumber::parse(&text), ForeignPermanentNumber::parse(&text));
        let _ = (organization_code::checks(&text), phone::is_phone(&text), hmt::is_taiwan_travel_permit(&text));
        let _ = (mask::number(&text), mask::name(&text), mask::phone(&text), nation::code(&text));
        if let Ok(pattern) = NumberPattern::parse(&text) {
            let _ = pattern.fits(&text);
        }
    }

    #[test]
    fn receipt_numbers_round_trip_and_one_wrong_digit_shows(
        days in 0i64..30_000, station in 0u16..1000, serial in 0u16..10_000, at in 0usize..20, other in 1u8..10,
    ) {
        let day = date!(2000 - 01 - 01) + time::Duration::days(days);
        let number = ReceiptNumber::new("890102", day, station, serial).unwrap();
        prop_assert_eq!(&ReceiptNumber::parse(number.as_str()).unwrap(), &number);
        prop_assert_eq!((number.date(), number.station(), number.serial()), (day, station, serial));
        let mut bytes = number.as_str().as_bytes().to_vec();
        bytes[at] = b'0' + (bytes[at] - b'0' + other) % 10;
        prop_assert!(ReceiptNumber::parse(&String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn citizen_numbers_with_one_wrong_digit_are_refused(days in 0i64..36_000, seq in 0u16..1000, at in 0usize..17, other in 1u8..10) {
        let birth = date!(1920 - 01 - 01) + time::Duration::days(days);
        let body = format!("890102{:04}{:02}{:02}{seq:03}", birth.year(), birth.month() as u8, birth.day());
        let number = format!("{body}{}", mod11_2(&body).unwrap());
        prop_assert_eq!(IdNumber::parse(&number).unwrap().birth(), birth);
        let mut bytes = number.into_bytes();
        bytes[at] = b'0' + (bytes[at] - b'0' + other) % 10;
        prop_assert!(IdNumber::parse(&String::from_utf8(bytes).unwrap()).is_err());
    }

    #[test]
    fn licence_numbers_fit_their_own_pattern(serial in 0u64..100_000, region in "[0-9]{6}") {
        for rule in ["D3{province2}{serial5}{check1}", "{region6}{serial6}", "D{region6}{field.s}{year4}-{serial5}{check1}"] {
            let pattern = NumberPattern::parse(rule).unwrap();
            let form: FormValues = [("s".into(), Value::Text("S".to_owned()))].into();
            let parts = NumberParts { region: &region, date: date!(2026 - 11 - 23), serial, form: &form };
            let number = pattern.render(&parts).unwrap();
            prop_assert!(pattern.fits(&number), "{rule} {number}");
            let longer = format!("{number}0");
            prop_assert!(!pattern.fits(&longer) && !pattern.fits(&number[1..]));
        }
    }

    #[test]
    fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }
}
