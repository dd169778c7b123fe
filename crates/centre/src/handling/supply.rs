//! 补正 and 容缺 brought: pages sealed into the case, signed off anew, the case back where it was.

use super::{Desk, Supplied, Supply};
use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::storage::Tx;
use crate::vals;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{BlobRef, Digest, Event};
use tongban_domain::ids::{PageId, RequirementId};
use tongban_protocol::payload::blob_context;

/// Largest picture taken in here, bytes.
const PICTURE_BYTES_MAX: usize = 8 << 20;

impl Desk<'_, '_> {
    /// Everything the open notice named; the applicant signs off what changed.
    pub(super) fn supply(&mut self, supply: &Supply) -> Result<()> {
        let notice = self.loaded.case.handling().open_notice();
        let named: BTreeSet<RequirementId> =
            notice.map(|notice| notice.missing.iter().map(|m| m.requirement.clone()).collect()).unwrap_or_default();
        self.drop_old(&supply.pages)?;
        for page in &supply.pages {
            self.page(page)?;
        }
        if let Some(values) = &supply.form {
            self.say(Event::FormFilled { values: values.clone() })?;
        }
        if let Some((method, picture, quality)) = &supply.sign_off {
            let evidence = self.seal(picture, "image/jpeg")?;
            let digest = self.content();
            self.say(Event::SignedOff { method: *method, evidence, quality: *quality, digest })?;
        }
        // A part has its parent's form and sign-off; what it lacked is what now came.
        if self.loaded.case.handling().parent.is_none() {
            if self.item.sign_off && self.loaded.case.sign_off().is_none() {
                return Err(CentreError::invalid(ErrorCode::SignOffBroken, "what changed is not signed off"));
            }
            self.loaded.case.complete(&self.item).map_err(crate::cases::rule)?;
        }
        self.say(Event::CorrectionDone { by: Some(self.id()), requirements: named.into_iter().collect() })
    }

    /// Pages that the new ones take the place of.
    fn drop_old(&mut self, pages: &[Supplied]) -> Result<()> {
        let requirements: BTreeSet<&RequirementId> = pages.iter().map(|page| &page.requirement).collect();
        let old: Vec<PageId> =
            requirements.iter().flat_map(|id| self.loaded.case.pages(id)).map(|page| page.id).collect();
        old.into_iter().try_for_each(|page| self.say(Event::PageRemoved { page }))
    }

    fn page(&mut self, page: &Supplied) -> Result<()> {
        let blob = self.seal(&page.picture, "image/jpeg")?;
        let thumb = self.seal(&page.thumb, "image/jpeg")?;
        self.say(Event::PageCaptured {
            page: PageId(self.centre.ids.next()),
            requirement: page.requirement.clone(),
            blob,
            thumb,
            width: page.width,
            height: page.height,
        })
    }

    fn seal(&mut self, plain: &[u8], media: &str) -> Result<BlobRef> {
        self.centre.seal_file(self.tx, &self.loaded, plain, media)
    }

    /// The signed 承诺书 is kept beside the case's files.
    pub(super) fn keep_promise(&mut self, picture: &[u8]) -> Result<()> {
        self.seal(picture, "image/jpeg").map(|_| ())
    }

    /// 容缺补齐: each material that came is marked; the pages are kept with the case.
    pub(super) fn supply_deferred(&mut self, pages: &[Supplied]) -> Result<()> {
        let requirements: BTreeSet<RequirementId> = pages.iter().map(|page| page.requirement.clone()).collect();
        if requirements.is_empty() {
            return Err(CentreError::invalid(ErrorCode::MaterialMissing, "no page"));
        }
        for requirement in requirements {
            let mut sealed = Vec::new();
            for page in pages.iter().filter(|page| page.requirement == requirement) {
                sealed.push(self.seal(&page.picture, "image/jpeg")?);
            }
            let (by, hand) = (self.id(), self.hand.clone());
            self.say(Event::DeferralSupplied { by, hand, requirement, pages: sealed })?;
        }
        Ok(())
    }
}

impl Centre {
    /// Seals a file under the case's key, durable before the event that names it.
    pub(crate) fn seal_file(&self, tx: &Tx<'_>, loaded: &Loaded, plain: &[u8], media: &str) -> Result<BlobRef> {
        if plain.is_empty() || plain.len() > PICTURE_BYTES_MAX {
            return Err(CentreError::invalid(ErrorCode::BodyTooLarge, "picture"));
        }
        let id = loaded.id();
        let fill = &mut |buffer: &mut [u8]| self.rng.fill(buffer);
        let sealed = tongban_crypto::seal_blob(&loaded.key, &blob_context(id), plain, fill);
        let address = Digest(tongban_crypto::sm3(&sealed));
        let name = format!("blobs/{}/{address}", &address.to_string()[..2]);
        self.blobs.put(&name, &sealed)?;
        tx.exec("blob.insert", vals![address, id.0, sealed.len(), &name, 0_u64])?;
        let plain_sha256 = Digest(Sha256::digest(plain).into());
        Ok(BlobRef { address, plain_sha256, len: plain.len() as u64, media: media.to_owned() })
    }
}
