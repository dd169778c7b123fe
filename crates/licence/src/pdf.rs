//! The PDF back-end (printpdf).
//!
//! Two things printpdf leaves to chance are fixed here: resource names and the file's `/ID` come
//! from a counter of the process, so the same paper made twice would differ. Names are set by us,
//! the ID is replaced by a hash of the page content, of the same length, so no offset moves.

use crate::data::Paper;
use crate::error::PaperError;
use crate::fonts::{Face, Fonts, MM_PER_POINT};
use crate::list::{Colour, Item, Ring, Run, Segment, Sheet};
use printpdf::{
    Color, FontId, Line, LineCapStyle, LineJoinStyle, LinePoint, Mm, Op, PaintMode, PdfDocument, PdfFont,
    PdfFontHandle, PdfPage, PdfParseErrorSeverity, PdfSaveOptions, Point, Polygon, PolygonRing, Pt, RawImage, Rgb,
    TextItem, TextMatrix, WindingOrder, XObject, XObjectId, XObjectTransform,
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use tongban_domain::clock::WallTime;
use tongban_domain::event::Digest;

/// Writes the sheets as one PDF file. Nothing is made when a glyph is missing.
pub fn write(fonts: &Fonts, sheets: &[Sheet], title: &str, made_at: WallTime) -> Result<Paper, PaperError> {
    let used = preflight(fonts, sheets)?;
    let mut document = PdfDocument::new(title);
    for face in Face::ALL.into_iter().filter(|face| used.contains(face.file())) {
        document.resources.fonts.map.insert(font_id(face), PdfFont::new(fonts.get(face)?.clone()));
    }
    describe(&mut document, made_at);
    let mut pictures = 0;
    let mut pages = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        let mut ops = Vec::new();
        for item in &sheet.items {
            item_ops(item, sheet.height, &mut document, &mut pictures, &mut ops)?;
        }
        pages.push(PdfPage::new(Mm(sheet.width), Mm(sheet.height), ops));
    }
    save(document, pages)
}

/// The document with these pages as a file that is the same whenever it is made.
pub fn save(mut document: PdfDocument, pages: Vec<PdfPage>) -> Result<Paper, PaperError> {
    #[expect(clippy::cast_possible_truncation, reason = "a paper has a few pages, a material some hundreds")]
    let count = pages.len() as u32;
    document.with_pages(pages);
    let mut warnings = Vec::new();
    let mut pdf = document.save(&PdfSaveOptions::default(), &mut warnings);
    if let Some(fault) = warnings.iter().find(|warning| warning.severity != PdfParseErrorSeverity::Info) {
        return Err(PaperError::Writer(fault.msg.clone()));
    }
    fix_id(&mut pdf)?;
    let sha256 = Digest(Sha256::digest(&pdf).into());
    Ok(Paper { pdf, sha256, pages: count })
}

/// The files of the faces used, after every character has been found in its face.
fn preflight(fonts: &Fonts, sheets: &[Sheet]) -> Result<BTreeSet<&'static str>, PaperError> {
    let mut used = BTreeSet::new();
    for item in sheets.iter().flat_map(|sheet| &sheet.items) {
        if let Item::Text(run) = item {
            fonts.check(run.face, &run.text)?;
            used.insert(run.face.file());
        }
    }
    Ok(used)
}

/// The first six letters become the subset's tag, which must be capitals (ISO 32000-1, 9.6.4).
fn font_id(face: Face) -> FontId {
    let name = match face {
        Face::Sans => "TBSANR",
        Face::SansBold => "TBSANB",
        Face::Serif => "TBSERR",
        Face::SerifBold => "TBSERB",
    };
    FontId(name.to_owned())
}

/// Who made it and when, and nothing of anybody else.
pub fn describe(document: &mut PdfDocument, made_at: WallTime) {
    let info = &mut document.metadata.info;
    let at = printpdf::OffsetDateTime::from_unix_timestamp(made_at.0.div_euclid(1000));
    let at = at.unwrap_or(info.creation_date);
    info.creation_date = at;
    info.modification_date = at;
    info.metadata_date = at;
    info.creator = "tongban".to_owned();
    info.producer = concat!("tongban-licence ", env!("CARGO_PKG_VERSION")).to_owned();
}

fn item_ops(
    item: &Item,
    height: f32,
    document: &mut PdfDocument,
    pictures: &mut usize,
    ops: &mut Vec<Op>,
) -> Result<(), PaperError> {
    match item {
        Item::Text(run) => text_ops(run, height, ops),
        Item::Line { from, to, width, colour } => {
            stroke_style(*width, *colour, ops);
            let points = vec![corner(from.0, from.1, height), corner(to.0, to.1, height)];
            ops.push(Op::DrawLine { line: Line { points, is_closed: false } });
        }
        Item::Trace { points, width, colour } => {
            stroke_style(*width, *colour, ops);
            ops.push(Op::SetLineCapStyle { cap: LineCapStyle::Round });
            ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
            // A line of no length has round ends too: a dot.
            let ends = if let [dot] = points.as_slice() { vec![*dot, *dot] } else { points.clone() };
            let points = ends.into_iter().map(|(x, y)| corner(x, y, height)).collect();
            ops.push(Op::DrawLine { line: Line { points, is_closed: false } });
            ops.push(Op::SetLineCapStyle { cap: LineCapStyle::Butt });
            ops.push(Op::SetLineJoinStyle { join: LineJoinStyle::Miter });
        }
        Item::Fill { rings, colour } => fill_ops(rings, *colour, height, ops),
        Item::Stroke { ring, width, colour } => {
            stroke_style(*width, *colour, ops);
            let polygon = Polygon {
                rings: vec![ring_points(ring, height)],
                mode: PaintMode::Stroke,
                winding_order: WindingOrder::NonZero,
            };
            ops.push(Op::DrawPolygon { polygon });
        }
        Item::Modules { x, y, side, count, dark } => {
            fill_ops(&module_rings(*x, *y, *side, *count, dark), Colour::BLACK, height, ops);
        }
        Item::Picture { x, y, width, png } => {
            let image = RawImage::decode_from_bytes(png, &mut Vec::new()).map_err(PaperError::SealPicture)?;
            *pictures += 1;
            let id = XObjectId(format!("Picture{pictures}"));
            #[expect(clippy::cast_precision_loss, reason = "pixels of a seal picture")]
            let (across, down) = (image.width as f32, image.height as f32);
            let bottom = height - (y + width * down / across);
            let transform = XObjectTransform {
                translate_x: Some(points(*x)),
                translate_y: Some(points(bottom)),
                dpi: Some(across / (width / 25.4)),
                ..XObjectTransform::default()
            };
            document.resources.xobjects.map.insert(id.clone(), XObject::Image(image));
            ops.push(Op::UseXobject { id, transform });
        }
    }
    Ok(())
}

fn text_ops(run: &Run, height: f32, ops: &mut Vec<Op>) {
    let (sin, cos) = if run.turn == 0.0 { (0.0, 1.0) } else { run.turn.to_radians().sin_cos() };
    let matrix = [cos, sin, -sin, cos, points(run.x).0, points(height - run.y).0];
    ops.extend([
        Op::StartTextSection,
        Op::SetFillColor { col: colour(run.colour) },
        Op::SetFont { font: PdfFontHandle::External(font_id(run.face)), size: Pt(run.size) },
        Op::SetTextMatrix { matrix: TextMatrix::Raw(matrix) },
        Op::ShowText { items: vec![TextItem::Text(run.text.clone())] },
        Op::EndTextSection,
    ]);
}

fn fill_ops(rings: &[Ring], fill: Colour, height: f32, ops: &mut Vec<Op>) {
    let polygon = Polygon {
        rings: rings.iter().map(|ring| ring_points(ring, height)).collect(),
        mode: PaintMode::Fill,
        winding_order: WindingOrder::NonZero,
    };
    ops.push(Op::SetFillColor { col: colour(fill) });
    ops.push(Op::DrawPolygon { polygon });
}

fn stroke_style(width: f32, stroke: Colour, ops: &mut Vec<Op>) {
    ops.push(Op::SetOutlineColor { col: colour(stroke) });
    ops.push(Op::SetOutlineThickness { pt: points(width) });
}

/// Dark runs of each row as rectangles; a hair taller than a module, so that no light seam shows.
fn module_rings(x: f32, y: f32, side: f32, count: usize, dark: &[bool]) -> Vec<Ring> {
    #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules in a row")]
    let module = side / count.max(1) as f32;
    let mut rings = Vec::new();
    for (row, modules) in dark.chunks(count.max(1)).enumerate() {
        let mut column = 0;
        while column < modules.len() {
            let run = modules[column..].iter().take_while(|dark| **dark).count();
            if run == 0 {
                column += 1;
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a QR code has at most 177 modules in a row")]
            let (left, top, width) = (column as f32 * module, row as f32 * module, run as f32 * module);
            rings.push(Ring::rect(x + left, y + top, width, module * 1.02));
            column += run;
        }
    }
    rings
}

fn ring_points(ring: &Ring, height: f32) -> PolygonRing {
    let mut points = vec![corner(ring.from.0, ring.from.1, height)];
    for segment in &ring.segments {
        match *segment {
            Segment::Line(x, y) => points.push(corner(x, y, height)),
            Segment::Curve(a, b, c, d, x, y) => {
                points.push(LinePoint { bezier: true, ..corner(a, b, height) });
                points.push(LinePoint { bezier: true, ..corner(c, d, height) });
                points.push(corner(x, y, height));
            }
        }
    }
    PolygonRing { points }
}

fn corner(x: f32, y: f32, height: f32) -> LinePoint {
    LinePoint { p: Point { x: points(x), y: points(height - y) }, bezier: false }
}

/// Millimetres as points.
pub const fn points(mm: f32) -> Pt {
    Pt(mm / MM_PER_POINT)
}

fn colour(Colour(red, green, blue): Colour) -> Color {
    let part = |value: u8| f32::from(value) / 255.0;
    Color::Rgb(Rgb::new(part(red), part(green), part(blue), None))
}

/// Replaces both halves of the trailer's `/ID` (32 letters each) by a hash of the file without them.
fn fix_id(pdf: &mut [u8]) -> Result<(), PaperError> {
    const MARK: &[u8] = b"/ID[(";
    const LENGTH: usize = 32;
    let missing = || PaperError::Writer("no /ID in the trailer".to_owned());
    let at = pdf.windows(MARK.len()).rposition(|window| window == MARK).ok_or_else(missing)? + MARK.len();
    let second = at + LENGTH + 2;
    if pdf.get(at + LENGTH..second) != Some(b")(") || pdf.get(second + LENGTH..second + LENGTH + 2) != Some(b")]") {
        return Err(missing());
    }
    pdf[at..at + LENGTH].fill(b'0');
    pdf[second..second + LENGTH].fill(b'0');
    let id = Digest(Sha256::digest(&*pdf).into()).to_string();
    pdf[at..at + LENGTH].copy_from_slice(&id.as_bytes()[..LENGTH]);
    pdf[second..second + LENGTH].copy_from_slice(&id.as_bytes()[..LENGTH]);
    Ok(())
}
