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
use crate::service::receipts::{self, Fate};
use iced::Task;
use std::time::Duration;
use tongban_device::message::{PrintEnd, PrintJob, Progress};
use tongban_domain::event::{CloseCode, Event};
use tongban_domain::ids::PrintId;
use tongban_domain::item::ResultKind;
use tongban_protocol::action::Actor;

/// State of the page.
#[derive(Debug, Default)]
pub struct Done {
    phase: PaperPhase,
    sheet: Option<Sheet>,
    /// The attempt at the printer.
    print: Option<PrintId>,
    /// The next attempt was asked for: it is marked 补打 and has a name of its own.
    again: bool,
    card_left: bool,
}

/// What happens on the page.
#[derive(Debug, Clone)]
pub enum Message {
    /// The receipt is laid out.
    ReceiptMade(Result<Sheet, Failure>),
    /// The sealed proof came.
    ProofMade(Result<Proof, Failure>),
    /// What became of this paper before, after a power cut.
    Settled(Result<Fate, Failure>),
    /// The attempt is in the ledger: it may be printed.
    Intended(Result<Box<PrintJob>, Failure>),
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
            (PaperPhase::Making, Some(_)) => self.settle(ctx),
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
            false => paper::receipt(ctx, self.again)
                .map_or_else(Task::none, |work| Task::perform(work, Message::ReceiptMade)),
        }
    }

    /// The sheet is ready; whether it came out before is looked up first.
    fn settle(&mut self, ctx: &Context<'_>) -> Task<Message> {
        self.phase = PaperPhase::Printing { reasons: Vec::new() };
        let Some(case) = ctx.case_id().filter(|_| !self.again) else { return self.print(ctx) };
        let (cases, devices, document) = (ctx.services.cases.clone(), ctx.services.devices.clone(), document(ctx));
        Task::perform(async move { cases.fate(case, document, &devices).await }, Message::Settled)
    }

    /// The attempt becomes durable, then the sheet goes to the printer.
    fn print(&mut self, ctx: &Context<'_>) -> Task<Message> {
        let (Some(sheet), Some(case)) = (&self.sheet, ctx.case_id()) else { return Task::none() };
        self.phase = PaperPhase::Printing { reasons: Vec::new() };
        let print = PrintId(ctx.services.ids.next());
        let attempt = sheet.attempt(print, case, document(ctx), self.again || self.print.is_some());
        self.print = Some(print);
        let job = Box::new(sheet.job(attempt.job.clone()));
        let cases = ctx.services.cases.clone();
        Task::perform(async move { cases.intend_paper(attempt).await.map(|()| job) }, Message::Intended)
    }

    /// Writes a step of the attempt down; the page does not wait for it.
    fn note(&self, state: receipts::LedgerState, ctx: &Context<'_>) -> Task<Message> {
        let (Some(print), cases) = (self.print, ctx.services.cases.clone()) else { return Task::none() };
        Task::future(async move { drop(cases.paper_at(print, state).await) }).discard()
    }

    /// Handles a message.
    pub fn update(&mut self, message: Message, ctx: &Context<'_>, _failure: &mut Option<Failure>) -> Action<Message> {
        match message {
            Message::ReceiptMade(Ok(sheet)) => {
                self.sheet = Some(sheet);
                Action::Run(self.settle(ctx))
            }
            Message::Settled(Ok(fate)) => self.settled(fate, ctx),
            Message::Intended(Ok(job)) => {
                let stream = ctx.services.devices.print(receipts::ROLE, ctx.case_id(), *job);
                Action::Run(Task::stream(stream).map(Message::Printing))
            }
            Message::ProofMade(Ok(proof)) => self.proved(&proof, ctx),
            Message::ReceiptMade(Err(failure))
            | Message::ProofMade(Err(failure))
            | Message::Settled(Err(failure))
            | Message::Intended(Err(failure)) => {
                self.phase = PaperPhase::Failed(failure);
                Action::None
            }
            Message::Printing(Call::Progress(Progress::JobState { reasons, .. })) => {
                self.phase = PaperPhase::Printing { reasons };
                Action::None
            }
            Message::Printing(Call::Progress(Progress::JobSent { .. })) => {
                Action::Run(self.note(receipts::LedgerState::Sent, ctx))
            }
            Message::Printing(Call::Progress(_)) => Action::None,
            Message::Printing(Call::Done(end)) => self.printed(end, ctx),
            Message::Again => self.once_more(ctx),
            Message::SheetInHand => {
                let noted = self.note(receipts::LedgerState::Confirmed, ctx);
                self.finish(noted, ctx)
            }
            Message::CardSeen(seen) => self.card_seen(seen.unwrap_or(false), ctx),
            Message::Leave => Action::Leave,
        }
    }

    /// The proof becomes a fact of the case before a byte goes to the printer.
    fn proved(&mut self, proof: &Proof, ctx: &Context<'_>) -> Action<Message> {
        self.sheet = Some(Sheet::proof(proof));
        if ctx.case().is_some_and(|case| case.proof().is_some()) {
            return Action::Run(self.settle(ctx));
        }
        let issued = Event::ProofIssued {
            number: proof.number.clone(),
            verify_token: proof.verify_token.clone(),
            pdf_sha256: proof.pdf_sha256,
        };
        Action::Record(vec![issued], Actor::System)
    }

    fn printed(&mut self, end: Result<PrintEnd, Failure>, ctx: &Context<'_>) -> Action<Message> {
        let noted = self.note(receipts::outcome(&end), ctx);
        match end {
            Ok(PrintEnd::Done { .. }) => return self.finish(noted, ctx),
            Ok(PrintEnd::NotPrinted { reason }) => self.phase = PaperPhase::Failed(paper::not_printed(&reason)),
            Ok(PrintEnd::Unknown { .. }) => self.phase = PaperPhase::Unknown,
            Err(failure) if receipts::proves_nothing(failure.code) => self.phase = PaperPhase::Unknown,
            Err(failure) => self.phase = PaperPhase::Failed(failure),
        }
        Action::Run(noted)
    }

    /// The page is back after a power cut: what came out is not printed again without being asked.
    fn settled(&mut self, fate: Fate, ctx: &Context<'_>) -> Action<Message> {
        match fate {
            Fate::NotPrinted => Action::Run(self.print(ctx)),
            Fate::Printed => self.finish(Task::none(), ctx),
            Fate::Unknown => {
                self.phase = PaperPhase::Unknown;
                Action::None
            }
        }
    }

    /// Asked for once more. What may have come out already is marked 补打; what is known not to
    /// have come out is simply printed.
    fn once_more(&mut self, ctx: &Context<'_>) -> Action<Message> {
        let may_be_there = matches!(self.phase, PaperPhase::Unknown | PaperPhase::Printed);
        self.again |= may_be_there;
        if self.sheet.is_none() || (may_be_there && !is_proof(ctx)) {
            return Action::Run(self.make(ctx));
        }
        Action::Run(self.print(ctx))
    }

    /// A printed proof closes its case; a receipt leaves the case to the centre.
    fn finish(&mut self, noted: Task<Message>, ctx: &Context<'_>) -> Action<Message> {
        self.phase = PaperPhase::Printed;
        ctx.services.centre.kick();
        let open = ctx.case().is_some_and(|case| case.close_code().is_none());
        if is_proof(ctx) && open {
            // The ledger's step would be dropped beside the record; the next start asks the printer.
            return Action::Record(vec![Event::Closed { code: CloseCode::Issued }], Actor::System);
        }
        Action::Run(noted)
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

/// Which paper this page prints, in the ledger.
fn document(ctx: &Context<'_>) -> &'static str {
    if is_proof(ctx) { "proof" } else { "receipt" }
}

/// The item ends with a paper at once.
pub(crate) fn is_proof(ctx: &Context<'_>) -> bool {
    ctx.draft.item.as_ref().is_some_and(|item| item.result.kind == ResultKind::Proof)
}
