//! The paper of the last page: a receipt made here, or a proof that came sealed.

use crate::apply::context::Context;
use crate::failure::Failure;
use crate::service::Services;
use crate::service::centre::Proof;
use crate::service::papers::Remarks;
use crate::service::receipts::Attempt;
use tongban_device::message::PrintJob;
use tongban_domain::case::Case;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, SignOffMethod, Value};
use tongban_domain::ids::{CaseId, FieldId, PrintId};
use tongban_domain::ink::Handwriting;

/// Where the paper is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum PaperPhase {
    /// Being laid out or fetched.
    #[default]
    Making,
    /// At the printer; standing reasons such as `media-empty`.
    Printing {
        /// IPP reasons.
        reasons: Vec<String>,
    },
    /// Printed.
    Printed,
    /// A person must look at the tray.
    Unknown,
    /// Not printed; nothing is lost.
    Failed(Failure),
}

/// A finished sheet and what it is called at the printer.
#[derive(Clone)]
pub struct Sheet {
    name: String,
    pdf: Vec<u8>,
    sha256: Digest,
    /// 查询密码, for the screen.
    pub password: Option<String>,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sheet({} bytes)", self.pdf.len())
    }
}

impl Sheet {
    /// A sealed proof.
    #[must_use]
    pub fn proof(proof: &Proof) -> Self {
        Self {
            name: format!("proof-{}", proof.number),
            pdf: proof.pdf.clone(),
            sha256: proof.pdf_sha256,
            password: None,
        }
    }

    /// The attempt to print it: its own name at the printer, so that its fate can be asked for.
    #[must_use]
    pub fn attempt(&self, print: PrintId, case: CaseId, document: &'static str, again: bool) -> Attempt {
        let job = if again { format!("{}-{}", self.name, print.0.simple()) } else { self.name.clone() };
        Attempt { print, case, document, sha256: self.sha256, job }
    }

    /// The job for the printer.
    #[must_use]
    pub fn job(&self, name: String) -> PrintJob {
        PrintJob {
            job_name: name,
            document: self.pdf.clone(),
            media_type: "application/pdf".to_owned(),
            media: "iso_a4_210x297mm".to_owned(),
            copies: 1,
        }
    }
}

/// Lays out the receipt of the submitted case; a reprint is marked.
pub fn receipt(ctx: &Context<'_>, reprint: bool) -> Option<impl Future<Output = Result<Sheet, Failure>> + use<>> {
    let (case, id, item) = (ctx.case()?.clone(), ctx.case_id()?, ctx.draft.item.clone()?);
    let (services, config) = (ctx.services.clone(), ctx.config.clone());
    let number = case.receipt()?.to_owned();
    Some(async move {
        let password = services.cases.query_password(id, number.clone()).await?;
        let now = services.clock.wall();
        let untrusted = services.centre.status().is_some_and(|link| link.is_time_untrusted(now));
        let signature = signature(&services, id, &case).await?;
        let remarks = Remarks { reprint, untrusted, signature };
        let paper =
            services.papers.receipt(case, item, std::sync::Arc::new(config), password.clone(), now, remarks).await?;
        Ok(Sheet { name: format!("receipt-{number}"), pdf: paper.pdf, sha256: paper.sha256, password: Some(password) })
    })
}

/// The strokes the applicant signed with, opened to be drawn; `None` when finger or camera was the way.
async fn signature(services: &Services, id: CaseId, case: &Case) -> Result<Option<Handwriting>, Failure> {
    let Some(signed) = case.sign_off().filter(|signed| signed.method == SignOffMethod::Handwritten) else {
        return Ok(None);
    };
    let bytes = services.cases.read(id, signed.evidence.clone()).await?;
    let ink = Handwriting::from_bytes(&bytes);
    // What cannot be drawn keeps nobody from the receipt.
    Ok(ink.inspect_err(|error| tracing::error!(%error, "a signature of our own cannot be drawn")).ok())
}

/// Asks for the sealed proof with the choices of the form.
pub fn proof(ctx: &Context<'_>) -> Option<impl Future<Output = Result<Proof, Failure>> + use<>> {
    let (case, id, item) = (ctx.case()?, ctx.case_id()?, ctx.draft.item.clone()?);
    let person = case.card()?.clone();
    let text = |(field, value): (&FieldId, &Value)| match value {
        Value::Text(text) => Some((field.clone(), text.clone())),
        _ => None,
    };
    let choices = case.form().iter().filter_map(text).collect();
    let centre = ctx.services.centre.clone();
    Some(async move { centre.proof(id, &item, person, choices).await })
}

/// The code behind a printer's reason.
#[must_use]
pub fn not_printed(reason: &str) -> Failure {
    let code = [
        ("media-empty", ErrorCode::PrinterPaperOut),
        ("media-needed", ErrorCode::PrinterPaperOut),
        ("media-jam", ErrorCode::PrinterJam),
        ("cover-open", ErrorCode::PrinterCover),
        ("toner-empty", ErrorCode::PrinterToner),
    ]
    .into_iter()
    .find_map(|(word, code)| reason.contains(word).then_some(code));
    Failure::new(code.unwrap_or(ErrorCode::PrinterStopped), "printer")
}
