//! What is signed, in short; two equal ways to sign.

use super::{Message, Phase, SignOff};
use crate::apply::context::Context;
use iced::Length;
use iced::widget::{column, row, scrollable};
use tongban_device::fault::Hint;
use tongban_domain::item::{MaterialState, SatisfiedBy, material_state};
use tongban_ui::widget::{
    Audience, Level, actions, body, busy, caption, card, fault_banner, field_row, pictogram, primary, tile, title,
};
use tongban_ui::{Element, Icon, Tone};

impl SignOff {
    /// The applicant reads the summary and signs.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let act: Element<'a, Message> = match self.phase() {
            Phase::Choosing => row![
                self.way(ctx, "finger", Icon::Finger, Message::UseFinger),
                self.way(ctx, "camera", Icon::Camera, Message::UseCamera),
            ]
            .spacing(ui.tokens.space.m)
            .into(),
            Phase::Pressing(hint) => {
                let key = match hint {
                    Some(Hint::FingerBetter) => "sign-off-better",
                    Some(Hint::LiftFinger) => "sign-off-lift",
                    _ => "sign-off-press",
                };
                row![pictogram(ui, Icon::Finger, Tone::Primary), title(ui, ctx.text(key))]
                    .spacing(ui.tokens.space.l)
                    .align_y(iced::Center)
                    .into()
            }
            Phase::Keeping => busy(ui, ctx.text("sign-off-keeping"), ctx.tick()),
            Phase::Failed(failure) => {
                let again = primary(ui, ctx.id("sign-off.again"), ctx.text("common-retry")).on_press(Message::Again);
                let banner = fault_banner(ui, ctx.id("sign-off.fault"), Level::Fault, failure.code.as_str(), Audience::Applicant);
                column![Element::from(banner), actions(ui, [again.into()])].spacing(ui.tokens.space.m).into()
            }
        };
        column![title(ui, ctx.text("sign-off-title")), self.summary(ctx), body(ui, ctx.text("sign-off-promise")), act]
            .spacing(ui.tokens.space.l)
            .into()
    }

    /// The officer sees the summary and waits; signing is the applicant's.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        column![title(ui, ctx.text("sign-off-officer-wait")), self.summary(ctx)].spacing(ui.tokens.space.l).into()
    }

    fn way<'a>(&self, ctx: &Context<'a>, name: &str, icon: Icon, message: Message) -> Element<'a, Message> {
        tile(ctx.ui, ctx.id(&format!("sign-off.{name}")), icon, ctx.text(&format!("sign-off-{name}")))
            .upright()
            .on_press(message)
            .into()
    }

    /// Full data stands on this page alone; the applicant answers for it.
    fn summary<'a>(&self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let Some((case, item)) = ctx.case().zip(ctx.draft.item.as_deref()) else { return iced::widget::space().into() };
        let facts = case.card().map(|card| (card.name.clone(), card.number.clone())).unwrap_or_default();
        let materials = material_state(item, case);
        let count = |test: &dyn Fn(&MaterialState) -> bool| materials.iter().filter(|state| test(state)).count();
        let shared = count(&|state| state.needed && matches!(state.satisfied_by, SatisfiedBy::Share | SatisfiedBy::Card));
        let pages: usize = materials.iter().map(|state| if let SatisfiedBy::Pages(pages) = state.satisfied_by { pages } else { 0 }).sum();
        let digest = self.digest(ctx).map(|digest| digest.to_string()).unwrap_or_default();
        let line = |name: &str, value: String| Element::from(field_row(ui, ctx.id(&format!("sign-off.{name}")), ctx.text(&format!("sign-off-{name}")), value));
        let firm = case.firm().map(|code| line("firm", code.to_owned()));
        let content = column![line("item", item.name.clone()), line("name", facts.0), line("number", facts.1)]
            .extend(firm)
            .push(line("shared", ui.with("sign-off-shared-count", &[("n", &shared)])))
            .push(line("pages", ui.with("sign-off-pages-count", &[("n", &pages)])))
            .push(caption(ui, ui.with("sign-off-digest", &[("digest", &digest.chars().take(16).collect::<String>())])))
            .spacing(ui.tokens.space.s);
        card(ui, scrollable(content)).height(Length::Shrink).into()
    }
}
