//! The envelope: written canonical and signed, read and verified.

use super::check::{self, ExchangeFault, moment_ms, schema};
use super::table::{Kind, MessageKind};
use super::{Content, MESSAGE_LIMIT, NAMESPACE, Op, Record};
use crate::xml::{Element, Limits, Node, parse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tongban_crypto::{SigningKey, VerifyingKey, sm3};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// One message before it is signed, or after it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Identifier, 32 hex digits; the same again is the same message.
    pub id: String,
    /// Sender.
    pub from: String,
    /// Receiver.
    pub to: String,
    /// `YYYY-MM-DDThh:mm:ss+08:00`.
    pub sent_at: String,
    /// `YYYYMMDD-NNNN`.
    pub batch: String,
    /// 事项 of the purpose; may be empty.
    pub item: String,
    /// 办件 of the purpose; may be empty.
    pub case: String,
    /// The record.
    pub record: Record,
}

/// A message as it came: judged by the schema's rules, not yet by its signature.
#[derive(Debug, Clone)]
pub struct Received {
    /// The content; believe it after [`Received::verify`] only.
    pub envelope: Envelope,
    /// Which key the sender says it signed with.
    pub key: String,
    /// SM3 of the canonical content, hex, as computed here.
    pub digest: String,
    stated: String,
    signature: Vec<u8>,
    canonical: String,
}

/// First 16 hex digits of SM3 over a key's 65 bytes: how a signature names its key.
fn key_id(key: &VerifyingKey) -> String {
    hex::encode(&sm3(&key.to_bytes())[..8])
}

impl Envelope {
    fn unsigned(&self) -> Element {
        let mut purpose = Element::new("Purpose");
        for (name, value) in [("item", &self.item), ("case", &self.case)] {
            if !value.is_empty() {
                purpose = purpose.with(name, value);
            }
        }
        let head = Element::new("Head")
            .and(Element::text("From", &self.from))
            .and(Element::text("To", &self.to))
            .and(Element::text("SentAt", &self.sent_at))
            .and(Element::text("Batch", &self.batch))
            .and(purpose);
        let mut body = Element::new(self.record.kind.element()).with("op", self.record.op.letter());
        for (name, content) in &self.record.fields {
            body = body.and(match content {
                Content::Text(text) => Element::text(name, text),
                Content::Rows(rows) => rows.iter().fold(Element::new(name), |list, row| {
                    list.and(
                        row.iter().fold(Element::new("row"), |one, (name, value)| one.and(Element::text(name, value))),
                    )
                }),
            });
        }
        Element::new("Exchange")
            .with("xmlns", NAMESPACE)
            .with("id", &self.id)
            .with("type", self.record.kind.name())
            .with("version", "1.0")
            .and(head)
            .and(Element::new("Body").and(body))
    }

    fn check(&self) -> Result<(), ExchangeFault> {
        let code = |text: &str| {
            (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
        };
        let batch = |text: &str| {
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            text.split_once('-').is_some_and(|(day, serial)| {
                day.len() == 8 && (4..=6).contains(&serial.len()) && digits(day) && digits(serial)
            })
        };
        for (place, fits) in [
            ("id", check::fits(Kind::Guid, &self.id)),
            ("From", code(&self.from)),
            ("To", code(&self.to)),
            ("SentAt", moment_ms(&self.sent_at).is_some()),
            ("Batch", batch(&self.batch)),
            ("Purpose item", self.item.chars().count() <= 64),
            ("Purpose case", self.case.chars().count() <= 64),
        ] {
            if !fits {
                return Err(schema(place, "form"));
            }
        }
        check::record(&self.record)
    }

    /// The signed document and its digest (hex).
    ///
    /// # Errors
    /// [`ExchangeFault::Schema`] for a record the schema would refuse, [`ExchangeFault::Key`].
    pub fn sign(&self, key: &SigningKey) -> Result<(Vec<u8>, String), ExchangeFault> {
        self.check()?;
        let element = self.unsigned();
        let canonical = element.canonical();
        let digest = hex::encode(sm3(canonical.as_bytes()));
        let signature = key.sign(canonical.as_bytes()).map_err(|_| ExchangeFault::Key)?;
        let signed = element.and(
            Element::text("Signature", &STANDARD.encode(signature))
                .with("alg", "SM2-SM3")
                .with("digest", &digest)
                .with("key", &key_id(&key.verifying_key())),
        );
        Ok((format!("{DECLARATION}{}", signed.canonical()).into_bytes(), digest))
    }
}

impl Received {
    /// Checks digest and signature against the sender's key and gives the content.
    ///
    /// # Errors
    /// [`ExchangeFault::Digest`] when the content was changed, [`ExchangeFault::Signature`] when it is not the sender's.
    pub fn verify(&self, key: &VerifyingKey) -> Result<&Envelope, ExchangeFault> {
        if self.stated != self.digest {
            return Err(ExchangeFault::Digest);
        }
        if self.key != key_id(key) || key.verify(self.canonical.as_bytes(), &self.signature).is_err() {
            return Err(ExchangeFault::Signature);
        }
        Ok(&self.envelope)
    }
}

/// Sender and identifier of a document that may be anything, for the log of refusals.
#[must_use]
pub fn peek(bytes: &[u8]) -> Option<(String, String)> {
    let root = parse(bytes, Limits { bytes: MESSAGE_LIMIT, ..Limits::default() }).ok()?;
    let id = root.attribute("id").filter(|id| check::fits(Kind::Guid, id))?;
    let from = root.child("Head")?.child_text("From")?;
    Some((id.to_owned(), from.chars().take(32).collect()))
}

/// Reads a message and judges it by the schema's rules.
///
/// # Errors
/// [`ExchangeFault`].
pub fn read(bytes: &[u8]) -> Result<Received, ExchangeFault> {
    let mut root = parse(bytes, Limits { bytes: MESSAGE_LIMIT, ..Limits::default() })?;
    if root.name != "Exchange" || root.attribute("xmlns") != Some(NAMESPACE) {
        return Err(ExchangeFault::Version("root"));
    }
    if root.attribute("version") != Some("1.0") {
        return Err(ExchangeFault::Version("version"));
    }
    only(&root, &["xmlns", "id", "type", "version"])?;
    let parts: Vec<&Element> = root.elements().collect();
    let [head, body, signature] = parts[..] else { return Err(schema("Exchange", "not Head, Body, Signature")) };
    bare(&root)?;
    let envelope = envelope(&root, head, body)?;
    envelope.check()?;
    only(signature, &["alg", "key", "digest"])?;
    if signature.name != "Signature"
        || signature.attribute("alg") != Some("SM2-SM3")
        || signature.elements().next().is_some()
    {
        return Err(schema("Signature", "form"));
    }
    let attribute = |name| signature.attribute(name).unwrap_or_default().to_owned();
    let (key, stated) = (attribute("key"), attribute("digest"));
    if key.len() != 16 || !check::fits(Kind::Digest, &stated) {
        return Err(schema("Signature", "form"));
    }
    let signature = STANDARD.decode(signature.content()).map_err(|_| schema("Signature", "form"))?;
    root.children.retain(|node| !matches!(node, Node::Element(element) if element.name == "Signature"));
    let canonical = root.canonical();
    let digest = hex::encode(sm3(canonical.as_bytes()));
    Ok(Received { envelope, key, digest, stated, signature, canonical })
}

fn only(element: &Element, names: &[&str]) -> Result<(), ExchangeFault> {
    match element.attributes.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some(_) => Err(schema(&element.name, "unknown attribute")),
        None => Ok(()),
    }
}

/// No text between the elements: the schema has no mixed content.
fn bare(element: &Element) -> Result<(), ExchangeFault> {
    if element.content().trim_matches([' ', '\t', '\n', '\r']).is_empty() {
        Ok(())
    } else {
        Err(schema(&element.name, "text between elements"))
    }
}

fn leaf(element: &Element) -> Result<String, ExchangeFault> {
    only(element, &[])?;
    if element.elements().next().is_some() {
        return Err(schema(&element.name, "elements inside"));
    }
    Ok(element.content())
}

fn envelope(root: &Element, head: &Element, body: &Element) -> Result<Envelope, ExchangeFault> {
    let (parts, bodies): (Vec<&Element>, Vec<&Element>) = (head.elements().collect(), body.elements().collect());
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    if head.name != "Head" || names != ["From", "To", "SentAt", "Batch", "Purpose"] {
        return Err(schema("Head", "not From, To, SentAt, Batch, Purpose"));
    }
    for element in [head, body] {
        only(element, &[])?;
        bare(element)?;
    }
    let purpose = parts[4];
    only(purpose, &["item", "case"])?;
    let whole = |name| purpose.attribute(name).is_none_or(|value| !value.is_empty());
    if !purpose.children.is_empty() || !whole("item") || !whole("case") {
        return Err(schema("Purpose", "form"));
    }
    let kind = root.attribute("type").and_then(MessageKind::parse).ok_or_else(|| schema("type", "unknown type"))?;
    let [one] = bodies[..] else { return Err(schema("Body", "not one record")) };
    if body.name != "Body" || one.name != kind.element() {
        return Err(schema("Body", "another record than the type says"));
    }
    only(one, &["op"])?;
    bare(one)?;
    let op = one.attribute("op").and_then(Op::parse).ok_or_else(|| schema("op", "form"))?;
    let mut record = Record::new(kind, op);
    for field in one.elements() {
        let listed = kind.fields().iter().any(|known| known.name == field.name && !known.rows.is_empty());
        let content = if listed { Content::Rows(rows(field)?) } else { Content::Text(leaf(field)?) };
        record.fields.push((field.name.clone(), content));
    }
    let text = |name: &str| root.attribute(name).unwrap_or_default().to_owned();
    let of = |name: &str| purpose.attribute(name).unwrap_or_default().to_owned();
    Ok(Envelope {
        id: text("id"),
        from: leaf(parts[0])?,
        to: leaf(parts[1])?,
        sent_at: leaf(parts[2])?,
        batch: leaf(parts[3])?,
        item: of("item"),
        case: of("case"),
        record,
    })
}

fn rows(list: &Element) -> Result<Vec<Vec<(String, String)>>, ExchangeFault> {
    only(list, &[])?;
    bare(list)?;
    let row = |row: &Element| {
        only(row, &[])?;
        bare(row)?;
        if row.name != "row" {
            return Err(schema(&row.name, "not a row"));
        }
        row.elements().map(|value| Ok((value.name.clone(), leaf(value)?))).collect()
    };
    list.elements().map(row).collect()
}

/// What the receiver did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Taken into the store.
    Applied,
    /// Kept; an earlier message about the same record has not come yet.
    Early,
    /// Kept; a later message about the same record had come before.
    Superseded,
    /// The same message again; nothing changed.
    Repeated,
    /// Not taken.
    Refused,
}

impl Verdict {
    const ALL: [Self; 5] = [Self::Applied, Self::Early, Self::Superseded, Self::Repeated, Self::Refused];

    /// The word in the receipt.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Early => "early",
            Self::Superseded => "superseded",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
        }
    }

    /// The verdict of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }
}

/// 回执: what a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Identifier of the message.
    pub of: String,
    /// Digest of the message as the receiver computed it.
    pub of_digest: String,
    /// `0`, or why it was refused.
    pub code: String,
    /// For technicians.
    pub detail: String,
    /// What was done.
    pub verdict: Verdict,
}

impl Receipt {
    /// As a record; `id` is the receipt's own identifier.
    #[must_use]
    pub fn record(&self, id: &str, at: &str, batch: &str) -> Record {
        Record::new(MessageKind::Receipt, Op::Insert)
            .set("row_guid", id)
            .set("of", &self.of)
            .set("of_digest", &self.of_digest)
            .set("code", &self.code)
            .set("detail", &self.detail)
            .set("state", self.verdict.word())
            .set("cd_time", at)
            .set("cd_batch", batch)
    }

    /// Out of a verified message, when that is a receipt.
    #[must_use]
    pub fn of(envelope: &Envelope) -> Option<Self> {
        let record = &envelope.record;
        if record.kind != MessageKind::Receipt {
            return None;
        }
        Some(Self {
            of: record.get("of").to_owned(),
            of_digest: record.get("of_digest").to_owned(),
            code: record.get("code").to_owned(),
            detail: record.get("detail").to_owned(),
            verdict: Verdict::parse(record.get("state"))?,
        })
    }
}
