//! The icons: own line drawings on a 24 by 24 grid, embedded in the program.

use iced::widget::svg;
use iced::{Color, Length};

use crate::Element;

macro_rules! icons {
    ($($name:ident => $file:literal,)+) => {
        /// An icon of `assets/icons`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "a drawing is what its name says")]
        pub enum Icon { $($name),+ }

        impl Icon {
            /// Every icon.
            pub const ALL: &'static [Icon] = &[$(Icon::$name),+];

            /// File name without ending.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Icon::$name => $file),+ }
            }

            /// The drawing (SVG text).
            #[must_use]
            pub const fn bytes(self) -> &'static [u8] {
                match self {
                    $(Icon::$name => include_bytes!(concat!("../../../assets/icons/", $file, ".svg"))),+
                }
            }
        }
    };
}

icons! {
    Card => "card",
    Face => "face",
    Finger => "finger",
    Page => "page",
    Pages => "pages",
    Camera => "camera",
    Printer => "printer",
    Check => "check",
    CheckCircle => "check-circle",
    Cross => "cross",
    CrossCircle => "cross-circle",
    Warning => "warning",
    Info => "info",
    Clock => "clock",
    Hourglass => "hourglass",
    Wifi => "wifi",
    WifiOff => "wifi-off",
    Home => "home",
    Back => "back",
    Forward => "forward",
    Up => "up",
    Down => "down",
    Left => "left",
    Right => "right",
    Help => "help",
    Question => "question",
    Speaker => "speaker",
    Mute => "mute",
    Elder => "elder",
    Search => "search",
    Building => "building",
    Hall => "hall",
    Shield => "shield",
    Receipt => "receipt",
    Stamp => "stamp",
    Courier => "courier",
    Phone => "phone",
    Call => "call",
    Person => "person",
    People => "people",
    Officer => "officer",
    Form => "form",
    Pen => "pen",
    Data => "data",
    Link => "link",
    Reader => "reader",
    Usb => "usb",
    Gear => "gear",
    Refresh => "refresh",
    Trash => "trash",
    Keyboard => "keyboard",
    Backspace => "backspace",
    Lock => "lock",
    Logout => "logout",
    List => "list",
    Queue => "queue",
    Calendar => "calendar",
    Wallet => "wallet",
    Star => "star",
    Chat => "chat",
    Licence => "licence",
    Box => "box",
    Tray => "tray",
    Contrast => "contrast",
    Eye => "eye",
    EyeOff => "eye-off",
    Wheelchair => "wheelchair",
    Plus => "plus",
    Minus => "minus",
    Pause => "pause",
    Play => "play",
    Seal => "seal",
    Server => "server",
}

/// Draws `icon` as a square of `size` pixels in one colour.
#[must_use]
pub fn icon<'a, Message: 'a>(icon: Icon, size: f32, color: Color) -> Element<'a, Message> {
    svg(svg::Handle::from_memory(icon.bytes()))
        .width(Length::Fixed(size))
        .height(Length::Fixed(size))
        .style(move |_: &iced::Theme, _| svg::Style { color: Some(color) })
        .into()
}
