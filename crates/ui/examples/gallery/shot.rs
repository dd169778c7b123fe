//! Draws an element into pixels without a display.

use std::borrow::Cow;

use iced::advanced::renderer::{Headless, Style};
use iced::advanced::widget::Operation;
use iced::advanced::widget::operation::{Outcome, black_box};
use iced::advanced::{clipboard, mouse};
use iced::{Event, Pixels, Size, window};
use iced_test::runtime::{UserInterface, user_interface};
use tongban_ui::inspect::{self, Seen};
use tongban_ui::{Element, font};

/// Makes the fonts known to every renderer of this process.
pub fn use_fonts(fonts: Vec<Cow<'static, [u8]>>) {
    let mut system =
        iced_test::renderer::graphics::text::font_system().write().expect("no other thread uses the fonts");
    for bytes in fonts {
        system.load_font(bytes);
    }
}

/// Everything named, pressable or written on `element` in a window of `size`.
#[allow(dead_code, reason = "each user of this file takes its part")]
pub fn survey<Message>(element: Element<'_, Message>, size: Size) -> Vec<Seen> {
    let mut renderer = renderer();
    let mut interface = UserInterface::build(element, size, user_interface::Cache::default(), &mut renderer);
    let mut survey = inspect::survey();
    interface.operate(&renderer, &mut black_box(&mut survey));
    match survey.finish() {
        Outcome::Some(seen) => seen,
        _ => Vec::new(),
    }
}

fn renderer() -> iced::Renderer {
    let renderer = <iced::Renderer as Headless>::new(font::REGULAR, Pixels(16.0), None);
    iced_test::futures::futures::executor::block_on(renderer).expect("the software renderer needs nothing")
}

/// RGBA pixels of `element` in a window of `size`, one pixel per unit.
pub fn draw<Message>(element: Element<'_, Message>, size: Size, theme: &iced::Theme) -> Vec<u8> {
    let mut renderer = renderer();
    let mut interface = UserInterface::build(element, size, user_interface::Cache::default(), &mut renderer);
    let redraw = Event::Window(window::Event::RedrawRequested(iced::time::Instant::now()));
    let nowhere = mouse::Cursor::Unavailable;
    let _ = interface.update(&[redraw], nowhere, &mut renderer, &mut clipboard::Null, &mut Vec::new());
    let palette = theme.palette();
    interface.draw(&mut renderer, theme, &Style { text_color: palette.text }, nowhere);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a window")]
    let pixels = Size::new(size.width as u32, size.height as u32);
    renderer.screenshot(pixels, 1.0, palette.background)
}
