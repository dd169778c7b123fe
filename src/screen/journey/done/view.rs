//! The number, the paper, the card.

use super::{Done, Message, PaperPhase, is_proof};
use crate::apply::context::Context;
use crate::screen::journey::done::paper::not_printed;
use iced::widget::{column, row, space};
use iced::{Center, Length};
use tongban_domain::receipt_number::ReceiptNumber;
use tongban_ui::qr::QrModules;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Audience, Level, banner, busy, card, divider, fault_banner, headline, icon, pictogram, primary, qr, secondary,
    tinted, title, with_actions,
};
use tongban_ui::{Element, Icon, Profile, Tone};

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
        let proof = is_proof(ctx);
        let card_back = self.card_left().then(|| {
            banner(ui, ctx.id("done.card"), Level::Warn, ctx.text("done-take-card"))
                .cure(ctx.text("done-take-card-hint"))
                .into()
        });
        let finish = primary(ui, ctx.id("done.finish"), ctx.text("done-finish"))
            .icon(Icon::Home)
            .fill()
            .on_press_maybe(self.may_leave().then_some(Message::Leave));
        let page = column![self.head(ctx, proof)]
            .extend((!proof).then(|| self.number(ctx)))
            .push(self.paper(ctx, audience))
            .extend(card_back)
            .spacing(ui.tokens.space.m);
        // Whether the sheet came out is answered before anything else.
        let last = self.in_hand(ctx).unwrap_or_else(|| finish.into());
        with_actions(ui, page, self.again(ctx).into_iter().chain([last]))
    }

    /// What was reached; big where there is room.
    fn head<'a>(&self, ctx: &Context<'a>, proof: bool) -> Element<'a, Message> {
        let ui = ctx.ui;
        let ready = !proof || matches!(self.phase(), PaperPhase::Printed);
        let (key, mark, tone) = match (proof, ready) {
            (false, _) => ("done-filed", Icon::CheckCircle, Tone::Ok),
            (true, true) => ("done-proof", Icon::CheckCircle, Tone::Ok),
            (true, false) => ("done-proof-coming", Icon::Printer, Tone::Primary),
        };
        let words = ctx.text(key);
        if ui.tokens.profile == Profile::Kiosk && !ui.tokens.low && (proof || !ui.tokens.is_big()) {
            let page = column![pictogram(ui, mark, tone), headline(ui, words)].align_x(Center).width(Length::Fill);
            return page.spacing(ui.tokens.space.m).into();
        }
        row![icon(ui, mark, tone), title(ui, words)].spacing(ui.tokens.space.m).align_y(Center).into()
    }

    /// While paper may still come out nobody is sent away.
    fn may_leave(&self) -> bool {
        !matches!(self.phase(), PaperPhase::Making | PaperPhase::Printing { .. })
    }

    fn number<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let space = &ui.tokens.space;
        let receipt = ctx.case().and_then(|case| case.receipt()).unwrap_or_default();
        let grouped = ReceiptNumber::parse(receipt).map_or_else(|_| receipt.to_owned(), |number| number.grouped());
        let password = self.sheet.as_ref().and_then(|sheet| sheet.password.clone());
        let side = if ui.tokens.profile == Profile::Kiosk { 300.0 } else { 132.0 };
        let code = QrModules::encode(&format!("tongban:case:{receipt}")).ok().map(|modules| qr(ui, modules, side));
        let days = ctx.draft.item.as_ref().map_or(0, |item| item.promised_days);
        let soft = |key: &str| tinted(ui, Type::Body, Tone::Soft, ctx.text(key));
        let fact = |id: &str, key: &str, value: String| {
            let lines = column![soft(key), title(ui, value)].spacing(space.xs);
            Element::from(tongban_ui::widget::labelled(ctx.id(id), lines))
        };
        let password = password.map(|password| fact("done.password", "done-password", password));
        let days = fact("done.days", "done-days", ui.with("done-days-count", &[("n", &u32::from(days))]));
        // Big type leaves out what is also printed: the QR code and the hint to it.
        let facts: Element<'a, Message> = if ui.tokens.is_big() || ui.tokens.low {
            row(password).push(days).spacing(space.xxl).into()
        } else {
            let hint = tinted(ui, Type::Caption, Tone::Soft, ctx.text("done-query-hint"));
            // A kiosk stands upright; on a lying screen two facts share a line, so that every notice below has room.
            let facts: Element<'a, Message> = if ui.tokens.profile == Profile::Kiosk {
                column(password).push(days).spacing(space.m).into()
            } else {
                row(password).push(days).spacing(space.xxl).into()
            };
            let facts = column![facts, hint].spacing(space.m).width(Length::Fill);
            row![facts].extend(code).spacing(space.l).align_y(Center).into()
        };
        let size = if ui.tokens.is_big() { Type::Title } else { Type::Headline };
        let number = column![soft("done-number"), tinted(ui, size, Tone::Primary, grouped)].spacing(space.xs);
        let offline = ctx.case().is_some_and(tongban_domain::case::Case::submitted_offline).then(|| {
            let words = tinted(ui, Type::Body, Tone::Soft, ctx.text("done-offline")).width(Length::Fill);
            row![icon(ui, Icon::WifiOff, Tone::Soft), words].spacing(space.s).align_y(Center).into()
        });
        let content = column![number, divider(ui), facts];
        card(ui, content.extend(offline).spacing(space.m)).into()
    }

    /// Once more, while that makes sense.
    fn again<'a>(&'a self, ctx: &Context<'a>) -> Option<Element<'a, Message>> {
        let words = match self.phase() {
            PaperPhase::Unknown | PaperPhase::Printed => "done-again",
            PaperPhase::Failed(_) => "common-retry",
            _ => return None,
        };
        let again = secondary(ctx.ui, ctx.id("done.again"), ctx.text(words))
            .icon(Icon::Printer)
            .fill()
            .on_press(Message::Again);
        Some(again.into())
    }

    fn in_hand<'a>(&self, ctx: &Context<'a>) -> Option<Element<'a, Message>> {
        let unknown = *self.phase() == PaperPhase::Unknown;
        let yes = primary(ctx.ui, ctx.id("done.in-hand"), ctx.text("done-in-hand")).icon(Icon::Check).fill();
        unknown.then(|| yes.on_press(Message::SheetInHand).into())
    }

    fn paper<'a>(&'a self, ctx: &Context<'a>, audience: Audience) -> Element<'a, Message> {
        let ui = ctx.ui;
        let proof = is_proof(ctx);
        let waiting = |key: &str| {
            let ring = busy(ui, ctx.text(key), ctx.tick());
            Element::from(column![space().height(ui.tokens.space.s), ring].width(Length::Fill).align_x(Center))
        };
        match self.phase() {
            PaperPhase::Making => waiting(if proof { "done-fetching-proof" } else { "done-making-receipt" }),
            PaperPhase::Printing { reasons } => {
                let standing =
                    reasons.iter().map(|reason| not_printed(reason)).find(|failure| failure.code.as_str() != "P105");
                match standing {
                    Some(failure) => {
                        fault_banner(ui, ctx.id("done.printer"), Level::Warn, failure.code.as_str(), audience).into()
                    }
                    None => waiting("done-printing"),
                }
            }
            PaperPhase::Printed => {
                let (words, cure) = match (proof, ui.tokens.profile == Profile::Kiosk) {
                    (true, true) => ("done-take-proof", "done-take-proof-hint"),
                    (true, false) => ("done-take-proof", "done-take-proof-desk"),
                    (false, true) => ("done-take-receipt", "done-take-receipt-hint"),
                    (false, false) => ("done-take-receipt", "done-take-receipt-desk"),
                };
                banner(ui, ctx.id("done.printed"), Level::Ok, ctx.text(words)).cure(ctx.text(cure)).into()
            }
            PaperPhase::Unknown => fault_banner(ui, ctx.id("done.unknown"), Level::Warn, "P106", audience).into(),
            PaperPhase::Failed(failure) => {
                fault_banner(ui, ctx.id("done.failed"), Level::Fault, failure.code.as_str(), audience).into()
            }
        }
    }
}
