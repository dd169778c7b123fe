//! 修复: mends what follows from sound evidence, and nothing else.
//!
//! Fails closed: when anything is wrong that would have to be invented (an action, a page, a link, a seal),
//! nothing is changed and every such place is named. What is mended: projections, bundle files not yet sent,
//! files nobody names. What is not: take the disk out of service, keep it, enrol the station anew.

use crate::audit::Note;
use crate::{StationKeys, Store, StoreConfig, StoreError};
use std::sync::Arc;
use tongban_domain::clock::{Clock, Ids, Rng};

/// What was mended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepairReport {
    /// Faults there were, all gone now.
    pub mended: Vec<String>,
}

impl Store {
    /// Mends a store that opens.
    ///
    /// # Errors
    /// `BeyondRepair` with every place, and nothing changed; `Database`, `File`.
    pub fn repair(&self) -> Result<RepairReport, StoreError> {
        let before = self.check()?;
        let beyond: Vec<String> =
            before.faults.iter().filter(|fault| !before.repairable.contains(fault)).cloned().collect();
        if !beyond.is_empty() {
            return Err(StoreError::BeyondRepair(beyond));
        }
        if before.repairable.is_empty() {
            return Ok(RepairReport::default());
        }
        for case in self.cases_with_lost_bundles()? {
            self.next_bundle(case)?;
        }
        self.rebuild_projections()?;
        let object = format!("{} faults", before.repairable.len());
        self.note(&Note { actor: "station", action: "store.repaired", object: &object, result: "ok" })?;
        let after = self.check()?;
        if after.faults.is_empty() {
            Ok(RepairReport { mended: before.repairable })
        } else {
            Err(StoreError::BeyondRepair(after.faults))
        }
    }

    /// Opens a store that may refuse to open, and mends it.
    ///
    /// # Errors
    /// As [`Store::repair`]; what cannot be opened at all cannot be mended.
    pub fn mend(
        config: StoreConfig,
        keys: StationKeys,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        rng: Arc<dyn Rng>,
    ) -> Result<RepairReport, StoreError> {
        Self::open_unchecked(config, keys, clock, ids, rng)?.repair()
    }
}
