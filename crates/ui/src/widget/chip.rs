//! Chips: a short state word in a pale pill.

use iced::Center;
use iced::widget::{Row, container, row};

use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Tone, Ui};

/// A state word.
#[must_use]
pub fn chip<'a, M: 'a>(ui: &Ui, tone: Tone, words: impl Into<String>) -> Element<'a, M> {
    build(ui, tone, None, words.into())
}

/// A state word with an icon: what colour says is also said by shape.
#[must_use]
pub fn chip_with<'a, M: 'a>(ui: &Ui, tone: Tone, icon: Icon, words: impl Into<String>) -> Element<'a, M> {
    build(ui, tone, Some(icon), words.into())
}

fn build<'a, M: 'a>(ui: &Ui, tone: Tone, icon: Option<Icon>, words: String) -> Element<'a, M> {
    let t = &ui.tokens;
    let size = t.text.caption * 1.15;
    let parts: Row<'a, M> = row(icon.map(|i| crate::icon::icon(i, size, t.colour.tone(tone)))).spacing(t.space.xs);
    let parts = parts.push(tinted(ui, Type::Caption, tone, words)).align_y(Center);
    container(parts)
        .padding([t.space.xs * 0.6, t.space.m * 0.8])
        .style(super::card::surface(t.colour.ground(tone), t.colour.ground(tone), 0.0, t.text.caption))
        .into()
}
