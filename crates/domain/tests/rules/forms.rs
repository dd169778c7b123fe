//! Prefill and validation.

use crate::support::{all_shared, begun, card, folded, form_of, item, record, row, text};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tongban_domain::event::{FormValues, ShareOutcome, SharedRecord, Value};
use tongban_domain::form::{Context, FaultReason, Source, prefill, prune, validate};
use tongban_domain::ids::FieldId;
use tongban_domain::item::ServiceItem;

fn complete(item: &ServiceItem) -> FormValues {
    let mut events = begun(item);
    events.extend(all_shared(item));
    form_of(item, &folded(&events))
}

fn faults(item: &ServiceItem, values: &FormValues) -> Vec<(String, Option<usize>, FaultReason)> {
    let all = validate(item, values, &Context::default());
    all.into_iter().map(|fault| (fault.field.0, fault.row, fault.reason)).collect()
}

#[test]
fn shared_data_fills_the_form_and_says_where_each_value_came_from() {
    let item = item("jz_first");
    let records: Vec<SharedRecord> =
        item.shares.iter().map(|call| record(&item, &call.resource.0, ShareOutcome::Found)).collect();
    let filled: BTreeMap<String, (Value, Source)> =
        prefill(&item, Some(&card()), &records).into_iter().map(|(id, v, s)| (id.0, (v, s))).collect();
    let licence = || Source::Share("elicence.business_licence".into());
    assert_eq!(filled["founded"], (text("2015-06-01"), licence()));
    assert_eq!(filled["registered_capital"], (text("1000"), licence()));
    assert_eq!(filled["contact"], (text("陈建国"), Source::Card));
    assert_eq!(filled["delivery"], (text("pickup"), Source::Default));
    let (Value::Rows(staff), _) = &filled["staff"] else { panic!("staff is a list") };
    assert_eq!(staff.len(), 2);
    assert_eq!(staff[1][&FieldId::from("number")], text("890121199001010336"));
    assert!(!filled.contains_key("net_assets") && !filled.contains_key("projects"));
}

#[test]
fn answers_of_any_shape_never_invent_a_value() {
    let item = item("jz_first");
    for list in ["", "null", "{}", "[1,2]", "[[]]", r#"[{"name":null},{"name":{"a":1}}]"#, "[{", r#"[{"other":"x"}]"#] {
        let mut staff = record(&item, "social.firm_staff", ShareOutcome::Found);
        staff.fields = vec![("list".into(), list.to_owned())];
        assert!(prefill(&item, None, [&staff]).iter().all(|(id, ..)| id.0 != "staff"), "{list}");
    }
    let mut licence = record(&item, "elicence.business_licence", ShareOutcome::Found);
    licence.fields = vec![("founded".into(), "去年".to_owned()), ("registered_capital_wan".into(), "很多".to_owned())];
    assert!(prefill(&item, None, [&licence]).iter().all(|(_, _, source)| *source == Source::Default));
    licence.outcome = ShareOutcome::Garbage;
    licence.fields = vec![("name".into(), "x".to_owned())];
    assert!(prefill(&item, None, [&licence]).iter().all(|(id, ..)| id.0 != "firm_name"));
}

#[test]
fn a_complete_form_has_no_fault() {
    let item = item("jz_first");
    assert_eq!(faults(&item, &complete(&item)), []);
}

#[test]
fn each_kind_of_field_refuses_what_does_not_fit() {
    let item = item("jz_first");
    let good = complete(&item);
    let cases: Vec<(&str, Value, FaultReason)> = vec![
        ("firm_name", text(" "), FaultReason::Missing),
        ("firm_name", text(&"名".repeat(101)), FaultReason::TooLong { max: 100, length: 101 }),
        ("firm_name", text("甲\u{7}乙"), FaultReason::Characters),
        ("firm_name", Value::Bool(true), FaultReason::WrongType),
        ("credit_code", text("91350100M000100Y44"), FaultReason::CreditCodeCheck),
        ("credit_code", text("913"), FaultReason::CreditCodeShape),
        ("legal_person_number", text("890102197803150114"), FaultReason::IdNumberCheck),
        ("legal_person_number", text("890102197813150113"), FaultReason::IdNumberDate),
        ("legal_person_number", text("陈"), FaultReason::IdNumberShape),
        ("founded", text("2015-02-29"), FaultReason::NotADate),
        ("net_assets", text("八百"), FaultReason::NotANumber),
        ("net_assets", text("-1"), FaultReason::BelowMin { min: "0".to_owned() }),
        ("net_assets", text("100000000"), FaultReason::AboveMax { max: "99999999".to_owned() }),
        ("net_assets", text("1.234"), FaultReason::TooManyDecimals { max: 2 }),
        ("phone", text("123"), FaultReason::NotAPhone),
        ("series", text("总承包"), FaultReason::NotAnOption),
        ("category", text("bridge"), FaultReason::OptionClosed),
        ("grade", text("ungraded"), FaultReason::OptionClosed),
        ("staff", text("x"), FaultReason::WrongType),
        ("staff", Value::Rows(vec![]), FaultReason::TooFewRows { min: 1 }),
        ("staff", Value::Rows(vec![row(&[("name", "王明")]); 61]), FaultReason::TooManyRows { max: 60 }),
        ("shoe_size", text("42"), FaultReason::UnknownField),
    ];
    for (field, value, reason) in cases {
        let mut values = good.clone();
        values.insert(field.into(), value);
        let found = faults(&item, &values);
        assert!(found.contains(&(field.to_owned(), None, reason.clone())), "{field}: {reason:?} not in {found:?}");
        assert!(FaultReason::KEYS.contains(&reason.key()));
    }
    let mut without = good;
    without.remove(&FieldId::from("staff"));
    assert_eq!(faults(&item, &without), [("staff".to_owned(), None, FaultReason::TooFewRows { min: 1 })]);
}

#[test]
fn a_fault_in_a_list_names_its_row_and_column() {
    let item = item("jz_first");
    let mut values = complete(&item);
    let rows = vec![
        row(&[("name", "王明"), ("number", "890121199001010336")]),
        row(&[("number", "890102197803150114"), ("shoe", "1")]),
    ];
    values.insert("staff".into(), Value::Rows(rows));
    let found = validate(&item, &values, &Context::default());
    let cells: BTreeSet<_> =
        found.iter().map(|fault| (fault.list.clone().unwrap().0, fault.row.unwrap(), fault.field.0.as_str())).collect();
    let list = || "staff".to_owned();
    assert_eq!(cells, [(list(), 1, "name"), (list(), 1, "number"), (list(), 1, "shoe")].into());
}

#[test]
fn hidden_answers_are_not_asked_and_are_pruned_before_sign_off() {
    let item = item("cb");
    let mut values: FormValues = prefill(&item, None, []).into_iter().map(|(id, v, _)| (id, v)).collect();
    values.insert("from".into(), text("not a date"));
    assert_eq!(faults(&item, &values), []);
    assert!(!prune(&item, &values, &Context::default()).contains_key(&FieldId::from("from")));
    values.insert("period".into(), text("custom"));
    assert_eq!(faults(&item, &values).len(), 2);
    assert!(prune(&item, &values, &Context::default()).contains_key(&FieldId::from("from")));
}

#[test]
fn every_fault_has_its_own_message_key() {
    let keys: BTreeSet<&str> = FaultReason::KEYS.into_iter().collect();
    assert_eq!(keys.len(), FaultReason::KEYS.len());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        "\\PC{0,24}".prop_map(Value::Text),
        "[-0-9.]{0,20}".prop_map(Value::Text),
        any::<String>().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let row = prop::collection::btree_map(any_field(), inner, 0..4);
        prop::collection::vec(row, 0..4).prop_map(Value::Rows)
    })
}

fn any_field() -> impl Strategy<Value = FieldId> {
    let known =
        ["firm_name", "staff", "name", "number", "series", "category", "grade", "net_assets", "founded", "phone"];
    prop_oneof![prop::sample::select(known.to_vec()).prop_map(FieldId::from), "[a-z]{1,3}".prop_map(FieldId)]
}

proptest! {
    #[test]
    fn validation_never_panics_and_pruning_never_adds(values in prop::collection::btree_map(any_field(), any_value(), 0..12)) {
        let item = item("jz_first");
        let card = card();
        let context = Context { card: Some(&card), records: &[] };
        let found = validate(&item, &values, &context);
        prop_assert!(!found.is_empty(), "twelve random values never make a complete form");
        let kept = prune(&item, &values, &context);
        prop_assert!(kept.keys().all(|id| values.contains_key(id)));
        prop_assert_eq!(prune(&item, &kept, &context), kept);
    }

    #[test]
    fn prefill_never_panics_on_what_a_department_answers(list in "\\PC{0,80}", name in any::<String>()) {
        let item = item("jz_first");
        let mut staff = record(&item, "social.firm_staff", ShareOutcome::Found);
        staff.fields = vec![("list".into(), list)];
        let mut licence = record(&item, "elicence.business_licence", ShareOutcome::Found);
        licence.fields.iter_mut().for_each(|(_, value)| value.clone_from(&name));
        let _ = prefill(&item, Some(&card()), [&staff, &licence]);
    }
}
