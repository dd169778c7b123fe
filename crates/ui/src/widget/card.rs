//! Surfaces: cards, panels, sunk areas, thin lines.

use iced::widget::{Column, Container, column, container, rule};
use iced::{Background, Border, Color, Length};

use crate::{Element, Id, Ui};

/// Style of a filled, rounded, outlined surface.
pub(crate) fn surface(fill: Color, line: Color, width: f32, radius: f32) -> impl Fn(&iced::Theme) -> container::Style {
    move |_| container::Style {
        background: Some(Background::Color(fill)),
        border: Border { color: line, width, radius: radius.into() },
        ..container::Style::default()
    }
}

/// A white card with a subtle border; as wide as its place.
#[must_use]
pub fn card<'a, M: 'a>(ui: &Ui, content: impl Into<Element<'a, M>>) -> Container<'a, M> {
    let t = &ui.tokens;
    container(content).width(Length::Fill).padding(t.space.l).style(surface(
        t.colour.surface,
        t.colour.line,
        t.size.line,
        t.size.radius_large,
    ))
}

/// A card with a title.
#[must_use]
pub fn panel<'a, M: 'a>(ui: &Ui, title: impl Into<String>, content: impl Into<Element<'a, M>>) -> Container<'a, M> {
    let head: Column<'a, M> = column![super::heading(ui, title)];
    card(ui, head.push(content).spacing(ui.tokens.space.m))
}

/// A sunk area inside a card.
#[must_use]
pub fn sunk<'a, M: 'a>(ui: &Ui, content: impl Into<Element<'a, M>>) -> Container<'a, M> {
    let t = &ui.tokens;
    container(content).width(Length::Fill).padding(t.space.m).style(surface(
        t.colour.sunk,
        Color::TRANSPARENT,
        0.0,
        t.size.radius,
    ))
}

/// A thin line between rows.
#[must_use]
pub fn divider<'a, M: 'a>(ui: &Ui) -> Element<'a, M> {
    let (colour, width) = (ui.tokens.colour.line, ui.tokens.size.line);
    rule::horizontal(width)
        .style(move |_: &iced::Theme| rule::Style {
            color: colour,
            radius: 0.0.into(),
            fill_mode: rule::FillMode::Full,
            snap: true,
        })
        .into()
}

/// Gives an area a name that tests and the inspector find.
#[must_use]
pub fn labelled<'a, M: 'a>(id: impl Into<Id>, content: impl Into<Element<'a, M>>) -> Container<'a, M> {
    container(content).id(id.into())
}
