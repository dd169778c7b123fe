//! 个人参保缴费证明: the months, the sum, a seal and a code to check them by.

use super::{FOOT, Footer, LEFT, ROOM, finish};
use crate::data::ProofData;
use crate::draw::{Align, Canvas, Column, Fit, Grid, Style, Table};
use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use crate::list::{Colour, Sheet};
use crate::measure::grouped;
use crate::seal;
use crate::template::{ProofTemplate, Values, filled, put};
use crate::when;

const BODY: Style = Style::new(Face::Serif, 11.0, Colour::INK);
const SMALL: Style = Style::new(Face::Serif, 9.0, Colour::SOFT);
/// Height of the closing part: sum, code, seal, notes.
const CLOSING: f32 = 65.0;

/// Lays the proof out; the closing part with the seal is never parted.
pub fn lay_out(fonts: &Fonts, template: &ProofTemplate, data: &ProofData) -> Result<Vec<Sheet>, PaperError> {
    let values = values(data);
    let mut canvas = Canvas::new(fonts, Sheet::a4());
    let title = Style::new(Face::SerifBold, 24.0, Colour::INK);
    let middle = LEFT + ROOM / 2.0;
    canvas.fitted((middle, 30.0), Align::Centre, Fit::new(ROOM, 14.0, "title"), title, &template.title)?;
    let number = format!("{}{}", template.number_label, data.number);
    canvas.fitted(
        (middle, 38.5),
        Align::Centre,
        Fit::new(ROOM, 7.0, "number"),
        Style { size: 10.5, ..SMALL },
        &number,
    )?;
    let grid = Grid {
        left: LEFT,
        room: ROOM,
        label_room: 23.0,
        label: Style::new(Face::SerifBold, 11.0, Colour::INK),
        value: BODY,
        gap: 1.2,
        spread: false,
    };
    let mut y = grid.draw(&mut canvas, &filled(&template.rows, &values)?, 45.0)? + 4.0;
    let mut sheets = Vec::new();
    y = months(&mut canvas, &mut sheets, template, data, y)?;
    if y + CLOSING > FOOT {
        sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
        y = 22.0;
    }
    closing(&mut canvas, template, data, &values, y)?;
    sheets.push(canvas.sheet);
    let footer = Footer {
        page: &template.page,
        demo_note: data.demo.then_some(template.demo_note.as_str()),
        watermark: &template.watermark,
    };
    finish(fonts, sheets, &footer)
}

fn values(data: &ProofData) -> Values<'static> {
    [
        ("number", data.number.clone()),
        ("name", data.name.clone()),
        ("id", data.id_number.clone()),
        ("kind", data.kind.clone()),
        ("from", when::plain_month(&data.from)),
        ("to", when::plain_month(&data.to)),
        ("months", data.rows.len().to_string()),
        ("total", data.total.clone()),
        ("issuer", data.issuer.clone()),
        ("issued", when::day(data.issued_at)),
        ("place", data.place.clone()),
        ("code", grouped(&data.verify_code, &[4; 8])),
    ]
    .into()
}

fn months(
    canvas: &mut Canvas<'_>,
    sheets: &mut Vec<Sheet>,
    template: &ProofTemplate,
    data: &ProofData,
    top: f32,
) -> Result<f32, PaperError> {
    let columns: Vec<Column> = template
        .table_heads
        .iter()
        .zip([(44.0, Align::Centre), (42.0, Align::Right), (42.0, Align::Right), (42.0, Align::Right)])
        .map(|(head, (width, align))| Column { head: head.clone(), width, align })
        .collect();
    let table = Table {
        left: LEFT,
        columns: &columns,
        head: Style::new(Face::SerifBold, 10.0, Colour::INK),
        body: Style { size: 9.5, ..BODY },
        pad: 0.3,
    };
    let mut y = table.draw_head(canvas, top)?;
    for row in &data.rows {
        let cells = [when::plain_month(&row.month), row.base.clone(), row.person.clone(), row.firm.clone()];
        if y + table.row_height(canvas, &cells)? > FOOT {
            sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
            y = table.draw_head(canvas, 20.0)?;
        }
        y = table.draw_row(canvas, &cells, y)?;
    }
    Ok(y + 2.5)
}

fn closing(
    canvas: &mut Canvas<'_>,
    template: &ProofTemplate,
    data: &ProofData,
    values: &Values<'_>,
    top: f32,
) -> Result<(), PaperError> {
    const QR_SIDE: f32 = 27.0;
    let sum = Style::new(Face::SerifBold, 11.0, Colour::INK);
    let y = canvas.block(LEFT, top, ROOM, sum, &put(&template.summary, values)?)? + 3.0;
    canvas.qr(LEFT, y, QR_SIDE, &data.verify_url)?;
    canvas.text(LEFT + QR_SIDE / 2.0, y + QR_SIDE + 5.0, Align::Centre, SMALL, &template.qr_caption)?;
    let x = LEFT + QR_SIDE + 6.0;
    canvas.text(x, y + 5.0, Align::Left, SMALL, &template.verify_label)?;
    let code = Style::new(Face::SansBold, 12.0, Colour::INK);
    canvas.fitted(
        (x, y + 11.5),
        Align::Left,
        Fit::new(68.0, 7.0, "code"),
        code,
        &grouped(&data.verify_code, &[4; 8]),
    )?;
    let centre = LEFT + ROOM - 34.0;
    // The seal is drawn first: black on red stays black, as ink under a stamp does.
    seal::draw(canvas, &data.seal, centre, y + 18.0)?;
    canvas.fitted((centre, y + 17.0), Align::Centre, Fit::new(66.0, 7.0, "issuer"), BODY, &data.issuer)?;
    canvas.text(centre, y + 25.0, Align::Centre, BODY, &when::day(data.issued_at))?;
    let mut y = y + 41.5;
    y = canvas.block(LEFT, y, ROOM, SMALL, &put(&template.verify_note, values)?)?;
    for note in &template.notes {
        y = canvas.block(LEFT, y, ROOM, SMALL, &put(note, values)?)?;
    }
    Ok(())
}
