//! 指纹比对 in the worker: the print's minutiae against the card's and other references.

use tongban_device::biometric::{FingerOutcome, FingerReport, FingerTask};
use tongban_device::fault::DeviceFault;
use tongban_vision::finger::{self, Print, Verdict};

/// Most references looked at: ten fingers and a visit's captures.
const REFERENCES_MAX: usize = 16;
/// Position in the exported record: unknown.
const POSITION: u8 = 0;

/// Compares; a picture that is none is the only error.
pub(crate) fn compare(task: &FingerTask) -> Result<FingerReport, DeviceFault> {
    let bad = || DeviceFault::Medium("D132".into());
    let side = |value: u32| usize::try_from(value).map_err(|_| bad());
    let print = Print::of(&task.pixels, side(task.width)?, side(task.height)?, task.dpi).map_err(|_| bad())?;
    let card = card_records(&task.card);
    let references: Vec<Print> = task
        .records
        .iter()
        .chain(&card)
        .take(REFERENCES_MAX)
        .filter_map(|record| Print::from_iso(record).ok())
        .collect();
    let score = references.iter().map(|reference| print.score(reference)).max();
    let outcome = match score.map(Print::verdict) {
        Some(Verdict::Same) => FingerOutcome::Same,
        _ if print.is_worn() => FingerOutcome::Worn,
        Some(Verdict::Grey) => FingerOutcome::Grey,
        Some(Verdict::Different) => FingerOutcome::Different,
        None => FingerOutcome::NoReference,
    };
    Ok(FingerReport {
        outcome,
        score,
        quality: print.quality(),
        minutiae: u16::try_from(print.minutiae().len()).unwrap_or(u16::MAX),
        version: finger::VERSION.to_owned(),
        record: print.to_iso(POSITION),
    })
}

/// The records in the card's blocks. A real card's are closed and need a vendor's library; the simulator's can be
/// read in the demonstration only.
#[cfg(feature = "demo")]
fn card_records(card: &[u8]) -> Vec<Vec<u8>> {
    tongban_sim::card::finger_records(card)
}

#[cfg(not(feature = "demo"))]
fn card_records(_card: &[u8]) -> Vec<Vec<u8>> {
    Vec::new()
}
