//! Dialogs over a page.

use iced::widget::{Column, column, container, opaque, stack};
use iced::{Background, Center, Length};

use super::button::{primary, secondary};
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Tone, Ui, id};

/// Lays a dialog over a page; the page behind cannot be pressed.
#[must_use]
pub fn overlay<'a, M: 'a>(ui: &Ui, page: impl Into<Element<'a, M>>, dialog: Option<Element<'a, M>>) -> Element<'a, M> {
    let scrim = ui.tokens.colour.scrim;
    // The stack stays in place with and without a dialog, so that state below is kept.
    stack![page.into()]
        .extend(dialog.map(|dialog| {
            // In 轮椅模式 its buttons must be within reach.
            let place = container(dialog).center(Length::Fill).padding(ui.tokens.size.margin);
            let place = if ui.tokens.low { place.align_bottom(Length::Fill) } else { place };
            opaque(place.style(move |_| container::Style {
                background: Some(Background::Color(scrim)),
                ..container::Style::default()
            }))
        }))
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// A question or message with its actions.
#[must_use]
pub fn dialog<'a, M: 'a>(
    ui: &Ui,
    icon: Icon,
    tone: Tone,
    title: impl Into<String>,
    body: impl Into<String>,
    actions: impl IntoIterator<Item = Element<'a, M>>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let content = column![
        super::pictogram(ui, icon, tone),
        super::title(ui, title).align_x(Center),
        tinted(ui, Type::Body, Tone::Soft, body).align_x(Center),
        super::actions(ui, actions),
    ];
    framed(ui, content.spacing(t.space.l))
}

/// The idle overlay: a big number, 继续 (`idle.continue`) and 结束 (`idle.end`).
#[must_use]
pub fn idle_dialog<'a, M: Clone + 'a>(ui: &'a Ui, seconds: u32, on_continue: M, on_end: M) -> Element<'a, M> {
    let t = &ui.tokens;
    let number = tinted(ui, Type::Display, Tone::Primary, seconds.to_string());
    let content = column![
        super::title(ui, ui.text("kiosk-idle-title")).align_x(Center),
        super::labelled(id!("idle.seconds"), number),
        tinted(ui, Type::Body, Tone::Soft, ui.with("kiosk-idle-body", &[("n", &seconds)])).align_x(Center),
        super::actions(
            ui,
            [
                secondary(ui, id!("idle.end"), ui.text("kiosk-idle-end")).fill().on_press(on_end).into(),
                primary(ui, id!("idle.continue"), ui.text("kiosk-idle-continue")).fill().on_press(on_continue).into(),
            ],
        ),
    ];
    framed(ui, content.spacing(t.space.l))
}

fn framed<'a, M: 'a>(ui: &Ui, content: Column<'a, M>) -> Element<'a, M> {
    let t = &ui.tokens;
    container(content.align_x(Center))
        .id(id!("dialog"))
        .width(Length::Fill)
        .max_width(t.text.body * 30.0)
        .padding(t.space.xxl)
        .style(super::card::surface(t.colour.surface, t.colour.line, t.size.line, t.size.radius_large * 1.4))
        .into()
}
