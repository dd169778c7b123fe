//! The centre as the screens see it: share calls, proofs, the licence queue.

use crate::failure::Failure;
use base64::Engine;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CardFacts, Digest, ShareOutcome, SharedRecord};
use tongban_domain::ids::{CaseId, FieldId, StaffId};
use tongban_domain::item::{ServiceItem, ShareCall, ShareSubject};
use tongban_protocol::api::{LicenceJob, LicenceStep, LicenceStepKind, ProofRequest, ShareRequest};
use tongban_sync::{CentreClient, CentreError, SyncHandle, SyncStatus};

/// What a share call needs to know.
#[derive(Debug, Clone)]
pub struct ShareQuestion {
    /// The case.
    pub case: CaseId,
    /// The item.
    pub item: Arc<ServiceItem>,
    /// The call of the item.
    pub call: ShareCall,
    /// ID number.
    pub person: String,
    /// 统一社会信用代码, when the item is for firms.
    pub firm: Option<String>,
    /// Answers of the form the call depends on.
    pub parameters: Vec<(FieldId, String)>,
}

/// 证明 as sealed by the owning department.
#[derive(Clone)]
pub struct Proof {
    /// 证明编号.
    pub number: String,
    /// Token of the public page that says whether it is valid.
    pub verify_token: String,
    /// Address in the QR code.
    pub verify_url: String,
    /// SHA-256 of `pdf`.
    pub pdf_sha256: Digest,
    /// The paper.
    pub pdf: Vec<u8>,
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proof({}, {} bytes)", self.number, self.pdf.len())
    }
}

/// Calls to the centre; without a client every call answers `N101`.
#[derive(Clone)]
pub struct Centre {
    client: Option<CentreClient>,
    sync: Option<SyncHandle>,
    share_wait: Duration,
}

impl Centre {
    /// Wraps client and engine; `None` before enrolment.
    #[must_use]
    pub fn new(client: Option<CentreClient>, sync: Option<SyncHandle>, share_wait: Duration) -> Self {
        Self { client, sync, share_wait }
    }

    /// State of the link.
    #[must_use]
    pub fn status(&self) -> Option<SyncStatus> {
        self.sync.as_ref().map(|sync| sync.status().borrow().clone())
    }

    /// State of the link, now and on every change; before enrolment it never changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<SyncStatus> {
        self.sync.as_ref().map_or_else(|| watch::channel(SyncStatus::default()).1, SyncHandle::status)
    }

    /// Asks the engine to try at once.
    pub fn kick(&self) {
        if let Some(sync) = &self.sync {
            sync.kick();
        }
    }

    /// One share call; always answers with a record, whose outcome says how it went.
    pub async fn share(&self, question: ShareQuestion) -> SharedRecord {
        let ShareQuestion { case, item, call, person, firm, parameters } = question;
        let failed = |outcome, took: Duration| SharedRecord {
            resource: call.resource.clone(),
            outcome,
            fields: Vec::new(),
            answer_sha256: Digest([0; 32]),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        let (kind, subject) = match (call.subject, firm) {
            (ShareSubject::Firm, Some(firm)) => ("firm", firm),
            (ShareSubject::Firm, None) => return failed(ShareOutcome::NoRecord, Duration::ZERO),
            (ShareSubject::Person, _) => ("person", person),
        };
        let Some(client) = &self.client else { return failed(ShareOutcome::Unreachable, Duration::ZERO) };
        let request = ShareRequest {
            case,
            item: item.key.clone(),
            resource: call.resource.clone(),
            subject_kind: kind.to_owned(),
            subject,
            purpose: call.purpose.clone(),
            basis: call.basis.clone(),
            fields: call.fields.iter().map(|field| field.key.clone()).collect(),
            parameters,
        };
        let started = tokio::time::Instant::now();
        match tokio::time::timeout(self.share_wait, client.share(&request)).await {
            Ok(Ok(record)) => record,
            Ok(Err(error)) => failed(outcome_of(&error), started.elapsed()),
            Err(_) => failed(ShareOutcome::TimedOut, started.elapsed()),
        }
    }

    /// Asks for a sealed proof; idempotent by case.
    ///
    /// # Errors
    /// [`Failure`] of the network or the owning department.
    pub async fn proof(
        &self,
        case: CaseId,
        item: &ServiceItem,
        person: CardFacts,
        choices: Vec<(FieldId, String)>,
    ) -> Result<Proof, Failure> {
        let client = self.client()?;
        let request = ProofRequest { case, item: item.key.clone(), person, choices };
        let reply = client.proof(&request).await.map_err(|error| failure(&error))?;
        let pdf = base64::engine::general_purpose::STANDARD
            .decode(&reply.pdf_base64)
            .map_err(|_| Failure::new(ErrorCode::NetworkGarbage, "proof"))?;
        Ok(Proof {
            number: reply.number,
            verify_token: reply.verify_token,
            verify_url: reply.verify_url,
            pdf_sha256: reply.pdf_sha256,
            pdf,
        })
    }

    /// The certificate window's queue.
    ///
    /// # Errors
    /// [`Failure`] of the network.
    pub async fn licences(&self) -> Result<Vec<LicenceJob>, Failure> {
        self.client()?.licences().await.map_err(|error| failure(&error))
    }

    /// One step of making or handing over a licence. Resending the same `idem` changes nothing.
    ///
    /// # Errors
    /// [`Failure`] of the network or a refusal with its code.
    pub async fn licence_step(
        &self,
        job: &LicenceJob,
        idem: uuid::Uuid,
        operator: StaffId,
        step: LicenceStepKind,
    ) -> Result<LicenceJob, Failure> {
        let step = LicenceStep { idem, base: job.version, operator, step };
        self.client()?.licence_step(job.case, &step).await.map_err(|error| failure(&error))
    }

    fn client(&self) -> Result<&CentreClient, Failure> {
        self.client.as_ref().ok_or_else(|| Failure::new(ErrorCode::NetworkIdentity, "centre"))
    }
}

pub(super) fn failure(error: &CentreError) -> Failure {
    tracing::warn!(%error, code = error.code().as_str(), "centre call failed");
    Failure::new(error.code(), "centre")
}

fn outcome_of(error: &CentreError) -> ShareOutcome {
    match error.code() {
        ErrorCode::NetworkTimeout => ShareOutcome::TimedOut,
        ErrorCode::NetworkDown | ErrorCode::NetworkIdentity => ShareOutcome::Unreachable,
        ErrorCode::NetworkGarbage => ShareOutcome::Garbage,
        _ => ShareOutcome::Refused,
    }
}
