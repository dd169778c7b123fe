//! SOAP 1.1 envelopes: the same question and the same answer in another dress.

use crate::query::ShareQuery;
use crate::reply::{Answer, Envelope};
use crate::sign::Stamp;
use serde_json::{Map, Value};
use tongban_protocol::xml::{Element, Limits, allowed_text, parse};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const NAMESPACE: &str = "urn:gov:share:1";

/// The text that is signed: one line a part, parameters sorted (the envelope's form is then free).
pub fn signed_text(query: &ShareQuery) -> String {
    let mut lines = vec![
        query.resource.0.clone(),
        query.subject_kind.as_str().to_owned(),
        query.subject.clone(),
        query.purpose.clone(),
        query.item.0.clone(),
        query.case.0.to_string(),
    ];
    let mut parameters: Vec<String> = query
        .parameters
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{}={value}", key.0))
        .collect();
    parameters.sort();
    lines.append(&mut parameters);
    lines.join("\n")
}

/// The request.
pub fn request(query: &ShareQuery, stamp: &Stamp) -> Vec<u8> {
    let text = |name: &str, value: &str| Element::text(name, &allowed_text(value));
    let auth = Element::new("Auth")
        .with("xmlns", NAMESPACE)
        .and(text("ClientId", &stamp.client))
        .and(text("Timestamp", &stamp.timestamp))
        .and(text("Nonce", &stamp.nonce))
        .and(text("Signature", &stamp.signature));
    let mut asked = Element::new("Query")
        .with("xmlns", NAMESPACE)
        .and(text("resource", &query.resource.0))
        .and(text("subjectKind", query.subject_kind.as_str()))
        .and(text("subject", &query.subject))
        .and(text("purpose", &query.purpose))
        .and(text("item", &query.item.0))
        .and(text("case", &query.case.0.to_string()));
    for (key, value) in query.parameters.iter().filter(|(_, value)| !value.is_empty()) {
        asked = asked.and(text("parameter", value).with("name", &key.0));
    }
    let envelope = Element::new("soap:Envelope")
        .with("xmlns:soap", SOAP)
        .and(Element::new("soap:Header").and(auth))
        .and(Element::new("soap:Body").and(asked));
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", envelope.canonical()).into_bytes()
}

fn body(root: &Element) -> Option<&Element> {
    (root.local() == "Envelope").then_some(root).and_then(|root| root.child("Body"))
}

/// The code of a SOAP fault, when the answer is one; faults come with status 500.
pub fn fault_code(answer: &Answer) -> Option<String> {
    let root = parse(&answer.body, Limits::default()).ok()?;
    let code = body(&root)?.child("Fault")?.child_text("faultcode").unwrap_or_default();
    Some(code.rsplit(':').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(32).collect())
}

/// `code` and `data` out of an answer that is no fault.
pub fn envelope(text: &str) -> Result<Envelope, String> {
    // A declaration of another encoding speaks of the bytes; the text is decoded already.
    let text = text.find("?>").filter(|_| text.trim_start().starts_with("<?xml")).map_or(text, |at| &text[at + 2..]);
    let root = parse(text.as_bytes(), Limits::default()).map_err(|fault| fault.to_string())?;
    let reply = body(&root).and_then(|body| body.elements().next()).ok_or("not a SOAP envelope with a body")?;
    let code = reply.child_text("code").ok_or("no code")?;
    Ok(Envelope { code: code.trim().to_owned(), data: reply.child("data").map(value) })
}

/// Elements as JSON: several `item` make an array, children an object, the rest is text.
fn value(element: &Element) -> Value {
    let children: Vec<&Element> = element.elements().collect();
    if children.is_empty() {
        return Value::String(element.content());
    }
    if children.iter().all(|child| child.local() == "item") {
        return Value::Array(children.into_iter().map(value).collect());
    }
    let fields: Map<String, Value> =
        children.into_iter().map(|child| (child.local().to_owned(), value(child))).collect();
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_the_same_value_as_the_json_would() {
        let text = "<?xml version=\"1.0\" encoding=\"GB18030\"?><s:Envelope xmlns:s=\"x\"><s:Body><r><code>0</code><data><a>1</a>\
            <list><item><b>x</b></item><item><b>y</b></item></list></data></r></s:Body></s:Envelope>";
        let envelope = envelope(text).expect("an answer");
        assert_eq!(envelope.code, "0");
        assert_eq!(envelope.data, Some(serde_json::json!({"a": "1", "list": [{"b": "x"}, {"b": "y"}]})));
    }
}
