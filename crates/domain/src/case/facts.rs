//! What a case remembers of its events.

use crate::clock::WallTime;
use crate::event::{BlobRef, Channel, Digest, FormValues, PresenceMethod, ShareAnswer, SharedRecord, SignOffMethod};
use crate::ids::{HallId, PageId, PrintId, RequirementId, StaffId, StationId};
use std::fmt;
use time::Date;

/// Where and when an event was recorded.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The station.
    pub station: &'a StationId,
    /// Wall time of the record; counts visits by day, orders nothing.
    pub wall: WallTime,
}

/// 一次到场: one day at one station. `day` is `None` when the chain was folded without times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// Day in China.
    pub day: Option<Date>,
    /// The station.
    pub station: StationId,
}

/// 开始办理.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Channel.
    pub channel: Channel,
    /// Station.
    pub station: StationId,
    /// Hall.
    pub hall: HallId,
}

/// 告知与同意.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Version of the text shown.
    pub text_version: u32,
    /// The way chosen.
    pub choice: PresenceMethod,
    /// Whether stills and video may leave the terminal.
    pub evidence_upload: bool,
}

/// 在场核验.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceProof {
    /// The way it was proved.
    pub method: PresenceMethod,
    /// Still image.
    pub still: Option<BlobRef>,
    /// Recording.
    pub clip: Option<BlobRef>,
    /// Score of the face comparison in thousandths.
    pub score_milli: Option<u32>,
    /// The person who decided, if one did.
    pub decided_by: Option<StaffId>,
    /// That person's reason.
    pub reason: Option<String>,
}

/// 共享数据 with the applicant's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareState {
    /// Latest record.
    pub record: SharedRecord,
    /// Answer to that record; a new record asks anew.
    pub answer: Option<ShareAnswer>,
    /// The form when the record arrived, to tell whether the call's parameters changed since.
    pub asked_with: FormValues,
}

impl fmt::Debug for ShareState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShareState({:?}, answered: {})", self.record, self.answer.is_some())
    }
}

/// 页影像.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Which page.
    pub id: PageId,
    /// The requirement it belongs to.
    pub requirement: RequirementId,
    /// The image.
    pub blob: BlobRef,
    /// Its thumbnail.
    pub thumb: BlobRef,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// 签认.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// The way.
    pub method: SignOffMethod,
    /// Fingerprint record or still.
    pub evidence: BlobRef,
    /// Quality 0..=100 as the device said.
    pub quality: u8,
    /// SM3 over [`super::sign_off_content`].
    pub digest: Digest,
}

/// 受理.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// By whom.
    pub by: StaffId,
    /// Number of the 受理通知书.
    pub document_no: String,
    /// Due date `YYYY-MM-DD`.
    pub due: String,
}

/// 审查意见.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// By whom.
    pub by: StaffId,
    /// 通过 or not.
    pub passed: bool,
    /// 意见.
    pub opinion: String,
}

/// 决定.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// By whom.
    pub by: StaffId,
    /// 准予 or 不予.
    pub granted: bool,
    /// 意见.
    pub opinion: String,
    /// Number of the decision document.
    pub document_no: String,
}

/// 证照 numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alloted {
    /// 证照编号.
    pub number: String,
    /// 电子证照标识.
    pub identifier: String,
    /// What the QR code carries.
    pub verify_token: String,
    /// 有效期起.
    pub valid_from: String,
    /// 有效期止.
    pub valid_to: String,
}

/// 制证 attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    /// Which.
    pub id: PrintId,
    /// Serial of the blank.
    pub serial: String,
    /// SHA-256 of the PDF.
    pub pdf_sha256: Digest,
    /// Operator.
    pub operator: StaffId,
    /// The printer's job, once sent.
    pub job_uuid: Option<String>,
    /// How far it is.
    pub state: PrintState,
}

/// How far a print is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrintState {
    /// Durable intent; nothing sent yet as far as is known.
    Intended,
    /// Handed to the printer.
    Sent,
    /// The printer says it is done; nobody has seen the sheet.
    Done,
    /// The sheet was seen.
    Confirmed,
    /// Given up; the blank is spoiled.
    Spoiled,
    /// Given up; no sheet came out, the blank is free for another case.
    NotPrinted,
}

impl PrintState {
    /// Neither confirmed nor voided.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Intended | Self::Sent | Self::Done)
    }
}

/// 领证.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// SHA-256 of the holder's card as read.
    pub line_sha256: Digest,
    /// Operator.
    pub operator: StaffId,
    /// 送达回证.
    pub receipt: Option<BlobRef>,
}

/// 即办证明.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Number of the proof.
    pub number: String,
    /// What the QR code carries.
    pub verify_token: String,
    /// SHA-256 of the PDF.
    pub pdf_sha256: Digest,
}
