//! Still pictures, pictograms and QR codes in their frames.

use iced::Length;
use iced::advanced::image::Handle;
use iced::widget::container;

use crate::preview::Preview;
use crate::qr::{Qr, QrModules};
use crate::{Element, Icon, Tone, Ui};

/// A large icon in a pale circle: what the page asks for, without words.
#[must_use]
pub fn pictogram<'a, M: 'a>(ui: &Ui, icon: Icon, tone: Tone) -> Element<'a, M> {
    let t = &ui.tokens;
    let side = t.size.picture;
    container(crate::icon::icon(icon, side * 0.5, t.colour.tone(tone)))
        .center(Length::Fixed(side))
        .style(super::card::surface(t.colour.ground(tone), t.colour.ground(tone), 0.0, side / 2.0))
        .into()
}

/// A still picture in a dark, rounded frame of fixed size.
#[must_use]
pub fn picture<'a, M: 'a>(ui: &Ui, handle: Handle, width: f32, height: f32) -> Element<'a, M> {
    let t = &ui.tokens;
    let preview = Preview::new(handle, width, height).radius(t.size.radius);
    let ground = ground(ui, &preview);
    container(preview).style(super::card::surface(ground, t.colour.line, 0.0, t.size.radius)).into()
}

/// The dark ground beside a picture of another shape; none where the picture
/// fills its box, for half a pixel of it would show as a dark edge.
pub(super) fn ground(ui: &Ui, preview: &Preview) -> iced::Color {
    if preview.covers() { iced::Color::TRANSPARENT } else { ui.tokens.colour.picture }
}

/// A QR code on white with a thin frame.
#[must_use]
pub fn qr<'a, M: 'a>(ui: &Ui, modules: QrModules, size: f32) -> Element<'a, M> {
    let t = &ui.tokens;
    container(Qr::new(modules, size))
        .padding(t.space.s)
        .style(super::card::surface(iced::Color::WHITE, t.colour.line, t.size.line, t.size.radius))
        .into()
}

/// A small picture that can be touched and chosen.
#[must_use]
pub fn thumb<'a, M: Clone + 'a>(
    ui: &Ui,
    id: impl Into<crate::Id>,
    label: impl Into<String>,
    content: impl Into<Element<'a, M>>,
    chosen: bool,
    message: M,
) -> Element<'a, M> {
    use crate::press::{Face, Press, Skin};
    let (c, size) = (&ui.tokens.colour, &ui.tokens.size);
    let line = if chosen { c.primary } else { c.line_strong };
    let width = if chosen { size.line_strong } else { size.line };
    let face = |fill| Face { fill, line, width };
    let skin = Skin {
        rest: face(c.surface),
        hovered: face(c.surface),
        pressed: face(c.primary_soft),
        disabled: face(c.sunk),
        focus: c.primary,
        radius: size.radius,
    };
    Press::new(id, label, skin, content).on_press_maybe(Some(message)).padding(ui.tokens.space.xs).into()
}
