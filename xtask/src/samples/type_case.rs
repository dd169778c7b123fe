//! Fonts and glyphs: outlines from the project's fonts, filled by tiny-skia.

use anyhow::{Context, Result};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use tiny_skia::{Color, FillRule, Paint, Path as Outline, PathBuilder, PixmapMut, Transform};
use ttf_parser::{Face, OutlineBuilder};

/// Which face a text is set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Style {
    /// 宋体: running text.
    Serif,
    /// 宋体加粗: titles.
    SerifBold,
    /// 黑体: headings, numbers, stamps.
    Sans,
    /// 黑体加粗.
    SansBold,
}

/// Where a line of text stands to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// The font files.
pub(super) struct FontFiles(Vec<(Style, Vec<u8>)>);

impl FontFiles {
    /// Reads the fonts of `assets/fonts`; a missing serif face is replaced by the sans.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let load = |name: &str| std::fs::read(dir.join(name));
        let sans =
            load("NotoSansSC-Regular.ttf").with_context(|| format!("{}: run assets/fonts/fetch.sh", dir.display()))?;
        let bold = load("NotoSansSC-Bold.ttf").unwrap_or_else(|_| sans.clone());
        let serif = load("NotoSerifSC-Regular.ttf").unwrap_or_else(|_| sans.clone());
        let serif_bold = load("NotoSerifSC-Bold.ttf").unwrap_or_else(|_| bold.clone());
        Ok(Self(vec![
            (Style::Serif, serif),
            (Style::SerifBold, serif_bold),
            (Style::Sans, sans),
            (Style::SansBold, bold),
        ]))
    }
}

/// The faces, with the outlines used so far.
pub(super) struct TypeCase<'a> {
    faces: HashMap<Style, Face<'a>>,
    outlines: RefCell<HashMap<(Style, char), Glyph>>,
}

/// Outline in units of the em, y down, and advance in em.
#[derive(Clone)]
struct Glyph {
    outline: Option<Outline>,
    advance: f32,
}

struct Pen {
    path: PathBuilder,
    scale: f32,
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(x * self.scale, -y * self.scale);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(x * self.scale, -y * self.scale);
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.quad_to(cx * self.scale, -cy * self.scale, x * self.scale, -y * self.scale);
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let s = self.scale;
        self.path.cubic_to(ax * s, -ay * s, bx * s, -by * s, x * s, -y * s);
    }
    fn close(&mut self) {
        self.path.close();
    }
}

impl<'a> TypeCase<'a> {
    pub(super) fn new(files: &'a FontFiles) -> Result<Self> {
        let mut faces = HashMap::new();
        for (style, bytes) in &files.0 {
            faces.insert(*style, Face::parse(bytes, 0).with_context(|| format!("font {style:?}"))?);
        }
        Ok(Self { faces, outlines: RefCell::default() })
    }

    fn glyph(&self, style: Style, letter: char) -> Glyph {
        if let Some(known) = self.outlines.borrow().get(&(style, letter)) {
            return known.clone();
        }
        let face = &self.faces[&style];
        let id = face.glyph_index(letter).unwrap_or_default();
        let scale = 1.0 / f32::from(face.units_per_em());
        let mut pen = Pen { path: PathBuilder::new(), scale };
        let drawn = face.outline_glyph(id, &mut pen);
        let outline = drawn.and_then(|_| pen.path.finish());
        let advance = f32::from(face.glyph_hor_advance(id).unwrap_or(0)) * scale;
        let glyph = Glyph { outline, advance };
        self.outlines.borrow_mut().insert((style, letter), glyph.clone());
        glyph
    }

    /// Width of a line, pixels.
    pub(super) fn width(&self, style: Style, size: f32, text: &str) -> f32 {
        text.chars().map(|letter| self.glyph(style, letter).advance * size).sum()
    }

    /// Draws one letter with its origin at the transform's origin, `size` pixels an em.
    pub(super) fn letter(
        &self,
        canvas: &mut PixmapMut<'_>,
        style: Style,
        size: f32,
        letter: char,
        at: Transform,
        colour: Color,
    ) {
        if let Some(outline) = self.glyph(style, letter).outline {
            let mut paint = Paint::default();
            paint.set_color(colour);
            paint.anti_alias = true;
            canvas.fill_path(&outline, &paint, FillRule::Winding, at.pre_scale(size, size), None);
        }
    }

    /// Draws a line of text with its baseline at `(x, y)` pixels.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn line(
        &self,
        canvas: &mut PixmapMut<'_>,
        style: Style,
        size: f32,
        (x, y): (f32, f32),
        align: Align,
        colour: Color,
        text: &str,
    ) {
        let width = self.width(style, size, text);
        let mut pen = match align {
            Align::Left => x,
            Align::Centre => x - width / 2.0,
            Align::Right => x - width,
        };
        for letter in text.chars() {
            self.letter(canvas, style, size, letter, Transform::from_translate(pen, y), colour);
            pen += self.glyph(style, letter).advance * size;
        }
    }

    /// Breaks a text into lines of at most `width` pixels, the first shorter by `indent`. Numbers and
    /// Latin words stay whole; closing punctuation never begins a line and opening brackets never
    /// end one (GB/T 15834, 5.1).
    pub(super) fn wrap(&self, style: Style, size: f32, width: f32, indent: f32, text: &str) -> Vec<String> {
        const NO_START: &str = "，。；：、！？）》」』”’%";
        const NO_END: &str = "（《「『“‘";
        let mut lines = vec![String::new()];
        let mut used = indent;
        for piece in pieces(text) {
            let advance = self.width(style, size, piece);
            if used + advance > width && !piece.starts_with(|first| NO_START.contains(first)) {
                let mut next = String::new();
                let line = lines.last_mut().expect("at least one line");
                while line.chars().last().is_some_and(|last| NO_END.contains(last)) {
                    next.extend(line.pop());
                }
                used = self.width(style, size, &next);
                lines.push(next);
            }
            lines.last_mut().expect("at least one line").push_str(piece);
            used += advance;
        }
        lines
    }
}

/// Single letters, except that runs of ASCII stay together.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        let next = at + letter.len_utf8();
        let goes_on = letter.is_ascii_graphic() && text[next..].starts_with(|c: char| c.is_ascii_graphic());
        if !goes_on {
            pieces.push(&text[start..next]);
            start = next;
        }
    }
    pieces
}
