//! Text by role.

use iced::widget::text::{LineHeight, Shaping};
use iced::widget::{Text, text};

use crate::tokens::{Tokens, Tone};
use crate::{Element, Icon, Ui, font};

/// Role of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Marks and footnotes.
    Caption,
    /// Ordinary text.
    Body,
    /// Ordinary text, bold.
    Strong,
    /// Words on controls.
    Label,
    /// Title of a card.
    Heading,
    /// Title of a page.
    Title,
    /// One line that fills the page.
    Headline,
    /// One number.
    Display,
}

/// A text of a role in a tone.
#[must_use]
pub fn tinted<'a>(ui: &Ui, kind: Type, tone: Tone, content: impl Into<String>) -> Text<'a> {
    let t = &ui.tokens;
    let (size, bold) = match kind {
        Type::Caption => (t.text.caption, false),
        Type::Body => (t.text.body, false),
        Type::Strong => (t.text.body, true),
        Type::Label => (t.text.label, true),
        Type::Heading => (t.text.heading, true),
        Type::Title => (t.text.title, true),
        Type::Headline => (t.text.headline, true),
        Type::Display => (t.text.display, true),
    };
    let height = match kind {
        Type::Title | Type::Headline => 1.3,
        Type::Display => 1.1,
        _ => Tokens::LINE_HEIGHT,
    };
    text(content.into())
        .size(size)
        .font(if bold { font::BOLD } else { font::REGULAR })
        .line_height(LineHeight::Relative(height))
        .shaping(Shaping::Advanced)
        .color(t.colour.tone(tone))
}

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $kind:ident),+ $(,)?) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name<'a>(ui: &Ui, content: impl Into<String>) -> Text<'a> {
            tinted(ui, Type::$kind, Tone::Ink, content)
        })+
    };
}

roles! {
    /// Ordinary text.
    body = Body,
    /// Ordinary text, bold.
    strong = Strong,
    /// Words on controls.
    label = Label,
    /// Title of a card.
    heading = Heading,
    /// Title of a page.
    title = Title,
    /// One line that fills the page.
    headline = Headline,
    /// One number.
    display = Display,
}

/// Marks and footnotes, in the secondary tone.
#[must_use]
pub fn caption<'a>(ui: &Ui, content: impl Into<String>) -> Text<'a> {
    tinted(ui, Type::Caption, Tone::Soft, content)
}

/// An icon as big as stands beside text.
#[must_use]
pub fn icon<'a, M: 'a>(ui: &Ui, what: Icon, tone: Tone) -> Element<'a, M> {
    crate::icon::icon(what, ui.tokens.size.icon, ui.tokens.colour.tone(tone))
}
