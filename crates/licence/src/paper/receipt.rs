//! 收件回执: what the applicant takes home to ask after the case.

use super::{FOOT, Footer, LEFT, ROOM, finish};
use crate::data::{MaterialLine, Obtained, ReceiptData};
use crate::draw::{Align, Canvas, Column, Fit, Grid, Style, Table};
use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use crate::list::{Colour, Item, Sheet};
use crate::mask::{mask_name, mask_number};
use crate::measure::grouped;
use crate::template::{ReceiptTemplate, Values, filled, put};
use crate::when;
use tongban_domain::ink::PEN;

const QR_SIDE: f32 = 30.0;
/// Room for a signature, mm: three to one, as the field on the screen.
const SIGNATURE: (f32, f32) = (54.0, 18.0);
const SMALL: Style = Style::new(Face::Sans, 9.0, Colour::SOFT);
const BODY: Style = Style::new(Face::Sans, 10.5, Colour::INK);

/// Lays the receipt out on as many sheets as its material list needs.
pub fn lay_out(fonts: &Fonts, template: &ReceiptTemplate, data: &ReceiptData) -> Result<Vec<Sheet>, PaperError> {
    let values = values(template, data)?;
    let mut canvas = Canvas::new(fonts, Sheet::a4());
    let mut y = head(&mut canvas, template, data, &values)?;
    let grid = Grid {
        left: LEFT,
        room: ROOM,
        label_room: 22.0,
        label: Style { colour: Colour::SOFT, ..BODY },
        value: BODY,
        gap: 1.6,
        spread: false,
    };
    y = grid.draw(&mut canvas, &filled(&template.rows, &values)?, y)? + 5.0;
    y = password(&mut canvas, template, data, y)? + 6.0;
    let mut sheets = Vec::new();
    y = materials(&mut canvas, &mut sheets, template, &data.materials, y)?;
    y = notes(&mut canvas, &mut sheets, template, &values, y)?;
    signature(&mut canvas, &mut sheets, template, data, y)?;
    sheets.push(canvas.sheet);
    let footer = Footer {
        page: &template.page,
        demo_note: data.demo.then_some(template.demo_note.as_str()),
        watermark: &template.watermark,
    };
    finish(fonts, sheets, &footer)
}

fn values(template: &ReceiptTemplate, data: &ReceiptData) -> Result<Values<'static>, PaperError> {
    let promise = match data.promised_days {
        Some(days) => put(&template.promise_days, &[("days", days.to_string())].into())?,
        None => template.promise_now.clone(),
    };
    let (firm, uscc) = data.applicant.firm.clone().unwrap_or_default();
    let mut received = when::minute(data.received_at);
    if data.time_untrusted {
        received.push_str(" *");
    }
    Ok([
        ("hall", data.hall.clone()),
        ("place", data.place.clone()),
        ("number", data.number.clone()),
        ("item", data.item.clone()),
        ("applicant", mask_name(&data.applicant.name)),
        ("id", mask_number(&data.applicant.number)),
        ("firm", firm),
        ("uscc", uscc),
        ("received", received),
        ("promise", promise),
        ("hotline", data.hotline.clone()),
        ("password", data.password.clone()),
    ]
    .into())
}

/// Heading, title, number and QR code; gives the y below.
fn head(
    canvas: &mut Canvas<'_>,
    template: &ReceiptTemplate,
    data: &ReceiptData,
    values: &Values<'_>,
) -> Result<f32, PaperError> {
    let room = ROOM - QR_SIDE - 8.0;
    let heading = Style::new(Face::Sans, 12.0, Colour::SOFT);
    canvas.fitted(
        (LEFT, 25.0),
        Align::Left,
        Fit::new(room, 7.0, "heading"),
        heading,
        &put(&template.heading, values)?,
    )?;
    let title = Style::new(Face::SansBold, 26.0, Colour::INK);
    canvas.fitted((LEFT, 38.5), Align::Left, Fit::new(room, 16.0, "title"), title, &template.title)?;
    let label = Style::new(Face::Sans, 10.5, Colour::SOFT);
    canvas.text(LEFT, 51.0, Align::Left, label, &template.number_label)?;
    let number = Style::new(Face::SansBold, 17.0, Colour::INK);
    let text = grouped(&data.number, &[6, 6, 3, 5]);
    canvas.fitted((LEFT + 15.0, 51.0), Align::Left, Fit::new(room - 15.0, 10.0, "number"), number, &text)?;
    let left = LEFT + ROOM - QR_SIDE;
    canvas.qr(left, 18.0, QR_SIDE, &data.qr)?;
    canvas.text(left + QR_SIDE / 2.0, 52.5, Align::Centre, SMALL, &template.qr_caption)?;
    let mut y = 57.0;
    canvas.line((LEFT, y), (LEFT + ROOM, y), 0.6, Colour::INK);
    let mut marks = Vec::new();
    if data.offline {
        marks.push(template.offline_note.clone());
    }
    if data.time_untrusted {
        marks.push(format!("* {}", template.untrusted_note));
    }
    if !marks.is_empty() {
        y += 2.5;
        let style = Style::new(Face::SansBold, 10.5, Colour::SEAL);
        let text = marks.join("  ");
        let height = canvas.block_height(ROOM - 8.0, style, &text)? + 3.0;
        canvas.frame(LEFT, y, ROOM, height, 0.35, Colour::SEAL);
        canvas.block(LEFT + 4.0, y + 1.5, ROOM - 8.0, style, &text)?;
        y += height;
    }
    Ok(y + 4.0)
}

/// The box with the 查询密码; gives the y below.
fn password(
    canvas: &mut Canvas<'_>,
    template: &ReceiptTemplate,
    data: &ReceiptData,
    top: f32,
) -> Result<f32, PaperError> {
    const HEIGHT: f32 = 13.0;
    canvas.frame(LEFT, top, ROOM, HEIGHT, 0.3, Colour::RULE);
    let label = Style::new(Face::Sans, 10.5, Colour::SOFT);
    let middle = top + HEIGHT / 2.0;
    canvas.text(LEFT + 4.0, middle + 1.4, Align::Left, label, &template.password_label)?;
    let digits = Style::new(Face::SansBold, 20.0, Colour::INK);
    canvas.text(LEFT + 25.0, middle + 2.5, Align::Left, digits, &grouped(&data.password, &[3, 3]))?;
    let room = ROOM - 72.0;
    let height = canvas.block_height(room, SMALL, &template.password_note)?;
    canvas.block(LEFT + 68.0, middle - height / 2.0, room, SMALL, &template.password_note)?;
    Ok(top + HEIGHT)
}

fn obtained(template: &ReceiptTemplate, line: &MaterialLine) -> Result<String, PaperError> {
    match &line.obtained {
        Obtained::Shared(source) => put(&template.shared, &[("source", source.clone())].into()),
        Obtained::Captured(pages) => put(&template.captured, &[("pages", pages.to_string())].into()),
        Obtained::Generated => Ok(template.generated.clone()),
        Obtained::Deferred => Ok(template.deferred.clone()),
        Obtained::NotNeeded => Ok(template.not_needed.clone()),
    }
}

fn materials(
    canvas: &mut Canvas<'_>,
    sheets: &mut Vec<Sheet>,
    template: &ReceiptTemplate,
    lines: &[MaterialLine],
    top: f32,
) -> Result<f32, PaperError> {
    if lines.is_empty() {
        return Ok(top);
    }
    let [serial, name, way] = &template.table_heads;
    let columns = [
        Column { head: serial.clone(), width: 14.0, align: Align::Centre },
        Column { head: name.clone(), width: 92.0, align: Align::Left },
        Column { head: way.clone(), width: 64.0, align: Align::Left },
    ];
    let table = Table {
        left: LEFT,
        columns: &columns,
        head: Style::new(Face::SansBold, 9.5, Colour::INK),
        body: Style::new(Face::Sans, 9.5, Colour::INK),
        pad: 0.6,
    };
    let title = Style::new(Face::SansBold, 12.0, Colour::INK);
    let heading = format!("{}（{}）", template.materials_title, lines.len());
    let mut y = canvas.block(LEFT, top, ROOM, title, &heading)? + 1.5;
    y = table.draw_head(canvas, y)?;
    for (at, line) in lines.iter().enumerate() {
        let cells = [(at + 1).to_string(), line.name.clone(), obtained(template, line)?];
        if y + table.row_height(canvas, &cells)? > FOOT {
            sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
            y = table.draw_head(canvas, 20.0)?;
        }
        y = table.draw_row(canvas, &cells, y)?;
    }
    Ok(y + 4.0)
}

fn notes(
    canvas: &mut Canvas<'_>,
    sheets: &mut Vec<Sheet>,
    template: &ReceiptTemplate,
    values: &Values<'_>,
    top: f32,
) -> Result<f32, PaperError> {
    let mut y = top;
    for (at, note) in template.notes.iter().enumerate() {
        let text = format!("{}. {}", at + 1, put(note, values)?);
        if y + canvas.block_height(ROOM, SMALL, &text)? > FOOT {
            sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
            y = 20.0;
        }
        y = canvas.block(LEFT, y, ROOM, SMALL, &text)?;
    }
    Ok(y)
}

/// The strokes the applicant signed with, to the right below everything else.
fn signature(
    canvas: &mut Canvas<'_>,
    sheets: &mut Vec<Sheet>,
    template: &ReceiptTemplate,
    data: &ReceiptData,
    top: f32,
) -> Result<(), PaperError> {
    let Some(ink) = &data.signature else { return Ok(()) };
    let (width, height) = SIGNATURE;
    let mut y = top + 3.0;
    if y + height > FOOT {
        sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
        y = 20.0;
    }
    let left = LEFT + ROOM - width;
    canvas.text(left - 3.0, y + height - 2.0, Align::Right, SMALL, &template.signature_label)?;
    for line in ink.lines(width, height) {
        let points = line.into_iter().map(|(x, down)| (left + x, y + down)).collect();
        canvas.sheet.items.push(Item::Trace { points, width: height * PEN, colour: Colour::INK });
    }
    canvas.line((left, y + height), (left + width, y + height), 0.2, Colour::RULE);
    Ok(())
}
