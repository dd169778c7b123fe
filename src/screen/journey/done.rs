//! 办结页: the receipt or proof is printed, the number shown, the card given back.

mod paper;
mod view;

pub use paper::{PaperPhase, Sheet};

use crate::apply::Action;
use crate::apply::context::Context;
use crate::apply::draft::Draft;
use crate::failure::Failure;
use crate::service::centre::Proof;
use crate::service::devices::Call;
use iced::Task;
use std::time::Duration;
use tongban_device::message::{PrintEnd, Progress};
use tongban_domain::event::{CloseCode, Event};
use tongban_domain::item::ResultKind;
use tongban_protocol::action::Actor;

/// State of the page.
#[derive(Debug, Default)]
pub struct Done {
    phase: PaperPhase,
    sheet: Option<Sheet>,
    card_left: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The receipt is laid out.
    ReceiptMade(Result<Sheet, Failure>),
    /// The sealed proof came.
    ProofMade(Result<Proof, Failure>),
    /// The printer said something.
    Printing(Call<PrintEnd>),
    /// 再试一次.
    Again,
    /// 已拿到 (after an unknown end).
    SheetInHand,
    /// The reader was asked whether the card is still there.
    CardSeen(Result<bool, Failure>),
    /// 返回首页.
    Leave,
}

impl Done {
    /// Makes the paper and looks after the card.
    pub fn start(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let devices = ctx.services.devices.clone();
        let card = Task::perform(async move { devices.card_present().await }, Message::CardSeen);
        Task::batch([self.make(ctx), card])
    }

    /// The proof is a fact of the case: print it. After the closing fact nothing is left to do.
    pub fn recorded(&mut self, ctx: &Context<'_>) -> Task<Message> {
        match (&self.phase, &self.sheet) {
            (PaperPhase::Making, Some(_)) => self.print(ctx),
            _ => Task::none(),
        }
    }

    /// Stays until the applicant leaves.
    #[must_use]
    pub fn stays(&self, _draft: &Draft) -> bool {
        true
    }

    /// Where the paper is.
    #[must_use]
    pub fn phase(&self) -> &PaperPhase {
        &self.phase
    }

    /// The card still lies on the reader.
    #[must_use]
    pub fn card_left(&self) -> bool {
        self.card_left
    }

    fn make(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.phase = PaperPhase::Making;
        match is_proof(ctx) {
            true => paper::proof(ctx).map_or_else(Task::none, |work| Task::perform(work, Message::ProofMade)),
            false => paper::receipt(ctx).map_or_else(Task::none, |work| Task::perform(work, Message::ReceiptMade)),
        }
    }

    fn print(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let Some(sheet) = &self.sheet else { return Task::none() };
        self.phase = PaperPhase::Printing { reasons: Vec::new() };
        Task::stream(ctx.services.devices.print("printer", ctx.case_id(), sheet.job())).map(Message::Printing)
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::ReceiptMade(Ok(sheet)) => {
                self.sheet = Some(sheet);
                Action::Run(self.print(ctx))
            }
            Message::ProofMade(Ok(proof)) => self.proved(&proof, ctx),
            Message::ReceiptMade(Err(failure)) | Message::ProofMade(Err(failure)) => {
                self.phase = PaperPhase::Failed(failure);
                Action::None
            }
            Message::Printing(Call::Progress(Progress::JobState { reasons, .. })) => {
                self.phase = PaperPhase::Printing { reasons };
                Action::None
            }
            Message::Printing(Call::Progress(_)) => Action::None,
            Message::Printing(Call::Done(end)) => self.printed(end, ctx),
            Message::Again if self.sheet.is_some() => Action::Run(self.print(ctx)),
            Message::Again => Action::Run(self.make(ctx)),
            Message::SheetInHand => self.finish(ctx),
            Message::CardSeen(seen) => self.card_seen(seen.unwrap_or(false), ctx),
            Message::Leave => Action::Leave,
        }
    }

    /// The proof becomes a fact of the case before a byte goes to the printer.
    fn proved(&mut self, proof: &Proof, ctx: &Context<'_>) -> Action<Message> {
        self.sheet = Some(Sheet::proof(proof));
        if ctx.case().is_some_and(|case| case.proof().is_some()) {
            return Action::Run(self.print(ctx));
        }
        let issued = Event::ProofIssued {
            number: proof.number.clone(),
            verify_token: proof.verify_token.clone(),
            pdf_sha256: proof.pdf_sha256,
        };
        Action::Record(vec![issued], Actor::System)
    }

    fn printed(&mut self, end: Result<PrintEnd, Failure>, ctx: &Context<'_>) -> Action<Message> {
        match end {
            Ok(PrintEnd::Done { .. }) => return self.finish(ctx),
            Ok(PrintEnd::NotPrinted { reason }) => self.phase = PaperPhase::Failed(paper::not_printed(&reason)),
            Ok(PrintEnd::Unknown { .. }) => self.phase = PaperPhase::Unknown,
            Err(failure) => self.phase = PaperPhase::Failed(failure),
        }
        Action::None
    }

    /// A printed proof closes its case; a receipt leaves the case to the centre.
    fn finish(&mut self, ctx: &Context<'_>) -> Action<Message> {
        self.phase = PaperPhase::Printed;
        ctx.services.centre.kick();
        let open = ctx.case().is_some_and(|case| case.close_code().is_none());
        if is_proof(ctx) && open {
            return Action::Record(vec![Event::Closed { code: CloseCode::Issued }], Actor::System);
        }
        Action::None
    }

    fn card_seen(&mut self, there: bool, ctx: &Context<'_>) -> Action<Message> {
        self.card_left = there;
        if !there {
            return Action::None;
        }
        let devices = ctx.services.devices.clone();
        let later = async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            devices.card_present().await
        };
        Action::Run(Task::perform(later, Message::CardSeen))
    }
}

/// The item ends with a paper at once.
pub(crate) fn is_proof(ctx: &Context<'_>) -> bool {
    ctx.draft.item.as_ref().is_some_and(|item| item.result.kind == ResultKind::Proof)
}
