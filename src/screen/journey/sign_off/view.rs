//! What is signed, in short; three equal ways to sign.

use super::{Message, Phase, SignOff, hand};
use crate::apply::context::Context;
use crate::screen::journey::reading::{far, to_read};
use iced::widget::{center, column, container, row, space};
use iced::{Center, Length};
use tongban_device::biometric::FingerOutcome;
use tongban_device::fault::Hint;
use tongban_domain::case::Case;
use tongban_domain::event::Value;
use tongban_domain::item::{Field, FieldKind, MaterialState, SatisfiedBy, ServiceItem, material_state};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Audience, Level, actions, banner, busy, caption, card, fault_banner, field_row, icon, leaves, pictogram, primary,
    quiet, secondary, signature, strong, tile, tiles, tinted, title,
};
use tongban_ui::{Element, Icon, Profile, Tone};

/// Width of the field to sign in, pixels: on a kiosk and on the applicant's screen at a window.
const FIELD_KIOSK: f32 = 900.0;
/// See [`FIELD_KIOSK`].
const FIELD_CUSTOMER: f32 = 600.0;

impl SignOff {
    /// The applicant reads the summary and signs.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let promise = column![strong(ui, ctx.text("sign-off-promise"))]
            .extend(to_read(ctx, "sign-off.unread", self.leafed()))
            .spacing(ui.tokens.space.s);
        // The applicant's screen at a window is wide and low: what is signed stands beside the signing.
        if ui.tokens.profile == Profile::Customer {
            let read = column![self.head(ctx), self.summary(ctx, true)].spacing(ui.tokens.space.m);
            let sign = column![promise, self.act(ctx)].spacing(ui.tokens.space.s);
            // A name needs room; three ways below each other need their words in few lines.
            let (left, right) = if self.writes() { (2, 3) } else { (3, 2) };
            return row![read.width(Length::FillPortion(left)), sign.width(Length::FillPortion(right))]
                .spacing(ui.tokens.space.xl)
                .into();
        }
        column![self.head(ctx), self.summary(ctx, true), promise, self.act(ctx)].spacing(ui.tokens.space.m).into()
    }

    /// The officer sees the summary and waits; signing is the applicant's.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        column![title(ui, ctx.text("sign-off-officer-wait"))]
            .extend(far(ctx, self.leafed()))
            .push(self.summary(ctx, false))
            .spacing(ui.tokens.space.l)
            .into()
    }

    /// Title, and the hint that what follows is for the applicant's eyes.
    fn head<'a>(&self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let private = row![
            icon(ui, Icon::EyeOff, Tone::Soft),
            tinted(ui, Type::Caption, Tone::Soft, ctx.text("customer-private"))
        ]
        .spacing(ui.tokens.space.s)
        .align_y(Center);
        column![title(ui, ctx.text("sign-off-title")), private].spacing(ui.tokens.space.xs).into()
    }

    fn act<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        match self.phase() {
            Phase::Choosing => self.ways(ctx),
            Phase::Pressing(hint) => {
                let key = match hint {
                    Some(Hint::FingerBetter) => "sign-off-better",
                    Some(Hint::LiftFinger) => "sign-off-lift",
                    _ => "sign-off-press",
                };
                let words = title(ui, ctx.text(key));
                let mark = pictogram(ui, Icon::Finger, Tone::Primary);
                if ui.tokens.profile == Profile::Customer {
                    column![mark, words.align_x(Center)]
                        .align_x(Center)
                        .width(Length::Fill)
                        .spacing(ui.tokens.space.l)
                        .into()
                } else {
                    card(ui, row![mark, words.width(Length::Fill)].spacing(ui.tokens.space.l).align_y(Center)).into()
                }
            }
            Phase::Keeping => {
                center(busy(ui, ctx.text("sign-off-keeping"), ctx.tick())).height(ui.tokens.size.tile).into()
            }
            Phase::OnPad => {
                let words = title(ui, ctx.text("sign-off-hand-pad"));
                let mark = pictogram(ui, Icon::Pen, Tone::Primary);
                card(ui, row![mark, words.width(Length::Fill)].spacing(ui.tokens.space.l).align_y(Center)).into()
            }
            Phase::Writing => self.writing(ctx),
            Phase::Comparing => {
                center(busy(ui, ctx.text("sign-off-comparing"), ctx.tick())).height(ui.tokens.size.tile).into()
            }
            Phase::Refused(outcome) => {
                let key = if *outcome == FingerOutcome::Worn { "sign-off-worn" } else { "sign-off-other-finger" };
                let words = banner(ui, ctx.id("sign-off.refused"), Level::Warn, ctx.text(key))
                    .cure(ctx.text(&format!("{key}-body")));
                column![Element::from(words), self.ways(ctx)].spacing(ui.tokens.space.m).into()
            }
            Phase::Failed(failure) => {
                let again = primary(ui, ctx.id("sign-off.again"), ctx.text("sign-off-again"))
                    .icon(Icon::Refresh)
                    .fill()
                    .on_press(Message::Again);
                let banner = fault_banner(
                    ui,
                    ctx.id("sign-off.fault"),
                    Level::Fault,
                    failure.code.as_str(),
                    Audience::Applicant,
                );
                column![Element::from(banner), actions(ui, [again.into()])].spacing(ui.tokens.space.m).into()
            }
        }
    }

    /// The applicant is writing.
    fn writes(&self) -> bool {
        *self.phase() == Phase::Writing
    }

    /// The field with what is written, and what to do with it.
    fn writing<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let (hand, t) = (self.hand(), &ui.tokens);
        let hint = ctx.text("sign-off-hand-hint");
        let width = if t.profile == Profile::Customer { FIELD_CUSTOMER } else { FIELD_KIOSK };
        let (across, down) = hand::FIELD;
        let height = width * f32::from(down) / f32::from(across);
        let field = signature(ui, ctx.id("sign-off.field"), hand.strokes(), height, hint, Message::Ink);
        let field = container(container(field).width(width)).center_x(Length::Fill);
        let rewrite = secondary(ui, ctx.id("sign-off.rewrite"), ctx.text("sign-off-hand-rewrite"))
            .icon(Icon::Refresh)
            .fill()
            .on_press(Message::Rewrite);
        let keep = primary(ui, ctx.id("sign-off.keep"), ctx.text("sign-off-hand-keep"))
            .icon(Icon::Check)
            .fill()
            .on_press_maybe(hand.is_signed().then_some(Message::Keep));
        let other = quiet(ui, ctx.id("sign-off.other"), ctx.text("sign-off-again")).on_press(Message::Again);
        column![
            caption(ui, ctx.text("sign-off-hand-kept")),
            field,
            row![rewrite, keep].spacing(t.space.m),
            container(other).center_x(Length::Fill)
        ]
        .spacing(t.space.m)
        .into()
    }

    /// Finger, camera and signature, equal in size.
    fn ways<'a>(&self, ctx: &Context<'a>) -> Element<'a, Message> {
        let columns = if ctx.ui.tokens.profile == Profile::Customer { 1 } else { 3 };
        let ways = [
            self.way(ctx, "finger", Icon::Finger, Message::UseFinger),
            self.way(ctx, "camera", Icon::Camera, Message::UseCamera),
            self.way(ctx, "hand", Icon::Pen, Message::UseHand),
        ];
        tiles(ctx.ui, columns, ways)
    }

    fn way<'a>(&self, ctx: &Context<'a>, name: &str, icon: Icon, message: Message) -> Element<'a, Message> {
        let tile = tile(ctx.ui, ctx.id(&format!("sign-off.{name}")), icon, ctx.text(&format!("sign-off-{name}")))
            .on_press_maybe(self.leafed().is_whole().then_some(message));
        // The applicant's screen at a window is low: the words stand beside the icon.
        if ctx.ui.tokens.profile == Profile::Customer { tile.into() } else { tile.upright().into() }
    }

    /// Full data stands on this page alone; the applicant answers for it, and reads all of it.
    fn summary<'a>(&self, ctx: &Context<'a>, answers_for_it: bool) -> Element<'a, Message> {
        let ui = ctx.ui;
        let Some((case, item)) = ctx.case().zip(ctx.draft.item.as_deref()) else { return space().into() };
        let facts = case.card().map(|card| (card.name.clone(), card.number.clone())).unwrap_or_default();
        let materials = material_state(item, case);
        let count = |test: &dyn Fn(&MaterialState) -> bool| materials.iter().filter(|state| test(state)).count();
        let shared =
            count(&|state| state.needed && matches!(state.satisfied_by, SatisfiedBy::Share | SatisfiedBy::Card));
        let pages: usize = materials
            .iter()
            .map(|state| if let SatisfiedBy::Pages(pages) = state.satisfied_by { pages } else { 0 })
            .sum();
        let digest = self.digest(ctx).map(|digest| digest.to_string()).unwrap_or_default();
        let line = |name: &str, value: String| {
            Element::from(field_row(
                ui,
                ctx.id(&format!("sign-off.{name}")),
                ctx.text(&format!("sign-off-{name}")),
                value,
            ))
        };
        let firm = case.firm().map(|code| line("firm", code.to_owned()));
        let first = [line("item", item.name.clone()), line("name", facts.0), line("number", facts.1)];
        let materials = [
            line("shared", ui.with("sign-off-shared-count", &[("n", &shared)])),
            line("pages", ui.with("sign-off-pages-count", &[("n", &pages)])),
        ];
        let digest =
            caption(ui, ui.with("sign-off-digest", &[("digest", &digest.chars().take(16).collect::<String>())]));
        let lines = first.into_iter().chain(firm).chain(materials).chain(answers(ctx, case, item));
        let rows = leaves(ui, ctx.id("sign-off.summary")).extend(lines).push(digest);
        let rows = if answers_for_it { rows.on_seen(Message::Leafed) } else { rows };
        card(ui, rows).padding([ui.tokens.space.m, ui.tokens.space.l]).height(Length::Fill).into()
    }
}

/// What was filled in, field by field.
fn answers<'a>(ctx: &Context<'a>, case: &Case, item: &ServiceItem) -> Vec<Element<'a, Message>> {
    let ui = ctx.ui;
    let line = |field: &Field| {
        let value = match (case.form().get(&field.id)?, &field.kind) {
            (Value::Text(key), FieldKind::Choice { options }) => options
                .iter()
                .find(|option| option.key == *key)
                .map_or_else(|| key.clone(), |option| option.label.clone()),
            (Value::Text(text), FieldKind::Number { unit, .. }) => format!("{text} {unit}"),
            (Value::Text(text), _) => text.clone(),
            (Value::Bool(on), _) => ctx.text(if *on { "common-yes" } else { "common-no" }),
            (Value::Rows(rows), _) => ui.with("sign-off-rows", &[("n", &rows.len())]),
        };
        Some(field_row(ui, ctx.id(&format!("sign-off.form.{}", field.id)), field.label.clone(), value).into())
    };
    item.form.fields().filter_map(line).collect()
}
