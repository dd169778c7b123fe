//! How the keyboard is drawn.

use iced::widget::{Column, Row, column, container, row, space};
use iced::{Center, Length};

use super::layout::{Cap, Key, rows};
use super::{KeyMessage, Keyboard, Layout};
use crate::press::{Face, Press, Skin};
use crate::widget::card::surface;
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Tone, Ui, id};

/// Gap between keys, in pixels on a kiosk; keys are the one place below the
/// usual gap, because ten of them have to stand in a row.
const GAP: f32 = 8.0;
/// Keys do not grow with the elder look: ten must stand in a row, seven rows on a page.
const KEY_HEIGHT: f32 = 96.0;

fn key_height(ui: &Ui) -> f32 {
    ui.tokens.size.small_target.min(KEY_HEIGHT)
}

impl Keyboard {
    /// The keyboard over the full width of its place.
    ///
    /// Keys are named `keyboard.key.<character>`, `keyboard.backspace`,
    /// `keyboard.done`, `keyboard.candidate.<n>` and so on.
    #[must_use]
    pub fn view<'a>(&self, ui: &'a Ui) -> Element<'a, KeyMessage> {
        let t = &ui.tokens;
        let mut lines: Vec<Element<'a, KeyMessage>> = Vec::new();
        if self.layout == Layout::Pinyin {
            lines.push(self.candidate_bar(ui));
        }
        let keys = rows(self.layout, self.shift, self.letters);
        let wide = self.pad();
        for line in keys {
            lines.push(self.line(ui, line));
        }
        let keys: Column<'a, KeyMessage> = Column::with_children(lines).spacing(self.gap(ui));
        let keys = if wide { keys.max_width(t.size.target * 7.0) } else { keys };
        container(container(keys).center_x(Length::Fill))
            .id(id!("keyboard"))
            .width(Length::Fill)
            .padding(t.space.m)
            .style(surface(t.colour.sunk, t.colour.line, t.size.line, t.size.radius_large))
            .into()
    }

    fn pad(&self) -> bool {
        matches!(self.layout, Layout::Number | Layout::IdNumber | Layout::Phone)
    }

    fn gap(&self, ui: &Ui) -> f32 {
        if self.pad() { ui.tokens.space.m } else { GAP.min(ui.tokens.space.m) }
    }

    fn line<'a>(&self, ui: &'a Ui, keys: Vec<Key>) -> Element<'a, KeyMessage> {
        let letters: u16 = keys.iter().map(|key| key.width).sum();
        // Shorter letter rows are indented like on a typewriter.
        let indent = if self.pad() { 0 } else { 1000_u16.saturating_sub(letters) / 2 };
        let mut line: Row<'a, KeyMessage> = Row::new().spacing(self.gap(ui));
        if indent > 0 && letters < 960 {
            line = line.push(space().width(Length::FillPortion(indent)));
        }
        for key in keys {
            let width = Length::FillPortion(key.width.max(1));
            line = line.push(container(key_button(ui, key)).width(width));
        }
        if indent > 0 && letters < 960 {
            line = line.push(space().width(Length::FillPortion(indent)));
        }
        line.into()
    }

    fn candidate_bar<'a>(&self, ui: &'a Ui) -> Element<'a, KeyMessage> {
        let t = &ui.tokens;
        let per_page = candidates_per_page(ui, &self.candidates_text());
        let (start, end, more) = window(&per_page, self.page, self.candidates.len());
        let shown = self.candidates[start..end].iter().enumerate().map(|(at, candidate)| {
            let index = start + at;
            let tone = if index == 0 { Tone::Primary } else { Tone::Ink };
            let words = tinted(ui, Type::Label, tone, candidate.text.clone());
            let content = container(words).center_y(Length::Fill);
            Press::new(id!("keyboard.candidate", index), candidate.text.clone(), key_skin(ui, false), content)
                .on_press_maybe(Some(KeyMessage::Choose(index)))
                .height(Length::Fixed(key_height(ui)))
                .padding([0.0, t.space.m])
                .into()
        });
        let shown: Row<'a, KeyMessage> = Row::with_children(shown.collect::<Vec<_>>()).spacing(GAP).clip(true);
        let letters = if self.composing.is_empty() {
            tinted(ui, Type::Body, Tone::Faint, ui.text("keyboard-pinyin-hint"))
        } else {
            tinted(ui, Type::Strong, Tone::Primary, self.composing.clone())
        };
        let earlier = (self.page > 0).then_some(KeyMessage::Earlier);
        let later = more.then_some(KeyMessage::Later);
        let arrows = row![
            arrow(ui, id!("keyboard.earlier"), Icon::Left, "keyboard-earlier", earlier),
            arrow(ui, id!("keyboard.later"), Icon::Right, "keyboard-later", later),
        ]
        .spacing(GAP);
        let bar: Element<'a, KeyMessage> = if self.candidates.is_empty() {
            space().height(Length::Fixed(key_height(ui))).into()
        } else {
            row![container(shown).width(Length::Fill), arrows].spacing(GAP).align_y(Center).into()
        };
        column![container(letters).padding([0.0, t.space.s]), bar].spacing(t.space.xs).into()
    }

    fn candidates_text(&self) -> Vec<usize> {
        self.candidates.iter().map(|candidate| candidate.text.chars().count()).collect()
    }
}

/// Starts of the candidate pages: as many as fit the width of the profile's keyboard.
fn candidates_per_page(ui: &Ui, lengths: &[usize]) -> Vec<usize> {
    let t = &ui.tokens;
    #[allow(clippy::cast_precision_loss, reason = "a few letters")]
    let width = |chars: usize| chars as f32 * t.text.label + 2.0 * t.space.m + GAP;
    // Ten letter keys of at least a target's width are the width to count with.
    let room = match t.profile {
        crate::Profile::Kiosk => 1080.0 - 2.0 * t.size.margin - 2.0 * t.space.m,
        _ => 760.0,
    } - 2.0 * key_height(ui)
        - 3.0 * GAP;
    let mut starts = vec![0];
    let mut used = 0.0;
    for (at, chars) in lengths.iter().enumerate() {
        let wide = width(*chars);
        if used + wide > room && starts.last() != Some(&at) {
            starts.push(at);
            used = 0.0;
        }
        used += wide;
    }
    starts
}

/// First and last candidate of a page and whether more follow.
fn window(starts: &[usize], page: usize, total: usize) -> (usize, usize, bool) {
    let page = page.min(starts.len().saturating_sub(1));
    let start = starts.get(page).copied().unwrap_or(0);
    let end = starts.get(page + 1).copied().unwrap_or(total);
    (start, end, end < total)
}

fn arrow<'a>(ui: &Ui, id: crate::Id, icon: Icon, key: &str, send: Option<KeyMessage>) -> Element<'a, KeyMessage> {
    let tone = if send.is_some() { Tone::Ink } else { Tone::Faint };
    let drawing = crate::widget::icon(ui, icon, tone);
    let content = container(drawing).center(Length::Fill);
    Press::new(id, ui.text(key), key_skin(ui, false), content)
        .on_press_maybe(send)
        .width(Length::Fixed(key_height(ui)))
        .height(Length::Fixed(key_height(ui)))
        .into()
}

fn key_skin(ui: &Ui, strong: bool) -> Skin {
    let (c, s) = (&ui.tokens.colour, &ui.tokens.size);
    let rest = if strong {
        Face { fill: c.primary, line: c.primary, width: 0.0 }
    } else {
        Face { fill: c.surface, line: c.line, width: s.line }
    };
    let pressed = if strong {
        Face { fill: c.primary_pressed, ..rest }
    } else {
        Face { fill: c.primary_soft, line: c.primary, width: s.line }
    };
    Skin {
        rest,
        hovered: rest,
        pressed,
        disabled: Face { fill: c.sunk, line: c.line, width: s.line },
        focus: c.primary,
        radius: s.radius * 0.8,
    }
}

fn key_button<'a>(ui: &Ui, key: Key) -> Element<'a, KeyMessage> {
    let tone = if key.strong { Tone::OnPrimary } else { Tone::Ink };
    let (label, face): (String, Element<'a, KeyMessage>) = match key.cap {
        Cap::Char(c) => (c.to_string(), tinted(ui, Type::Label, tone, c).into()),
        Cap::Text(word) => {
            let word = ui.text(word);
            (word.clone(), tinted(ui, Type::Strong, tone, word).into())
        }
        Cap::Icon(icon, word) => (ui.text(word), crate::widget::icon(ui, icon, tone)),
    };
    Press::new(key_id(&key.send), label, key_skin(ui, key.strong), container(face).center(Length::Fill))
        .on_press_maybe(Some(key.send))
        .width(Length::Fill)
        .height(Length::Fixed(key_height(ui)))
        .into()
}

fn key_id(send: &KeyMessage) -> crate::Id {
    match send {
        KeyMessage::Char(c) => id!("keyboard.key", c),
        KeyMessage::Backspace => id!("keyboard.backspace"),
        KeyMessage::Clear => id!("keyboard.clear"),
        KeyMessage::Space => id!("keyboard.space"),
        KeyMessage::Shift => id!("keyboard.shift"),
        KeyMessage::Layout(layout) => {
            id!("keyboard.layout", format!("{layout:?}").to_lowercase())
        }
        KeyMessage::Choose(index) => id!("keyboard.candidate", index),
        KeyMessage::Earlier => id!("keyboard.earlier"),
        KeyMessage::Later => id!("keyboard.later"),
        KeyMessage::Done => id!("keyboard.done"),
    }
}
