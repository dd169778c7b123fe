//! One line of `actions.jsonl`.

use crate::cbor::Item;
use crate::keys;
use serde::Deserialize;

/// The line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    bytes_hex: String,
    signature_hex: String,
    origin_key_hex: String,
}

/// An action as far as it can be read without the case key.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) id: [u8; 16],
    pub(crate) case: [u8; 16],
    pub(crate) seq: u64,
    pub(crate) prev: [u8; 32],
    pub(crate) kind: String,
    pub(crate) base: u64,
    /// `station:NAME`, `centre` or `web`.
    pub(crate) origin: String,
    pub(crate) origin_key_hex: String,
    pub(crate) sealed: Vec<u8>,
    /// SM3 of the signed bytes.
    pub(crate) hash: [u8; 32],
    bytes: Vec<u8>,
    signature: Vec<u8>,
}

impl Action {
    pub(crate) fn from_line(line: &str) -> Result<Self, String> {
        let line: Line = serde_json::from_str(line).map_err(|error| format!("not a line of actions: {error}"))?;
        let bytes = hex::decode(&line.bytes_hex).map_err(|_| "bytes_hex is not hex".to_owned())?;
        let signature = hex::decode(&line.signature_hex).map_err(|_| "signature_hex is not hex".to_owned())?;
        let item = Item::parse(&bytes)?;
        let fields = item.array()?;
        if fields.first().map(Item::text) != Some(Ok("tongban.action")) {
            return Err("not an action".to_owned());
        }
        let [_, v, id, case, seq, prev, kind, base, wall, boot, actor, origin, sealed] = fields else {
            return Err(format!("an action has 13 fields, not {}", fields.len()));
        };
        if v.uint()? != 1 {
            return Err(format!("action version {} is not known", v.uint()?));
        }
        if !matches!(wall, Item::Uint(_) | Item::Negative(_)) {
            return Err("wall time is not an integer".to_owned());
        }
        boot.uint()?;
        check_actor(actor)?;
        Ok(Self {
            id: id.fixed()?,
            case: case.fixed()?,
            seq: seq.uint()?,
            prev: prev.fixed()?,
            kind: kind.text()?.to_owned(),
            base: base.uint()?,
            origin: origin_name(origin)?,
            origin_key_hex: line.origin_key_hex,
            sealed: sealed.bytes()?.to_vec(),
            hash: keys::sm3(&bytes),
            bytes,
            signature,
        })
    }

    /// Does the signature hold under the key the line names?
    pub(crate) fn signature_holds(&self) -> Result<(), String> {
        keys::verify(&self.origin_key_hex, &self.bytes, &self.signature)
    }
}

fn check_actor(actor: &Item) -> Result<(), String> {
    match actor.array()? {
        [Item::Uint(0 | 2)] | [Item::Uint(1), Item::Text(_)] => Ok(()),
        _ => Err("unknown actor".to_owned()),
    }
}

fn origin_name(origin: &Item) -> Result<String, String> {
    match origin.array()? {
        [Item::Uint(0), Item::Text(station)] => Ok(format!("station:{station}")),
        [Item::Uint(1)] => Ok("centre".to_owned()),
        [Item::Uint(2)] => Ok("web".to_owned()),
        _ => Err("unknown origin".to_owned()),
    }
}
