//! The list of pages and what they share.

use std::path::Path;
use std::sync::Arc;

use iced::Size;
use tongban_ui::keyboard::KeyMessage;
use tongban_ui::keyboard::pinyin::Pinyin;
use tongban_ui::widget::{Ink, Strokes};
use tongban_ui::{Element, Profile, Ui};

/// What pressing does here: nothing.
#[derive(Debug, Clone)]
#[allow(dead_code, reason = "each user of this file takes its part")]
pub enum Message {
    /// Anything.
    Nothing,
    /// Typed.
    Key(KeyMessage),
    /// The next page of the gallery.
    Next,
}

/// Things pages need that are not texts.
pub struct World {
    /// Dictionary of the keyboard.
    pub pinyin: Arc<Pinyin>,
    /// A signature being written.
    pub strokes: Strokes,
}

impl World {
    /// Loads it from the repository at `root`.
    ///
    /// # Panics
    /// When the dictionary of the repository cannot be read.
    pub fn load(root: &Path) -> Self {
        let pinyin = Pinyin::load(&root.join("assets/pinyin")).expect("the dictionary loads");
        Self { pinyin: Arc::new(pinyin), strokes: written() }
    }
}

/// A page of the gallery.
pub type View = for<'a> fn(&'a Ui, &'a World) -> Element<'a, Message>;

const KIOSK: Size = Size::new(1080.0, 1920.0);
const DESK: Size = Size::new(1920.0, 1080.0);
const SMALL: Size = Size::new(1280.0, 800.0);

/// Name, profile, size and view of every page.
pub const PAGES: &[(&str, Profile, Size, View)] = &[
    ("home", Profile::Kiosk, KIOSK, crate::kiosk::home),
    ("identify", Profile::Kiosk, KIOSK, crate::kiosk::identify),
    ("presence", Profile::Kiosk, KIOSK, crate::kiosk::presence),
    ("consent", Profile::Kiosk, KIOSK, crate::kiosk::consent),
    ("face", Profile::Kiosk, KIOSK, crate::kiosk::face),
    ("items", Profile::Kiosk, KIOSK, crate::kiosk::items),
    ("shares", Profile::Kiosk, KIOSK, crate::journey::shares),
    ("confirm", Profile::Kiosk, KIOSK, crate::journey::confirm),
    ("form", Profile::Kiosk, KIOSK, crate::journey::form),
    ("number", Profile::Kiosk, KIOSK, crate::journey::number),
    ("capture", Profile::Kiosk, KIOSK, crate::journey::capture),
    ("signoff", Profile::Kiosk, KIOSK, crate::journey::signoff),
    ("sign", Profile::Kiosk, KIOSK, crate::journey::sign),
    ("receipt", Profile::Kiosk, KIOSK, crate::journey::receipt),
    ("idle", Profile::Kiosk, KIOSK, crate::journey::idle),
    ("notices", Profile::Kiosk, KIOSK, crate::journey::notices),
    ("buttons", Profile::Kiosk, KIOSK, crate::journey::buttons),
    ("nothing", Profile::Kiosk, KIOSK, crate::journey::nothing),
    ("low", Profile::Kiosk, KIOSK, crate::journey::low),
    ("window", Profile::Window, DESK, crate::staff::window),
    ("certificate", Profile::Certificate, DESK, crate::staff::certificate),
    ("technician", Profile::Technician, DESK, crate::staff::technician),
    ("customer", Profile::Customer, SMALL, crate::staff::customer),
];

/// A line like the beginning of a signature.
fn written() -> Strokes {
    let mut strokes = Strokes::default();
    strokes.add(Ink::Down(0.25, 0.5));
    for step in 1..60_u8 {
        let x = f32::from(step) / 60.0;
        strokes.add(Ink::Move(0.25 + x * 0.5, 0.5 + (x * 18.0).sin() * 0.2 * (1.0 - x)));
    }
    strokes
}
