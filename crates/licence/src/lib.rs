//! The papers a hall hands out: 收件回执, 参保缴费证明, 资质证书 and notices.
//!
//! Data in, PDF bytes out. Nothing here reads a clock, a network or a printer, and the same
//! data give the same bytes, so that a paper can be hashed, stored and printed again.
//! Every character is looked up in the font before a page is made: a paper with a missing
//! glyph is refused (`P107`), never printed with a box in a person's name.
//!
//! ```no_run
//! use tongban_licence::{Fonts, Press, Templates};
//! # fn demo(data: &tongban_licence::ReceiptData) -> Result<(), tongban_licence::PaperError> {
//! let press = Press::new(Fonts::load("assets/fonts".as_ref())?, Templates::builtin());
//! let paper = press.receipt(data)?;
//! assert!(paper.pdf.starts_with(b"%PDF"));
//! # Ok(())
//! # }
//! ```

mod bind;
mod data;
mod draw;
mod error;
mod fonts;
pub mod list;
mod mask;
mod measure;
mod paper;
mod pdf;
mod qr;
mod seal;
mod template;
mod when;

pub use bind::{BYTES_MAX as SCAN_BYTES_MAX, PAGE_BYTES_MAX, PAGES_MAX, bind};
pub use data::{
    ApplicantLine, LicenceData, MaterialLine, NoticeData, Obtained, Paper, PaperText, ProofData, ProofRow, ReceiptData,
    SealFace,
};
pub use error::PaperError;
pub use fonts::{Face, Fonts};
pub use mask::{mask_name, mask_number};
pub use template::{PaperForm, Templates};

use list::Sheet;

/// 制版: fonts and templates loaded once, used for every paper.
///
/// Cheap to share (`Arc<Press>`); every method takes `&self`.
pub struct Press {
    fonts: Fonts,
    templates: Templates,
}

impl Press {
    /// A press from loaded fonts and templates.
    #[must_use]
    pub fn new(fonts: Fonts, templates: Templates) -> Self {
        Self { fonts, templates }
    }

    /// 收件回执, A4 portrait.
    ///
    /// # Errors
    /// [`PaperError::GlyphMissing`], [`PaperError::TooLong`], [`PaperError::Qr`] or a font fault.
    pub fn receipt(&self, data: &ReceiptData) -> Result<Paper, PaperError> {
        let sheets = paper::receipt::lay_out(&self.fonts, &self.templates.receipt, data)?;
        self.finish(&sheets, &self.templates.receipt.title, data.received_at)
    }

    /// 参保缴费证明, A4 portrait.
    ///
    /// # Errors
    /// As [`Press::receipt`].
    pub fn proof(&self, data: &ProofData) -> Result<Paper, PaperError> {
        let sheets = paper::proof::lay_out(&self.fonts, &self.templates.proof, data)?;
        self.finish(&sheets, &self.templates.proof.title, data.issued_at)
    }

    /// 建筑业企业资质证书 or any other licence whose face is a template, A4 landscape.
    ///
    /// # Errors
    /// As [`Press::receipt`], and [`PaperError::Template`] when there is no face of that name.
    pub fn licence(&self, data: &LicenceData) -> Result<Paper, PaperError> {
        let template = self.templates.licence(&data.template)?;
        let sheets = paper::licence::lay_out(&self.fonts, template, data)?;
        self.finish(&sheets, &template.title, data.made_at)
    }

    /// A notice (通知书) with a document number, paragraphs, a seal slot and a QR code, A4 portrait.
    ///
    /// # Errors
    /// As [`Press::receipt`].
    pub fn notice(&self, data: &NoticeData) -> Result<Paper, PaperError> {
        let sheets = paper::notice::lay_out(&self.fonts, &self.templates.notice, data)?;
        self.finish(&sheets, &data.title, data.issued_at)
    }

    /// A paper of the hall by its kind: title and text come from `papers.toml`, the values from the case.
    ///
    /// # Errors
    /// As [`Press::receipt`], and [`PaperError::Template`] for the receipt, which has a face of its own.
    pub fn paper(&self, kind: tongban_domain::event::PaperKind, text: &PaperText) -> Result<Paper, PaperError> {
        let form = self.templates.paper(kind).ok_or_else(|| PaperError::Template {
            name: kind.as_str().to_owned(),
            reason: "no text for this kind of paper".to_owned(),
        })?;
        self.notice(&NoticeData {
            title: form.title.clone(),
            number: text.number.clone(),
            addressee: text.addressee.clone(),
            paragraphs: form.fill(&text.values),
            points: text.points.clone(),
            issuer: text.issuer.clone(),
            issued_at: text.issued_at,
            qr: text.qr.clone(),
            hotline: text.hotline.clone(),
            seal: text.seal.clone(),
            demo: text.demo,
        })
    }

    /// Title, word of the number and copies of a kind of paper.
    #[must_use]
    pub fn paper_form(&self, kind: tongban_domain::event::PaperKind) -> Option<&PaperForm> {
        self.templates.paper(kind)
    }

    fn finish(
        &self,
        sheets: &[Sheet],
        title: &str,
        made_at: tongban_domain::clock::WallTime,
    ) -> Result<Paper, PaperError> {
        pdf::write(&self.fonts, sheets, title, made_at)
    }
}
