//! 维护: what a technician does with a device. An applicant's claim is revoked first.

use super::{Devices, named};
use crate::failure::Failure;
use std::time::{Duration, Instant};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::Notice;
use tongban_device::message::Progress;
use tongban_device::state::DeviceKind;
use tongban_hub::{CancelToken, Claim};

/// How long a test waits for a card or a finger.
const WAIT: Duration = Duration::from_secs(30);
/// Deadline of a reset or a check.
const SHORT: Duration = Duration::from_secs(8);

/// What a call display shows as a test: a ticket nobody holds.
const TEST_TICKET: &str = "T000";
/// See [`TEST_TICKET`].
const TEST_WINDOW: &str = "0";

/// What a test found; no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tested {
    /// A card was read.
    Card {
        /// Card layout: `citizen`, `hmt` …
        layout: String,
        /// SAM identity.
        sam_id: String,
        /// How long it took, card search included.
        ms: u64,
    },
    /// A fingerprint was taken.
    Finger {
        /// 0–100.
        quality: u8,
    },
    /// A still was taken.
    Still {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Variance of the Laplacian.
        sharpness: u32,
    },
    /// A code was scanned; what it says is nobody's business.
    Code {
        /// Bytes.
        length: usize,
    },
    /// Somebody wrote on the pad.
    Signed {
        /// Strokes.
        strokes: usize,
    },
    /// A smart card answered.
    Chip {
        /// Bytes of its answer to reset.
        length: usize,
    },
    /// The call display shows the test call.
    Shown,
    /// How power stands.
    Power {
        /// On mains, not on battery.
        mains: bool,
        /// Charge in percent, where it is told.
        charge: Option<u8>,
    },
    /// The device answered a check.
    Answered,
}

impl Devices {
    /// Ports present now where a device of this kind could be.
    #[must_use]
    pub fn ports(&self, kind: DeviceKind) -> Vec<String> {
        self.hub.candidates(kind)
    }

    /// Resets a device and opens it anew.
    ///
    /// # Errors
    /// [`Failure`] of the device.
    pub async fn reset(&self, role: String) -> Result<(), Failure> {
        let result = async { self.hub.claim_for_maintenance(&role)?.reset(SHORT).await }.await;
        result.map_err(|fault| named(&role, &fault))
    }

    /// Tries a device as its kind is used. What was read is dropped at once.
    ///
    /// # Errors
    /// [`Failure`] of the device.
    pub async fn test(&self, role: String, kind: DeviceKind) -> Result<Tested, Failure> {
        let result = async { tried(&self.hub.claim_for_maintenance(&role)?, kind).await }.await;
        result.map_err(|fault| named(&role, &fault))
    }
}

async fn tried(claim: &Claim, kind: DeviceKind) -> Result<Tested, DeviceFault> {
    let quiet = |_: Progress| {};
    match kind {
        DeviceKind::IdCardReader => {
            let since = Instant::now();
            let card = claim.read_card(WAIT, CancelToken::new(), quiet).await?;
            let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            Ok(Tested::Card { layout: card.layout.clone(), sam_id: card.sam_id.clone(), ms })
        }
        DeviceKind::FingerprintScanner => {
            let image = claim.capture_finger(3, WAIT, CancelToken::new(), quiet).await?;
            Ok(Tested::Finger { quality: image.quality })
        }
        DeviceKind::DocumentCamera | DeviceKind::FaceCamera => {
            let still = claim.still(SHORT, CancelToken::new()).await?;
            Ok(Tested::Still { width: still.width, height: still.height, sharpness: still.sharpness })
        }
        DeviceKind::CodeScanner => {
            let code = claim.scan_code(WAIT, CancelToken::new()).await?;
            Ok(Tested::Code { length: code.bytes().len() })
        }
        DeviceKind::SignaturePad => {
            let signature = claim.sign(WAIT, CancelToken::new()).await?;
            Ok(Tested::Signed { strokes: signature.strokes.len() })
        }
        DeviceKind::SmartCardReader => {
            let answer = claim.connect_smart_card(WAIT, CancelToken::new()).await?;
            claim.release_smart_card(SHORT).await?;
            Ok(Tested::Chip { length: answer.bytes().len() })
        }
        DeviceKind::CallDisplay => {
            let notice = Notice { ticket: TEST_TICKET.to_owned(), window: TEST_WINDOW.to_owned() };
            claim.show_call(notice, SHORT).await.map(|()| Tested::Shown)
        }
        DeviceKind::PowerSupply => {
            let power = claim.read_power(SHORT).await?;
            Ok(Tested::Power { mains: power.on_mains, charge: power.charge })
        }
        // Paper is not spent on a test: a printer is asked how it stands.
        DeviceKind::DocumentPrinter | DeviceKind::CertificatePrinter => {
            claim.check(SHORT).await.map(|_| Tested::Answered)
        }
    }
}
