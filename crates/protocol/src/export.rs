//! 办件导出: a case as a directory that an outsider can check with `tongban-verify case DIR`.
//!
//! Files (docs/formats.md): `actions.jsonl`, `receipts.jsonl`, `blobs/<address>`, and `case.key`
//! only where the case key may leave the centre (demonstration, court order).

use crate::action::SignedAction;
use crate::bundle::BundleReceipt;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tongban_crypto::{DataKey, VerifyingKey};
use tongban_domain::event::Digest;

/// One line of `actions.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionLine {
    /// Exact signed bytes.
    pub bytes_hex: String,
    /// DER SM2 signature.
    pub signature_hex: String,
    /// Verifying key of the station or centre that signed, 65 bytes.
    pub origin_key_hex: String,
}

/// One line of `receipts.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Canonical bytes of the receipt.
    pub bytes_hex: String,
    /// DER SM2 signature.
    pub signature_hex: String,
    /// Verifying key of the centre, 65 bytes.
    pub centre_key_hex: String,
}

/// Writes one case's export directory.
#[derive(Debug)]
pub struct CaseExport {
    dir: PathBuf,
    actions: fs::File,
    receipts: fs::File,
}

impl CaseExport {
    /// Makes `dir`, which must not hold an export yet.
    ///
    /// # Errors
    /// Of the file system.
    pub fn create(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir.join("blobs"))?;
        Ok(Self {
            dir: dir.to_owned(),
            actions: fs::File::create_new(dir.join("actions.jsonl"))?,
            receipts: fs::File::create_new(dir.join("receipts.jsonl"))?,
        })
    }

    /// Adds the next action of the chain and the key its origin signs with.
    ///
    /// # Errors
    /// Of the file system.
    pub fn action(&mut self, action: &SignedAction, origin: &VerifyingKey) -> io::Result<()> {
        let line = ActionLine {
            bytes_hex: hex::encode(&action.bytes),
            signature_hex: hex::encode(&action.signature),
            origin_key_hex: origin.to_hex(),
        };
        write_line(&mut self.actions, &line)
    }

    /// Adds a receipt the centre gave.
    ///
    /// # Errors
    /// Of the file system.
    pub fn receipt(&mut self, receipt: &BundleReceipt, centre: &VerifyingKey) -> io::Result<()> {
        let line = ReceiptLine {
            bytes_hex: hex::encode(receipt.canonical_bytes()),
            signature_hex: hex::encode(&receipt.signature),
            centre_key_hex: centre.to_hex(),
        };
        write_line(&mut self.receipts, &line)
    }

    /// Adds a sealed blob.
    ///
    /// # Errors
    /// Of the file system.
    pub fn blob(&mut self, address: &Digest, sealed: &[u8]) -> io::Result<()> {
        fs::write(self.dir.join("blobs").join(address.to_string()), sealed)
    }

    /// Adds the case key in the clear, so that contents can be checked too.
    ///
    /// # Errors
    /// Of the file system.
    pub fn case_key(&mut self, key: &DataKey) -> io::Result<()> {
        fs::write(self.dir.join("case.key"), format!("{}\n", hex::encode(key.expose())))
    }

    /// Flushes everything to disk.
    ///
    /// # Errors
    /// Of the file system.
    pub fn finish(self) -> io::Result<()> {
        self.actions.sync_all()?;
        self.receipts.sync_all()
    }
}

fn write_line(file: &mut fs::File, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}
