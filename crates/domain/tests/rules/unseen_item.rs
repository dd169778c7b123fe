//! An item file unlike the catalogue's: it must load and work without a change to the program.

use crate::support::{begun, card, folded, row, text};
use tongban_domain::case::Step;
use tongban_domain::event::{Event, FormValues, Value};
use tongban_domain::form::{Context, FaultReason, prefill, validate};
use tongban_domain::ids::FieldId;
use tongban_domain::item::{ItemError, KioskScope, ServiceItem, material_state};

/// 养蜂场登记: a town's item with a fee, no share call, two lists, conditions on conditions.
const BEES: &str = r#"{
  "v": 1, "key": "bee_yard", "version": 3, "name": "养蜂场登记", "catalog_code": "890220901001",
  "task_code": "T", "task_handle_item": "T01", "task_type": "07", "org": {"code": "X", "name": "柳溪镇人民政府"},
  "level": "town", "audience": "person", "case_type": "promised", "statutory_days": 7, "promised_days": 3,
  "visits_max": 2, "fee": {"fen": 1500, "basis": "示价〔2024〕1号"}, "theme": "农业", "keywords": ["yfcdj", "蜜蜂"],
  "icon": "box", "channels": {"kiosk": "apply", "window": false},
  "materials": [
    {"id": "photo_of_yard", "name": "场地照片", "necessity": "required", "how": "capture", "pages_min": 2, "pages_max": 3},
    {"id": "lease", "name": "土地租赁协议", "necessity": "optional", "how": "capture", "when": {"field": "own_land", "equals": "false"}},
    {"id": "form", "name": "登记表", "necessity": "required", "how": "form"}
  ],
  "form": {"sections": [{"title": "蜂场", "fields": [
    {"id": "keeper", "label": "养蜂人", "kind": {"text": {"max": 20}}, "required": true, "prefill": "card.name"},
    {"id": "nation", "label": "民族", "kind": {"text": {"max": 20}}, "prefill": "card.nation"},
    {"id": "own_land", "label": "自有土地", "kind": "bool", "required": true},
    {"id": "until", "label": "租期至", "kind": "date", "required": true, "when": {"field": "own_land", "equals": "false"}},
    {"id": "hives", "label": "蜂群", "required": true, "kind": {"list": {"min": 2, "max": 4, "row_name": "蜂群", "fields": [
      {"id": "breed", "label": "蜂种", "required": true, "kind": {"choice": {"options": [
        {"key": "local", "label": "中蜂"}, {"key": "italian", "label": "意蜂", "when": {"field": "own_land", "equals": "true"}}]}}},
      {"id": "combs", "label": "脾数", "required": true, "kind": {"number": {"min": "0.5", "max": "20", "decimals": 1, "unit": "脾"}}},
      {"id": "imported_from", "label": "引种地", "required": true, "kind": {"text": {"max": 8}}, "when": {"field": "breed", "equals": "italian"}}
    ]}}}
  ]}]},
  "checks": [{"id": "combs", "title": "蜂群数", "measure": {"rows": {"list": "hives", "with": "breed"}}, "at_least": "2", "basis": "示农〔2024〕2号"}],
  "workflow": [{"name": "登记", "role": "便民服务中心", "days": 3}],
  "result": {"name": "养蜂证", "kind": "licence", "template": "bee", "number_rule": "蜂{region6}{year2}{serial3}", "validity_years": 3},
  "sign_off": false, "delivery": ["courier", "pickup"]
}"#;

#[test]
fn an_item_file_nobody_has_seen_loads_and_validates() {
    let item = ServiceItem::from_json(BEES).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((item.channels.kiosk, item.fee.as_ref().unwrap().fen), (KioskScope::Apply, 1500));
    assert_eq!(ServiceItem::from_json(&item.to_json().unwrap()).unwrap(), item);

    let mut events = begun(&item);
    assert_eq!(folded(&events).next_step(Some(&item)), Step::Form);
    let card = card();
    let mut values: FormValues = prefill(&item, Some(&card), []).into_iter().map(|(id, v, _)| (id, v)).collect();
    assert_eq!(values[&FieldId::from("nation")], text("汉"));
    values.insert("own_land".into(), Value::Bool(false));
    let rows = vec![row(&[("breed", "italian"), ("combs", "0.45")]), row(&[("breed", "local"), ("combs", "3.5")])];
    values.insert("hives".into(), Value::Rows(rows));
    let faults = validate(&item, &values, &Context { card: Some(&card), records: &[] });
    let said: Vec<_> = faults.iter().map(|fault| (fault.field.0.as_str(), fault.row, &fault.reason)).collect();
    assert_eq!(
        said,
        [
            ("until", None, &FaultReason::Missing),
            ("breed", Some(0), &FaultReason::OptionClosed),
            ("combs", Some(0), &FaultReason::TooManyDecimals { max: 1 }),
            ("imported_from", Some(0), &FaultReason::Missing),
        ]
    );
    values.insert("until".into(), text("2027-02-28"));
    let rows = vec![row(&[("breed", "local"), ("combs", "20")]), row(&[("breed", "local"), ("combs", "3.5")])];
    values.insert("hives".into(), Value::Rows(rows));
    events.push(Event::FormFilled { values });
    let case = folded(&events);
    assert_eq!(case.next_step(Some(&item)), Step::Capture);
    let missing: Vec<String> =
        material_state(&item, &case).iter().filter(|s| s.is_missing()).map(|s| s.requirement.0.clone()).collect();
    assert_eq!(missing, ["photo_of_yard", "lease"]);
}

/// One change to the file and the path the refusal must name.
fn refusal(from: &str, to: &str) -> String {
    assert!(BEES.contains(from), "{from}");
    match ServiceItem::from_json(&BEES.replacen(from, to, 1)) {
        Err(ItemError::Parse { path, .. } | ItemError::Rule { path, .. }) => path,
        Err(ItemError::Format { found }) => format!("v={found}"),
        Ok(_) => panic!("accepted: {to}"),
    }
}

#[test]
fn a_wrong_item_file_is_refused_with_the_place_of_the_mistake() {
    assert_eq!(refusal(r#""v": 1"#, r#""v": 2"#), "v=2");
    assert_eq!(refusal(r#""fen": 1500"#, r#""fen": -1"#), "fee.fen");
    assert_eq!(refusal(r#""key": "bee_yard""#, r#""key": "Bee yard""#), "key");
    assert_eq!(refusal(r#""promised_days": 3"#, r#""promised_days": 8"#), "promised_days");
    assert_eq!(refusal(r#""id": "lease""#, r#""id": "form""#), "materials");
    assert_eq!(refusal(r#""field": "own_land""#, r#""field": "owner""#), "materials[1].when.field");
    assert_eq!(refusal(r#""pages_min": 2"#, r#""pages_min": 4"#), "materials[0].pages_min");
    assert_eq!(refusal(r#""pages_min": 2"#, r#""pages_min": 0"#), "materials[0].pages_min");
    let shared = r#""how": {"share": {"resource": "a.b"}}"#;
    assert_eq!(refusal(r#""how": "form""#, shared), "materials[2].how.share.resource");
    assert_eq!(refusal("card.nation", "card.shoe_size"), "form.sections[0].fields[1].prefill");
    assert_eq!(refusal("card.nation", "share:a.b.c"), "form.sections[0].fields[1].prefill");
    assert_eq!(refusal("card.nation", "row.nation"), "form.sections[0].fields[1].prefill");
    assert_eq!(
        refusal(r#""min": "0.5""#, r#""min": "21""#),
        "form.sections[0].fields[4].kind.list.fields[1].kind.number"
    );
    assert_eq!(
        refusal(r#""field": "breed""#, r#""field": "brood""#),
        "form.sections[0].fields[4].kind.list.fields[2].when.field"
    );
    assert_eq!(refusal(r#""with": "breed""#, r#""with": "brood""#), "checks[0].measure.rows");
    assert_eq!(refusal(r#""at_least": "2""#, r#""at_least": "two""#), "checks[0].at_least");
    assert_eq!(refusal("{serial3}", "{serial}"), "result.number_rule");
    assert_eq!(refusal(r#""kiosk": "apply""#, r#""kiosk": "complete""#), "result.kind");
    assert_eq!(refusal(r#""delivery": ["courier", "pickup"]"#, r#""delivery": []"#), "delivery");
    assert_eq!(refusal(r#""equals": "false""#, r#""equals": "false", "is_empty": true"#), "materials[1].when");
    assert!(ServiceItem::from_json("").is_err() && ServiceItem::from_json("[]").is_err());
    assert!(ServiceItem::from_json(&format!("{BEES} x")).is_err());
}
