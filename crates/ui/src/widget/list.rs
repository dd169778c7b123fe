//! Lists that page: 上一页 and 下一页 instead of scrolling, which fingers miss.

use iced::widget::{Column, column, row, space};
use iced::{Center, Length};

use super::button::{primary, secondary};
use crate::press::{Face, Press, Skin};
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Tone, Ui, id};

/// Which part of a list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Page shown, from 0.
    pub page: usize,
    /// Rows on a page, at least 1.
    pub per_page: usize,
    /// Rows in all.
    pub total: usize,
}

impl Paging {
    /// A paging whose page exists; a page beyond the end becomes the last.
    #[must_use]
    pub fn new(page: usize, per_page: usize, total: usize) -> Self {
        let per_page = per_page.max(1);
        let last = total.saturating_sub(1) / per_page;
        Self { page: page.min(last), per_page, total }
    }

    /// Number of pages, at least 1.
    #[must_use]
    pub fn pages(self) -> usize {
        self.total.saturating_sub(1) / self.per_page.max(1) + 1
    }

    /// The rows of the page shown.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        let start = (self.page * self.per_page).min(self.total);
        start..(start + self.per_page).min(self.total)
    }

    /// The rows of `all` on the page shown.
    #[must_use]
    pub fn slice<T>(self, all: &[T]) -> &[T] {
        all.get(self.range()).unwrap_or_default()
    }

    /// The page before, when there is one.
    #[must_use]
    pub fn previous(self) -> Option<usize> {
        self.page.checked_sub(1)
    }

    /// The page after, when there is one.
    #[must_use]
    pub fn next(self) -> Option<usize> {
        (self.page + 1 < self.pages()).then_some(self.page + 1)
    }
}

/// 上一页 · 第 n 页，共 m 页 · 下一页 (`pager.previous`, `pager.next`); nothing
/// when there is one page only. `go` gets the page to show.
#[must_use]
pub fn pager<'a, M: Clone + 'a>(ui: &'a Ui, paging: Paging, go: impl Fn(usize) -> M) -> Element<'a, M> {
    if paging.pages() < 2 {
        return space().into();
    }
    let words = ui.with("common-page-of", &[("n", &(paging.page + 1)), ("total", &paging.pages())]);
    turner(ui, paging, words, Marked::Neither, go)
}

/// The button of a pager that is the next thing to press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    /// Turning is optional.
    Neither,
    /// There is more to read before this page.
    Previous,
    /// There is more to read after this page.
    Next,
}

/// The pager with other words between its buttons.
pub(super) fn turner<'a, M: Clone + 'a>(
    ui: &'a Ui,
    paging: Paging,
    words: String,
    marked: Marked,
    go: impl Fn(usize) -> M,
) -> Element<'a, M> {
    let button =
        |id, key, this| if marked == this { primary(ui, id, ui.text(key)) } else { secondary(ui, id, ui.text(key)) };
    row![
        button(id!("pager.previous"), "common-page-previous", Marked::Previous)
            .icon(Icon::Left)
            .small()
            .on_press_maybe(paging.previous().map(&go)),
        tinted(ui, Type::Body, Tone::Soft, words).width(Length::Fill).align_x(Center),
        button(id!("pager.next"), "common-page-next", Marked::Next)
            .trailing(Icon::Right)
            .small()
            .on_press_maybe(paging.next().map(&go)),
    ]
    .spacing(ui.tokens.space.m)
    .align_y(Center)
    .into()
}

/// Rows of one page with the pager below.
#[must_use]
pub fn paged<'a, M: Clone + 'a>(
    ui: &'a Ui,
    rows: impl IntoIterator<Item = Element<'a, M>>,
    paging: Paging,
    go: impl Fn(usize) -> M,
) -> Element<'a, M> {
    let list: Column<'a, M> = Column::with_children(rows.into_iter().collect::<Vec<_>>());
    column![list.spacing(ui.tokens.space.s), pager(ui, paging, go)].spacing(ui.tokens.space.m).into()
}

/// A row that can be pressed, under construction.
pub struct ListRow<'a, M> {
    ui: &'a Ui,
    id: Id,
    icon: Option<Icon>,
    title: String,
    subtitle: Option<String>,
    state: Option<(Tone, Icon, String)>,
    selected: bool,
    on_press: Option<M>,
}

/// A row with a title.
pub fn list_row<M>(ui: &Ui, id: impl Into<Id>, title: impl Into<String>) -> ListRow<'_, M> {
    ListRow {
        ui,
        id: id.into(),
        icon: None,
        title: title.into(),
        subtitle: None,
        state: None,
        selected: false,
        on_press: None,
    }
}

impl<M> ListRow<'_, M> {
    /// An icon before the words.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A second line.
    #[must_use]
    pub fn subtitle(mut self, words: impl Into<String>) -> Self {
        self.subtitle = Some(words.into());
        self
    }

    /// A state word at the end.
    #[must_use]
    pub fn state(mut self, tone: Tone, icon: Icon, words: impl Into<String>) -> Self {
        self.state = Some((tone, icon, words.into()));
        self
    }

    /// Marks the row in force.
    #[must_use]
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// What happens. Without it the row is only shown.
    #[must_use]
    pub fn on_press(mut self, message: M) -> Self {
        self.on_press = Some(message);
        self
    }

    /// What happens, when it may happen.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<M>) -> Self {
        self.on_press = message;
        self
    }
}

impl<'a, M: Clone + 'a> From<ListRow<'a, M>> for Element<'a, M> {
    fn from(list_row: ListRow<'a, M>) -> Self {
        let ui = list_row.ui;
        let t = &ui.tokens;
        let c = &t.colour;
        let mut words: Column<'a, M> = column![super::strong(ui, list_row.title.clone())];
        words = words.extend(list_row.subtitle.map(|s| super::caption(ui, s).into()));
        let line = row(list_row.icon.map(|icon| super::icon(ui, icon, Tone::Primary)))
            .push(words.width(Length::Fill))
            .extend(list_row.state.map(|(tone, icon, s)| super::chip_with(ui, tone, icon, s)))
            .extend(list_row.on_press.as_ref().map(|_| super::icon(ui, Icon::Right, Tone::Faint)))
            .spacing(t.space.m)
            .align_y(Center);
        let rest = if list_row.selected {
            Face { fill: c.primary_soft, line: c.primary, width: t.size.line_strong * 0.75 }
        } else {
            Face { fill: c.surface, line: c.line, width: t.size.line }
        };
        let skin = Skin {
            rest,
            hovered: if t.hovers() { Face { line: c.primary, ..rest } } else { rest },
            pressed: Face { fill: c.primary_soft, line: c.primary, ..rest },
            disabled: rest,
            focus: c.primary,
            radius: t.size.radius,
        };
        let edge = ((t.size.small_target - t.text.body * 1.4) / 2.0).max(t.space.s);
        Press::new(list_row.id, list_row.title, skin, line)
            .on_press_maybe(list_row.on_press)
            .width(Length::Fill)
            .padding([edge, t.space.m])
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_every_row_once() {
        let rows: Vec<usize> = (0..23).collect();
        let mut seen = Vec::new();
        let mut paging = Paging::new(0, 5, rows.len());
        assert_eq!((paging.pages(), paging.previous()), (5, None));
        loop {
            seen.extend_from_slice(paging.slice(&rows));
            let Some(next) = paging.next() else { break };
            paging = Paging::new(next, 5, rows.len());
        }
        assert_eq!(seen, rows);
    }

    #[test]
    fn a_page_that_no_longer_exists_becomes_the_last() {
        assert_eq!(Paging::new(9, 5, 11).page, 2);
        assert_eq!(Paging::new(3, 5, 0), Paging { page: 0, per_page: 5, total: 0 });
        assert_eq!(Paging::new(0, 0, 2).per_page, 1);
        assert!(Paging::new(0, 5, 0).slice::<u8>(&[]).is_empty());
    }
}
