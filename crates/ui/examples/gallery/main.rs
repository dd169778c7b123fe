//! Every widget on pages like the terminal's own.
//!
//! `cargo run -p tongban-ui --example gallery -- --shot DIR [WORD]` draws the pages
//! headless into PNG files (only those whose name contains WORD); without
//! `--shot` it opens a window.

mod journey;
mod kiosk;
mod pages;
mod shot;
mod staff;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::Size;
use pages::{Message, PAGES, World};
use tongban_ui::{Element, I18n, Look, Profile, Tokens, Ui, font};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let mut words = std::env::args().skip(1);
    let i18n = Arc::new(I18n::load(&root().join("i18n"), "zh-CN")?);
    let fonts = font::load(&root().join("assets/fonts"))?;
    let world = World::load(&root());
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
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a window")]
            let (width, height) = (size.width as u32, size.height as u32);
            let picture = image::RgbaImage::from_raw(width, height, pixels).ok_or("the renderer gave another size")?;
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

fn show(i18n: Arc<I18n>, fonts: Vec<std::borrow::Cow<'static, [u8]>>, world: World) -> Result<(), Anything> {
    let uis = PAGES.iter().map(|(_, p, _, _)| Ui::new(*p, Look::Standard, i18n.clone())).collect();
    let state = std::cell::RefCell::new(Some(Gallery { page: 0, uis, world }));
    let settings = iced::Settings { fonts, default_font: font::REGULAR, ..iced::Settings::default() };
    iced::application(move || state.borrow_mut().take().expect("iced boots an application once"), turn, draw)
        .theme(|_: &Gallery| Tokens::new(Profile::Kiosk, Look::Standard).theme())
        .settings(settings)
        .window_size(Size::new(1080.0, 1920.0))
        .run()?;
    Ok(())
}
