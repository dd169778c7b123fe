//! One case's lane: its bundles in order, each until the centre has signed for it.

use crate::client::{AppendOutcome, CentreClient, CentreError};
use bytes::Bytes;
use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_protocol::bundle::BundleReceipt;
use tongban_store::{ReadyBundle, Store, StoreError};

/// Corrections of the offset within one attempt before it is given up.
const CORRECTIONS_MAX: u32 = 8;
/// Status by which the centre sets a bundle aside.
const UNPROCESSABLE: u16 = 422;

/// Why a lane stopped before its case was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum LaneError {
    #[error(transparent)]
    Centre(#[from] CentreError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("bundle file cannot be read")]
    File(#[from] std::io::Error),
    #[error("lane task failed")]
    Task(#[from] tokio::task::JoinError),
}

impl LaneError {
    pub(super) fn code(&self) -> ErrorCode {
        match self {
            Self::Centre(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::File(_) => ErrorCode::StoreDamaged,
            Self::Task(_) => ErrorCode::StoreWrite,
        }
    }
}

impl LaneError {
    /// How long the centre asked us to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Centre(error) => error.retry_after(),
            Self::Store(_) | Self::File(_) | Self::Task(_) => None,
        }
    }
}

/// How a lane ended.
#[derive(Debug)]
pub(super) enum LaneEnd {
    /// Nothing of the case is left to send.
    Done,
    /// The centre set a bundle aside.
    Quarantined,
    /// To be tried again.
    Failed(LaneError),
}

/// Sends everything of a case.
pub(super) async fn send_case(store: Arc<Store>, client: CentreClient, case: CaseId, chunk_bytes: usize) -> LaneEnd {
    loop {
        let bundle = match blocking(&store, move |store| store.next_bundle(case)).await {
            Ok(Some(bundle)) => bundle,
            Ok(None) => return LaneEnd::Done,
            Err(error) => return LaneEnd::Failed(error),
        };
        let id = bundle.id;
        let outcome = match send_bundle(&client, &bundle, chunk_bytes).await {
            Ok(receipt) => blocking(&store, move |store| store.acknowledge(&receipt)).await,
            Err(error) => Err(error),
        };
        let error = match outcome {
            Ok(()) => {
                tracing::info!(bundle = %id, "centre has signed for a bundle");
                continue;
            }
            Err(error) => error,
        };
        let code = error.code();
        tracing::warn!(bundle = %id, code = code.as_str(), %error, "bundle not delivered");
        if let LaneError::Centre(CentreError::Refused { status: UNPROCESSABLE, .. }) = error {
            return match blocking(&store, move |store| store.quarantine(id, code)).await {
                Ok(()) => LaneEnd::Quarantined,
                Err(error) => LaneEnd::Failed(error),
            };
        }
        if let Err(error) = blocking(&store, move |store| store.record_attempt(id, code, None)).await {
            return LaneEnd::Failed(error);
        }
        return LaneEnd::Failed(error);
    }
}

/// Sends one bundle from where the centre stands, and answers its receipt (not yet verified).
async fn send_bundle(
    client: &CentreClient,
    bundle: &ReadyBundle,
    chunk_bytes: usize,
) -> Result<BundleReceipt, LaneError> {
    let mut offset = client.upload_state(bundle.id).await?.offset;
    let mut file = File::open(&bundle.path).await?;
    let mut corrections = 0;
    loop {
        if offset > bundle.len {
            return Err(CentreError::Garbage { what: "upload offset beyond the bundle" }.into());
        }
        let len = (bundle.len - offset).min(chunk_bytes.max(1) as u64);
        let piece = read_piece(&mut file, offset, len as usize).await?;
        let last = offset + len == bundle.len;
        match client.upload_append(bundle.id, offset, piece, last).await? {
            AppendOutcome::Accepted if last => {
                return Err(CentreError::Garbage { what: "whole bundle taken without a receipt" }.into());
            }
            AppendOutcome::Accepted => offset += len,
            AppendOutcome::Complete(receipt) => return Ok(*receipt),
            AppendOutcome::WrongOffset(place) => {
                corrections += 1;
                if corrections > CORRECTIONS_MAX {
                    return Err(CentreError::Garbage { what: "upload offset does not settle" }.into());
                }
                offset = place;
            }
        }
    }
}

async fn read_piece(file: &mut File, offset: u64, len: usize) -> Result<Bytes, std::io::Error> {
    let mut piece = vec![0; len];
    file.seek(SeekFrom::Start(offset)).await?;
    file.read_exact(&mut piece).await?;
    Ok(piece.into())
}

/// Runs a store call off the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    store: &Arc<Store>,
    call: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, LaneError> {
    let store = Arc::clone(store);
    Ok(tokio::task::spawn_blocking(move || call(&store)).await??)
}
