//! Drawn pictures in place of cameras: nobody's face, no document that exists.

use crate::apply::context::Picture;
use iced::widget::image::Handle;

const FACE: (u32, u32) = (640, 360);
const PAGE: (u32, u32) = (640, 360);

/// Head and shoulders before a wall.
#[must_use]
pub fn face() -> Picture {
    picture(FACE, |x, y| {
        let (head, body) = (ellipse(x, y, 0.5, 0.42, 0.11, 0.26), ellipse(x, y, 0.5, 1.05, 0.26, 0.42));
        let hair = ellipse(x, y, 0.5, 0.32, 0.125, 0.24) && y < 0.34;
        match (hair, head, body) {
            (true, _, _) => [46, 42, 40],
            (_, true, _) => [222, 184, 160],
            (_, _, true) => [58, 84, 120],
            _ => [198, 206, 214],
        }
    })
}

/// A drawn picture of a card.
#[must_use]
pub fn portrait() -> tongban_device::message::Rgba {
    let (width, height) = (102, 126);
    let drawn = picture((width, height), |x, y| {
        let (head, body) = (ellipse(x, y, 0.5, 0.42, 0.24, 0.28), ellipse(x, y, 0.5, 1.05, 0.46, 0.36));
        match (head, body) {
            (true, _) => [214, 180, 156],
            (_, true) => [70, 78, 96],
            _ => [236, 238, 240],
        }
    });
    let pixels = match drawn.handle {
        Handle::Rgba { pixels, .. } => pixels.to_vec(),
        _ => Vec::new(),
    };
    tongban_device::message::Rgba { width, height, pixels }
}

/// A page with lines of writing on a dark table.
#[must_use]
pub fn document() -> Picture {
    picture(PAGE, |x, y| {
        let paper = (0.34..0.66).contains(&x) && (0.06..0.94).contains(&y);
        let line = (0.38..0.62).contains(&x) && (y * 26.0).fract() < 0.34 && (0.12..0.88).contains(&y);
        match (paper, line) {
            (true, true) => [110, 116, 126],
            (true, false) => [246, 246, 242],
            _ => [52, 60, 72],
        }
    })
}

/// Small picture of a captured page.
#[must_use]
pub fn thumb() -> Handle {
    document().handle
}

fn ellipse(x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32) -> bool {
    ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0
}

#[allow(clippy::cast_precision_loss, reason = "sides of a picture fit an f32 exactly")]
fn picture((width, height): (u32, u32), colour: impl Fn(f32, f32) -> [u8; 3]) -> Picture {
    let mut pixels = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let [r, g, b] = colour(x as f32 / width as f32, y as f32 / height as f32);
            pixels.extend([r, g, b, 255]);
        }
    }
    Picture { seq: 1, handle: Handle::from_rgba(width, height, pixels), width, height, shown: 1, missed: 0 }
}
