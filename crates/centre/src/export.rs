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
        let centre_key = centre.keys.signing.verifying_key();
        let (signed, receipts, addresses, key) = centre.db.read("export", |tx| {
            let loaded = centre.load_known(tx, id)?;
            let mut signed = Vec::new();
            for entry in &loaded.recorded {
                let signer = centre.signer_of(tx, &entry.action)?.ok_or_else(|| {
                    CentreError::Damaged(format!("signature of action {}", entry.action.header.case_seq))
                })?;
                signed.push((entry.action.clone(), signer));
            }
            let mut receipts: Vec<BundleReceipt> = Vec::new();
            for row in tx.rows("bundle.receipts_of_case", vals![id.0])? {
                let receipt = serde_json::from_str(&row.text(0)?);
                receipts.push(receipt.map_err(|error| CentreError::Damaged(format!("receipt: {error}")))?);
            }
            let rows = tx.rows("blob.of_case", vals![id.0])?;
            let addresses = rows.iter().map(|row| row.digest(0)).collect::<Result<Vec<Digest>>>()?;
            Ok((signed, receipts, addresses, loaded.key))
        })?;
        let mut export = CaseExport::create(dir).map_err(CentreError::file("create export"))?;
        for (action, signer) in &signed {
            export.action(action, signer).map_err(CentreError::file("export action"))?;
        }
        for receipt in &receipts {
            export.receipt(receipt, &centre_key).map_err(CentreError::file("export receipt"))?;
        }
        for address in &addresses {
            let bytes = centre.blob(address)?.ok_or_else(|| CentreError::Damaged(format!("blob {address} missing")))?;
            export.blob(address, &bytes).map_err(CentreError::file("export blob"))?;
        }
        if with_key {
            export.case_key(&key).map_err(CentreError::file("export key"))?;
        }
        export.finish().map_err(CentreError::file("finish export"))?;
        let detail = if with_key { "with key" } else { "without key" };
        centre.db.write("export", |tx| log(tx, centre.now_ms(), by, "case.export", &id.to_string(), "ok", detail))
    }
}
