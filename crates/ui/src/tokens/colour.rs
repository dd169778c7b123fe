//! Colour roles and the contrast they owe each other.

use iced::Color;

use super::Look;

/// Colours by role; no widget names a colour in any other way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colours {
    /// Behind everything.
    pub page: Color,
    /// Cards, bars, inputs.
    pub surface: Color,
    /// A sunk area inside a card; the pressed face of quiet things.
    pub sunk: Color,
    /// Text.
    pub ink: Color,
    /// Secondary text.
    pub ink_soft: Color,
    /// Hints, captions and what cannot be pressed; still readable.
    pub ink_faint: Color,
    /// Thin separating lines (decoration only).
    pub line: Color,
    /// Outlines of controls: at least 3:1 against the surface.
    pub line_strong: Color,
    /// The one deep blue: main action, chosen thing, current step.
    pub primary: Color,
    /// Main action while pressed.
    pub primary_pressed: Color,
    /// Pale blue behind a chosen thing.
    pub primary_soft: Color,
    /// Text on `primary` and `primary_pressed`.
    pub on_primary: Color,
    /// Good news.
    pub ok: Color,
    /// Pale green.
    pub ok_soft: Color,
    /// Something to mind.
    pub warn: Color,
    /// Pale amber.
    pub warn_soft: Color,
    /// Faults and stamps only.
    pub fault: Color,
    /// Pale red.
    pub fault_soft: Color,
    /// Text on a `fault` face.
    pub on_fault: Color,
    /// A `fault` face while pressed.
    pub fault_pressed: Color,
    /// Over the page behind a dialog (translucent).
    pub scrim: Color,
    /// The guiding outline over a live picture.
    pub guide: Color,
    /// Behind live pictures.
    pub picture: Color,
}

/// Tone of a text or an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Ordinary.
    #[default]
    Ink,
    /// Secondary.
    Soft,
    /// Hint.
    Faint,
    /// In the main colour.
    Primary,
    /// On the main colour.
    OnPrimary,
    /// Good.
    Ok,
    /// Mind this.
    Warn,
    /// Fault or stamp.
    Fault,
}

/// A text role on a background role.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Names of both roles.
    pub name: &'static str,
    /// Text.
    pub ink: Color,
    /// Background.
    pub ground: Color,
}

const fn rgb(hex: u32) -> Color {
    Color::from_rgb8((hex >> 16) as u8, (hex >> 8 & 0xff) as u8, (hex & 0xff) as u8)
}

const fn rgba(hex: u32, alpha: f32) -> Color {
    Color { a: alpha, ..rgb(hex) }
}

const LIGHT: Colours = Colours {
    page: rgb(0xf3f6fb),
    surface: rgb(0xffffff),
    sunk: rgb(0xedf1f7),
    ink: rgb(0x17212f),
    ink_soft: rgb(0x44516a),
    ink_faint: rgb(0x5a677d),
    line: rgb(0xdbe2ec),
    line_strong: rgb(0x8090a8),
    primary: rgb(0x0b4ea2),
    primary_pressed: rgb(0x083c7e),
    primary_soft: rgb(0xe6effb),
    on_primary: rgb(0xffffff),
    ok: rgb(0x0b6b3a),
    ok_soft: rgb(0xe4f4eb),
    warn: rgb(0x844f00),
    warn_soft: rgb(0xfdf3dd),
    fault: rgb(0xb3231c),
    fault_soft: rgb(0xfdeceb),
    on_fault: rgb(0xffffff),
    fault_pressed: rgb(0x8c1813),
    scrim: rgba(0x0c1626, 0.55),
    guide: rgb(0x35d07f),
    picture: rgb(0x101a28),
};

const CONTRAST: Colours = Colours {
    page: rgb(0x000000),
    surface: rgb(0x0d0d0d),
    sunk: rgb(0x1c1c1c),
    ink: rgb(0xffffff),
    ink_soft: rgb(0xf0f0f0),
    ink_faint: rgb(0xd6d6d6),
    line: rgb(0xb8b8b8),
    line_strong: rgb(0xffffff),
    primary: rgb(0xffd60a),
    primary_pressed: rgb(0xfff0a0),
    primary_soft: rgb(0x2a2500),
    on_primary: rgb(0x000000),
    ok: rgb(0x7dffa8),
    ok_soft: rgb(0x06210f),
    warn: rgb(0xffcf70),
    warn_soft: rgb(0x2b1e00),
    fault: rgb(0xffa39c),
    fault_soft: rgb(0x320a07),
    on_fault: rgb(0x000000),
    fault_pressed: rgb(0xffd0cc),
    scrim: rgba(0x000000, 0.8),
    guide: rgb(0x7dffa8),
    picture: rgb(0x000000),
};

impl Colours {
    /// The colours of a look.
    #[must_use]
    pub const fn of(look: Look) -> Self {
        match look {
            Look::Standard | Look::Elder => LIGHT,
            Look::HighContrast => CONTRAST,
        }
    }

    /// The colour of a text tone.
    #[must_use]
    pub const fn tone(&self, tone: Tone) -> Color {
        match tone {
            Tone::Ink => self.ink,
            Tone::Soft => self.ink_soft,
            Tone::Faint => self.ink_faint,
            Tone::Primary => self.primary,
            Tone::OnPrimary => self.on_primary,
            Tone::Ok => self.ok,
            Tone::Warn => self.warn,
            Tone::Fault => self.fault,
        }
    }

    /// The pale ground that belongs to a tone.
    #[must_use]
    pub const fn ground(&self, tone: Tone) -> Color {
        match tone {
            Tone::Ink | Tone::Soft | Tone::Faint => self.sunk,
            Tone::Primary => self.primary_soft,
            Tone::OnPrimary => self.primary,
            Tone::Ok => self.ok_soft,
            Tone::Warn => self.warn_soft,
            Tone::Fault => self.fault_soft,
        }
    }

    /// Every text role on every background it may stand on.
    #[must_use]
    pub fn text_pairs(&self) -> Vec<Pair> {
        let grounds = [("page", self.page), ("surface", self.surface), ("sunk", self.sunk)];
        let washes = [
            ("primary_soft", self.primary_soft),
            ("ok_soft", self.ok_soft),
            ("warn_soft", self.warn_soft),
            ("fault_soft", self.fault_soft),
        ];
        let inks = [self.ink, self.ink_soft, self.ink_faint];
        let mut pairs = Vec::new();
        for (name, ground) in grounds.into_iter().chain(washes) {
            pairs.extend(inks.iter().map(|ink| Pair { name, ink: *ink, ground }));
        }
        for (name, ground) in grounds {
            for ink in [self.primary, self.ok, self.warn, self.fault] {
                pairs.push(Pair { name, ink, ground });
            }
        }
        for (name, ink, ground) in [
            ("primary on primary_soft", self.primary, self.primary_soft),
            ("ok on ok_soft", self.ok, self.ok_soft),
            ("warn on warn_soft", self.warn, self.warn_soft),
            ("fault on fault_soft", self.fault, self.fault_soft),
            ("on_primary on primary", self.on_primary, self.primary),
            ("on_primary on primary_pressed", self.on_primary, self.primary_pressed),
            ("on_fault on fault", self.on_fault, self.fault),
            ("on_fault on fault_pressed", self.on_fault, self.fault_pressed),
        ] {
            pairs.push(Pair { name, ink, ground });
        }
        pairs
    }
}

/// Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.1, 1.4.3; GB/T 37668).
#[must_use]
pub fn contrast(a: Color, b: Color) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Color) -> f32 {
    let linear = |c: f32| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)
}
