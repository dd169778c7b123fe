//! Buttons: one main action per page, the rest secondary or quiet.

use iced::widget::{Row, container, row};
use iced::{Center, Color, Length};

use crate::press::{Face, Press, Skin};
use crate::tokens::Tokens;
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Tone, Ui};

/// Weight of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Primary,
    Secondary,
    Danger,
    Quiet,
}

/// A button under construction; becomes an element with `.into()`.
pub struct Button<'a, M> {
    ui: &'a Ui,
    id: Id,
    label: String,
    weight: Weight,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    on_press: Option<M>,
    width: Length,
    small: bool,
    stacked: bool,
}

/// The page's main action (blue).
pub fn primary<'a, M>(ui: &'a Ui, id: impl Into<Id>, label: impl Into<String>) -> Button<'a, M> {
    Button::new(ui, id, label, Weight::Primary)
}

/// Any other action (white, outlined).
pub fn secondary<'a, M>(ui: &'a Ui, id: impl Into<Id>, label: impl Into<String>) -> Button<'a, M> {
    Button::new(ui, id, label, Weight::Secondary)
}

/// An action that cannot be taken back (red): end, void, delete.
pub fn danger<'a, M>(ui: &'a Ui, id: impl Into<Id>, label: impl Into<String>) -> Button<'a, M> {
    Button::new(ui, id, label, Weight::Danger)
}

/// A small action inside text or bars (no outline).
pub fn quiet<'a, M>(ui: &'a Ui, id: impl Into<Id>, label: impl Into<String>) -> Button<'a, M> {
    Button::new(ui, id, label, Weight::Quiet)
}

impl<'a, M> Button<'a, M> {
    fn new(ui: &'a Ui, id: impl Into<Id>, label: impl Into<String>, weight: Weight) -> Self {
        Self {
            ui,
            id: id.into(),
            label: label.into(),
            weight,
            icon: None,
            trailing: None,
            on_press: None,
            width: Length::Shrink,
            small: false,
            stacked: false,
        }
    }

    /// An icon before the words.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// An icon after the words.
    #[must_use]
    pub fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }

    /// What happens. Without it the button is disabled.
    #[must_use]
    pub fn on_press(mut self, message: M) -> Self {
        self.on_press = Some(message);
        self
    }

    /// What happens, when it may happen.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<M>) -> Self {
        self.on_press = message;
        self
    }

    /// As wide as there is room.
    #[must_use]
    pub fn fill(self) -> Self {
        self.width(Length::Fill)
    }

    /// Any width.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Lower, for bars and rows (on a kiosk still 96 pixels).
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// Icon above the words, for bars.
    #[must_use]
    pub fn stacked(mut self) -> Self {
        self.stacked = true;
        self
    }
}

/// Skin of a weight.
fn skin(tokens: &Tokens, weight: Weight) -> Skin {
    let c = &tokens.colour;
    let line = tokens.size.line;
    let face = |fill, line, width| Face { fill, line, width };
    let solid = |fill: Color| face(fill, fill, 0.0);
    let (rest, pressed) = match weight {
        Weight::Primary => (solid(c.primary), solid(c.primary_pressed)),
        Weight::Danger => (solid(c.fault), solid(c.fault_pressed)),
        Weight::Secondary => (face(c.surface, c.line_strong, line), face(c.primary_soft, c.primary, line)),
        Weight::Quiet => (solid(Color::TRANSPARENT), solid(c.sunk)),
    };
    Skin {
        rest,
        hovered: if tokens.hovers() { pressed } else { rest },
        pressed,
        disabled: match weight {
            Weight::Quiet => solid(Color::TRANSPARENT),
            _ => face(c.sunk, c.line, line),
        },
        focus: if matches!(weight, Weight::Primary | Weight::Danger) { c.ink } else { c.primary },
        radius: tokens.size.radius,
    }
}

/// Width at which the words stand in one line; Chinese letters are as wide as high.
fn wanted<M>(t: &Tokens, button: &Button<'_, M>, side: f32) -> f32 {
    let size = match (button.stacked, button.small) {
        (true, true) => t.text.caption,
        (true, false) | (false, true) => t.text.body,
        (false, false) => t.text.label,
    };
    let letters = |c: char| if c < '\u{2e80}' { 0.5 } else { 1.0 };
    let words = button.label.chars().map(letters).sum::<f32>() * size;
    let icons = [button.icon, button.trailing].into_iter().flatten().map(|_| t.size.icon + t.space.s);
    let icons: f32 = if button.stacked { 0.0 } else { icons.sum() };
    words + icons + 2.0 * side - 2.0
}

fn tone(weight: Weight, enabled: bool) -> Tone {
    match (weight, enabled) {
        (_, false) => Tone::Faint,
        (Weight::Primary | Weight::Danger, true) => Tone::OnPrimary,
        (Weight::Secondary | Weight::Quiet, true) => Tone::Primary,
    }
}

impl<'a, M: Clone + 'a> From<Button<'a, M>> for Element<'a, M> {
    fn from(button: Button<'a, M>) -> Self {
        let ui = button.ui;
        let t = &ui.tokens;
        let tone = tone(button.weight, button.on_press.is_some());
        let kind = if button.small { Type::Strong } else { Type::Label };
        let words = tinted(ui, kind, tone, button.label.clone());
        let draw = |icon| super::icon(ui, icon, tone);
        let content: Element<'a, M> = if button.stacked {
            let kind = if button.small { Type::Caption } else { Type::Strong };
            let small = tinted(ui, kind, tone, button.label.clone());
            iced::widget::column(button.icon.map(draw)).push(small).align_x(Center).spacing(2.0).into()
        } else {
            let mut parts: Row<'a, M> = row(button.icon.map(draw));
            if !button.label.is_empty() {
                parts = parts.push(words);
            }
            parts.extend(button.trailing.map(draw)).spacing(t.space.s).align_y(Center).into()
        };
        let height = if button.small { t.size.small_target } else { t.size.target };
        let side = match (button.stacked, button.small) {
            (false, _) => t.space.l,
            (true, true) => t.space.s,
            (true, false) => t.space.m,
        };
        let shrinks = button.width == Length::Shrink;
        let mut inner = container(content).center_y(Length::Fill);
        if !shrinks {
            inner = inner.center_x(Length::Fill);
        }
        let wants = wanted(t, &button, side);
        Press::new(button.id, button.label, skin(t, button.weight), inner)
            .wants(wants, height)
            .on_press_maybe(button.on_press)
            .width(button.width)
            .height(Length::Fixed(height))
            .padding([0.0, side])
            .into()
    }
}
