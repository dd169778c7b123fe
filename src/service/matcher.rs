//! 比对: faces and prints are compared by the worker of a camera; nothing of them is kept here but the card's
//! fingerprint blocks, in memory, for one case.

use super::Devices;
use super::devices::{Call, finish};
use crate::failure::Failure;
use futures::Stream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tongban_device::biometric::{FaceReport, FaceTask, FingerReport, FingerTask};
use tongban_device::message::{FingerImage, Rgba};
use tongban_domain::ids::CaseId;
use zeroize::Zeroizing;

/// Blocks older than this are not used any more; a visit is shorter.
const KEPT_AT_MOST: Duration = Duration::from_secs(30 * 60);

struct Kept {
    case: CaseId,
    since: Instant,
    blocks: Zeroizing<Vec<u8>>,
}

/// Compares, and keeps what a case's checks need until they are over.
#[derive(Clone)]
pub struct Matcher {
    devices: Devices,
    kept: Arc<Mutex<Option<Kept>>>,
}

impl std::fmt::Debug for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Matcher")
    }
}

impl Matcher {
    /// A matcher that asks the workers of these devices.
    #[must_use]
    pub fn new(devices: Devices) -> Self {
        Self { devices, kept: Arc::default() }
    }

    /// Keeps the card's fingerprint blocks for this case; those of any case before are overwritten.
    pub fn keep_prints(&self, case: CaseId, blocks: Vec<u8>) {
        let blocks = Zeroizing::new(blocks);
        *self.lock() = (!blocks.is_empty()).then(|| Kept { case, since: Instant::now(), blocks });
    }

    /// Overwrites what is kept: the case's check is over, or the visit is.
    pub fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blocks kept for this case.
    fn prints_of(&self, case: CaseId) -> Vec<u8> {
        let mut kept = self.lock();
        if kept.as_ref().is_some_and(|kept| kept.since.elapsed() > KEPT_AT_MOST) {
            *kept = None;
        }
        kept.as_ref().filter(|kept| kept.case == case).map(|kept| kept.blocks.to_vec()).unwrap_or_default()
    }

    /// Compares the live face with the card's picture, for so long before a person is asked; hints come on the way.
    pub fn face(
        &self,
        case: CaseId,
        portrait: Rgba,
        always_turn: bool,
        wait: Duration,
    ) -> impl Stream<Item = Call<FaceReport>> + use<> {
        self.devices.check_face(case, FaceTask { portrait, always_turn }, wait)
    }

    /// Compares a print with the fingers of the card.
    ///
    /// # Errors
    /// [`Failure`] when no camera's worker answers.
    pub async fn finger(&self, case: CaseId, image: &FingerImage) -> Result<FingerReport, Failure> {
        let task = || FingerTask {
            width: image.width,
            height: image.height,
            dpi: image.dpi,
            pixels: image.pixels.clone(),
            records: Vec::new(),
            card: self.prints_of(case),
        };
        // Either camera's worker can do it; the other one is asked when the first is busy or not there.
        match finish(self.devices.compare_finger("document", case, task())).await {
            Ok(report) => Ok(report),
            Err(_) => finish(self.devices.compare_finger("face", case, task())).await,
        }
    }
}
