//! From an answer to an outcome: judged, never believed.

use crate::fault::ShareFault;
use crate::mapping::{Encoding, Mapping, TransportKind};
use crate::query::ShareQuery;
use crate::soap;
use serde::Deserialize;
use serde_json::Value;
use tongban_domain::event::ShareOutcome;
use tongban_domain::ids::FieldId;

/// What came back, by whatever transport.
pub struct Answer {
    /// HTTP status; 200 for a file or a row.
    pub status: u16,
    /// Media type said, lower case.
    pub media: String,
    /// Character set said, lower case; empty when nothing was said.
    pub charset: String,
    /// The body, cut off one chunk after the limit.
    pub body: Vec<u8>,
    /// The body was longer than we read.
    pub too_long: bool,
}

/// `code` and `data` as every platform's answer has them, in whatever dress.
#[derive(Deserialize)]
pub struct Envelope {
    /// `0` is found.
    pub code: String,
    /// The fields.
    #[serde(default)]
    pub data: Option<Value>,
}

/// What an answer amounts to.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How the call ended.
    pub outcome: ShareOutcome,
    /// Why it is neither found nor without record.
    pub fault: Option<ShareFault>,
    /// The fields, when found.
    pub fields: Vec<(FieldId, String)>,
    /// For the log; names of fields at most.
    pub reason: String,
}

impl Verdict {
    /// A fault.
    pub fn fault(fault: ShareFault, reason: &str) -> Self {
        Self { outcome: fault.outcome(), fault: Some(fault), fields: Vec::new(), reason: reason.to_owned() }
    }
}

/// The envelope out of an answer, or what is wrong with it.
pub fn opened(transport: TransportKind, encoding: Encoding, answer: &Answer) -> Result<Envelope, (ShareFault, String)> {
    let fault = |fault, reason: &str| Err((fault, reason.to_owned()));
    if answer.too_long {
        return fault(ShareFault::Oversize, "answer too long");
    }
    if transport == TransportKind::Soap
        && let Some(code) = soap::fault_code(answer)
    {
        return fault(ShareFault::Soap, &format!("SOAP fault {code}"));
    }
    if answer.status >= 500 {
        return fault(ShareFault::Down, &format!("status {}", answer.status));
    }
    // A refusal is a refusal even when its body is in no form at all (a gateway's own page).
    if (400..500).contains(&answer.status) {
        let said = match transport {
            TransportKind::Soap => std::str::from_utf8(&answer.body).ok().and_then(|text| soap::envelope(text).ok()),
            _ => serde_json::from_slice::<Envelope>(&answer.body).ok(),
        };
        let replay = said.is_some_and(|envelope| matches!(envelope.code.as_str(), "408" | "409"));
        let kind = if replay { ShareFault::Replay } else { ShareFault::Denied };
        return fault(kind, &format!("status {}", answer.status));
    }
    if answer.status != 200 {
        return fault(ShareFault::Garbage, &format!("status {}", answer.status));
    }
    let media = match transport {
        TransportKind::Soap => matches!(answer.media.as_str(), "text/xml" | "application/xml" | "application/soap+xml"),
        _ => answer.media == "application/json",
    };
    if !media {
        return fault(ShareFault::Garbage, "another media type than agreed");
    }
    if !(answer.charset.is_empty() || encoding.named(&answer.charset)) {
        return fault(ShareFault::Encoding, "declared in another encoding than agreed");
    }
    let Some(text) = encoding.decode(&answer.body) else {
        return fault(ShareFault::Encoding, "not in the encoding agreed");
    };
    match transport {
        TransportKind::Soap => soap::envelope(&text).map_err(|reason| (ShareFault::Garbage, reason)),
        _ => serde_json::from_str(&text).map_err(|_| (ShareFault::Garbage, "not the JSON expected".to_owned())),
    }
}

/// Judges a whole answer.
pub fn judge(mapping: &Mapping, query: &ShareQuery, answer: &Answer) -> Verdict {
    let connector = mapping.connector();
    let envelope = match opened(connector.transport, connector.encoding, answer) {
        Ok(envelope) => envelope,
        Err((fault, reason)) => return Verdict::fault(fault, &reason),
    };
    match (envelope.code.as_str(), envelope.data) {
        ("0", Some(data)) => match mapping.apply(&query.resource.0, &query.fields, &data) {
            Ok(fields) => Verdict { outcome: ShareOutcome::Found, fault: None, fields, reason: String::new() },
            Err(mismatch) => Verdict::fault(ShareFault::Garbage, &mismatch.to_string()),
        },
        ("0", None) => Verdict::fault(ShareFault::Garbage, "no data"),
        ("404", _) => {
            Verdict { outcome: ShareOutcome::NoRecord, fault: None, fields: Vec::new(), reason: "no record".to_owned() }
        }
        ("408" | "409", _) => Verdict::fault(ShareFault::Replay, "taken for a repeated request"),
        ("401" | "403" | "405", _) => Verdict::fault(ShareFault::Denied, "refused by code"),
        _ => Verdict::fault(ShareFault::Garbage, "unknown code"),
    }
}
