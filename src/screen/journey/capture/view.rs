//! The camera's picture, the slots, and the pages of the chosen slot.

use super::{Capture, Message};
use crate::apply::context::Context;
use crate::config::Face;
use iced::Length;
use iced::widget::{column, container, row, scrollable};
use tongban_domain::ids::{PageId, RequirementId};
use tongban_domain::item::{MaterialState, SatisfiedBy};
use tongban_ui::widget::{
    Outline, actions, body, thumb, busy, caption, heading, list_row, live_view, panel, picture, primary, quiet, title,
};
use tongban_ui::{Element, Icon, Tone};

impl Capture {
    /// The kiosk: picture above, slots and pages below.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let live = self.live(ctx, (800.0, 450.0));
        let slots = scrollable(self.slot_list(ctx)).height(Length::Fill);
        column![title(ui, ctx.text("capture-title")), live, self.shutter(ctx), self.strip(ctx), slots, self.forward(ctx)]
            .spacing(ui.tokens.space.m)
            .into()
    }

    /// The window: slots at the left, the camera at the right.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let slots = container(scrollable(self.slot_list(ctx))).width(Length::FillPortion(2));
        let work = column![self.live(ctx, (640.0, 360.0)), self.shutter(ctx), self.strip(ctx)]
            .spacing(ui.tokens.space.m)
            .width(Length::FillPortion(3));
        column![title(ui, ctx.text("capture-title")), row![slots, work].spacing(ui.tokens.space.l).height(Length::Fill), self.forward(ctx)]
            .spacing(ui.tokens.space.m)
            .into()
    }

    fn live<'a>(&'a self, ctx: &Context<'a>, size: (f32, f32)) -> Element<'a, Message> {
        let handle = ctx.live.pictures.get("document").map(|picture| picture.handle.clone());
        live_view(ctx.ui, handle, size, Outline::PageGuide, ctx.text("capture-camera-waiting"))
    }

    fn shutter<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if self.taking() {
            return busy(ui, ctx.text("capture-taking"), ctx.tick());
        }
        let name = self.selected().map(|slot| self.name(ctx, slot)).unwrap_or_default();
        let ready = self.selected().is_some() && ctx.live.ready("document");
        let words = ui.with("capture-into", &[("name", &name)]);
        let shoot = primary(ui, ctx.id("capture.shoot"), ctx.text("capture-shoot"))
            .icon(Icon::Camera)
            .on_press_maybe(ready.then_some(Message::Shoot));
        row![body(ui, words).width(Length::Fill), shoot].spacing(ui.tokens.space.m).align_y(iced::Center).into()
    }

    /// Pages of the chosen slot, and what can be done with the touched one.
    fn strip<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let Some((case, slot)) = ctx.case().zip(self.selected()) else { return iced::widget::space().into() };
        let pages: Vec<PageId> = case.pages(slot).iter().map(|page| page.id).collect();
        let kiosk = ctx.config.identity.face == Face::Kiosk;
        let side = if kiosk { 150.0 } else { 120.0 };
        let thumbs = pages.iter().enumerate().map(|(n, page)| {
            let shown: Element<'a, Message> = match self.thumb(*page) {
                Some(handle) => picture(ui, handle.clone(), side, side * 0.75),
                None => busy(ui, ctx.text("capture-loading"), ctx.tick()),
            };
            let press = thumb(ui, ctx.id(&format!("capture.page.{n}")), ui.with("capture-page", &[("n", &(n + 1))]), shown, self.focused() == Some(*page), Message::Focus(*page));
            column![press, caption(ui, ui.with("capture-page", &[("n", &(n + 1))]))].align_x(iced::Center).into()
        });
        let tools = self.focused().filter(|page| pages.contains(page)).map(|page| self.tools(ctx, page));
        let none = pages.is_empty().then(|| caption(ui, ctx.text("capture-no-page")).into());
        column![row(thumbs).spacing(ui.tokens.space.s)].extend(none).extend(tools).spacing(ui.tokens.space.s).into()
    }

    fn tools<'a>(&'a self, ctx: &Context<'a>, page: PageId) -> Element<'a, Message> {
        let ui = ctx.ui;
        let tool = |name: &str, icon, message| {
            Element::from(quiet(ui, ctx.id(&format!("capture.{name}")), ctx.text(&format!("capture-{name}"))).icon(icon).small().on_press(message))
        };
        let next = self.other_slot(ctx).map(|slot| tool("move", Icon::Down, Message::MoveTo(page, slot)));
        row![
            tool("earlier", Icon::Left, Message::Earlier(page)),
            tool("after", Icon::Right, Message::Later(page)),
            tool("retake", Icon::Refresh, Message::Retake(page)),
            tool("remove", Icon::Trash, Message::Remove(page)),
        ]
        .extend(next)
        .spacing(ui.tokens.space.s)
        .into()
    }

    /// The slot after the chosen one: a page put into the wrong slot usually belongs there.
    fn other_slot(&self, ctx: &Context<'_>) -> Option<RequirementId> {
        let slots = self.slots(ctx);
        let at = slots.iter().position(|state| Some(&state.requirement) == self.selected())?;
        slots.get(at + 1).or_else(|| slots.first()).map(|state| state.requirement.clone()).filter(|slot| Some(slot) != self.selected())
    }

    fn slot_list<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let slots = self.slots(ctx);
        let missing = slots.iter().filter(|state| state.is_missing()).count();
        let words = if missing == 0 { ctx.text("capture-complete") } else { ui.with("capture-missing", &[("n", &missing)]) };
        let rows = slots.iter().map(|state| self.slot(ctx, state));
        panel(ui, ctx.text("capture-slots"), column![heading(ui, words)].extend(rows).spacing(ui.tokens.space.s)).into()
    }

    fn slot<'a>(&'a self, ctx: &Context<'a>, state: &MaterialState) -> Element<'a, Message> {
        let ui = ctx.ui;
        let (tone, icon, words) = match state.satisfied_by {
            SatisfiedBy::Pages(pages) => (Tone::Ok, Icon::CheckCircle, ui.with("capture-pages", &[("n", &pages)])),
            _ if state.needed => (Tone::Warn, Icon::Camera, ctx.text("capture-needed")),
            _ => (Tone::Soft, Icon::Plus, ctx.text("capture-optional")),
        };
        let id = ctx.id(&format!("capture.slot.{}", state.requirement));
        let requirement = ctx.draft.item.as_deref().and_then(|item| item.requirement(&state.requirement));
        let note = requirement.map(|requirement| requirement.note.clone()).unwrap_or_default();
        list_row(ui, id, self.name(ctx, &state.requirement))
            .subtitle(note)
            .state(tone, icon, words)
            .selected(self.selected() == Some(&state.requirement))
            .on_press(Message::Select(state.requirement.clone()))
            .into()
    }

    fn name(&self, ctx: &Context<'_>, slot: &RequirementId) -> String {
        let item = ctx.draft.item.as_deref();
        item.and_then(|item| item.requirement(slot)).map(|requirement| requirement.name.clone()).unwrap_or_default()
    }

    fn forward<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let complete = !self.slots(ctx).iter().any(MaterialState::is_missing);
        let next = primary(ui, ctx.id("capture.next"), ctx.text("common-next"))
            .trailing(Icon::Forward)
            .on_press_maybe((complete && !self.taking()).then_some(Message::Forward));
        actions(ui, [next.into()])
    }
}
