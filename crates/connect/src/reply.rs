//! From an answer to an outcome: judged, never believed.

use crate::mapping::Mapping;
use crate::query::ShareQuery;
use crate::rest::Answer;
use serde::Deserialize;
use serde_json::Value;
use tongban_domain::event::ShareOutcome;
use tongban_domain::ids::FieldId;

#[derive(Deserialize)]
struct Envelope {
    code: String,
    #[serde(default)]
    data: Option<Value>,
}

/// What an answer amounts to.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How the call ended.
    pub outcome: ShareOutcome,
    /// The fields, when found.
    pub fields: Vec<(FieldId, String)>,
    /// For the log: why it is not `Found`; names of fields at most.
    pub reason: String,
}

fn verdict(outcome: ShareOutcome, reason: &str) -> Verdict {
    Verdict { outcome, fields: Vec::new(), reason: reason.to_owned() }
}

/// Judges a whole answer that is not a 5xx.
pub fn judge(mapping: &Mapping, query: &ShareQuery, answer: &Answer) -> Verdict {
    if answer.too_long {
        return verdict(ShareOutcome::Garbage, "answer too long");
    }
    // A refusal is a refusal even when its body is in no form at all (a gateway's own page).
    if (400..500).contains(&answer.status) {
        return verdict(ShareOutcome::Refused, &format!("status {}", answer.status));
    }
    if answer.status != 200 {
        return verdict(ShareOutcome::Garbage, &format!("status {}", answer.status));
    }
    if !answer.declared_json {
        return verdict(ShareOutcome::Garbage, "not declared as JSON in UTF-8");
    }
    let Ok(text) = std::str::from_utf8(&answer.body) else {
        return verdict(ShareOutcome::Garbage, "not UTF-8");
    };
    let Ok(envelope) = serde_json::from_str::<Envelope>(text) else {
        return verdict(ShareOutcome::Garbage, "not the JSON expected");
    };
    match (envelope.code.as_str(), envelope.data) {
        ("0", Some(data)) => match mapping.apply(&query.resource.0, &query.fields, &data) {
            Ok(fields) => Verdict { outcome: ShareOutcome::Found, fields, reason: String::new() },
            Err(mismatch) => verdict(ShareOutcome::Garbage, &mismatch.to_string()),
        },
        ("0", None) => verdict(ShareOutcome::Garbage, "no data"),
        ("404", _) => verdict(ShareOutcome::NoRecord, "no record"),
        ("401" | "403" | "405" | "408" | "409", _) => verdict(ShareOutcome::Refused, "refused by code"),
        _ => verdict(ShareOutcome::Garbage, "unknown code"),
    }
}
