//! The frames of pages.

use iced::widget::{Column, Row, column, container, row, space, stack};
use iced::{Background, Center, Length, border};

use super::{BottomBar, TopBar};
use crate::widget::text::{Type, tinted};
use crate::{Element, Profile, Tokens, Tone, Ui, id};

/// A public page: top bar, content with margins, bottom bar. In 轮椅模式 all of it within reach.
#[must_use]
pub fn page<'a, M: Clone + 'a>(
    ui: &Ui,
    top: TopBar<'a, M>,
    content: impl Into<Element<'a, M>>,
    bottom: BottomBar<'a, M>,
) -> Element<'a, M> {
    if ui.tokens.low {
        let state = top.read_only();
        let hall = Column::new()
            .push(crate::icon::icon(crate::Icon::Hall, ui.tokens.size.icon_large, ui.tokens.colour.primary))
            .push(state)
            .push(tinted(ui, Type::Body, Tone::Soft, ui.text("common-low-hint")))
            .align_x(Center)
            .spacing(ui.tokens.space.m);
        return page_low(ui, hall, content, bottom);
    }
    let body = container(content)
        .width(Length::Fill)
        .height(Length::Fill)
        .padding([ui.tokens.space.xl, ui.tokens.size.margin])
        .clip(true);
    ground(column![Element::from(top), body, Element::from(bottom)])
}

/// A page without the bottom bar (the applicant's screen at the window).
#[must_use]
pub fn page_open<'a, M: Clone + 'a>(ui: &Ui, top: TopBar<'a, M>, content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    let body = container(content)
        .width(Length::Fill)
        .height(Length::Fill)
        .padding([ui.tokens.space.l, ui.tokens.size.margin])
        .clip(true);
    ground(column![Element::from(top), body])
}

/// Content above, the page's actions at its foot: always the same place to look.
#[must_use]
pub fn with_actions<'a, M: 'a>(
    ui: &Ui,
    content: impl Into<Element<'a, M>>,
    buttons: impl IntoIterator<Item = Element<'a, M>>,
) -> Element<'a, M> {
    let content = container(content).width(Length::Fill).height(Length::Fill).clip(true);
    column![content, actions(ui, buttons)].spacing(ui.tokens.space.l).into()
}

/// The same page in 轮椅模式: `banner` fills what cannot be reached, the
/// page keeps to the lower two thirds. The top bar's controls are not there; what was
/// chosen with them stays.
#[must_use]
pub fn page_low<'a, M: Clone + 'a>(
    ui: &Ui,
    banner: impl Into<Element<'a, M>>,
    content: impl Into<Element<'a, M>>,
    bottom: BottomBar<'a, M>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let upper = container(banner).center(Length::Fill);
    let edge = iced::Padding::ZERO.top(t.space.l).bottom(t.space.s).horizontal(t.size.margin);
    let body = container(content).width(Length::Fill).height(Length::Fill).padding(edge).clip(true);
    let lower = column![body, Element::from(bottom)];
    ground(column![upper, container(lower).height(Length::Fixed(Tokens::REACH))])
}

/// Three columns for staff: who (1), work (`middle` parts), devices and next step (1).
#[must_use]
pub fn panes<'a, M: Clone + 'a>(
    ui: &Ui,
    top: TopBar<'a, M>,
    left: impl Into<Element<'a, M>>,
    middle: impl Into<Element<'a, M>>,
    right: impl Into<Element<'a, M>>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let side = |content: Element<'a, M>, portion| {
        container(content).width(Length::FillPortion(portion)).height(Length::Fill).clip(true)
    };
    let body = row![side(left.into(), 5), side(middle.into(), 12), side(right.into(), 5)]
        .spacing(t.space.l)
        .padding(t.space.l)
        .height(Length::Fill);
    ground(column![Element::from(top), body])
}

/// A row of actions: the main one last, all as wide as they need to be equal.
#[must_use]
pub fn actions<'a, M: 'a>(ui: &Ui, buttons: impl IntoIterator<Item = Element<'a, M>>) -> Element<'a, M> {
    let cells = buttons.into_iter().map(|b| container(b).width(Length::Fill).into());
    Row::with_children(cells.collect::<Vec<_>>()).spacing(ui.tokens.space.m).into()
}

/// Fills the window. Its colour is the window's own ground, which the renderer puts only where something changed; a
/// surface of the window's size would be blended as a whole with every live picture.
fn ground<'a, M: 'a>(content: impl Into<Element<'a, M>>) -> Element<'a, M> {
    container(content).width(Length::Fill).height(Length::Fill).into()
}

/// Lays the 演示 ribbon over a page: nobody may take a demonstration for the real thing.
#[must_use]
pub fn demo_ribbon<'a, M: 'a>(ui: &Ui, page: impl Into<Element<'a, M>>) -> Element<'a, M> {
    let t = &ui.tokens;
    // It lies in margins where no page writes: above the kiosk's bottom bar, in
    // the free middle of the other top bars.
    let low = t.profile == Profile::Kiosk;
    let size = if low { t.space.xl * 0.5 } else { t.text.caption };
    let (fill, radius) = (t.colour.fault, t.size.radius);
    let words = tinted(ui, Type::Caption, Tone::OnPrimary, ui.text("common-demo"));
    let mark =
        container(words.size(size).color(t.colour.on_fault)).padding([t.space.xs * 0.3, t.space.l]).style(move |_| {
            container::Style {
                background: Some(Background::Color(fill)),
                border: iced::Border {
                    radius: if low { border::top(radius) } else { border::bottom(radius) },
                    ..iced::Border::default()
                },
                ..container::Style::default()
            }
        });
    let mark = super::labelled(id!("demo.ribbon"), mark);
    let over: Column<'a, M> = if low {
        column![space().height(Length::Fill), mark, space().height(t.size.bottom_bar)]
    } else {
        column![mark]
    };
    let over = over.width(Length::Fill).align_x(Center);
    stack![page.into(), over].width(Length::Fill).height(Length::Fill).into()
}
