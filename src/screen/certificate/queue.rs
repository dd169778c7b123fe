//! The queue on the left.

use super::{Certificate, Message};
use crate::apply::ContextParts;
use iced::Length;
use iced::widget::{column, space};
use tongban_ui::widget::{Paging, caption, empty, list_row, paged, panel, secondary};
use tongban_ui::{Element, Icon, Id, id};

/// Rows on a page.
const ROWS: usize = 7;
/// The same in big letters.
const ROWS_BIG: usize = 4;

/// Jobs waiting, made and not handed over.
pub fn view<'a>(state: &'a Certificate, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let refresh = secondary(ui, id!("certificate.refresh"), ui.text("certificate-refresh"))
        .icon(Icon::Refresh)
        .fill()
        .on_press(Message::Refresh);
    let list = list(state, parts);
    let open = (state.open > 0).then(|| caption(ui, ui.with("certificate-open", &[("n", &state.open)])).into());
    column![panel(ui, ui.with("certificate-queue-count", &[("n", &state.entries.len())]), list)]
        .extend(open)
        .push(space().height(Length::Fill))
        .push(refresh)
        .spacing(ui.tokens.space.m)
        .into()
}

fn list<'a>(state: &'a Certificate, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    if state.entries.is_empty() && !state.loaded && state.link.is_none() {
        return tongban_ui::widget::busy(ui, ui.text("common-loading"), parts.live.tick);
    }
    if state.entries.is_empty() {
        return empty(ui, Icon::Licence, ui.text("certificate-queue-empty"), ui.text("certificate-queue-empty-hint"));
    }
    let rows_max = if ui.tokens.is_big() { ROWS_BIG } else { ROWS };
    let paging = Paging::new(state.page, rows_max, state.entries.len());
    let rows = paging.slice(&state.entries).iter().map(|entry| {
        let job = &entry.job;
        let (key, _, icon) = state.phase(entry).mark();
        list_row(ui, Id::from(format!("certificate.job.{}", job.receipt)), job.holder.clone())
            .icon(icon)
            .subtitle(format!("{} · {}", ui.text(key), job.item_name))
            .selected(Some(job.case) == state.chosen)
            .on_press(Message::Choose(job.case))
            .into()
    });
    paged(ui, rows, paging, Message::Page)
}
