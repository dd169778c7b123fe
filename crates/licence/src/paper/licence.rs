//! 资质证书: the face of a licence, A4 landscape, laid out by its template.

use crate::data::LicenceData;
use crate::draw::{Align, Canvas, Cell, Fit, Grid, Style};
use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use crate::list::{Colour, Item, Ring, Segment, Sheet};
use crate::measure::wrap;
use crate::seal;
use crate::template::{FIELD, LicenceTemplate, Values, filled, put};
use crate::when;

/// Lays the licence out on its one sheet.
pub fn lay_out(fonts: &Fonts, template: &LicenceTemplate, data: &LicenceData) -> Result<Vec<Sheet>, PaperError> {
    let keys: Vec<String> = data.fields.iter().map(|(id, _)| format!("{FIELD}{id}")).collect();
    let values = values(data, "\n", &keys);
    let mut canvas = Canvas::new(fonts, Sheet::a4_landscape());
    border(&mut canvas);
    title(&mut canvas, template, &values)?;
    let readable = template.layout.min_size.max(template.layout.size * 0.8);
    if !face(&mut canvas, template, &filled(&template.rows, &values)?, readable)? {
        // Too many grades for a line each in a good size: they run on, parted by semicolons.
        let running = filled(&template.rows, &self::values(data, "；", &keys))?;
        if !face(&mut canvas, template, &running, template.layout.min_size)? {
            return Err(PaperError::TooLong { field: "licence".to_owned() });
        }
    }
    code(&mut canvas, template, data, &values)?;
    issue(&mut canvas, template, data)?;
    if data.demo {
        let style = Style::new(Face::Sans, 8.5, Colour::SEAL);
        canvas.text(canvas.sheet.width / 2.0, 192.0, Align::Centre, style, &template.demo_note)?;
        canvas.watermark(&template.watermark, 190.0)?;
    }
    Ok(vec![canvas.sheet])
}

fn values<'d>(data: &'d LicenceData, between_grades: &str, keys: &'d [String]) -> Values<'d> {
    let mut values: Values<'d> = [
        ("firm", data.firm.clone()),
        ("uscc", data.uscc.clone()),
        ("address", data.address.clone()),
        ("legal_person", data.legal_person.clone()),
        ("capital", data.registered_capital.clone()),
        ("economic_type", data.economic_type.clone()),
        ("number", data.number.clone()),
        ("valid_from", when::plain_day(&data.valid_from)),
        ("valid_to", when::plain_day(&data.valid_to)),
        ("grades", data.grades.join(between_grades)),
        ("issuer", data.issuer.clone()),
        ("issued", when::plain_day(&data.issued_on)),
        ("copy", data.copy.clone()),
        ("identifier", data.identifier.clone()),
    ]
    .into();
    values.extend(keys.iter().map(String::as_str).zip(data.fields.iter().map(|(_, text)| text.clone())));
    values
}

/// A double frame with a band of lozenges between and a square at each corner.
fn border(canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.sheet.width, canvas.sheet.height);
    let inset = |canvas: &mut Canvas<'_>, by: f32, thickness: f32| {
        canvas.frame(by, by, width - 2.0 * by, height - 2.0 * by, thickness, Colour::GOLD);
    };
    inset(canvas, 8.0, 1.1);
    inset(canvas, 9.6, 0.25);
    inset(canvas, 15.4, 0.25);
    inset(canvas, 16.6, 0.7);
    // The band's middle line lies 12.5 mm from the edge; whole lozenges, corners left to the squares.
    const BAND: f32 = 12.5;
    let mut rings = Vec::new();
    let mut side = |from: f32, to: f32, place: &dyn Fn(f32) -> Vec<(f32, f32)>| {
        let count = ((to - from) / 5.4).round().max(1.0);
        let step = (to - from) / count;
        let mut at = from + step / 2.0;
        while at < to {
            rings.extend(place(at).into_iter().flat_map(|(x, y)| lozenge(x, y)));
            at += step;
        }
    };
    side(16.0, width - 16.0, &|at| vec![(at, BAND), (at, height - BAND)]);
    side(16.0, height - 16.0, &|at| vec![(BAND, at), (width - BAND, at)]);
    for (x, y) in [(BAND, BAND), (width - BAND, BAND), (BAND, height - BAND), (width - BAND, height - BAND)] {
        canvas.frame(x - 2.1, y - 2.1, 4.2, 4.2, 0.35, Colour::GOLD);
        rings.push(Ring::rect(x - 1.1, y - 1.1, 2.2, 2.2));
    }
    canvas.sheet.items.push(Item::Fill { rings, colour: Colour::GOLD });
}

/// A hollow lozenge: the inner ring runs the other way, so the non-zero rule leaves a hole.
fn lozenge(x: f32, y: f32) -> [Ring; 2] {
    let ring = |reach: f32, turn: f32| Ring {
        from: (x - reach, y),
        segments: vec![
            Segment::Line(x, y - reach * turn),
            Segment::Line(x + reach, y),
            Segment::Line(x, y + reach * turn),
        ],
    };
    [ring(2.0, 1.0), ring(1.25, -1.0)]
}

fn title(canvas: &mut Canvas<'_>, template: &LicenceTemplate, values: &Values<'_>) -> Result<(), PaperError> {
    let middle = canvas.sheet.width / 2.0;
    let style = Style::new(Face::SerifBold, template.layout.title_size, Colour::CRIMSON);
    canvas.fitted(
        (middle, template.layout.title_y),
        Align::Centre,
        Fit::new(template.layout.room, 20.0, "title"),
        style,
        &template.title,
    )?;
    let subtitle = Style::new(Face::Serif, 14.0, Colour::INK);
    canvas.text(middle, template.layout.title_y + 9.5, Align::Centre, subtitle, &put(&template.subtitle, values)?)?;
    let number = Style::new(Face::Serif, 12.0, Colour::INK);
    let at = (template.layout.left + template.layout.room, template.layout.title_y + 16.5);
    canvas.fitted(
        at,
        Align::Right,
        Fit::new(template.layout.room / 2.0, 8.0, "number"),
        number,
        &put(&template.number, values)?,
    )
}

/// The fields, in the largest size from the template's down to `min` at which all of them fit;
/// `false` and nothing drawn when none does.
fn face(canvas: &mut Canvas<'_>, template: &LicenceTemplate, rows: &[Vec<Cell>], min: f32) -> Result<bool, PaperError> {
    let mut size = template.layout.size;
    let drawn = canvas.sheet.items.len();
    while size >= min {
        let grid = Grid {
            left: template.layout.left,
            room: template.layout.room,
            label_room: template.layout.label_room * size / template.layout.size,
            label: Style::new(Face::SerifBold, size, Colour::INK),
            value: Style::new(Face::Serif, size, Colour::INK),
            gap: template.layout.gap * size / template.layout.size,
            spread: true,
        };
        if grid.draw(canvas, rows, template.layout.top)? <= template.layout.bottom {
            return Ok(true);
        }
        canvas.sheet.items.truncate(drawn);
        size -= 0.5;
    }
    Ok(false)
}

fn code(
    canvas: &mut Canvas<'_>,
    template: &LicenceTemplate,
    data: &LicenceData,
    values: &Values<'_>,
) -> Result<(), PaperError> {
    canvas.qr(template.layout.qr_left, template.layout.qr_top, template.layout.qr_side, &data.verify_url)?;
    let small = Style::new(Face::Serif, 9.0, Colour::SOFT);
    let x = template.layout.qr_left + template.layout.qr_side + 4.0;
    let foot = template.layout.qr_top + template.layout.qr_side;
    canvas.text(x, foot - 5.8, Align::Left, small, &template.qr_caption)?;
    if !data.identifier.is_empty() {
        let text = put(&template.identifier, values)?;
        let style = Style { size: 8.0, ..small };
        canvas.fitted((x, foot - 0.6), Align::Left, Fit::new(110.0, 5.0, "identifier"), style, &text)?;
    }
    Ok(())
}

/// Issuer and date, aligned with each other, about the seal's middle; a long issuer takes two lines.
fn issue(canvas: &mut Canvas<'_>, template: &LicenceTemplate, data: &LicenceData) -> Result<(), PaperError> {
    let layout = &template.layout;
    let (x, y) = (layout.seal_x, layout.seal_y);
    // The seal is drawn first: black on red stays black, as ink under a stamp does.
    seal::draw(canvas, &data.seal, x, y)?;
    let style = Style::new(Face::Serif, 13.0, Colour::INK);
    let width = |text: &str| canvas.fonts.width(style.face, style.size, text);
    let label = width(&template.issuer_label)?.max(width(&template.issued_label)?);
    let room = 2.0 * (layout.left + layout.room - x);
    let lines = wrap(canvas.fonts, style.face, style.size, &data.issuer, room - label)?;
    let [.., last] = lines.as_slice() else { return Ok(()) };
    if lines.len() > 2 {
        return Err(PaperError::TooLong { field: "issuer".to_owned() });
    }
    let longest = lines.iter().map(|line| width(line)).try_fold(0.0_f32, |a, b| b.map(|b| a.max(b)))?;
    let left = x - (label + longest) / 2.0;
    let mut base = y - 2.0;
    if lines.len() == 2 {
        base -= style.leading();
        canvas.text(left + label, base, Align::Left, style, &lines[0])?;
    }
    canvas.text(left, base, Align::Left, style, &template.issuer_label)?;
    canvas.text(left + label, y - 2.0, Align::Left, style, last)?;
    let issued = when::plain_day(&data.issued_on);
    canvas.text(left, y + 7.0, Align::Left, style, &template.issued_label)?;
    canvas.text(left + label, y + 7.0, Align::Left, style, &issued)
}
