//! Tables for staff: a head, rows of cells, thin lines.

use iced::widget::{Column as Lines, Row, container};
use iced::{Center, Length, alignment};

use crate::widget::text::{Type, tinted};
use crate::{Element, Id, Tone, Ui};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Words in the head.
    pub title: String,
    /// Share of the width.
    pub portion: u16,
    /// Numbers stand on the right.
    pub right: bool,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn words(title: impl Into<String>, portion: u16) -> Self {
        Self { title: title.into(), portion, right: false }
    }

    /// A column of numbers.
    #[must_use]
    pub fn numbers(title: impl Into<String>, portion: u16) -> Self {
        Self { title: title.into(), portion, right: true }
    }
}

/// Draws a table; each row has as many cells as there are columns.
#[must_use]
pub fn table<'a, M: 'a>(
    ui: &Ui,
    id: impl Into<Id>,
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<Element<'a, M>>>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let head = columns
        .iter()
        .map(|column| tinted(ui, Type::Caption, Tone::Soft, column.title.clone()).into())
        .collect::<Vec<Element<'a, M>>>();
    let head = container(line(ui, columns, head)).style(super::card::surface(
        t.colour.sunk,
        t.colour.sunk,
        0.0,
        t.size.radius,
    ));
    let mut lines: Lines<'a, M> = Lines::new().push(head);
    for (index, cells) in rows.into_iter().enumerate() {
        if index > 0 {
            lines = lines.push(super::divider(ui));
        }
        lines = lines.push(line(ui, columns, cells));
    }
    container(lines).id(id.into()).width(Length::Fill).into()
}

fn line<'a, M: 'a>(ui: &Ui, columns: &[Column], cells: Vec<Element<'a, M>>) -> Element<'a, M> {
    let t = &ui.tokens;
    let cells = columns.iter().zip(cells).map(|(column, cell)| {
        let side = if column.right { alignment::Horizontal::Right } else { alignment::Horizontal::Left };
        container(cell).width(Length::FillPortion(column.portion)).align_x(side).into()
    });
    Row::with_children(cells.collect::<Vec<_>>())
        .spacing(t.space.xl)
        .padding([t.space.s, t.space.m])
        .align_y(Center)
        .into()
}
