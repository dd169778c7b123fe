//! One line of `receipts.jsonl`.

use crate::cbor::Item;
use crate::keys;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    bytes_hex: String,
    signature_hex: String,
    centre_key_hex: String,
}

/// The centre's word that it holds a bundle.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) bundle: [u8; 16],
    pub(crate) case: [u8; 16],
    pub(crate) case_seq: u64,
    pub(crate) actions: Vec<[u8; 16]>,
    pub(crate) blobs: Vec<[u8; 32]>,
    pub(crate) centre_key_hex: String,
    bytes: Vec<u8>,
    signature: Vec<u8>,
}

impl Receipt {
    pub(crate) fn from_line(line: &str) -> Result<Self, String> {
        let line: Line = serde_json::from_str(line).map_err(|error| format!("not a line of receipts: {error}"))?;
        let bytes = hex::decode(&line.bytes_hex).map_err(|_| "bytes_hex is not hex".to_owned())?;
        let signature = hex::decode(&line.signature_hex).map_err(|_| "signature_hex is not hex".to_owned())?;
        let item = Item::parse(&bytes)?;
        let [name, v, bundle, sha256, case, case_seq, actions, blobs, received] = item.array()? else {
            return Err("a receipt has 9 fields".to_owned());
        };
        if name.text()? != "tongban.receipt" || v.uint()? != 1 {
            return Err("not a receipt of a known version".to_owned());
        }
        sha256.fixed::<32>()?;
        if !matches!(received, Item::Uint(_) | Item::Negative(_)) {
            return Err("time of receipt is not an integer".to_owned());
        }
        Ok(Self {
            bundle: bundle.fixed()?,
            case: case.fixed()?,
            case_seq: case_seq.uint()?,
            actions: actions.array()?.iter().map(Item::fixed).collect::<Result<_, _>>()?,
            blobs: blobs.array()?.iter().map(Item::fixed).collect::<Result<_, _>>()?,
            centre_key_hex: line.centre_key_hex,
            bytes,
            signature,
        })
    }

    pub(crate) fn signature_holds(&self) -> Result<(), String> {
        keys::verify(&self.centre_key_hex, &self.bytes, &self.signature)
    }
}
