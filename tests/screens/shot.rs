//! Draws an element into pixels without a display.

use iced::advanced::renderer::{Headless, Style};
use iced::advanced::widget::Operation;
use iced::advanced::widget::operation::{Outcome, black_box};
use iced::advanced::{clipboard, mouse};
use iced::{Event, Pixels, Size, window};
use iced_test::runtime::{UserInterface, user_interface};
use std::path::Path;
use std::sync::Once;
use tongban_ui::inspect::{self, Seen};
use tongban_ui::{Element, font};

/// Makes the fonts known to every renderer of this process.
pub fn use_fonts(folder: &Path) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let fonts = font::load(folder).expect("run assets/fonts/fetch.sh first");
        let mut system =
            iced_test::renderer::graphics::text::font_system().write().expect("no other thread uses the fonts");
        fonts.into_iter().for_each(|bytes| system.load_font(bytes));
    });
}

/// Everything named, pressable or written on `element` in a window of `size`, and its RGBA pixels.
pub fn take<Message>(element: Element<'_, Message>, size: Size, theme: &iced::Theme) -> (Vec<Seen>, Vec<u8>) {
    let renderer = <iced::Renderer as Headless>::new(font::REGULAR, Pixels(16.0), None);
    let mut renderer =
        iced_test::futures::futures::executor::block_on(renderer).expect("the software renderer needs nothing");
    let mut interface = UserInterface::build(element, size, user_interface::Cache::default(), &mut renderer);
    let redraw = Event::Window(window::Event::RedrawRequested(iced::time::Instant::now()));
    let nowhere = mouse::Cursor::Unavailable;
    let _ = interface.update(&[redraw], nowhere, &mut renderer, &mut clipboard::Null, &mut Vec::new());
    let mut survey = inspect::survey();
    interface.operate(&renderer, &mut black_box(&mut survey));
    let seen = match survey.finish() {
        Outcome::Some(seen) => seen,
        _ => Vec::new(),
    };
    let palette = theme.palette();
    interface.draw(&mut renderer, theme, &Style { text_color: palette.text }, nowhere);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let pixels = Size::new(size.width as u32, size.height as u32);
    (seen, renderer.screenshot(pixels, 1.0, palette.background))
}

/// Writes a picture.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn save(path: &Path, size: Size, pixels: &[u8]) {
    let picture =
        image::RgbaImage::from_raw(size.width as u32, size.height as u32, pixels.to_vec()).expect("a whole picture");
    image::DynamicImage::ImageRgba8(picture).into_rgb8().save(path).expect("the picture is written");
}
