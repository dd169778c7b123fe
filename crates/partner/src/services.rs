//! Services that do something (API.md section 5): payment, courier, hotline, agencies, geography.

use crate::data::Found;
use crate::state::Partner;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What was ordered, by service and number.
#[derive(Default)]
pub(crate) struct Orders(BTreeMap<(String, String), Value>);

fn text<'v>(request: &'v Value, name: &str) -> &'v str {
    request[name].as_str().unwrap_or_default()
}

/// Does it, or says what there is. The same number again is the same order.
pub(crate) fn act(partner: &Partner, service: &str, operation: &str, request: &Value) -> Found {
    let number = text(request, "number");
    match (service, operation) {
        ("payment" | "courier" | "hotline", "order") => ordered(partner, service, number, request),
        ("payment" | "courier" | "hotline", "query") => known(partner, service, number),
        ("payment", "pay") => changed(partner, service, number, "created", "paid"),
        ("payment", "refund") => changed(partner, service, number, "paid", "refunded"),
        ("payment", "statement") => statement(partner),
        ("courier", "step") => step(partner, number, text(request, "text")),
        ("agency", "list") => list(partner, "agencies", "material", text(request, "material")),
        ("geography", "halls") => list(partner, "halls", "region", text(request, "region")),
        ("geography", "address") => address(partner, text(request, "address")),
        _ => Found::NoResource,
    }
}

fn ordered(partner: &Partner, service: &str, number: &str, request: &Value) -> Found {
    if number.is_empty() {
        return Found::NoResource;
    }
    let mut orders = partner.orders();
    let key = (service.to_owned(), number.to_owned());
    let count = orders.0.keys().filter(|(of, _)| of == service).count() + 1;
    let order = orders.0.entry(key).or_insert_with(|| {
        let mut order: Map<String, Value> = Map::new();
        order.insert("number".into(), json!(number));
        match service {
            "payment" => {
                order.insert("gateway_no".into(), json!(format!("GW{count:08}")));
                order.insert("fen".into(), request["fen"].clone());
                order.insert("state".into(), json!("created"));
            }
            "courier" => {
                order.insert("tracking".into(), json!(format!("KD{count:010}")));
                order.insert("steps".into(), json!(["已下单"]));
            }
            _ => {
                order.insert("ticket".into(), json!(format!("12345-{count:06}")));
                order.insert("kind".into(), request["kind"].clone());
                order.insert("state".into(), json!("accepted"));
            }
        }
        Value::Object(order)
    });
    Found::Data(order.clone())
}

fn known(partner: &Partner, service: &str, number: &str) -> Found {
    let orders = partner.orders();
    let order = orders.0.get(&(service.to_owned(), number.to_owned()));
    order.map_or(Found::NoRecord, |order| Found::Data(order.clone()))
}

fn changed(partner: &Partner, service: &str, number: &str, from: &str, to: &str) -> Found {
    let mut orders = partner.orders();
    let Some(order) = orders.0.get_mut(&(service.to_owned(), number.to_owned())) else { return Found::NoRecord };
    if order["state"] == from {
        order["state"] = json!(to);
    }
    Found::Data(order.clone())
}

fn step(partner: &Partner, number: &str, text: &str) -> Found {
    let mut orders = partner.orders();
    let Some(order) = orders.0.get_mut(&("courier".to_owned(), number.to_owned())) else { return Found::NoRecord };
    if let Some(steps) = order["steps"].as_array_mut() {
        steps.push(json!(text));
    }
    Found::Data(order.clone())
}

fn statement(partner: &Partner) -> Found {
    let orders = partner.orders();
    let lines: Vec<&Value> = orders
        .0
        .iter()
        .filter(|((service, _), order)| service == "payment" && order["state"] != "created")
        .map(|(_, order)| order)
        .collect();
    Found::Data(json!({"lines": lines}))
}

/// Rows of a file whose `column` is the value asked for; all of them for an empty value.
fn list(partner: &Partner, name: &str, column: &str, wanted: &str) -> Found {
    let rows = partner.directory.services[name].as_array().cloned().unwrap_or_default();
    let rows: Vec<Value> = rows.into_iter().filter(|row| wanted.is_empty() || row[column] == wanted).collect();
    if rows.is_empty() { Found::NoRecord } else { Found::Data(json!({"count": rows.len(), "list": rows})) }
}

fn address(partner: &Partner, text: &str) -> Found {
    let rows = partner.directory.services["addresses"].as_array().cloned().unwrap_or_default();
    let known = rows
        .into_iter()
        .find(|row| row["address"].as_str().is_some_and(|known| !text.is_empty() && text.contains(known)));
    known.map_or(Found::NoRecord, Found::Data)
}
