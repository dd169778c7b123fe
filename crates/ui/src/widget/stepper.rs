//! The steps of a journey: where one is and what is still to come.

use iced::widget::{Column, Row, column, container, row, text};
use iced::{Center, Length};

use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Look, Tone, Ui, id};

/// Draws the steps; `current` counts from 0.
///
/// In the elder look the names would not fit: the bar shows the parts and one
/// line says "第 3 步，共 7 步：确认信息".
#[must_use]
pub fn stepper<'a, M: 'a>(ui: &Ui, names: &[String], current: usize) -> Element<'a, M> {
    let compact = ui.tokens.look == Look::Elder || ui.tokens.zoom > 0 || names.len() > 7;
    let content = if compact { parts(ui, names, current) } else { circles(ui, names, current) };
    super::labelled(id!("journey.steps"), content).width(Length::Fill).into()
}

fn parts<'a, M: 'a>(ui: &Ui, names: &[String], current: usize) -> Element<'a, M> {
    let t = &ui.tokens;
    let c = &t.colour;
    let bars = (0..names.len()).map(|at| {
        let fill = if at <= current { c.primary } else { c.line };
        container(text("").size(1.0))
            .width(Length::Fill)
            .height(Length::Fixed(t.space.s))
            .style(super::card::surface(fill, fill, 0.0, t.space.s / 2.0))
            .into()
    });
    let bars: Row<'a, M> = Row::with_children(bars.collect::<Vec<_>>()).spacing(t.space.xs);
    let name = names.get(current).cloned().unwrap_or_default();
    let line = ui.with("common-step-of", &[("n", &(current + 1)), ("total", &names.len()), ("name", &name)]);
    column![bars, tinted(ui, Type::Strong, Tone::Primary, line)].spacing(t.space.s).into()
}

fn circles<'a, M: 'a>(ui: &Ui, names: &[String], current: usize) -> Element<'a, M> {
    let last = names.len().saturating_sub(1);
    let cells = names.iter().enumerate().map(|(at, name)| cell(ui, name, at, current, last));
    Row::with_children(cells.collect::<Vec<_>>()).into()
}

/// One circle with half a line on each side, the name below.
fn cell<'a, M: 'a>(ui: &Ui, name: &str, at: usize, current: usize, last: usize) -> Element<'a, M> {
    let t = &ui.tokens;
    let c = &t.colour;
    let side = t.text.body * 1.7;
    let (fill, line, tone) = if at < current {
        (c.primary, c.primary, Tone::OnPrimary)
    } else if at == current {
        (c.surface, c.primary, Tone::Primary)
    } else {
        (c.surface, c.line_strong, Tone::Faint)
    };
    let inner: Element<'a, M> = if at < current {
        crate::icon::icon(Icon::Check, side * 0.6, c.on_primary)
    } else {
        tinted(ui, Type::Strong, tone, (at + 1).to_string()).size(t.text.caption).into()
    };
    let width = if at == current { t.size.line_strong * 0.75 } else { t.size.line };
    let circle =
        container(inner).center(Length::Fixed(side)).style(super::card::surface(fill, line, width, side / 2.0));
    let arm = |drawn: bool, done: bool| {
        let colour = if done { c.primary } else { c.line };
        let fill = if drawn { colour } else { iced::Color::TRANSPARENT };
        container(text("").size(1.0))
            .width(Length::Fill)
            .height(Length::Fixed(3.0))
            .style(super::card::surface(fill, fill, 0.0, 0.0))
    };
    let line =
        row![arm(at > 0, at <= current), circle, arm(at < last, at < current)].align_y(Center).spacing(t.space.xs);
    let (kind, tone) = if at == current {
        (Type::Strong, Tone::Primary)
    } else if at < current {
        (Type::Caption, Tone::Ink)
    } else {
        (Type::Caption, Tone::Faint)
    };
    let name = tinted(ui, kind, tone, name).size(t.text.caption).align_x(Center);
    let cell: Column<'a, M> = column![line, name];
    cell.spacing(t.space.xs).align_x(Center).width(Length::Fill).into()
}
