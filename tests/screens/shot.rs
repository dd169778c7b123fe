//! Draws an element into pixels without a display.

use iced::advanced::renderer::{Headless, Style};
use iced::advanced::widget::Operation;
use iced::advanced::widget::operation::{Outcome, black_box};
use iced::advanced::{clipboard, mouse};
use iced::{Event, Pixels, Size, touch, window};
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
    let seen = survey(&mut interface, &renderer);
    let palette = theme.palette();
    interface.draw(&mut renderer, theme, &Style { text_color: palette.text }, nowhere);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a window")]
    let pixels = Size::new(size.width as u32, size.height as u32);
    (seen, renderer.screenshot(pixels, 1.0, palette.background))
}

/// What the page itself has to say once it is drawn, such as how much of it was on screen.
#[allow(dead_code, reason = "each test file uses its part")]
pub fn said<Message>(element: Element<'_, Message>, size: Size) -> Vec<Message> {
    let mut hand = Hand::new();
    hand.frame(element, size, None).1
}

/// A finger on a window that is drawn again and again, as a program's window is.
#[allow(dead_code, reason = "each test file uses its part")]
pub struct Hand {
    renderer: iced::Renderer,
    cache: Option<user_interface::Cache>,
}

#[allow(dead_code, reason = "each test file uses its part")]
impl Hand {
    pub fn new() -> Self {
        let renderer = <iced::Renderer as Headless>::new(font::REGULAR, Pixels(16.0), None);
        let renderer =
            iced_test::futures::futures::executor::block_on(renderer).expect("the software renderer needs nothing");
        Self { renderer, cache: None }
    }

    /// Presses what has this name, draws, and says what is seen and what was said.
    pub fn frame<Message>(
        &mut self,
        element: Element<'_, Message>,
        size: Size,
        press: Option<&str>,
    ) -> (Vec<Seen>, Vec<Message>) {
        let cache = self.cache.take().unwrap_or_default();
        let mut interface = UserInterface::build(element, size, cache, &mut self.renderer);
        let mut messages = Vec::new();
        let nowhere = mouse::Cursor::Unavailable;
        if let Some(name) = press {
            let seen = survey(&mut interface, &self.renderer);
            let there = seen.iter().find(|thing| thing.id.as_deref() == Some(name)).unwrap_or_else(|| panic!("{name}"));
            let (id, position) = (touch::Finger(1), there.bounds.center());
            let events = [touch::Event::FingerPressed { id, position }, touch::Event::FingerLifted { id, position }];
            let events = events.map(Event::Touch);
            let _ = interface.update(&events, nowhere, &mut self.renderer, &mut clipboard::Null, &mut messages);
        }
        let redraw = Event::Window(window::Event::RedrawRequested(iced::time::Instant::now()));
        let _ = interface.update(&[redraw], nowhere, &mut self.renderer, &mut clipboard::Null, &mut messages);
        let seen = survey(&mut interface, &self.renderer);
        self.cache = Some(interface.into_cache());
        (seen, messages)
    }

    /// Lets an operation look at the widgets, as the program's loop does; what it leads to next, too.
    pub fn operate<Message>(&mut self, element: Element<'_, Message>, size: Size, operation: Box<dyn Operation>) {
        let cache = self.cache.take().unwrap_or_default();
        let mut interface = UserInterface::build(element, size, cache, &mut self.renderer);
        let mut next = Some(operation);
        while let Some(mut operation) = next.take() {
            interface.operate(&self.renderer, operation.as_mut());
            if let Outcome::Chain(more) = operation.finish() {
                next = Some(more);
            }
        }
        self.cache = Some(interface.into_cache());
    }
}

fn survey<Message>(
    interface: &mut UserInterface<'_, Message, iced::Theme, iced::Renderer>,
    renderer: &iced::Renderer,
) -> Vec<Seen> {
    let mut survey = inspect::survey();
    interface.operate(renderer, &mut black_box(&mut survey));
    match survey.finish() {
        Outcome::Some(seen) => seen,
        _ => Vec::new(),
    }
}

/// Writes a picture.
#[allow(dead_code, reason = "each test file uses its part")]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a window")]
pub fn save(path: &Path, size: Size, pixels: &[u8]) {
    let picture =
        image::RgbaImage::from_raw(size.width as u32, size.height as u32, pixels.to_vec()).expect("a whole picture");
    image::DynamicImage::ImageRgba8(picture).into_rgb8().save(path).expect("the picture is written");
}
