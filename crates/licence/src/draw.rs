//! Placing things on sheets: aligned text, wrapped blocks, label-value grids, tables.

use crate::error::PaperError;
use crate::fonts::{Face, Fonts, MM_PER_POINT};
use crate::list::{Colour, Item, Ring, Run, Sheet};
use crate::measure::wrap;
use crate::qr;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub face: Face,
    /// Points.
    pub size: f32,
    pub colour: Colour,
}

impl Style {
    pub const fn new(face: Face, size: f32, colour: Colour) -> Self {
        Self { face, size, colour }
    }

    /// Height of a line in mm: 1.45 em, what Chinese text needs to be read with ease.
    pub fn leading(self) -> f32 {
        self.size * MM_PER_POINT * 1.45
    }

    /// From the top of a line to its baseline, in mm.
    pub fn rise(self) -> f32 {
        self.size * MM_PER_POINT * 1.08
    }
}

/// Where a text stands about its x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Centre,
    Right,
}

/// What a single line must fit into.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    /// Width in mm.
    pub room: f32,
    /// Smallest size in points.
    pub min: f32,
    /// Named when the text is too long for it.
    pub field: &'static str,
}

impl Fit {
    pub const fn new(room: f32, min: f32, field: &'static str) -> Self {
        Self { room, min, field }
    }
}

/// A sheet being filled.
pub struct Canvas<'a> {
    pub fonts: &'a Fonts,
    pub sheet: Sheet,
}

impl<'a> Canvas<'a> {
    pub const fn new(fonts: &'a Fonts, sheet: Sheet) -> Self {
        Self { fonts, sheet }
    }

    /// One line on its baseline.
    pub fn text(&mut self, x: f32, y: f32, align: Align, style: Style, text: &str) -> Result<(), PaperError> {
        if text.is_empty() {
            return Ok(());
        }
        let width = self.fonts.width(style.face, style.size, text)?;
        let x = match align {
            Align::Left => x,
            Align::Centre => x - width / 2.0,
            Align::Right => x - width,
        };
        let run =
            Run { x, y, face: style.face, size: style.size, colour: style.colour, turn: 0.0, text: text.to_owned() };
        self.sheet.items.push(Item::Text(run));
        Ok(())
    }

    /// A wrapped block hanging from `top`; gives the y below its last line.
    pub fn block(&mut self, x: f32, top: f32, room: f32, style: Style, text: &str) -> Result<f32, PaperError> {
        let mut y = top;
        for line in wrap(self.fonts, style.face, style.size, text, room)? {
            self.text(x, y + style.rise(), Align::Left, style, &line)?;
            y += style.leading();
        }
        Ok(y)
    }

    /// Height that [`Canvas::block`] would take.
    pub fn block_height(&self, room: f32, style: Style, text: &str) -> Result<f32, PaperError> {
        #[expect(clippy::cast_precision_loss, reason = "a page holds less than a hundred lines")]
        let lines = wrap(self.fonts, style.face, style.size, text, room)?.len() as f32;
        Ok(lines * style.leading())
    }

    /// One line in the largest size from `style.size` down that fits.
    pub fn fitted(
        &mut self,
        at: (f32, f32),
        align: Align,
        fit: Fit,
        style: Style,
        text: &str,
    ) -> Result<(), PaperError> {
        let wanted = self.fonts.width(style.face, style.size, text)?;
        let size = if wanted <= fit.room { style.size } else { style.size * fit.room / wanted };
        if size < fit.min {
            return Err(PaperError::TooLong { field: fit.field.to_owned() });
        }
        self.text(at.0, at.1, align, Style { size, ..style }, text)
    }

    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: Colour) {
        self.sheet.items.push(Item::Line { from, to, width, colour });
    }

    pub fn fill(&mut self, ring: Ring, colour: Colour) {
        self.sheet.items.push(Item::Fill { rings: vec![ring], colour });
    }

    pub fn frame(&mut self, x: f32, y: f32, width: f32, height: f32, thickness: f32, colour: Colour) {
        let ring = Ring::rect(x, y, width, height);
        self.sheet.items.push(Item::Stroke { ring, width: thickness, colour });
    }

    pub fn qr(&mut self, x: f32, y: f32, side: f32, payload: &str) -> Result<(), PaperError> {
        let item = qr::modules(payload, x, y, side)?;
        self.sheet.items.push(item);
        Ok(())
    }

    /// 演示 across the sheet, drawn before anything else.
    pub fn watermark(&mut self, text: &str, size: f32) -> Result<(), PaperError> {
        let width = self.fonts.width(Face::SansBold, size, text)?;
        let turn = 30.0_f32;
        let (sin, cos) = turn.to_radians().sin_cos();
        let cap = size * MM_PER_POINT * 0.36;
        let x = self.sheet.width / 2.0 - width / 2.0 * cos + cap * sin;
        let y = self.sheet.height / 2.0 + width / 2.0 * sin + cap * cos;
        let run = Run { x, y, face: Face::SansBold, size, colour: Colour::FAINT, turn, text: text.to_owned() };
        self.sheet.items.insert(0, Item::Text(run));
        Ok(())
    }
}

/// A label and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub label: String,
    pub value: String,
}

/// How a label-value grid is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    pub left: f32,
    pub room: f32,
    /// Width of the label column.
    pub label_room: f32,
    pub label: Style,
    pub value: Style,
    /// Free height between rows.
    pub gap: f32,
    /// 分散对齐: spread a label's characters over the label column, as certificates do.
    pub spread: bool,
}

impl Grid {
    /// Draws rows of one or two cells; empty cells are left out. Gives the y below the last row.
    pub fn draw(&self, canvas: &mut Canvas<'_>, rows: &[Vec<Cell>], top: f32) -> Result<f32, PaperError> {
        let mut y = top;
        for row in rows {
            let cells: Vec<&Cell> = row.iter().filter(|cell| !cell.value.is_empty()).collect();
            if cells.is_empty() {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "one or two cells")]
            let share = self.room / row.len() as f32;
            let mut below = y;
            for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.value.is_empty()) {
                // A lone cell of a two-cell row takes the whole row, so that nothing stands oddly to the right.
                #[expect(clippy::cast_precision_loss, reason = "one or two cells")]
                let (x, room) = if cells.len() == 1 {
                    (self.left, self.room)
                } else {
                    (self.left + share * at as f32, share - 4.0)
                };
                below = below.max(self.cell(canvas, cell, x, room, y)?);
            }
            y = below + self.gap;
        }
        Ok(y - self.gap)
    }

    fn cell(&self, canvas: &mut Canvas<'_>, cell: &Cell, x: f32, room: f32, top: f32) -> Result<f32, PaperError> {
        let baseline = top + self.value.rise();
        if self.spread {
            self.spread_label(canvas, &cell.label, x, baseline)?;
        } else {
            canvas.text(x, baseline, Align::Left, self.label, &cell.label)?;
        }
        canvas.block(x + self.label_room, top, room - self.label_room, self.value, &cell.value)
    }

    fn spread_label(&self, canvas: &mut Canvas<'_>, label: &str, x: f32, y: f32) -> Result<(), PaperError> {
        let width = canvas.fonts.width(self.label.face, self.label.size, label)?;
        let characters: Vec<char> = label.chars().collect();
        // The value column begins one em after the label column ends.
        let room = self.label_room - self.label.size * MM_PER_POINT;
        if characters.len() < 2 || width >= room {
            return canvas.text(x, y, Align::Left, self.label, label);
        }
        #[expect(clippy::cast_precision_loss, reason = "a label has a dozen characters")]
        let gap = (room - width) / (characters.len() - 1) as f32;
        let mut at = x;
        for character in characters {
            let text = character.to_string();
            canvas.text(at, y, Align::Left, self.label, &text)?;
            at += canvas.fonts.width(self.label.face, self.label.size, &text)? + gap;
        }
        Ok(())
    }
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    pub head: String,
    pub width: f32,
    pub align: Align,
}

/// A ruled table that goes on over pages.
pub struct Table<'t> {
    pub left: f32,
    pub columns: &'t [Column],
    pub head: Style,
    pub body: Style,
    /// Free height above and below the text of a row.
    pub pad: f32,
}

impl Table<'_> {
    pub fn width(&self) -> f32 {
        self.columns.iter().map(|column| column.width).sum()
    }

    /// Draws the head at `top`; gives the y below it.
    pub fn draw_head(&self, canvas: &mut Canvas<'_>, top: f32) -> Result<f32, PaperError> {
        let height = self.head.leading() + 2.0 * self.pad;
        canvas.fill(Ring::rect(self.left, top, self.width(), height), Colour::PALE);
        let cells: Vec<String> = self.columns.iter().map(|column| column.head.clone()).collect();
        self.cells(canvas, &cells, self.head, top, height)?;
        canvas.line((self.left, top), (self.left + self.width(), top), 0.3, Colour::RULE);
        Ok(top + height)
    }

    /// Height of a body row.
    pub fn row_height(&self, canvas: &Canvas<'_>, cells: &[String]) -> Result<f32, PaperError> {
        let mut height = self.body.leading();
        for (column, text) in self.columns.iter().zip(cells) {
            height = height.max(canvas.block_height(column.width - 3.0, self.body, text)?);
        }
        Ok(height + 2.0 * self.pad)
    }

    /// Draws a body row at `top`; gives the y below it.
    pub fn draw_row(&self, canvas: &mut Canvas<'_>, cells: &[String], top: f32) -> Result<f32, PaperError> {
        let height = self.row_height(canvas, cells)?;
        self.cells(canvas, cells, self.body, top, height)?;
        Ok(top + height)
    }

    fn cells(
        &self,
        canvas: &mut Canvas<'_>,
        cells: &[String],
        style: Style,
        top: f32,
        height: f32,
    ) -> Result<(), PaperError> {
        let mut left = self.left;
        let bottom = top + height;
        for (column, text) in self.columns.iter().zip(cells) {
            let lines = wrap(canvas.fonts, style.face, style.size, text, column.width - 3.0)?;
            #[expect(clippy::cast_precision_loss, reason = "a cell has a few lines")]
            let mut y = top + (height - style.leading() * lines.len() as f32) / 2.0;
            for line in lines {
                let x = match column.align {
                    Align::Left => left + 1.5,
                    Align::Centre => left + column.width / 2.0,
                    Align::Right => left + column.width - 1.5,
                };
                canvas.text(x, y + style.rise(), column.align, style, &line)?;
                y += style.leading();
            }
            canvas.line((left, top), (left, bottom), 0.15, Colour::RULE);
            left += column.width;
        }
        canvas.line((left, top), (left, bottom), 0.15, Colour::RULE);
        canvas.line((self.left, bottom), (left, bottom), 0.15, Colour::RULE);
        Ok(())
    }
}
