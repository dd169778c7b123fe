//! 即办证明: asked of the owning department through the gateway, laid out, sealed, stored once per case.
//!
//! The centre composes no figure: every number on the paper is the department's own.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::numbers::day8;
use crate::public;
use crate::stations::Station;
use crate::vals;
use serde::Deserialize;
use std::sync::Arc;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{ShareOutcome, SharedRecord};
use tongban_domain::ids::FieldId;
use tongban_domain::item::{FieldKind, ResultKind, ServiceItem, ShareCall, ShareSubject};
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::mask;
use tongban_licence::{NoticeData, Paper, ProofData, ProofRow, SealFace};
use tongban_protocol::api::{ProofReply, ProofRequest, ShareRequest};

/// Proofs a person may have in a day, over all stations.
pub const PROOFS_PER_DAY: u64 = 10;

/// One month as `social.person_payments` answers it.
#[derive(Deserialize)]
struct Month {
    month: String,
    base_yuan: serde_json::Value,
    personal_yuan: serde_json::Value,
    employer_yuan: serde_json::Value,
}

/// A JSON number or text as text.
fn amount(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The numbers of a proof about to be made.
struct Numbers {
    number: String,
    token: String,
    url: String,
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Proofs<'a>(pub(crate) &'a Centre);

impl Proofs<'_> {
    /// Makes the proof, or answers the one made before for this case.
    pub async fn request(&self, station: &Station, request: &ProofRequest) -> Result<ProofReply> {
        if let Some(known) = self.known(request)? {
            return Ok(known);
        }
        let item = self.item(request)?;
        let call = item.shares.iter().find(|call| call.essential && call.subject == ShareSubject::Person).ok_or_else(
            || CentreError::invalid(ErrorCode::ConfigInvalid, "proof item without an essential call about the person"),
        )?;
        self.check_limit(request)?;
        let share = share_request(request, call);
        let sharing = self.0.sharing();
        sharing.check(station, &share)?;
        let record = sharing.ask(&share).await;
        sharing.record(station, &share, &record)?;
        found(&record)?;
        self.make(station, request, &item, call, &record)
    }

    fn known(&self, request: &ProofRequest) -> Result<Option<ProofReply>> {
        let centre = self.0;
        let row = centre.db.read("known proof", |tx| tx.row("proof.get", vals![request.case.0]))?;
        let Some(row) = row else { return Ok(None) };
        if row.digest(4)? != self.subject(request) || row.text(5)? != request.item.0 {
            return Err(CentreError::refused(
                Refusal::Conflict,
                ErrorCode::CardOtherPerson,
                "this case has another person's proof",
            ));
        }
        let pdf = centre.keys.open_sealed("proof", &row.bytes(2)?)?;
        let token = row.text(1)?;
        Ok(Some(ProofReply {
            number: row.text(0)?,
            verify_url: centre.verify_url(&token),
            verify_token: token,
            pdf_base64: encode(&pdf),
            pdf_sha256: row.digest(3)?,
        }))
    }

    fn subject(&self, request: &ProofRequest) -> tongban_domain::event::Digest {
        self.0.keys.subject(&tongban_domain::check::normalise(&request.person.number))
    }

    fn item(&self, request: &ProofRequest) -> Result<Arc<ServiceItem>> {
        self.0
            .catalogue()
            .latest(&request.item)
            .filter(|item| item.result.kind == ResultKind::Proof)
            .ok_or_else(|| CentreError::invalid(ErrorCode::ItemUnknown, "not a proof item"))
    }

    fn check_limit(&self, request: &ProofRequest) -> Result<()> {
        let day = date_text(local_day(self.0.now()));
        let subject = self.subject(request);
        let count = self.0.db.read("proof limit", |tx| {
            tx.row("proof.count_day", vals![subject, &day])?.map_or(Ok(0), |row| row.uint(0))
        })?;
        if count >= PROOFS_PER_DAY {
            return Err(CentreError::refused(Refusal::TooMany, ErrorCode::PrintLimit, "proofs of this day"));
        }
        Ok(())
    }

    fn make(
        &self,
        station: &Station,
        request: &ProofRequest,
        item: &ServiceItem,
        call: &ShareCall,
        record: &SharedRecord,
    ) -> Result<ProofReply> {
        let centre = self.0;
        let today = local_day(centre.now());
        centre.db.read("proof seal", |tx| centre.must_seal(tx, &item.org))?;
        // One series a day for every kind of proof: the number does not say which it is.
        let serial = centre.db.write("proof number", |tx| tx.count(&format!("proof/{}", day8(today))))?;
        let token: String = centre.token().chars().take(16).collect();
        let url = centre.verify_url(&token);
        let numbers = Numbers { number: format!("{}{}{serial:06}", station.region, day8(today)), token, url };
        let paper = self.lay_out(station, request, item, call, record, &numbers)?;
        let valid_to = item.result.validity_days.map(|days| date_text(today + time::Duration::days(i64::from(days))));
        let mut facts =
            vec![("姓名", mask::name(&request.person.name)), ("证件号码", mask::number(&request.person.number))];
        if let Some(until) = &valid_to {
            facts.push(("有效期至", until.clone()));
        }
        let now = centre.now_ms();
        let stored = centre.db.write("store proof", |tx| {
            if tx.row("proof.get", vals![request.case.0])?.is_some() {
                return Ok(false);
            }
            let sealed = centre.keys.seal("proof", &paper.pdf, centre.rng.as_ref());
            tx.exec(
                "proof.insert",
                vals![
                    request.case.0,
                    &item.key.0,
                    &numbers.number,
                    &numbers.token,
                    self.subject(request),
                    date_text(today),
                    sealed,
                    paper.sha256,
                    now
                ],
            )?;
            let new = public::NewToken {
                token: &numbers.token,
                kind: "proof",
                case: request.case,
                title: &item.result.name,
                number: &numbers.number,
                issuer: &item.org.name,
                facts: &facts,
                valid_to: valid_to.as_deref(),
                at_ms: now,
            };
            public::insert(tx, &new)?;
            Ok(true)
        })?;
        // Two requests for one case at once: the first one stored wins, both get the same paper.
        let known = self.known(request)?.ok_or_else(|| CentreError::Damaged("proof vanished".into()))?;
        tracing::info!(case = %request.case, stored, "proof made");
        Ok(known)
    }

    fn lay_out(
        &self,
        station: &Station,
        request: &ProofRequest,
        item: &ServiceItem,
        call: &ShareCall,
        record: &SharedRecord,
        numbers: &Numbers,
    ) -> Result<Paper> {
        let centre = self.0;
        let press = centre.press.as_ref().ok_or_else(|| CentreError::invalid(ErrorCode::InstallIncomplete, "fonts"))?;
        let seal =
            SealFace::Drawn {
                organisation: item.org.name.clone(), purpose: "业务专用章".into(), demo: centre.demo
            };
        let paper = match months(record) {
            Some(rows) => press.proof(&ProofData {
                number: numbers.number.clone(),
                name: request.person.name.clone(),
                id_number: request.person.number.clone(),
                kind: field(record, "kind").unwrap_or_else(|| choice(item, request, "insurance")),
                from: field(record, "from").unwrap_or_default(),
                to: field(record, "to").unwrap_or_default(),
                rows,
                total: field(record, "total_yuan").unwrap_or_default(),
                verify_code: numbers.token.clone(),
                verify_url: numbers.url.clone(),
                issuer: item.org.name.clone(),
                issued_at: centre.now(),
                place: station.id.0.clone(),
                seal,
                demo: centre.demo,
            }),
            None => press.notice(&NoticeData {
                title: item.result.name.clone(),
                number: numbers.number.clone(),
                addressee: request.person.name.clone(),
                paragraphs: vec![format!(
                    "经查询，{}（公民身份号码 {}）的登记信息如下，仅反映出具时点的情况。",
                    request.person.name, request.person.number
                )],
                points: points(call, record),
                issuer: item.org.name.clone(),
                issued_at: centre.now(),
                qr: Some(numbers.url.clone()),
                hotline: String::new(),
                seal,
                demo: centre.demo,
            }),
        };
        paper.map_err(|error| CentreError::invalid(error.code(), format!("proof: {error}")))
    }
}

fn share_request(request: &ProofRequest, call: &ShareCall) -> ShareRequest {
    ShareRequest {
        case: request.case,
        item: request.item.clone(),
        resource: call.resource.clone(),
        subject_kind: "person".into(),
        subject: request.person.number.clone(),
        purpose: call.purpose.clone(),
        basis: call.basis.clone(),
        fields: call.fields.iter().map(|field| field.key.clone()).collect(),
        parameters: request.choices.iter().filter(|(key, _)| call.parameters.contains(key)).cloned().collect(),
    }
}

fn found(record: &SharedRecord) -> Result<()> {
    let refused = |kind, code, why: &str| Err(CentreError::refused(kind, code, why));
    match record.outcome {
        ShareOutcome::Found => Ok(()),
        ShareOutcome::NoRecord => refused(Refusal::NotFound, ErrorCode::NotFound, "the department has no record"),
        ShareOutcome::TimedOut => {
            refused(Refusal::Unavailable, ErrorCode::NetworkTimeout, "the department did not answer in time")
        }
        ShareOutcome::Refused => refused(Refusal::Unavailable, ErrorCode::NetworkRefused, "the department refused"),
        ShareOutcome::Garbage => {
            refused(Refusal::Unavailable, ErrorCode::NetworkGarbage, "the department's answer cannot be understood")
        }
        ShareOutcome::Unreachable => {
            refused(Refusal::Unavailable, ErrorCode::NetworkDown, "the department cannot be reached")
        }
    }
}

fn field(record: &SharedRecord, key: &str) -> Option<String> {
    record
        .fields
        .iter()
        .find(|(known, _)| known == &FieldId::from(key))
        .map(|(_, value)| value.clone())
        .filter(|value| !value.is_empty())
}

fn months(record: &SharedRecord) -> Option<Vec<ProofRow>> {
    let rows: Vec<Month> = serde_json::from_str(&field(record, "list")?).ok()?;
    let mut rows: Vec<ProofRow> = rows
        .into_iter()
        .map(|row| ProofRow {
            month: row.month,
            base: amount(&row.base_yuan),
            person: amount(&row.personal_yuan),
            firm: amount(&row.employer_yuan),
        })
        .collect();
    rows.sort_by(|a, b| a.month.cmp(&b.month));
    Some(rows)
}

/// Label of a choice the applicant made.
fn choice(item: &ServiceItem, request: &ProofRequest, id: &str) -> String {
    let id = FieldId::from(id);
    let Some((_, key)) = request.choices.iter().find(|(known, _)| *known == id) else { return String::new() };
    match item.form.field(&id).map(|field| &field.kind) {
        Some(FieldKind::Choice { options }) => {
            options.iter().find(|option| &option.key == key).map_or_else(|| key.clone(), |option| option.label.clone())
        }
        _ => key.clone(),
    }
}

/// `label：value` of everything answered; rows of a list one by one.
fn points(call: &ShareCall, record: &SharedRecord) -> Vec<String> {
    let mut points = Vec::new();
    for (key, value) in &record.fields {
        let label =
            call.fields.iter().find(|field| &field.key == key).map_or(key.0.as_str(), |field| field.label.as_str());
        match serde_json::from_str::<Vec<serde_json::Map<String, serde_json::Value>>>(value) {
            Ok(rows) => {
                for row in rows {
                    points.push(format!("{label}：{}", row.values().map(amount).collect::<Vec<_>>().join("，")));
                }
            }
            Err(_) => points.push(format!("{label}：{value}")),
        }
    }
    points
}

fn encode(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
