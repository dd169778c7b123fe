//! One A4 page being set: text, tables, stamps, signatures, codes. Lengths in millimetres.

use super::random::Random;
use super::type_case::{Align, Style, TypeCase};
use anyhow::{Context, Result};
use std::f32::consts::TAU;
use tiny_skia::{BlendMode, Color, FillRule, Paint, PathBuilder, Pixmap, PixmapPaint, Rect, Stroke, Transform};

/// Pixels to a millimetre: 200 dots per inch.
pub(super) const DOTS: f32 = 200.0 / 25.4;
/// A4.
pub(super) const WIDTH_MM: f32 = 210.0;
/// A4.
pub(super) const HEIGHT_MM: f32 = 297.0;
/// Side margin of running text.
const MARGIN: f32 = 26.0;

/// Printer's black.
pub(super) fn ink() -> Color {
    Color::from_rgba8(28, 28, 32, 255)
}

/// 印泥红.
fn seal_red() -> Color {
    Color::from_rgba8(203, 24, 34, 255)
}

/// A page in the making; `y` is where running text goes on.
pub(super) struct Sheet<'a> {
    pub(super) page: Pixmap,
    pub(super) y: f32,
    /// Every line of text as it was set, for measuring readers.
    pub(super) said: Vec<String>,
    case: &'a TypeCase<'a>,
    random: Random,
}

impl<'a> Sheet<'a> {
    /// An empty page of this paper colour, with the note that it is a sample.
    pub(super) fn new(case: &'a TypeCase<'a>, random: Random, paper: [u8; 3]) -> Result<Self> {
        let mut page = Pixmap::new(px(WIDTH_MM), px(HEIGHT_MM)).context("page memory")?;
        page.fill(Color::from_rgba8(paper[0], paper[1], paper[2], 255));
        let mut sheet = Self { page, y: 34.0, said: Vec::new(), case, random };
        let grey = Color::from_rgba8(150, 150, 150, 255);
        sheet.text(Style::Sans, 2.6, (WIDTH_MM - 12.0, 289.0), Align::Right, grey, "演示样张 · 非真实文件");
        Ok(sheet)
    }

    /// A line of text with its baseline at a point.
    pub(super) fn text(
        &mut self,
        style: Style,
        size: f32,
        (x, y): (f32, f32),
        align: Align,
        colour: Color,
        text: &str,
    ) {
        self.said.push(text.to_owned());
        self.case.line(&mut self.page.as_mut(), style, size * DOTS, (x * DOTS, y * DOTS), align, colour, text);
    }

    /// A centred title; running text goes on below.
    pub(super) fn title(&mut self, size: f32, text: &str) {
        self.y += size * 0.4;
        self.text(Style::SerifBold, size, (WIDTH_MM / 2.0, self.y), Align::Centre, ink(), text);
        self.y += size * 1.1;
    }

    /// A small line under the title or at the right.
    pub(super) fn note(&mut self, align: Align, text: &str) {
        let x = match align {
            Align::Left => MARGIN,
            Align::Centre => WIDTH_MM / 2.0,
            Align::Right => WIDTH_MM - MARGIN,
        };
        self.text(Style::Serif, 4.2, (x, self.y), align, ink(), text);
        self.y += 7.5;
    }

    /// A heading within the text.
    pub(super) fn heading(&mut self, text: &str) {
        self.y += 1.5;
        self.text(Style::SansBold, 4.8, (MARGIN, self.y), Align::Left, ink(), text);
        self.y += 8.0;
    }

    /// A paragraph, its first line indented by two letters.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.block(Style::Serif, 4.5, 2.0, text);
    }

    /// Running text of any size; `indent` in letters.
    pub(super) fn block(&mut self, style: Style, size: f32, indent: f32, text: &str) {
        let width = (WIDTH_MM - 2.0 * MARGIN) * DOTS;
        let lines = self.case.wrap(style, size * DOTS, width, indent * size * DOTS, text);
        for (at, line) in lines.iter().enumerate() {
            let x = if at == 0 { MARGIN + indent * size } else { MARGIN };
            self.text(style, size, (x, self.y), Align::Left, ink(), line);
            self.y += size * 1.72;
        }
        self.y += size * 0.25;
    }

    /// A ruled table over the text's width; column widths are shares. The first row is the head.
    pub(super) fn table(&mut self, shares: &[f32], rows: &[Vec<&str>], row_height: f32) {
        let whole: f32 = shares.iter().sum();
        let width = WIDTH_MM - 2.0 * MARGIN;
        let top = self.y - 4.0;
        for (at, row) in rows.iter().enumerate() {
            let line = top + row_height * at as f32;
            self.rule((MARGIN, line), (MARGIN + width, line), 0.25);
            let mut x = MARGIN;
            for (share, cell) in shares.iter().zip(row) {
                let wide = width * share / whole;
                let number = at > 0 && cell.ends_with(|c: char| c.is_ascii_digit()) && cell.contains('.');
                let style = if at == 0 { Style::SansBold } else { Style::Serif };
                let baseline = line + row_height / 2.0 + 1.5;
                let (place, align) =
                    if number { (x + wide - 2.0, Align::Right) } else { (x + wide / 2.0, Align::Centre) };
                self.text(style, 3.9, (place, baseline), align, ink(), cell);
                x += wide;
            }
        }
        let bottom = top + row_height * rows.len() as f32;
        self.rule((MARGIN, bottom), (MARGIN + width, bottom), 0.25);
        let mut x = MARGIN;
        for share in std::iter::once(&0.0).chain(shares) {
            x += width * share / whole;
            self.rule((x, top), (x, bottom), 0.25);
        }
        self.y = bottom + 8.0;
    }

    /// A straight line.
    pub(super) fn rule(&mut self, from: (f32, f32), to: (f32, f32), thick: f32) {
        let mut path = PathBuilder::new();
        path.move_to(from.0 * DOTS, from.1 * DOTS);
        path.line_to(to.0 * DOTS, to.1 * DOTS);
        self.stroke(path, thick, ink());
    }

    fn stroke(&mut self, path: PathBuilder, thick: f32, colour: Color) {
        let Some(path) = path.finish() else { return };
        let mut paint = Paint::default();
        paint.set_color(colour);
        let stroke = Stroke { width: thick * DOTS, line_cap: tiny_skia::LineCap::Round, ..Stroke::default() };
        self.page.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }

    /// A frame of two lines around the page, as certificates have it.
    pub(super) fn border(&mut self, colour: Color) {
        for (inset, thick) in [(11.0, 1.1), (14.0, 0.35)] {
            let rect = Rect::from_xywh(
                inset * DOTS,
                inset * DOTS,
                (WIDTH_MM - 2.0 * inset) * DOTS,
                (HEIGHT_MM - 2.0 * inset) * DOTS,
            );
            if let Some(rect) = rect {
                let mut path = PathBuilder::new();
                path.push_rect(rect);
                self.stroke(path, thick, colour);
            }
        }
    }

    /// Something like a hand's signature; nobody's.
    pub(super) fn signature(&mut self, x: f32, y: f32) {
        let blue_black = Color::from_rgba8(24, 30, 78, 255);
        let mut at = (x, y);
        for _ in 0..3 {
            let mut path = PathBuilder::new();
            path.move_to(at.0 * DOTS, at.1 * DOTS);
            for _ in 0..4 {
                let mut point = |wide: f32, high: f32| {
                    ((at.0 + self.random.range(-1.0, wide)) * DOTS, (y + self.random.range(-high, high * 0.6)) * DOTS)
                };
                let (a, b, c) = (point(6.0, 5.0), point(7.0, 5.0), point(5.0, 3.0));
                path.cubic_to(a.0, a.1, b.0, b.1, c.0, c.1);
                at.0 += 1.4;
            }
            self.stroke(path, 0.45, blue_black);
            at.0 += 3.2;
        }
    }

    /// A square code with this text, `side` wide.
    pub(super) fn code(&mut self, x: f32, y: f32, side: f32, text: &str) -> Result<()> {
        let code = qrcode::QrCode::new(text.as_bytes()).context("square code")?;
        let count = code.width();
        let cell = side / count as f32;
        let mut paint = Paint::default();
        paint.set_color(ink());
        paint.anti_alias = false;
        for (at, colour) in code.to_colors().into_iter().enumerate() {
            if colour == qrcode::Color::Dark {
                let (column, row) = ((at % count) as f32, (at / count) as f32);
                // A hair larger than its cell, so that no seams show.
                let rect = Rect::from_xywh(
                    (x + column * cell) * DOTS,
                    (y + row * cell) * DOTS,
                    cell * DOTS + 0.6,
                    cell * DOTS + 0.6,
                );
                if let Some(rect) = rect {
                    self.page.fill_rect(rect, &paint, Transform::identity(), None);
                }
            }
        }
        Ok(())
    }

    /// 圆形公章: ring, star, name along the ring, a line below the star; worn and slightly turned.
    pub(super) fn stamp(&mut self, (x, y): (f32, f32), name: &str, below: &str) -> Result<()> {
        let side = 46.0 * DOTS;
        let middle = side / 2.0;
        let mut stamp = Pixmap::new(side as u32, side as u32).context("stamp memory")?;
        let radius = 20.0 * DOTS;
        let mut paint = Paint::default();
        paint.set_color(seal_red());
        let ring = PathBuilder::from_circle(middle, middle, radius).context("ring")?;
        let stroke = Stroke { width: 1.15 * DOTS, ..Stroke::default() };
        stamp.stroke_path(&ring, &paint, &stroke, Transform::identity(), None);
        stamp.fill_path(
            &star(middle, middle, 5.6 * DOTS).context("star")?,
            &paint,
            FillRule::Winding,
            Transform::identity(),
            None,
        );
        self.ring_text(&mut stamp, middle, radius, name);
        let mut canvas = stamp.as_mut();
        let at = (middle, middle + 11.5 * DOTS);
        self.case.line(&mut canvas, Style::Sans, 3.3 * DOTS, at, Align::Centre, seal_red(), below);
        self.wear(&mut stamp);
        let turn = self.random.range(-14.0, 14.0);
        let (x, y) = (x * DOTS, y * DOTS);
        let place = Transform::from_rotate_at(turn, x, y).pre_translate(x - middle, y - middle);
        // Stamp ink darkens what it covers and lets the print show through.
        let how =
            PixmapPaint { opacity: 0.86, blend_mode: BlendMode::Multiply, quality: tiny_skia::FilterQuality::Bilinear };
        self.page.draw_pixmap(0, 0, stamp.as_ref(), &how, place, None);
        Ok(())
    }

    fn ring_text(&self, stamp: &mut Pixmap, middle: f32, radius: f32, name: &str) {
        let letters: Vec<char> = name.chars().collect();
        let spread = (letters.len() as f32 * 19.0).clamp(90.0, 262.0);
        let size = if letters.len() > 14 { 3.9 } else { 4.6 } * DOTS;
        let step = spread / (letters.len() as f32 - 1.0).max(1.0);
        for (at, letter) in letters.iter().enumerate() {
            let angle = -spread / 2.0 + step * at as f32;
            let wide = self.case.width(Style::SerifBold, size, &letter.to_string());
            let place = Transform::from_rotate_at(angle, middle, middle)
                .pre_translate(middle - wide / 2.0, middle - radius + 1.5 * DOTS + size * 0.88);
            self.case.letter(&mut stamp.as_mut(), Style::SerifBold, size, *letter, place, seal_red());
        }
    }

    /// Uneven ink: patches print weaker, single points not at all.
    fn wear(&mut self, stamp: &mut Pixmap) {
        let (width, height) = (stamp.width() as usize, stamp.height() as usize);
        let patches: Vec<f32> = (0..17 * 17).map(|_| self.random.range(0.62, 1.12).min(1.0)).collect();
        for y in 0..height {
            for x in 0..width {
                let (fx, fy) = (x as f32 * 16.0 / width as f32, y as f32 * 16.0 / height as f32);
                let (ix, iy) = (fx as usize, fy as usize);
                let (tx, ty) = (fx - ix as f32, fy - iy as f32);
                let corner = |dx: usize, dy: usize| patches[(iy + dy) * 17 + ix + dx];
                let top = corner(0, 0) * (1.0 - tx) + corner(1, 0) * tx;
                let bottom = corner(0, 1) * (1.0 - tx) + corner(1, 1) * tx;
                let dropped = if self.random.unit() < 0.025 { 0.35 } else { 1.0 };
                let keep = (top * (1.0 - ty) + bottom * ty) * dropped;
                for channel in &mut stamp.data_mut()[(y * width + x) * 4..(y * width + x) * 4 + 4] {
                    *channel = (f32::from(*channel) * keep) as u8;
                }
            }
        }
    }

    /// Places a picture with its top left at a point, scaled to a width.
    pub(super) fn picture(&mut self, picture: &Pixmap, (x, y): (f32, f32), width: f32) {
        let scale = width * DOTS / picture.width() as f32;
        let place = Transform::from_translate(x * DOTS, y * DOTS).pre_scale(scale, scale);
        let how = PixmapPaint { quality: tiny_skia::FilterQuality::Bilinear, ..PixmapPaint::default() };
        self.page.draw_pixmap(0, 0, picture.as_ref(), &how, place, None);
    }
}

fn px(millimetres: f32) -> u32 {
    (millimetres * DOTS).round() as u32
}

fn star(x: f32, y: f32, radius: f32) -> Option<tiny_skia::Path> {
    let mut path = PathBuilder::new();
    for point in 0..10 {
        let reach = if point % 2 == 0 { radius } else { radius * 0.382 };
        let angle = TAU * point as f32 / 10.0 - TAU / 4.0;
        let (px, py) = (x + reach * angle.cos(), y + reach * angle.sin());
        if point == 0 { path.move_to(px, py) } else { path.line_to(px, py) }
    }
    path.close();
    path.finish()
}
