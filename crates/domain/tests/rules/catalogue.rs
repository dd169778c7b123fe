//! The catalogue's own files keep what they promise.

use crate::support::{CAPTURED, all_shared, application, begun, captured, folded, form_of, item};
use std::collections::BTreeMap;
use tongban_domain::case::Step;
use tongban_domain::credit_code::CreditCode;
use tongban_domain::event::{Event, FormValues};
use tongban_domain::item::{
    CaseType, FieldKind, How, KioskScope, MaterialState, ResultKind, SatisfiedBy, ServiceItem, material_state,
    precheck, search,
};
use tongban_domain::region::{self, Regions};

const KEYS: [&str; 8] = ["jz_first", "sp", "ws", "hy", "qs", "cb", "bdc", "jzz"];

#[test]
fn every_file_of_the_catalogue_loads_and_writes_itself_back() {
    let folder = format!("{}/../../assets/catalogue", env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let item = item(path.file_stem().unwrap().to_str().unwrap());
        assert_eq!(item.key.0, path.file_stem().unwrap().to_str().unwrap());
        assert_eq!(ServiceItem::from_json(&item.to_json().unwrap()).unwrap(), item);
        assert!(
            CreditCode::parse(&item.org.code).is_ok() && item.task_code.starts_with(&item.org.code),
            "{}",
            item.name
        );
        assert_eq!(item.task_code.len(), 31);
        found += 1;
    }
    assert_eq!(found, KEYS.len() + 1, "eight items and one combined of two of them");
}

#[test]
fn materials_and_shares_are_counted_as_the_guides_say() {
    let counts: Vec<(usize, usize)> = KEYS
        .iter()
        .map(|key| {
            let item = item(key);
            let no_paper = |how: &How| matches!(how, How::Share { .. } | How::Card);
            (item.materials.len(), item.materials.iter().filter(|m| no_paper(&m.how)).count())
        })
        .collect();
    assert_eq!(counts, [(17, 7), (8, 4), (9, 2), (9, 5), (7, 3), (1, 1), (2, 2), (1, 1)]);
}

#[test]
fn the_building_qualification_has_twenty_one_fields_of_which_three_are_lists() {
    let item = item("jz_first");
    let fields: Vec<_> = item.form.fields().collect();
    assert_eq!(fields.len(), 21);
    assert_eq!(fields.iter().filter(|field| matches!(field.kind, FieldKind::List { .. })).count(), 3);
    assert_eq!((item.case_type, item.statutory_days, item.promised_days), (CaseType::Promised, 20, 10));
    assert!(item.sign_off && item.result.kind == ResultKind::Licence);
}

fn by_id(states: Vec<MaterialState>) -> BTreeMap<String, MaterialState> {
    states.into_iter().map(|state| (state.requirement.0.clone(), state)).collect()
}

#[test]
fn seven_of_seventeen_materials_need_no_paper_when_everything_is_shared() {
    let item = item("jz_first");
    let states = by_id(material_state(&item, &folded(&application(&item))));
    assert_eq!(states.len(), 17);
    let no_paper: Vec<&str> = states.values().filter(|s| s.no_paper).map(|s| s.requirement.0.as_str()).collect();
    assert_eq!(no_paper, ["m02", "m03", "m04", "m06", "m10", "m12", "m14"]);
    assert_eq!((states["m01"].satisfied_by, states["m01"].no_paper), (SatisfiedBy::Form, false));
    assert!(states.values().all(|state| !state.is_missing()));
    let by_camera: Vec<&str> =
        states.values().filter(|s| s.needed && s.by_capture).map(|s| s.requirement.0.as_str()).collect();
    assert_eq!(by_camera, CAPTURED);
}

#[test]
fn an_agent_owes_an_authorisation_and_a_tenant_a_lease() {
    let item = item("jz_first");
    let mut events = begun(&item);
    events.extend(all_shared(&item));
    let case = folded(&events);
    let mut values = form_of(&item, &case);
    let needed = |values: &FormValues| {
        let mut events = events.clone();
        events.push(Event::FormFilled { values: values.clone() });
        let states = by_id(material_state(&item, &folded(&events)));
        ["m07", "m15", "m17"].map(|id| states[id].needed)
    };
    assert_eq!(needed(&values), [false, false, false]);
    values.insert("legal_person_number".into(), crate::support::text("890102198605050458"));
    values.insert("firm_name".into(), crate::support::text("另一家公司"));
    values.insert("series".into(), crate::support::text("specialist"));
    assert_eq!(needed(&values), [true, true, true]);
}

#[test]
fn a_haulier_without_vehicles_owes_a_promise_in_place_of_their_papers() {
    let item = item("hy");
    let needed = |values: FormValues| {
        let mut events = begun(&item);
        events.push(Event::FormFilled { values });
        let states = by_id(material_state(&item, &folded(&events)));
        [states["m04"].needed, states["m05"].needed]
    };
    let vehicle = tongban_domain::event::Value::Rows(vec![crate::support::row(&[("plate", "示A00001")])]);
    assert_eq!(needed(FormValues::new()), [false, true]);
    assert_eq!(needed([("vehicles".into(), tongban_domain::event::Value::Rows(vec![]))].into()), [false, true]);
    assert_eq!(needed([("vehicles".into(), vehicle)].into()), [true, false]);
}

#[test]
fn a_payment_proof_is_two_decisions_away_from_the_printer() {
    let item = item("cb");
    assert_eq!((item.channels.kiosk, item.sign_off, item.needs_network), (KioskScope::Complete, false, true));
    let mut events = begun(&item);
    let case = folded(&events);
    assert_eq!(case.next_step(Some(&item)), Step::Form);
    assert!(case.open_shares(&item).is_empty());
    // The defaults alone make a valid form: pension, last 24 months.
    let values: FormValues = case.prefill(&item).into_iter().map(|(id, value, _)| (id, value)).collect();
    assert_eq!(values[&"insurance".into()], crate::support::text("pension"));
    assert_eq!(values[&"period".into()], crate::support::text("last_24"));
    events.push(Event::FormFilled { values });
    let case = folded(&events);
    assert_eq!(case.next_step(Some(&item)), Step::Shares);
    assert_eq!(case.open_shares(&item).len(), 1);
    events.extend(all_shared(&item));
    assert_eq!(folded(&events).next_step(Some(&item)), Step::Submit);
}

#[test]
fn the_rule_pack_shows_the_number_found_beside_the_number_asked() {
    let item = item("jz_first");
    let mut events = application(&item);
    let results = precheck(&item, &folded(&events));
    let shown: Vec<_> = results.iter().map(|r| (r.id.as_str(), r.found.map(|n| n.to_string()), r.passed)).collect();
    // The sample's constructors and managers carry no number: nothing is guessed.
    assert_eq!(
        shown,
        [
            ("building_net_assets", Some("1250".to_owned()), Some(true)),
            ("building_constructors", None, None),
            ("building_titles", Some("2".to_owned()), Some(false)),
            ("building_managers", None, None),
        ]
    );
    for event in &mut events {
        if let Event::ShareFetched { record } = event {
            record.fields.iter_mut().filter(|(key, _)| key.0 == "count").for_each(|(_, n)| *n = "5".to_owned());
        }
    }
    let results = precheck(&item, &folded(&events));
    assert_eq!([results[1].passed, results[3].passed], [Some(true), Some(false)]);
    assert!(precheck(&item, &folded(&begun(&item))).is_empty(), "no category, no rule");
}

#[test]
fn items_are_found_by_name_word_and_initials() {
    let items: Vec<ServiceItem> = KEYS.iter().map(|key| item(key)).collect();
    let first = |text: &str| search(&items, text).first().map(|item| item.key.0.as_str());
    assert_eq!(first("个人参保缴费证明查询打印"), Some("cb"));
    assert_eq!(
        [first("社保"), first("JZZZ"), first("ｂｄｃｃｘ"), first("房产")],
        [Some("cb"), Some("jz_first"), Some("bdc"), Some("bdc")]
    );
    assert_eq!(first("许可 餐饮"), Some("sp"));
    assert_eq!((search(&items, "飞行执照").len(), search(&items, " ").len()), (0, KEYS.len()));
}

#[test]
fn captured_pages_below_the_least_number_do_not_satisfy() {
    let mut item = item("jz_first");
    let leader = item.materials.iter_mut().find(|m| m.id.0 == "m09").unwrap();
    leader.pages_min = 2;
    let mut events = begun(&item);
    events.push(captured(30, "m09"));
    assert!(by_id(material_state(&item, &folded(&events)))["m09"].is_missing());
    events.push(captured(31, "m09"));
    assert_eq!(by_id(material_state(&item, &folded(&events)))["m09"].satisfied_by, SatisfiedBy::Pages(2));
}

#[test]
fn demonstration_regions_have_names_from_the_province_down() {
    let regions = Regions::from_json(include_str!("../../../../assets/codes/regions_demo.json")).unwrap();
    assert_eq!(regions.iter().count(), 10);
    assert_eq!(regions.full_name("890102").as_deref(), Some("示范省示范市城东区"));
    assert_eq!(regions.full_name("890121100201").as_deref(), Some("示范省示范市青禾县柳溪镇双桥村"));
    assert_eq!((regions.full_name("372401"), regions.get("89x")), (None, None));
    assert!(region::contains("890100000000", "890102") && region::contains("890102", "890102001001"));
    assert!(!region::contains("890102", "890103") && !region::contains("890121100000", "890121"));
    for bad in ["", r#"{"v":2,"regions":[]}"#, r#"{"v":1,"regions":[{"code":"89","name":"x","level":"city"}]}"#] {
        assert!(Regions::from_json(bad).is_err(), "{bad}");
    }
}
