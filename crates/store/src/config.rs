//! What a store is opened with.

use std::path::{Path, PathBuf};
use tongban_domain::ids::{HallId, StationId};

/// Where the store lives, whose it is, and how long it keeps things.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Directory of this station alone; made with mode 0700.
    pub dir: PathBuf,
    /// The station.
    pub station: StationId,
    /// Its hall.
    pub hall: HallId,
    /// Identifier of this boot of the machine; a visit of another boot is over.
    pub boot_id: String,
    /// How long a case stays readable here after the centre signed for all of it, ms.
    pub retention_ms: i64,
    /// The same for a case whose presence evidence stays here for want of consent to send it, ms (90 days):
    /// nobody else has it.
    pub evidence_ms: i64,
    /// How long a draft nobody submitted stays, ms (30 days).
    pub draft_ms: i64,
    /// Disk space kept back for finishing an open case, bytes; 0 keeps none.
    pub reserve_bytes: u64,
    /// A bundle is closed when its sealed content passes this, bytes; one action always fits.
    pub bundle_bytes: u64,
}

impl StoreConfig {
    /// The usual values; the boot id is asked of the kernel.
    #[must_use]
    pub fn new(dir: impl AsRef<Path>, station: StationId, hall: HallId) -> Self {
        const DAY_MS: i64 = 24 * 3600 * 1000;
        Self {
            dir: dir.as_ref().to_owned(),
            station,
            hall,
            boot_id: boot_id(),
            retention_ms: 7 * DAY_MS,
            evidence_ms: 90 * DAY_MS,
            draft_ms: 30 * DAY_MS,
            reserve_bytes: 64 * 1024 * 1024,
            bundle_bytes: 16 * 1024 * 1024,
        }
    }
}

/// The kernel's identifier of this boot. Unreadable means unknown, which equals no other boot's
/// value except another unknown one; then only the boot clock decides.
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|text| text.trim().to_owned()).unwrap_or_default()
}
