//! 电子档案: a closed case as a package with a manifest of every file and its hash.

mod bound;

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::vals;
use serde::{Deserialize, Serialize};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day};

pub(crate) const PACKAGES: &str = "archive";

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedFile {
    /// Name in the package, for example `papers/acceptance-….pdf`.
    pub name: String,
    /// Length in bytes.
    pub len: u64,
    /// SM3 of its bytes, hexadecimal.
    pub sm3: String,
}

/// 归档清单 (metadata of DA/T 46 as far as the case tells).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub v: u32,
    /// 档号.
    pub archive_no: String,
    /// The case.
    pub case: String,
    /// 办件编号.
    pub project_no: String,
    /// 题名.
    pub title: String,
    /// 责任者.
    pub org: String,
    /// 归档日期.
    pub day: String,
    /// 保管期限 in years.
    pub keep_years: u8,
    /// Actions of the chain and the hash of the last.
    pub actions: usize,
    /// SM3 of the last action.
    pub head: String,
    /// Every file.
    pub files: Vec<ArchivedFile>,
}

impl Manifest {
    /// SM3 over the manifest as JSON; what a transfer list names.
    #[must_use]
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Digest(tongban_crypto::sm3(&json)).to_string()
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Archive<'a>(pub(crate) &'a Centre);

impl Archive<'_> {
    /// Makes the package of an ended case; the same one when asked again.
    pub fn package(&self, by: &Member, case: CaseId) -> Result<Manifest> {
        by.require(Action::ViewArchive)?;
        let centre = self.0;
        let known: Option<Manifest> = centre.look(|tx| office::get(tx, PACKAGES, &case.to_string()))?;
        if let Some(manifest) = known {
            return Ok(manifest);
        }
        let files = self.files(case)?;
        centre.office(|tx| {
            let loaded = centre.load_known(tx, case)?;
            if !loaded.case.status().is_final() {
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::CaseState, "the case has not ended"));
            }
            let item = centre.item_of(&loaded.case)?;
            let keep = item.materials.iter().filter_map(|m| m.detail.as_ref()).map(|detail| detail.keep_years).max();
            let manifest = Manifest {
                v: 1,
                archive_no: centre.series(tx, "DA")?,
                case: case.to_string(),
                project_no: loaded.case.project_no().unwrap_or_default().to_owned(),
                title: format!("{}（{}）", item.name, loaded.case.receipt().unwrap_or_default()),
                org: item.org.name.clone(),
                day: date_text(local_day(centre.now())),
                keep_years: keep.unwrap_or(10),
                actions: loaded.recorded.len(),
                head: loaded.recorded.last().map(|last| last.action.hash.to_string()).unwrap_or_default(),
                files: files.clone(),
            };
            let (id, now) = (manifest.case.clone(), centre.now_ms());
            let place = Place { room: PACKAGES, id: &id, a: &item.org.code, b: "", state: "kept", at_ms: now };
            office::put(tx, place, &manifest)?;
            log(tx, now, &by.id.0, "archive.package", &id, "ok", &manifest.archive_no)?;
            Ok(manifest)
        })
    }

    /// Checks a package against what is held now; answers the names that differ.
    pub fn check(&self, by: &Member, manifest: &Manifest) -> Result<Vec<String>> {
        by.require(Action::ViewArchive)?;
        let case = manifest.case.parse().map(CaseId).map_err(|_| CentreError::not_found("case"))?;
        let now = self.files(case)?;
        let differs = |file: &&ArchivedFile| !now.contains(file);
        let mut wrong: Vec<String> = manifest.files.iter().filter(differs).map(|file| file.name.clone()).collect();
        let head = self
            .0
            .look(|tx| Ok(self.0.load_known(tx, case)?.recorded.last().map(|last| last.action.hash.to_string())))?;
        if !self.0.cases().verify(case)?.holds || head.as_deref() != Some(manifest.head.as_str()) {
            wrong.push("chain".to_owned());
        }
        Ok(wrong)
    }

    /// Sealed files and papers of a case.
    fn files(&self, case: CaseId) -> Result<Vec<ArchivedFile>> {
        let centre = self.0;
        let (addresses, papers) = centre.look(|tx| {
            let blobs = tx.rows("blob.of_case", vals![case.0])?;
            let addresses = blobs.iter().map(|row| row.digest(0)).collect::<Result<Vec<_>>>()?;
            let rows = tx.rows("paper.of_case", vals![case.0])?;
            let papers = rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect::<Result<Vec<_>>>()?;
            Ok((addresses, papers))
        })?;
        let mut files = Vec::new();
        for address in addresses {
            let bytes = centre.blob(&address)?.unwrap_or_default();
            files.push(entry(format!("materials/{address}"), &bytes));
        }
        for (number, kind) in papers {
            let sealed = centre.look(|tx| {
                let row = tx.row("paper.get", vals![&number])?.ok_or_else(|| CentreError::not_found("paper"))?;
                row.bytes(2)
            })?;
            let pdf = centre.keys.open_sealed("paper", &sealed)?;
            files.push(entry(format!("papers/{kind}-{number}.pdf"), &pdf));
        }
        files.extend(self.bound_files(case)?);
        Ok(files)
    }
}

fn entry(name: String, bytes: &[u8]) -> ArchivedFile {
    let sm3 = Digest(tongban_crypto::sm3(bytes)).to_string();
    ArchivedFile { name, len: bytes.len() as u64, sm3 }
}
