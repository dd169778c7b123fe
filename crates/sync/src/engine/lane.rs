//! One case's lane: its bundles in order, each until the centre has signed for it.

use super::bandwidth::{Bandwidth, Bucket};
use crate::client::{AppendOutcome, CentreClient, CentreError};
use bytes::Bytes;
use std::io::SeekFrom;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::Instant;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_protocol::bundle::BundleReceipt;
use tongban_store::{ReadyBundle, Store, StoreError};
use uuid::Uuid;

/// Corrections of the offset within one attempt before it is given up.
const CORRECTIONS_MAX: u32 = 8;
/// First piece on a line nothing is known of.
const CHUNK_FIRST: usize = 256 * 1024;
/// Smallest piece a breaking line is given.
const CHUNK_LEAST: usize = 64 * 1024;
/// Piece of a bundle taken from a stick.
const PLAIN_CHUNK: usize = 1024 * 1024;
/// Status by which the centre sets a bundle aside.
const UNPROCESSABLE: u16 = 422;

/// Why a lane stopped before its case was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaneError {
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
    /// Whether the line itself failed, as against an answer of the centre.
    pub(super) fn is_line(&self) -> bool {
        matches!(
            self,
            Self::Centre(CentreError::Unreachable { .. } | CentreError::Timeout { .. } | CentreError::Garbage { .. })
        )
    }

    /// How long the centre asked us to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Centre(error) => error.retry_after(),
            Self::Store(_) | Self::File(_) | Self::Task(_) => None,
        }
    }
}

/// How fast a lane may send.
#[derive(Clone)]
pub(super) struct Pace {
    /// Bytes sent at a time.
    pub(super) chunk: Arc<Chunk>,
    /// Limit by hour.
    pub(super) bandwidth: Bandwidth,
    /// What all lanes draw from.
    pub(super) bucket: Arc<Bucket>,
}

/// 分片: how many bytes are sent at a time. Each request costs the centre a flush, so pieces grow while the
/// line carries them within a second, and shrink when it breaks, so that what went through is not sent again.
pub(super) struct Chunk {
    now: AtomicUsize,
    max: usize,
}

impl Chunk {
    pub(super) fn new(max: usize) -> Self {
        let max = max.max(1);
        Self { now: AtomicUsize::new(max.min(CHUNK_FIRST)), max }
    }

    fn bytes(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    fn passed(&self, len: u64, took: Duration) {
        let now = self.bytes();
        // A short last piece says nothing of the line.
        if len as usize >= now && took < Duration::from_secs(1) {
            self.now.store((now * 2).min(self.max), Ordering::Relaxed);
        }
    }

    fn broke(&self) {
        let least = CHUNK_LEAST.min(self.max);
        self.now.store((self.bytes() / 2).max(least), Ordering::Relaxed);
    }
}

/// How a lane ended.
#[derive(Debug)]
pub(super) enum LaneEnd {
    /// Nothing of the case is left to send.
    Done,
    /// The centre set a bundle aside.
    Quarantined,
    /// A bundle was not delivered; to be tried again.
    Refused(Uuid, LaneError),
    /// The store could not give a bundle; to be tried again.
    Failed(LaneError),
}

/// Sends everything of a case.
pub(super) async fn send_case(store: Arc<Store>, client: CentreClient, case: CaseId, pace: Pace) -> LaneEnd {
    loop {
        let bundle = match blocking(&store, move |store| store.next_bundle(case)).await {
            Ok(Some(bundle)) => bundle,
            Ok(None) => return LaneEnd::Done,
            Err(error) => return LaneEnd::Failed(error),
        };
        let id = bundle.id;
        let outcome = match send_bundle(&store, &client, &bundle, &pace).await {
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
        return LaneEnd::Refused(id, error);
    }
}

/// Sends one bundle from where the centre stands, and answers its receipt (not yet verified).
async fn send_bundle(
    store: &Store,
    client: &CentreClient,
    bundle: &ReadyBundle,
    pace: &Pace,
) -> Result<BundleReceipt, LaneError> {
    let wait = |len| pace.bucket.take(len, pace.bandwidth.at(store.clock().wall()));
    let outcome = send_pieces(client, bundle, &pace.chunk, wait).await;
    if outcome.as_ref().is_err_and(LaneError::is_line) {
        pace.chunk.broke();
    }
    outcome
}

/// Sends one bundle at once and without limit: from a stick, with a person waiting.
pub(crate) async fn send_bundle_plain(client: &CentreClient, bundle: &ReadyBundle) -> Result<BundleReceipt, LaneError> {
    send_pieces(client, bundle, &Chunk::new(PLAIN_CHUNK), |_| Duration::ZERO).await
}

async fn send_pieces(
    client: &CentreClient,
    bundle: &ReadyBundle,
    chunk: &Chunk,
    wait: impl Fn(u64) -> Duration,
) -> Result<BundleReceipt, LaneError> {
    let mut offset = client.upload_state(bundle.id).await?.offset;
    let mut file = File::open(&bundle.path).await?;
    let mut corrections = 0;
    loop {
        if offset > bundle.len {
            return Err(CentreError::Garbage { what: "upload offset beyond the bundle" }.into());
        }
        let len = (bundle.len - offset).min(chunk.bytes() as u64);
        tokio::time::sleep(wait(len)).await;
        let piece = read_piece(&mut file, offset, len as usize).await?;
        let last = offset + len == bundle.len;
        let began = Instant::now();
        let answer = client.upload_append(bundle.id, offset, piece, last).await?;
        chunk.passed(len, began.elapsed());
        match answer {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_while_the_line_carries_them_and_shrink_when_it_breaks() {
        let chunk = Chunk::new(4 * 1024 * 1024);
        let fast = Duration::from_millis(100);
        assert_eq!(chunk.bytes(), CHUNK_FIRST);
        for _ in 0..6 {
            chunk.passed(chunk.bytes() as u64, fast);
        }
        assert_eq!(chunk.bytes(), 4 * 1024 * 1024, "never more than asked for");
        chunk.broke();
        assert_eq!(chunk.bytes(), 2 * 1024 * 1024);
        chunk.passed(chunk.bytes() as u64, Duration::from_secs(3));
        chunk.passed(10, fast);
        assert_eq!(chunk.bytes(), 2 * 1024 * 1024, "a slow or a short piece is no reason to send more");
        (0..20).for_each(|_| chunk.broke());
        assert_eq!(chunk.bytes(), CHUNK_LEAST);
        assert_eq!(Chunk::new(500).bytes(), 500);
    }
}
