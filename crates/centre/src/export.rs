//! 导出: a case as a directory the independent checker can read (docs/formats.md).

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::staff::log;
use crate::vals;
use std::path::Path;
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;
use tongban_protocol::bundle::BundleReceipt;
use tongban_protocol::export::CaseExport;

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a>(pub(crate) &'a Centre);

impl Export<'_> {
    /// Writes a case's actions, receipts and blobs; with `with_key` its key too, so that contents can be judged.
    pub fn case(&self, by: &str, id: CaseId, dir: &Path, with_key: bool) -> Result<()> {
        let centre = self.0;
        let mut export = CaseExport::create(dir).map_err(CentreError::file("create export"))?;
        let centre_key = centre.keys.signing.verifying_key();
        centre.db.read("export", |tx| {
            let loaded = centre.load_known(tx, id)?;
            for entry in &loaded.recorded {
                let signer = centre.signer_of(tx, &entry.action)?.ok_or_else(|| {
                    CentreError::Damaged(format!("signature of action {}", entry.action.header.case_seq))
                })?;
                export.action(&entry.action, &signer).map_err(CentreError::file("export action"))?;
            }
            for row in tx.rows("bundle.receipts_of_case", vals![id.0])? {
                let receipt: BundleReceipt = serde_json::from_str(&row.text(0)?)
                    .map_err(|error| CentreError::Damaged(format!("receipt: {error}")))?;
                export.receipt(&receipt, &centre_key).map_err(CentreError::file("export receipt"))?;
            }
            for row in tx.rows("blob.of_case", vals![id.0])? {
                let address: Digest = row.digest(0)?;
                let bytes = centre
                    .blobs
                    .get(&address)?
                    .ok_or_else(|| CentreError::Damaged(format!("blob {address} missing")))?;
                export.blob(&address, &bytes).map_err(CentreError::file("export blob"))?;
            }
            if with_key {
                export.case_key(&loaded.key).map_err(CentreError::file("export key"))?;
            }
            Ok(())
        })?;
        export.finish().map_err(CentreError::file("finish export"))?;
        let detail = if with_key { "with key" } else { "without key" };
        centre.db.write("export", |tx| log(tx, centre.now_ms(), by, "case.export", &id.to_string(), "ok", detail))
    }
}
