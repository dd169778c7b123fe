//! The plain content of an action: `[1, kind, body]`.

use crate::cbor::Item;

/// Every kind published and the fields each must have.
const KINDS: &[(&str, &[&str])] = &[
    ("Opened", &["channel", "station", "hall"]),
    ("Identified", &["card", "line_sha256", "reader", "expired"]),
    ("ConsentGiven", &["text_version", "choice", "evidence_upload"]),
    ("PresenceProved", &["method"]),
    ("ItemChosen", &["item", "version"]),
    ("ShareFetched", &["record"]),
    ("ShareAnswered", &["resource", "answer"]),
    ("FormFilled", &["values"]),
    ("PageCaptured", &["page", "requirement", "blob", "thumb", "width", "height"]),
    ("PageRemoved", &["page"]),
    ("PagesOrdered", &["requirement", "pages"]),
    ("SignedOff", &["method", "evidence", "quality", "digest"]),
    ("Submitted", &["receipt", "delivery", "offline"]),
    ("Received", &["project_no"]),
    ("Accepted", &["by", "document_no", "due"]),
    ("Reviewed", &["by", "passed", "opinion"]),
    ("Decided", &["by", "granted", "opinion", "document_no"]),
    ("LicenceAllotted", &["number", "identifier", "verify_token", "valid_from", "valid_to"]),
    ("PrintIntended", &["print", "serial", "pdf_sha256", "operator"]),
    ("PrintSent", &["print", "job_uuid"]),
    ("PrintDone", &["print"]),
    ("PrintConfirmed", &["print", "serial"]),
    ("PrintVoided", &["print", "spoiled", "reason"]),
    ("HandedOver", &["line_sha256", "operator"]),
    ("Closed", &["code"]),
    ("Blocked", &["code"]),
    ("Withdrawn", &["reason"]),
    ("ProofIssued", &["number", "verify_token", "pdf_sha256"]),
    ("EvidenceViewed", &["by", "reason"]),
    ("Continues", &["case"]),
    ("HandedOn", &["text_version"]),
    ("ContinuedBy", &["case", "station"]),
    ("GuardianConsented", &["card", "line_sha256", "relation"]),
    ("AgentNamed", &["principal", "items", "pickup", "valid_to", "requirement"]),
    ("PageJudged", &["page", "verdict"]),
    ("CompletenessIssued", &["document_no", "verdicts", "content", "pdf_sha256"]),
    ("PartOf", &["parent", "item", "version", "firm", "receipt", "delivery"]),
    ("PartsOpened", &["parts", "deliver_each"]),
    ("PartEnded", &["part", "status"]),
    ("CorrectionAsked", &["by", "hand", "document_no", "missing", "due"]),
    ("CorrectionDone", &["requirements"]),
    ("FixedOnTheSpot", &["by", "hand", "field", "value", "reason"]),
    ("DeemedAccepted", &["on", "document_no", "due"]),
    ("Rejected", &["by", "hand", "reason", "document_no"]),
    ("Returned", &["by", "hand", "reason"]),
    ("Redirected", &["by", "hand", "to_code", "to_name", "reason", "originals"]),
    ("DeferralGranted", &["by", "hand", "missing", "supply_by", "credit", "promise_no", "document_no"]),
    ("DeferralSupplied", &["by", "hand", "requirement"]),
    ("CommitmentMade", &["by", "hand", "text_version", "conditions", "promise_no", "check_by"]),
    ("CommitmentChecked", &["by", "hand", "kept", "finding"]),
    ("LicenceRevoked", &["by", "hand", "reason", "document_no"]),
    ("Suspended", &["by", "hand", "kind", "name", "document_no", "expected_days", "reason"]),
    ("Resumed", &["by", "hand", "result"]),
    ("Extended", &["by", "hand", "approval", "days", "due", "reason", "document_no"]),
    ("HearingHeld", &["host", "hand", "document_no", "record"]),
    ("StepDone", &["step", "by", "hand", "passed", "opinion"]),
    ("StepReturned", &["step", "to", "by", "hand", "reason"]),
    ("Assigned", &["step", "to", "by", "reason"]),
    ("Terminated", &["hand", "reason", "document_no"]),
    ("PaperIssued", &["kind", "document_no", "pdf_sha256", "sent"]),
];

/// Fields that hold presence evidence; it stays at the station without consent.
const EVIDENCE_FIELDS: &[&str] = &["still", "clip"];

/// A sealed file an event names.
#[derive(Debug, Clone)]
pub(crate) struct BlobRef {
    pub(crate) address: [u8; 32],
    pub(crate) plain_sha256: [u8; 32],
    pub(crate) len: u64,
    /// Presence evidence, which needs the consent to leave the station.
    pub(crate) evidence: bool,
}

/// Reads the envelope; the body's required fields are there.
pub(crate) fn body(plain: &[u8], kind: &str) -> Result<Item, String> {
    let item = Item::parse(plain)?;
    let [v, name, body] = item.array()? else {
        return Err("an event is [v, kind, body]".to_owned());
    };
    if v.uint()? != 1 {
        return Err(format!("event version {} is not known", v.uint()?));
    }
    if name.text()? != kind {
        return Err(format!("header says {kind}, payload says {}", name.text()?));
    }
    let Some((_, fields)) = KINDS.iter().find(|(known, _)| *known == kind) else {
        return Err(format!("kind {kind} is not published"));
    };
    for field in *fields {
        body.get(field)?;
    }
    Ok(body.clone())
}

/// Every blob named anywhere in the body.
pub(crate) fn blobs(body: &Item) -> Result<Vec<BlobRef>, String> {
    let mut found = Vec::new();
    for (key, value) in body.map()? {
        if let Item::Map(pairs) = value
            && pairs.iter().any(|(name, _)| matches!(name, Item::Text(text) if text == "plain_sha256"))
        {
            found.push(BlobRef {
                address: value.get("address")?.digest()?,
                plain_sha256: value.get("plain_sha256")?.digest()?,
                len: value.get("len")?.uint()?,
                evidence: EVIDENCE_FIELDS.contains(&key.text()?),
            });
        }
    }
    Ok(found)
}
