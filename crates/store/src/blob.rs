//! 影像文件: sealed files of a case. The address is the SM3 of the sealed bytes.

use crate::point::Keep;
use crate::{Store, StoreError, durable};
use sha2::{Digest as _, Sha256};
use std::fs;
use tongban_crypto::{open_blob, seal_blob, sm3};
use tongban_domain::event::{BlobRef, Digest, Event};
use tongban_domain::ids::CaseId;

impl Store {
    /// Seals `bytes` with the case's key and keeps them. Durable when this returns; an action
    /// that names the reference must follow, or the next start sweeps the file.
    ///
    /// # Errors
    /// `NoCase`, `Erased`, or `File` (S101 on a full disk).
    pub fn put_blob(&self, case: CaseId, media: &str, bytes: &[u8]) -> Result<BlobRef, StoreError> {
        let key = self.read(|conn| self.case_key(conn, case))?;
        let sealed = seal_blob(&key, case.0.as_bytes(), bytes, &mut |buffer: &mut [u8]| self.fill(buffer));
        let address = sm3(&sealed);
        let path = self.blob_path(case.0.as_bytes(), &address);
        durable::directory(path.parent().expect("blob paths have a parent"))?;
        self.keep(&path, &sealed, Keep::Blob)?;
        Ok(BlobRef {
            address: Digest(address),
            plain_sha256: Digest(Sha256::digest(bytes).into()),
            len: bytes.len() as u64,
            media: media.to_owned(),
        })
    }

    /// The plain bytes of a blob, checked against its reference.
    ///
    /// # Errors
    /// `BlobMissing`, `Unsound` when bytes and reference differ, `Seal`.
    pub fn read_blob(&self, case: CaseId, blob: &BlobRef) -> Result<Vec<u8>, StoreError> {
        let key = self.read(|conn| self.case_key(conn, case))?;
        let sealed = self.sealed_blob(case, &blob.address)?;
        let plain = open_blob(&key, case.0.as_bytes(), &sealed)?;
        if <[u8; 32]>::from(Sha256::digest(&plain)) != blob.plain_sha256.0 {
            return Err(StoreError::Unsound(format!("blob {}", blob.address)));
        }
        Ok(plain)
    }

    /// The sealed bytes, checked against their address.
    pub(crate) fn sealed_blob(&self, case: CaseId, address: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.blob_path(case.0.as_bytes(), &address.0);
        let sealed = match fs::read(path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::BlobMissing(address.to_string()));
            }
            Err(error) => return Err(StoreError::file("read a blob", error)),
        };
        if sm3(&sealed) != address.0 {
            return Err(StoreError::Unsound(format!("blob {address}")));
        }
        Ok(sealed)
    }
}

/// The files an event names.
pub(crate) fn blobs_of(event: &Event) -> Vec<&BlobRef> {
    match event {
        Event::Identified { photo, portrait, .. } => photo.iter().chain(portrait).collect(),
        Event::PresenceProved { still, clip, .. } => still.iter().chain(clip).collect(),
        Event::PageCaptured { blob, thumb, .. } => vec![blob, thumb],
        Event::SignedOff { evidence, .. } => vec![evidence],
        Event::HandedOver { receipt, .. } => receipt.iter().collect(),
        Event::Opened { .. }
        | Event::ConsentGiven { .. }
        | Event::ItemChosen { .. }
        | Event::ShareFetched { .. }
        | Event::ShareAnswered { .. }
        | Event::FormFilled { .. }
        | Event::PageRemoved { .. }
        | Event::PagesOrdered { .. }
        | Event::Submitted { .. }
        | Event::Received { .. }
        | Event::Accepted { .. }
        | Event::Reviewed { .. }
        | Event::Decided { .. }
        | Event::LicenceAllotted { .. }
        | Event::PrintIntended { .. }
        | Event::PrintSent { .. }
        | Event::PrintDone { .. }
        | Event::PrintConfirmed { .. }
        | Event::PrintVoided { .. }
        | Event::Closed { .. }
        | Event::Blocked { .. }
        | Event::Withdrawn { .. }
        | Event::ProofIssued { .. }
        | Event::EvidenceViewed { .. }
        | Event::Continues { .. }
        | Event::HandedOn { .. }
        | Event::ContinuedBy { .. }
        | Event::GuardianConsented { .. }
        | Event::AgentNamed { .. }
        | Event::PageJudged { .. }
        | Event::CompletenessIssued { .. }
        | Event::PartOf { .. }
        | Event::PartsOpened { .. }
        | Event::PartEnded { .. }
        | Event::CorrectionAsked { .. }
        | Event::CorrectionDone { .. }
        | Event::FixedOnTheSpot { .. }
        | Event::DeemedAccepted { .. }
        | Event::Rejected { .. }
        | Event::Returned { .. }
        | Event::Redirected { .. }
        | Event::DeferralGranted { .. }
        | Event::DeferralSupplied { .. }
        | Event::CommitmentMade { .. }
        | Event::CommitmentChecked { .. }
        | Event::LicenceRevoked { .. }
        | Event::Suspended { .. }
        | Event::Resumed { .. }
        | Event::Extended { .. }
        | Event::HearingHeld { .. }
        | Event::StepDone { .. }
        | Event::StepReturned { .. }
        | Event::Assigned { .. }
        | Event::Terminated { .. }
        | Event::PaperIssued { .. } => Vec::new(),
    }
}
