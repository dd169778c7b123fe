//! The number, the paper, the card.

use super::{Done, Message, PaperPhase, is_proof};
use crate::apply::context::Context;
use crate::screen::journey::done::paper::not_printed;
use iced::Center;
use iced::widget::{column, row};
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_ui::qr::QrModules;
use tongban_ui::widget::{
    Audience, Level, actions, banner, body, busy, card, fault_banner, field_row, heading, pictogram, primary, qr, secondary,
    title,
};
use tongban_ui::{Element, Icon, Tone};

impl Done {
    /// The applicant's last page.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.draw(ctx, Audience::Applicant)
    }

    /// The officer sees the same, in the officer's words.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        self.draw(ctx, Audience::Officer)
    }

    fn draw<'a>(&'a self, ctx: &Context<'a>, audience: Audience) -> Element<'a, Message> {
        let ui = ctx.ui;
        let head = if is_proof(ctx) { "done-proof" } else { "done-filed" };
        let number = if is_proof(ctx) { None } else { Some(self.number(ctx)) };
        let card_back = self.card_left().then(|| {
            banner(ui, ctx.id("done.card"), Level::Warn, ctx.text("done-take-card")).cure(ctx.text("done-take-card-hint")).into()
        });
        let finish = primary(ui, ctx.id("done.finish"), ctx.text("done-finish"))
            .icon(Icon::Home)
            .on_press_maybe(self.may_leave().then_some(Message::Leave));
        column![row![pictogram(ui, Icon::CheckCircle, Tone::Ok), title(ui, ctx.text(head))].spacing(ui.tokens.space.l).align_y(Center)]
            .extend(number)
            .push(self.paper(ctx, audience))
            .extend(card_back)
            .push(actions(ui, [finish.into()]))
            .spacing(ui.tokens.space.l)
            .into()
    }

    /// While paper may still come out nobody is sent away.
    fn may_leave(&self) -> bool {
        !matches!(self.phase(), PaperPhase::Making | PaperPhase::Printing { .. })
    }

    fn number<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let receipt = ctx.case().and_then(|case| case.receipt()).unwrap_or_default();
        let grouped = ReceiptNumber::parse(receipt).map_or_else(|_| receipt.to_owned(), |number| number.grouped());
        let password = self.sheet.as_ref().and_then(|sheet| sheet.password.clone()).unwrap_or_default();
        let code = QrModules::encode(&format!("tongban:case:{receipt}")).ok().map(|modules| qr(ui, modules, 200.0));
        let days = ctx.draft.item.as_ref().map_or(0, |item| item.promised_days);
        let lines = column![
            heading(ui, ctx.text("done-number")),
            title(ui, grouped),
            Element::from(field_row(ui, ctx.id("done.password"), ctx.text("done-password"), password)),
            Element::from(field_row(ui, ctx.id("done.days"), ctx.text("done-days"), ui.with("done-days-count", &[("n", &u32::from(days))]))),
        ]
        .spacing(ui.tokens.space.s)
        .width(iced::Length::Fill);
        let offline = ctx.case().is_some_and(tongban_domain::case::Case::submitted_offline).then(|| body(ui, ctx.text("done-offline")).into());
        card(ui, column![row![lines].extend(code).spacing(ui.tokens.space.l)].extend(offline).spacing(ui.tokens.space.m)).into()
    }

    fn paper<'a>(&'a self, ctx: &Context<'a>, audience: Audience) -> Element<'a, Message> {
        let ui = ctx.ui;
        let proof = is_proof(ctx);
        match self.phase() {
            PaperPhase::Making => busy(ui, ctx.text(if proof { "done-fetching-proof" } else { "done-making-receipt" }), ctx.tick()),
            PaperPhase::Printing { reasons } => {
                let standing = reasons.iter().map(|reason| not_printed(reason)).find(|failure| failure.code.as_str() != "P105");
                match standing {
                    Some(failure) => fault_banner(ui, ctx.id("done.printer"), Level::Warn, failure.code.as_str(), audience).into(),
                    None => busy(ui, ctx.text("done-printing"), ctx.tick()),
                }
            }
            PaperPhase::Printed => {
                let words = ctx.text(if proof { "done-take-proof" } else { "done-take-receipt" });
                banner(ui, ctx.id("done.printed"), Level::Ok, words).into()
            }
            PaperPhase::Unknown => {
                let yes = primary(ui, ctx.id("done.in-hand"), ctx.text("done-in-hand")).on_press(Message::SheetInHand);
                let again = secondary(ui, ctx.id("done.again"), ctx.text("done-again")).on_press(Message::Again);
                let banner = fault_banner(ui, ctx.id("done.unknown"), Level::Warn, "P106", audience);
                column![Element::from(banner), actions(ui, [again.into(), yes.into()])].spacing(ui.tokens.space.m).into()
            }
            PaperPhase::Failed(failure) => {
                let again = secondary(ui, ctx.id("done.again"), ctx.text("common-retry")).on_press(Message::Again);
                let banner = fault_banner(ui, ctx.id("done.failed"), Level::Fault, failure.code.as_str(), audience);
                column![Element::from(banner), actions(ui, [again.into()])].spacing(ui.tokens.space.m).into()
            }
        }
    }
}
