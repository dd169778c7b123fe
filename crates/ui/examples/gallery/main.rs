//! Every widget on pages like the terminal's own.
//!
//! `cargo run -p tongban-ui --example gallery -- --shot DIR [WORD]` draws the pages
//! headless into PNG files (only those whose name contains WORD); without
//! `--shot` it opens a window.

mod kiosk;
mod shot;
mod staff;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::Size;
use tongban_ui::keyboard::KeyMessage;
use tongban_ui::keyboard::pinyin::Pinyin;
use tongban_ui::widget::{Ink, Strokes};
use tongban_ui::{Element, I18n, Look, Profile, Tokens, Ui, font};

/// What pressing does here: nothing.
#[derive(Debug, Clone)]
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

/// A page of the gallery.
type View = for<'a> fn(&'a Ui, &'a World) -> Element<'a, Message>;

const KIOSK: Size = Size::new(1080.0, 1920.0);
const DESK: Size = Size::new(1920.0, 1080.0);
const SMALL: Size = Size::new(1280.0, 800.0);

const PAGES: &[(&str, Profile, Size, View)] = &[
    ("home", Profile::Kiosk, KIOSK, kiosk::home),
    ("identify", Profile::Kiosk, KIOSK, kiosk::identify),
    ("presence", Profile::Kiosk, KIOSK, kiosk::presence),
    ("consent", Profile::Kiosk, KIOSK, kiosk::consent),
    ("face", Profile::Kiosk, KIOSK, kiosk::face),
    ("items", Profile::Kiosk, KIOSK, kiosk::items),
    ("shares", Profile::Kiosk, KIOSK, kiosk::shares),
    ("confirm", Profile::Kiosk, KIOSK, kiosk::confirm),
    ("form", Profile::Kiosk, KIOSK, kiosk::form),
    ("number", Profile::Kiosk, KIOSK, kiosk::number),
    ("capture", Profile::Kiosk, KIOSK, kiosk::capture),
    ("signoff", Profile::Kiosk, KIOSK, kiosk::signoff),
    ("sign", Profile::Kiosk, KIOSK, kiosk::sign),
    ("receipt", Profile::Kiosk, KIOSK, kiosk::receipt),
    ("idle", Profile::Kiosk, KIOSK, kiosk::idle),
    ("notices", Profile::Kiosk, KIOSK, kiosk::notices),
    ("low", Profile::Kiosk, KIOSK, kiosk::low),
    ("window", Profile::Window, DESK, staff::window),
    ("certificate", Profile::Certificate, DESK, staff::certificate),
    ("technician", Profile::Technician, DESK, staff::technician),
    ("customer", Profile::Customer, SMALL, staff::customer),
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let mut words = std::env::args().skip(1);
    let i18n = Arc::new(I18n::load(&root().join("i18n"), "zh-CN")?);
    let fonts = font::load(&root().join("assets/fonts"))?;
    let pinyin = Arc::new(Pinyin::load(&root().join("assets/pinyin"))?);
    let world = World { pinyin, strokes: written() };
    match words.next().as_deref() {
        Some("--shot") => {
            let folder = PathBuf::from(words.next().ok_or("--shot needs a folder")?);
            shoot(&folder, &words.next().unwrap_or_default(), &i18n, fonts, &world)
        }
        _ => show(i18n, fonts, world),
    }
}

fn shoot(
    folder: &Path,
    only: &str,
    i18n: &Arc<I18n>,
    fonts: Vec<std::borrow::Cow<'static, [u8]>>,
    world: &World,
) -> Result<(), Anything> {
    std::fs::create_dir_all(folder)?;
    shot::use_fonts(fonts);
    for look in [Look::Standard, Look::Elder, Look::HighContrast] {
        for (name, profile, size, view) in PAGES {
            let name = format!("{name}-{}", format!("{look:?}").to_lowercase());
            if !name.contains(only) {
                continue;
            }
            let ui = Ui::new(*profile, look, i18n.clone());
            let pixels = shot::draw(view(&ui, world), *size, &ui.theme());
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let (width, height) = (size.width as u32, size.height as u32);
            let picture = image::RgbaImage::from_raw(width, height, pixels)
                .ok_or("the renderer gave another size")?;
            picture.save(folder.join(format!("{name}.png")))?;
        }
    }
    Ok(())
}

struct Gallery {
    page: usize,
    uis: Vec<Ui>,
    world: World,
}

fn turn(gallery: &mut Gallery, message: Message) {
    if matches!(message, Message::Next) {
        gallery.page = (gallery.page + 1) % PAGES.len();
    }
}

fn draw(gallery: &Gallery) -> Element<'_, Message> {
    let (_, _, _, view) = PAGES[gallery.page];
    let page = view(&gallery.uis[gallery.page], &gallery.world);
    iced::widget::mouse_area(page).on_right_press(Message::Next).into()
}

fn show(
    i18n: Arc<I18n>,
    fonts: Vec<std::borrow::Cow<'static, [u8]>>,
    world: World,
) -> Result<(), Anything> {
    let uis =
        PAGES.iter().map(|(_, p, _, _)| Ui::new(*p, Look::Standard, i18n.clone())).collect();
    let state = std::cell::RefCell::new(Some(Gallery { page: 0, uis, world }));
    let settings =
        iced::Settings { fonts, default_font: font::REGULAR, ..iced::Settings::default() };
    iced::application(
        move || state.borrow_mut().take().expect("iced boots an application once"),
        turn,
        draw,
    )
    .theme(|_: &Gallery| Tokens::new(Profile::Kiosk, Look::Standard).theme())
    .settings(settings)
    .window_size(Size::new(1080.0, 1920.0))
    .run()?;
    Ok(())
}
