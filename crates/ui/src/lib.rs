//! The design system of the terminal: tokens, widgets, icons, the on-screen
//! keyboard and the Fluent texts.
//!
//! Screens are built from this crate only: a screen spells no colour, no size
//! and no sentence. The crate knows nothing of cases, devices or stores; what
//! a widget shows is handed in.
//!
//! Everything is drawn by the software renderer and is deterministic: two runs
//! with the same input and the bundled fonts give the same pixels.

pub mod font;
pub mod i18n;
pub mod icon;
pub mod ids;
pub mod inspect;
pub mod keyboard;
pub mod press;
pub mod preview;
pub mod qr;
pub mod tokens;
pub mod ui;
pub mod widget;

pub use i18n::{I18n, ToArg};
pub use iced::widget::Id;
pub use icon::Icon;
pub use preview::Preview;
pub use tokens::{Look, Profile, Tokens, Tone};
pub use ui::Ui;

/// The element every widget of this crate becomes.
pub type Element<'a, Message> = iced::Element<'a, Message, iced::Theme, iced::Renderer>;
