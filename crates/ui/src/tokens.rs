//! Tokens: every colour, size and limit a screen may use.
//!
//! A [`Tokens`] value belongs to one window: its [`Profile`] (who stands there
//! and how far away) and its [`Look`] (what the person asked for).

mod colour;

pub use colour::{Colours, Pair, Tone, contrast};

/// Which of the terminal's windows is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Unattended kiosk, portrait 1080×1920, touch.
    Kiosk,
    /// Staff window, 1920×1080, mouse, keys and touch.
    Window,
    /// The applicant's screen at the window, 1280×800, touch.
    Customer,
    /// Certificate window, 1920×1080.
    Certificate,
    /// Technician's pages, on whatever screen is there.
    Technician,
}

/// What the person in front asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Look {
    /// The ordinary look.
    #[default]
    Standard,
    /// 长者模式: everything 1.4 times as big, at most six tiles, no automatic advance.
    Elder,
    /// 高对比: white and yellow on black, contrast at least 7:1.
    HighContrast,
}

/// Distances in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spacing {
    /// Between an icon and its word.
    pub xs: f32,
    /// Between lines that belong together.
    pub s: f32,
    /// Between controls (kiosk: at least 16).
    pub m: f32,
    /// Inside a card.
    pub l: f32,
    /// Between cards; page margin.
    pub xl: f32,
    /// Between the parts of a page.
    pub xxl: f32,
}

/// Text sizes in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypeScale {
    /// Marks and footnotes; never the only place something is said.
    pub caption: f32,
    /// Ordinary text (kiosk: at least 28).
    pub body: f32,
    /// Words on buttons and tiles.
    pub label: f32,
    /// Title of a card.
    pub heading: f32,
    /// Title of a page (kiosk: at least 44).
    pub title: f32,
    /// One line that fills the page.
    pub headline: f32,
    /// One number: a countdown, a queue number.
    pub display: f32,
}

/// Sizes of things in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Height of anything that can be pressed (kiosk: at least 96).
    pub target: f32,
    /// Height of a small control inside a bar or a row.
    pub small_target: f32,
    /// Height of the top bar.
    pub top_bar: f32,
    /// Height of the bottom bar.
    pub bottom_bar: f32,
    /// Least height of a tile.
    pub tile: f32,
    /// Icon beside text.
    pub icon: f32,
    /// Icon of a tile.
    pub icon_large: f32,
    /// Pictogram of a page.
    pub picture: f32,
    /// Corner radius of controls.
    pub radius: f32,
    /// Corner radius of cards.
    pub radius_large: f32,
    /// Width of a thin line.
    pub line: f32,
    /// Width of a chosen or focused outline.
    pub line_strong: f32,
    /// Margin at the sides of a page.
    pub margin: f32,
}

/// Everything a widget needs to draw itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tokens {
    /// Which window.
    pub profile: Profile,
    /// Which look.
    pub look: Look,
    /// Steps of A+ pressed, 0 to [`Tokens::ZOOM_MAX`].
    pub zoom: u8,
    /// 轮椅模式: everything that is pressed lies within reach, see [`Tokens::lowered`].
    pub low: bool,
    /// Colour roles.
    pub colour: Colours,
    /// Distances.
    pub space: Spacing,
    /// Text sizes.
    pub text: TypeScale,
    /// Sizes.
    pub size: Sizes,
    /// Most tiles on one page; the rest goes to the next page.
    pub tiles_max: usize,
    /// Whether a page may go on by itself.
    pub auto_advance: bool,
    /// Speed of speech against the ordinary one.
    pub speech_rate: f32,
    /// Idle seconds before the overlay (domain rule: 60, elder 120).
    pub idle_seconds: u32,
}

impl Tokens {
    /// Most steps of A+.
    pub const ZOOM_MAX: u8 = 2;
    /// Line height of all text, as a factor of its size.
    pub const LINE_HEIGHT: f32 = 1.4;

    /// The tokens of one profile and look.
    #[must_use]
    pub fn new(profile: Profile, look: Look) -> Self {
        Self::with_zoom(profile, look, 0)
    }

    /// The same with A+ pressed `zoom` times.
    #[must_use]
    pub fn with_zoom(profile: Profile, look: Look, zoom: u8) -> Self {
        let zoom = zoom.min(Self::ZOOM_MAX);
        let elder = look == Look::Elder;
        let big = elder || zoom >= 2;
        let text_factor = if elder { 1.4 } else { 1.0 } * (1.0 + 0.12 * f32::from(zoom));
        let target_factor = if elder { 1.4 } else { 1.0 };
        Self {
            profile,
            look,
            zoom,
            low: false,
            colour: Colours::of(look),
            space: spacing(profile),
            text: type_scale(profile).scaled(text_factor),
            size: sizes(profile).scaled(target_factor, look).with_bars(profile, big),
            tiles_max: if elder { 6 } else { 8 },
            auto_advance: !elder,
            speech_rate: if elder { 0.85 } else { 1.0 },
            idle_seconds: if elder { 120 } else { 60 },
        }
    }

    /// Height within reach of a wheelchair on a kiosk, and of the page in 轮椅模式: the lower two thirds.
    /// Keys, actions and bars lie in the lower 1150 pixels of it; its first lines are mostly read.
    pub const REACH: f32 = 1280.0;
    /// Height of a kiosk's screen.
    const KIOSK_HEIGHT: f32 = 1920.0;

    /// The same in 轮椅模式: what only looks good is smaller, so that a page finds room in the
    /// reachable part; what is pressed keeps its size. 长者 type grows by 1.2 there, not by 1.4: there
    /// is no room for more beside the keys. Only a kiosk has it.
    #[must_use]
    pub fn lowered(self) -> Self {
        if self.profile != Profile::Kiosk {
            return self;
        }
        let elder = self.look == Look::Elder;
        let text = if elder { self.text.scaled(1.2 / 1.4) } else { self.text };
        Self {
            low: true,
            space: Spacing { xl: 24.0, xxl: 28.0, ..self.space },
            text: TypeScale { headline: text.title, display: self.text.display * 0.6, ..text },
            size: Sizes {
                // Hall, time and link stand above, out of reach; they are only read.
                top_bar: 0.0,
                picture: self.size.picture * 0.4,
                tile: (self.size.tile * 0.85).round(),
                ..self.size
            },
            ..self
        }
    }

    /// Height in which a kiosk's page stands, bars included.
    #[must_use]
    pub fn height(&self) -> f32 {
        if self.low { Self::REACH } else { Self::KIOSK_HEIGHT }
    }

    /// The theme iced needs for the background and text without a role.
    #[must_use]
    pub fn theme(&self) -> iced::Theme {
        let c = &self.colour;
        iced::Theme::custom(
            "tongban",
            iced::theme::Palette {
                background: c.page,
                text: c.ink,
                primary: c.primary,
                success: c.ok,
                warning: c.warn,
                danger: c.fault,
            },
        )
    }

    /// Columns of tiles: in the elder look long tiles stand one below the other.
    #[must_use]
    pub fn columns(&self, wanted: usize) -> usize {
        if self.look == Look::Elder { 1 } else { wanted.max(1) }
    }

    /// Whether type is so big that bars need two lines.
    #[must_use]
    pub fn is_big(&self) -> bool {
        self.look == Look::Elder || self.zoom >= 2
    }

    /// Whether hover may be shown: not where fingers are the pointer.
    #[must_use]
    pub fn hovers(&self) -> bool {
        !matches!(self.profile, Profile::Kiosk | Profile::Customer)
    }
}

fn spacing(profile: Profile) -> Spacing {
    match profile {
        Profile::Kiosk => Spacing { xs: 8.0, s: 12.0, m: 20.0, l: 32.0, xl: 40.0, xxl: 56.0 },
        Profile::Customer => Spacing { xs: 8.0, s: 10.0, m: 16.0, l: 24.0, xl: 32.0, xxl: 40.0 },
        Profile::Window | Profile::Certificate | Profile::Technician => {
            Spacing { xs: 4.0, s: 8.0, m: 12.0, l: 16.0, xl: 24.0, xxl: 32.0 }
        }
    }
}

fn type_scale(profile: Profile) -> TypeScale {
    match profile {
        Profile::Kiosk => TypeScale {
            caption: 26.0,
            body: 28.0,
            label: 32.0,
            heading: 36.0,
            title: 48.0,
            headline: 60.0,
            display: 168.0,
        },
        Profile::Customer => TypeScale {
            caption: 20.0,
            body: 24.0,
            label: 26.0,
            heading: 30.0,
            title: 38.0,
            headline: 48.0,
            display: 120.0,
        },
        Profile::Window | Profile::Certificate | Profile::Technician => TypeScale {
            caption: 16.0,
            body: 18.0,
            label: 18.0,
            heading: 22.0,
            title: 28.0,
            headline: 36.0,
            display: 72.0,
        },
    }
}

fn sizes(profile: Profile) -> Sizes {
    match profile {
        Profile::Kiosk => Sizes {
            target: 104.0,
            small_target: 96.0,
            top_bar: 124.0,
            bottom_bar: 152.0,
            tile: 216.0,
            icon: 36.0,
            icon_large: 64.0,
            picture: 240.0,
            radius: 14.0,
            radius_large: 20.0,
            line: 1.5,
            line_strong: 4.0,
            margin: 56.0,
        },
        Profile::Customer => Sizes {
            target: 88.0,
            small_target: 64.0,
            top_bar: 76.0,
            bottom_bar: 112.0,
            tile: 160.0,
            icon: 30.0,
            icon_large: 52.0,
            picture: 180.0,
            radius: 12.0,
            radius_large: 16.0,
            line: 1.5,
            line_strong: 3.0,
            margin: 40.0,
        },
        Profile::Window | Profile::Certificate | Profile::Technician => Sizes {
            target: 52.0,
            small_target: 40.0,
            top_bar: 60.0,
            bottom_bar: 72.0,
            tile: 112.0,
            icon: 22.0,
            icon_large: 34.0,
            picture: 120.0,
            radius: 10.0,
            radius_large: 14.0,
            line: 1.0,
            line_strong: 2.0,
            margin: 24.0,
        },
    }
}

impl TypeScale {
    fn scaled(self, factor: f32) -> Self {
        let up = |size: f32| (size * factor).round();
        Self {
            caption: up(self.caption),
            body: up(self.body),
            label: up(self.label),
            heading: up(self.heading),
            title: up(self.title),
            // Very large type grows less: a line has to fit on the page.
            headline: (self.headline * (1.0 + (factor - 1.0) * 0.6)).round(),
            display: self.display,
        }
    }
}

impl Sizes {
    /// Big type needs a second line in the kiosk's top bar.
    fn with_bars(self, profile: Profile, big: bool) -> Self {
        let factor = match (profile, big) {
            (_, false) => 1.0,
            (Profile::Kiosk, true) => 1.75,
            (_, true) => 1.2,
        };
        Self { top_bar: (self.top_bar * factor).round(), ..self }
    }

    fn scaled(self, factor: f32, look: Look) -> Self {
        let up = |size: f32| (size * factor).round();
        let contrast = look == Look::HighContrast;
        Self {
            target: up(self.target),
            small_target: (self.small_target * (1.0 + (factor - 1.0) * 0.5)).round(),
            // The lower bar keeps nearly its place: people look for it where it was.
            bottom_bar: (self.bottom_bar * (1.0 + (factor - 1.0) * 0.6)).round(),
            tile: (self.tile * (1.0 + (factor - 1.0) * 0.15)).round(),
            icon: up(self.icon),
            icon_large: up(self.icon_large),
            line: if contrast { self.line.max(2.0) } else { self.line },
            line_strong: if contrast { self.line_strong + 1.0 } else { self.line_strong },
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
