//! The SOAP dress of a request (API.md section 4), read with a parser the connector does not use.

use crate::api::Asked;
use crate::sign::{Denial, Stamp};
use roxmltree::{Document, Node};

pub(crate) struct Request {
    pub resource: String,
    pub asked: Asked,
    pub stamp: Stamp,
    /// The lines that are signed.
    pub signed: String,
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Result<Node<'a, 'a>, Denial> {
    node.children().find(|child| child.tag_name().name() == name).ok_or(Denial::Malformed)
}

fn text(node: Node<'_, '_>, name: &str) -> Result<String, Denial> {
    let found = node.children().find(|child| child.tag_name().name() == name).ok_or(Denial::Malformed)?;
    Ok(found.text().unwrap_or_default().to_owned())
}

pub(crate) fn read(body: &[u8]) -> Result<Request, Denial> {
    let body = std::str::from_utf8(body).map_err(|_| Denial::Malformed)?;
    let document = Document::parse(body).map_err(|_| Denial::Malformed)?;
    let envelope = document.root_element();
    if envelope.tag_name().namespace() != Some("http://schemas.xmlsoap.org/soap/envelope/") {
        return Err(Denial::Malformed);
    }
    let (auth, query) = (child(child(envelope, "Header")?, "Auth")?, child(child(envelope, "Body")?, "Query")?);
    let stamp = Stamp {
        client: text(auth, "ClientId")?,
        timestamp: text(auth, "Timestamp")?,
        nonce: text(auth, "Nonce")?,
        signature: text(auth, "Signature")?,
    };
    let parameters = query
        .children()
        .filter(|node| node.tag_name().name() == "parameter")
        .map(|node| (node.attribute("name").unwrap_or_default().to_owned(), node.text().unwrap_or_default().to_owned()))
        .collect();
    let asked = Asked {
        subject_kind: text(query, "subjectKind")?,
        subject: text(query, "subject")?,
        purpose: text(query, "purpose")?,
        item: text(query, "item")?,
        case: text(query, "case")?,
        parameters,
    };
    let resource = text(query, "resource")?;
    let mut signed = [&resource, &asked.subject_kind, &asked.subject, &asked.purpose, &asked.item, &asked.case]
        .map(String::as_str)
        .join("\n");
    // A map is in the order of its keys, which is the order the document asks for.
    for (name, value) in &asked.parameters {
        signed.push_str(&format!("\n{name}={value}"));
    }
    Ok(Request { resource, asked, stamp, signed })
}
