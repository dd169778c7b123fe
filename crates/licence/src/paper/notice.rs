//! Notices: title, number, addressee, paragraphs, numbered points, signature with seal.

use super::{FOOT, Footer, LEFT, ROOM, finish};
use crate::data::NoticeData;
use crate::draw::{Align, Canvas, Fit, Style};
use crate::error::PaperError;
use crate::fonts::{Face, Fonts};
use crate::list::{Colour, Sheet};
use crate::measure::wrap;
use crate::seal;
use crate::template::{NoticeTemplate, Values, put};
use crate::when;

const BODY: Style = Style::new(Face::Serif, 14.0, Colour::INK);
const SMALL: Style = Style::new(Face::Serif, 9.5, Colour::SOFT);
/// Height of signature, date and seal, which stay together.
const SIGNATURE: f32 = 50.0;

/// Lays the notice out on as many sheets as it needs.
pub fn lay_out(fonts: &Fonts, template: &NoticeTemplate, data: &NoticeData) -> Result<Vec<Sheet>, PaperError> {
    let values: Values<'_> = [("addressee", data.addressee.clone()), ("hotline", data.hotline.clone())].into();
    let mut canvas = Canvas::new(fonts, Sheet::a4());
    let middle = LEFT + ROOM / 2.0;
    let title = Style::new(Face::SerifBold, 24.0, Colour::INK);
    canvas.fitted((middle, 38.0), Align::Centre, Fit::new(ROOM, 14.0, "title"), title, &data.title)?;
    canvas.fitted(
        (middle, 49.0),
        Align::Centre,
        Fit::new(ROOM, 8.0, "number"),
        Style { size: 12.0, ..BODY },
        &data.number,
    )?;
    let mut sheets = Vec::new();
    let mut y = 60.0;
    if !data.addressee.is_empty() {
        y = flow(&mut canvas, &mut sheets, &put(&template.addressee, &values)?, y)?;
    }
    for paragraph in &data.paragraphs {
        y = flow(&mut canvas, &mut sheets, &format!("\u{3000}\u{3000}{paragraph}"), y)?;
    }
    for (at, point) in data.points.iter().enumerate() {
        y = flow(&mut canvas, &mut sheets, &format!("\u{3000}\u{3000}{}．{point}", at + 1), y)?;
    }
    if y + SIGNATURE > FOOT {
        sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
        y = 30.0;
    }
    signature(&mut canvas, template, data, &values, y + 12.0)?;
    sheets.push(canvas.sheet);
    let footer = Footer {
        page: &template.page,
        demo_note: data.demo.then_some(template.demo_note.as_str()),
        watermark: &template.watermark,
    };
    finish(fonts, sheets, &footer)
}

/// A paragraph line by line, so that it may go on over a page.
fn flow(canvas: &mut Canvas<'_>, sheets: &mut Vec<Sheet>, text: &str, top: f32) -> Result<f32, PaperError> {
    let mut y = top;
    for line in wrap(canvas.fonts, BODY.face, BODY.size, text, ROOM)? {
        if y + BODY.leading() > FOOT {
            sheets.push(std::mem::replace(&mut canvas.sheet, Sheet::a4()));
            y = 24.0;
        }
        canvas.text(LEFT, y + BODY.rise(), Align::Left, BODY, &line)?;
        y += BODY.leading();
    }
    Ok(y + 1.5)
}

fn signature(
    canvas: &mut Canvas<'_>,
    template: &NoticeTemplate,
    data: &NoticeData,
    values: &Values<'_>,
    top: f32,
) -> Result<(), PaperError> {
    const QR_SIDE: f32 = 26.0;
    let centre = LEFT + ROOM - 40.0;
    seal::draw(canvas, &data.seal, centre, top + 13.0)?;
    canvas.fitted((centre, top + 10.0), Align::Centre, Fit::new(78.0, 8.0, "issuer"), BODY, &data.issuer)?;
    canvas.text(centre, top + 19.0, Align::Centre, BODY, &when::day(data.issued_at))?;
    let mut x = LEFT;
    if let Some(payload) = &data.qr {
        canvas.qr(LEFT, top, QR_SIDE, payload)?;
        canvas.text(LEFT + QR_SIDE / 2.0, top + QR_SIDE + 5.0, Align::Centre, SMALL, &template.qr_caption)?;
        x += QR_SIDE + 6.0;
    }
    if !data.hotline.is_empty() {
        canvas.text(x, top + QR_SIDE - 1.0, Align::Left, SMALL, &put(&template.hotline, values)?)?;
    }
    Ok(())
}
