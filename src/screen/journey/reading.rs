//! 先看完, 再确认: what is confirmed or signed was on screen whole; the words that say so.

use crate::apply::context::Context;
use iced::Center;
use iced::widget::row;
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{Leafed, icon, labelled, tinted};
use tongban_ui::{Element, Icon, Tone};

/// Beside what cannot be pressed yet: how much is left to read. Where there are pages the line
/// stays when all is read, so that nothing moves under the finger.
pub fn to_read<'a, M: 'a>(ctx: &Context<'a>, id: &str, read: Leafed) -> Option<Element<'a, M>> {
    line(ctx, id, read, "reading-first", "reading-whole")
}

/// For the officer: how far the applicant is.
pub fn far<'a, M: 'a>(ctx: &Context<'a>, read: Leafed) -> Option<Element<'a, M>> {
    line(ctx, "reading.far", read, "reading-far", "reading-far-whole")
}

fn line<'a, M: 'a>(ctx: &Context<'a>, id: &str, read: Leafed, left: &str, whole: &str) -> Option<Element<'a, M>> {
    if read.of < 2 {
        return None;
    }
    let ui = ctx.ui;
    let (mark, tone, key) =
        if read.is_whole() { (Icon::CheckCircle, Tone::Ok, whole) } else { (Icon::Pages, Tone::Primary, left) };
    let words = ui.with(key, &[("seen", &read.seen), ("of", &read.of)]);
    let line = row![icon(ui, mark, tone), tinted(ui, Type::Strong, tone, words)].spacing(ui.tokens.space.s);
    Some(labelled(ctx.id(id), line.align_y(Center)).into())
}
