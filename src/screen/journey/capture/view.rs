//! The camera's picture, the slots, and the pages of the chosen slot.

use super::{Capture, Message, look};
use crate::apply::context::Context;
use crate::config::Face;
use iced::widget::{column, container, row, scrollable, space};
use iced::{Center, Length, Point};
use std::sync::atomic::Ordering;
use tongban_device::page::PageHint;
use tongban_domain::case::Page;
use tongban_domain::event::{Light, PageVerdict};
use tongban_domain::ids::{PageId, RequirementId};
use tongban_domain::item::{MaterialState, SatisfiedBy};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{
    Audience, Button, Level, Outline, body, busy, caption, check, chip_with, fault_banner, leaves, list_row, live_view,
    panel, picture, primary, quiet, secondary, strong, thumb, tiles, tinted, title, with_actions,
};
use tongban_ui::{Element, Icon, Tone};

/// Pages shown beside each other; the newest are looked at.
const STRIP: usize = 5;
/// Width of the switch beside the shutter.
const SWITCH: f32 = 176.0;

impl Capture {
    /// The kiosk: picture and shutter above, slots below; a touched page takes the place of the slots.
    #[must_use]
    pub fn view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let gap = ui.tokens.space.m;
        let name = self.selected().map(|slot| self.name(ctx, slot)).unwrap_or_default();
        let label =
            (!ui.tokens.is_big()).then(|| tinted(ui, Type::Body, Tone::Soft, ctx.text("capture-into-slot")).into());
        let aim = column(label)
            .push(strong(ui, name))
            .push(self.shutter(ctx))
            .extend(self.hint(ctx))
            .spacing(gap)
            .width(Length::Fill);
        let top: Element<'a, Message> = if ui.tokens.is_big() && self.focused_page(ctx).is_some() {
            aim.into()
        } else {
            let size = if ui.tokens.is_big() { (512.0, 288.0) } else { (576.0, 324.0) };
            row![self.live(ctx, size), aim].spacing(ui.tokens.space.l).into()
        };
        let below = match self.focused_page(ctx) {
            Some(page) => self.page_view(ctx, page),
            None => leaves(ui, ctx.id("capture.slots"))
                .extend(self.slots(ctx).iter().map(|state| self.slot(ctx, state)))
                .into(),
        };
        let page = column![self.head(ctx), top]
            .extend(self.strip(ctx, if ui.tokens.is_big() { 124.0 } else { 150.0 }))
            .extend(self.verdict(ctx))
            .push(below)
            .spacing(gap);
        with_actions(ui, page, [self.next(ctx).into()])
    }

    /// The window: slots at the left, the camera at the right.
    #[must_use]
    pub fn officer_view<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let gap = ui.tokens.space.m;
        let rows = self.slots(ctx).iter().map(|state| self.slot(ctx, state)).collect::<Vec<_>>();
        let list = scrollable(column(rows).spacing(ui.tokens.space.s)).height(Length::Fill);
        let slots =
            container(panel(ui, ctx.text("capture-slots"), list).height(Length::Fill)).width(Length::FillPortion(2));
        let name = self.selected().map(|slot| self.name(ctx, slot)).unwrap_or_default();
        let words = body(ui, ui.with("capture-into", &[("name", &name)])).width(Length::Fill);
        // A fault has more to say than a shutter: it takes the line below.
        let aim: Element<'a, Message> = if self.taking() {
            row![words, self.shutter(ctx)].spacing(gap).align_y(Center).into()
        } else if ctx.live.code("document").is_some() {
            column![words, self.shutter(ctx)].spacing(gap).into()
        } else {
            let on = ctx.services.by_itself.load(Ordering::Relaxed);
            let switch =
                check(ui, ctx.id("capture.by-itself"), ctx.text("capture-by-itself"), on, Some(Message::ByItself(!on)));
            row![words, container(switch).width(SWITCH), self.shutter(ctx)].spacing(gap).align_y(Center).into()
        };
        let aim = column![aim].extend(self.hint(ctx)).spacing(ui.tokens.space.s);
        let work = column![self.live(ctx, (608.0, 342.0)), aim]
            .extend(self.strip(ctx, 112.0))
            .extend(self.verdict(ctx))
            .extend(self.focused_page(ctx).map(|page| self.tools(ctx, page, 3)))
            .spacing(gap)
            .width(Length::FillPortion(3));
        let page =
            column![self.head(ctx), row![slots, work].spacing(ui.tokens.space.l).height(Length::Fill)].spacing(gap);
        with_actions(ui, page, [self.next(ctx).into()])
    }

    /// Title, and how much is still missing.
    fn head<'a>(&self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        let missing = self.slots(ctx).iter().filter(|state| state.is_missing()).count();
        let again = self.pages_to_retake(ctx);
        let state = if missing == 0 && again > 0 {
            chip_with(ui, Tone::Warn, Icon::Refresh, ui.with("capture-pages-again", &[("n", &again)]))
        } else if missing == 0 {
            chip_with(ui, Tone::Ok, Icon::CheckCircle, ctx.text("capture-complete"))
        } else {
            chip_with(ui, Tone::Warn, Icon::Camera, ui.with("capture-missing", &[("n", &missing)]))
        };
        row![title(ui, ctx.text("capture-title")), space::horizontal(), state].align_y(Center).into()
    }

    fn live<'a>(&'a self, ctx: &Context<'a>, size: (f32, f32)) -> Element<'a, Message> {
        let handle = ctx.live.pictures.get("document").map(|picture| picture.handle.clone());
        // A page in the picture has its own outline; an empty desk shows where one should lie.
        let outline = match self.sight().and_then(|sight| sight.quad) {
            Some(corners) => Outline::Quad(corners.map(|[x, y]| Point::new(share(x), share(y)))),
            None => Outline::PageGuide,
        };
        live_view(ctx.ui, handle, size, outline, ctx.text("capture-camera-waiting"))
    }

    /// What to do better, or that the picture is being taken by itself.
    fn hint<'a>(&'a self, ctx: &Context<'a>) -> Option<Element<'a, Message>> {
        // What the shutter says while a picture is taken is all there is to say.
        let sight = self.sight().filter(|_| !self.taking())?;
        let taken = self.done == Some(sight.page) && matches!(sight.hint, PageHint::Good | PageHint::HoldStill);
        // What was taken and is to be taken again has its reason below: "change the page" would contradict it.
        if taken && self.spoken() == Some(super::Spoken::Again) {
            return None;
        }
        let (key, tone, icon) = match sight.hint {
            _ if taken => ("capture-change", Tone::Ok, Icon::CheckCircle),
            // Only what says it is ready takes itself.
            PageHint::Good if !self.would_take(ctx) => ("capture-may-shoot", Tone::Ok, Icon::CheckCircle),
            hint => look::hint(hint),
        };
        Some(chip_with(ctx.ui, tone, icon, ctx.text(key)))
    }

    /// The page that is spoken of: the touched one, the newest of the chosen slot, or the one taken last, whose slot
    /// was full with it; with its slot.
    fn spoken_of(&self, ctx: &Context<'_>) -> Option<(PageId, RequirementId)> {
        let (case, slot) = ctx.case().zip(self.selected())?;
        let here = self.focused_page(ctx).or_else(|| case.pages(slot).last().map(|page| page.id));
        here.map(|page| (page, slot.clone()))
            .or_else(|| self.newest.and_then(|page| Some((page, super::place(page, ctx)?.0))))
    }

    /// Pages that cannot stay as they are; complete is what is there and can be read.
    pub(super) fn pages_to_retake(&self, ctx: &Context<'_>) -> usize {
        ctx.case().map_or(0, |case| self.red(ctx, case.pages_by_requirement().into_values().flatten()))
    }

    fn red<'p>(&self, ctx: &Context<'_>, pages: impl IntoIterator<Item = &'p Page>) -> usize {
        pages.into_iter().filter(|page| self.light(ctx, page.id).0 == Light::Red).count()
    }

    fn light(&self, ctx: &Context<'_>, page: PageId) -> (Light, Option<PageVerdict>) {
        let recorded = ctx.case().and_then(|case| case.handling().page_verdicts.get(&page).cloned());
        let light = self.look(page).cloned().unwrap_or_default().light(recorded.as_ref());
        (light, recorded)
    }

    /// Verdict of the page spoken of, its reason, and taking it again or throwing it away.
    fn verdict<'a>(&'a self, ctx: &Context<'a>) -> Option<Element<'a, Message>> {
        let ui = ctx.ui;
        let (page, slot) = self.spoken_of(ctx)?;
        let (light, recorded) = self.light(ctx, page);
        let known = self.look(page).cloned().unwrap_or_default();
        let mut reason = known.reason(ctx, &slot, recorded.as_ref());
        if self.selected() != Some(&slot) {
            reason = ctx.ui.with("capture-of", &[("name", &self.name(ctx, &slot)), ("reason", &reason)]);
        }
        let (key, tone, icon) = look::state(light);
        let chip = if known.reading && light != Light::Red {
            chip_with(ui, Tone::Soft, Icon::Hourglass, ctx.text("capture-reading"))
        } else {
            chip_with(ui, tone, icon, ctx.text(key))
        };
        let free = !self.taking() && self.focused_page(ctx).is_none();
        let tool = |name: &str, words: &str, icon, message| -> Element<'a, Message> {
            secondary(ui, ctx.id(name), ctx.text(words)).icon(icon).small().on_press(message).into()
        };
        let again = (light != Light::Green && !known.reading && free)
            .then(|| tool("capture.again", "capture-retake", Icon::Refresh, Message::Retake(page)));
        // With a mouse there is room for both; a finger touches the page and finds 删除 there.
        let undo = (ui.tokens.hovers() && self.newest == Some(page) && free)
            .then(|| tool("capture.undo", "capture-undo", Icon::Trash, Message::Undo));
        let words = tinted(ui, Type::Body, Tone::Ink, reason).width(Length::Fill);
        Some(row![chip, words].extend(again).extend(undo).spacing(ui.tokens.space.m).align_y(Center).into())
    }

    fn shutter<'a>(&'a self, ctx: &Context<'a>) -> Element<'a, Message> {
        let ui = ctx.ui;
        if self.taking() {
            return busy(ui, ctx.text("capture-taking"), ctx.tick());
        }
        // What lies under the camera is no picture, or the camera is not well: say so before anybody presses.
        if let Some(code) = ctx.live.code("document") {
            let audience =
                if ctx.config.identity.face == Face::Kiosk { Audience::Applicant } else { Audience::Officer };
            return fault_banner(ui, ctx.id("capture.camera-fault"), Level::Warn, code.as_str(), audience).into();
        }
        let ready = self.selected().is_some() && ctx.live.ready("document");
        let shoot = primary(ui, ctx.id("capture.shoot"), ctx.text("capture-shoot")).icon(Icon::Camera);
        let shoot = if ui.tokens.hovers() { shoot } else { shoot.fill() };
        shoot.on_press_maybe(ready.then_some(Message::Shoot)).into()
    }

    /// The touched page, while it is one of the chosen slot.
    fn focused_page(&self, ctx: &Context<'_>) -> Option<PageId> {
        let (case, slot) = ctx.case().zip(self.selected())?;
        self.focused().filter(|page| case.pages(slot).iter().any(|known| known.id == *page))
    }

    /// Small pictures of the chosen slot's pages, the latest when there are many.
    fn strip<'a>(&'a self, ctx: &Context<'a>, side: f32) -> Option<Element<'a, Message>> {
        let ui = ctx.ui;
        let (case, slot) = ctx.case().zip(self.selected())?;
        let pages: Vec<PageId> = case.pages(slot).iter().map(|page| page.id).collect();
        let at = self.focused().and_then(|focus| pages.iter().position(|page| *page == focus));
        let first = at.unwrap_or(pages.len()).saturating_sub(STRIP / 2).min(pages.len().saturating_sub(STRIP));
        let thumbs = pages.iter().enumerate().skip(first).take(STRIP).map(|(n, page)| {
            let words = ui.with("capture-page", &[("n", &(n + 1))]);
            let shown: Element<'a, Message> = match self.thumb(*page) {
                Some(handle) => picture(ui, handle.clone(), side, side * 0.75),
                None => container(caption(ui, ctx.text("capture-loading"))).center_x(side).center_y(side * 0.75).into(),
            };
            let chosen = self.focused() == Some(*page);
            let (light, _) = self.light(ctx, *page);
            let (_, tone, _) = look::state(light);
            let reading = self.look(*page).is_some_and(|look| look.reading);
            let tone = if reading && light != Light::Red { Tone::Soft } else { tone };
            let press =
                thumb(ui, ctx.id(&format!("capture.page.{n}")), words.clone(), shown, chosen, Message::Focus(*page));
            column![press, tinted(ui, Type::Caption, tone, words)].align_x(Center).into()
        });
        (!pages.is_empty()).then(|| row(thumbs).spacing(ui.tokens.space.s).into())
    }

    /// A touched page, large, with what can be done with it.
    fn page_view<'a>(&'a self, ctx: &Context<'a>, page: PageId) -> Element<'a, Message> {
        let ui = ctx.ui;
        let shown =
            self.thumb(page).filter(|_| !ui.tokens.is_big()).map(|handle| picture(ui, handle.clone(), 592.0, 370.0));
        let columns = if ui.tokens.is_big() { 2 } else { 3 };
        column(shown)
            .push(self.tools(ctx, page, columns))
            .align_x(Center)
            .width(Length::Fill)
            .height(Length::Fill)
            .spacing(ui.tokens.space.m)
            .into()
    }

    fn tools<'a>(&'a self, ctx: &Context<'a>, page: PageId, columns: usize) -> Element<'a, Message> {
        let ui = ctx.ui;
        let tool = |name: &str, icon, message| {
            let words = ctx.text(&format!("capture-{name}"));
            Element::from(
                secondary(ui, ctx.id(&format!("capture.{name}")), words).icon(icon).small().fill().on_press(message),
            )
        };
        let next = self.other_slot(ctx).map(|slot| tool("move", Icon::Down, Message::MoveTo(page, slot)));
        let all = [
            tool("earlier", Icon::Left, Message::Earlier(page)),
            tool("after", Icon::Right, Message::Later(page)),
            tool("retake", Icon::Refresh, Message::Retake(page)),
            tool("remove", Icon::Trash, Message::Remove(page)),
        ];
        let back = (!ui.tokens.hovers()).then(|| {
            let words = ctx.text("capture-back");
            quiet(ui, ctx.id("capture.unfocus"), words)
                .icon(Icon::List)
                .small()
                .fill()
                .on_press(Message::Focus(page))
                .into()
        });
        tiles(ui, columns, all.into_iter().chain(next).chain(back))
    }

    /// The slot after the chosen one: a page put into the wrong slot usually belongs there.
    fn other_slot(&self, ctx: &Context<'_>) -> Option<RequirementId> {
        let slots = self.slots(ctx);
        let at = slots.iter().position(|state| Some(&state.requirement) == self.selected())?;
        slots
            .get(at + 1)
            .or_else(|| slots.first())
            .map(|state| state.requirement.clone())
            .filter(|slot| Some(slot) != self.selected())
    }

    fn slot<'a>(&'a self, ctx: &Context<'a>, state: &MaterialState) -> Element<'a, Message> {
        let ui = ctx.ui;
        let again = ctx.case().map_or(0, |case| self.red(ctx, case.pages(&state.requirement)));
        let (tone, icon, words) = match state.satisfied_by {
            SatisfiedBy::Pages(_) if again > 0 => {
                (Tone::Warn, Icon::Refresh, ui.with("capture-slot-again", &[("n", &again)]))
            }
            SatisfiedBy::Pages(pages) => (Tone::Ok, Icon::CheckCircle, ui.with("capture-pages", &[("n", &pages)])),
            _ if state.needed => (Tone::Warn, Icon::Camera, ctx.text("capture-needed")),
            _ => (Tone::Soft, Icon::Plus, ctx.text("capture-optional")),
        };
        let id = ctx.id(&format!("capture.slot.{}", state.requirement));
        let requirement = ctx.draft.item.as_deref().and_then(|item| item.requirement(&state.requirement));
        let note = requirement
            .map(|requirement| requirement.note.clone())
            .filter(|note| !note.is_empty() && !ui.tokens.is_big());
        let row = list_row(ui, id, self.name(ctx, &state.requirement))
            .state(tone, icon, words)
            .selected(self.selected() == Some(&state.requirement))
            .on_press(Message::Select(state.requirement.clone()));
        note.into_iter().fold(row, |row, note| row.subtitle(note)).into()
    }

    fn name(&self, ctx: &Context<'_>, slot: &RequirementId) -> String {
        let item = ctx.draft.item.as_deref();
        item.and_then(|item| item.requirement(slot)).map(|requirement| requirement.name.clone()).unwrap_or_default()
    }

    fn next<'a>(&'a self, ctx: &Context<'a>) -> Button<'a, Message> {
        let complete = !self.slots(ctx).iter().any(MaterialState::is_missing);
        let words = if self.going {
            ctx.ui.with("capture-finishing", &[("n", &self.reading())])
        } else {
            ctx.text("common-next")
        };
        primary(ctx.ui, ctx.id("capture.next"), words)
            .trailing(Icon::Forward)
            .fill()
            .on_press_maybe((complete && !self.taking()).then_some(Message::Forward))
    }
}

/// Ten-thousandths of a side as a share.
fn share(part: u16) -> f32 {
    f32::from(part) / 10_000.0
}
