//! A column that turns pages instead of scrolling.
//!
//! A scrolling list loses the finger that presses something in it. This column
//! measures its parts, shows as many as fit and puts the pager below. Which
//! page is open is the widget's own state, so a screen needs no message for it;
//! it begins anew when the name changes.

use std::collections::BTreeSet;
use std::ops::Range;

use iced::advanced::layout::{Layout, Limits, Node};
use iced::advanced::renderer::{self, Renderer as _};
use iced::advanced::widget::{Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, mouse};
use iced::{Event, Length, Point, Rectangle, Size, window};

use super::list::{Marked, Paging, turner};
use crate::{Element, Id, Ui};

/// How far a column was read: pages seen of all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Leafed {
    /// Pages whose every part was on screen.
    pub seen: usize,
    /// Pages there are; 0 before the column was drawn.
    pub of: usize,
}

impl Leafed {
    /// Every page was on screen.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.of > 0 && self.seen == self.of
    }
}

/// A paging column under construction; becomes an element with `.into()`.
pub struct Leaves<'a, M> {
    ui: &'a Ui,
    id: Id,
    parts: Vec<Element<'a, M>>,
    /// Whether part `n` stands on the same page as the part after it.
    joined: Vec<bool>,
    wanted: Option<usize>,
    on_seen: Option<Box<dyn Fn(Leafed) -> M + 'a>>,
    /// Built while laying out, when the number of pages is known.
    bar: Option<Element<'a, usize>>,
}

/// A paging column; it takes all the height there is.
#[must_use]
pub fn leaves<M>(ui: &Ui, id: impl Into<Id>) -> Leaves<'_, M> {
    Leaves { ui, id: id.into(), parts: Vec::new(), joined: Vec::new(), wanted: None, on_seen: None, bar: None }
}

impl<'a, M> Leaves<'a, M> {
    /// Adds a part; it is never torn.
    #[must_use]
    pub fn push(mut self, part: impl Into<Element<'a, M>>) -> Self {
        self.parts.push(part.into());
        self.joined.push(false);
        self
    }

    /// Adds a heading: it stays with the part after it.
    #[must_use]
    pub fn heading(mut self, part: impl Into<Element<'a, M>>) -> Self {
        self.parts.push(part.into());
        self.joined.push(true);
        self
    }

    /// Adds parts.
    #[must_use]
    pub fn extend(self, parts: impl IntoIterator<Item = Element<'a, M>>) -> Self {
        parts.into_iter().fold(self, Self::push)
    }

    /// Number of parts so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// No part yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The part that needs attention: its page opens when this changes.
    #[must_use]
    pub fn show(mut self, part: Option<usize>) -> Self {
        self.wanted = part;
        self
    }

    /// Tells how far the column was read, whenever that changes, and marks the turner while
    /// there is something left to read. What was seen is kept by part: other type, other
    /// pages, but what was read stays read.
    #[must_use]
    pub fn on_seen(mut self, message: impl Fn(Leafed) -> M + 'a) -> Self {
        self.on_seen = Some(Box::new(message));
        self
    }
}

/// Kept by iced between frames.
#[derive(Default)]
struct State {
    owner: Option<Id>,
    page: usize,
    pages: Vec<Range<usize>>,
    wanted: Option<usize>,
    bar: Option<Tree>,
    /// Parts that were on screen.
    seen: BTreeSet<usize>,
    told: Option<Leafed>,
}

impl State {
    /// The page shown. `page` itself is kept while there are fewer, so that it comes back.
    fn open(&self) -> usize {
        self.page.min(self.pages.len().saturating_sub(1))
    }

    fn range(&self) -> Range<usize> {
        self.pages.get(self.open()).cloned().unwrap_or(0..0)
    }

    fn was_seen(&self, page: &Range<usize>) -> bool {
        page.clone().all(|part| self.seen.contains(&part))
    }

    fn leafed(&self) -> Leafed {
        Leafed { seen: self.pages.iter().filter(|page| self.was_seen(page)).count(), of: self.pages.len() }
    }

    /// Which way the pages not yet read lie; the open one counts as read.
    fn unread(&self) -> Marked {
        let unread = |pages: &[Range<usize>]| pages.iter().any(|page| !self.was_seen(page));
        let open = self.open();
        if self.pages.get(open + 1..).is_some_and(unread) {
            Marked::Next
        } else if self.pages.get(..open).is_some_and(unread) {
            Marked::Previous
        } else {
            Marked::Neither
        }
    }
}

/// The pager; in a narrow column with figures only.
fn foot_bar(ui: &Ui, paging: Paging, width: f32, marked: Marked) -> Element<'_, usize> {
    let words = if width < ui.tokens.text.body * 22.0 {
        format!("{} / {}", paging.page + 1, paging.pages())
    } else {
        ui.with("common-page-of", &[("n", &(paging.page + 1)), ("total", &paging.pages())])
    };
    turner(ui, paging, words, marked, |page| page)
}

/// Divides parts of these heights into pages of `room`; a part that is too high stands alone.
fn divide(heights: &[f32], joined: &[bool], gap: f32, room: f32) -> Vec<Range<usize>> {
    let mut pages = Vec::new();
    let (mut start, mut used) = (0, 0.0);
    let mut at = 0;
    while at < heights.len() {
        // A heading and what follows it move as one.
        let mut end = at + 1;
        while end < heights.len() && joined[end - 1] {
            end += 1;
        }
        let block: f32 = heights[at..end].iter().sum::<f32>() + gap * (end - at - 1) as f32;
        let more = if at == start { block } else { used + gap + block };
        if at > start && more > room {
            pages.push(start..at);
            (start, used) = (at, block);
        } else {
            used = more;
        }
        at = end;
    }
    if start < heights.len() {
        pages.push(start..heights.len());
    }
    pages
}

impl<'a, M: 'a> Widget<M, iced::Theme, iced::Renderer> for Leaves<'a, M> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { owner: Some(self.id.clone()), ..State::default() })
    }

    fn children(&self) -> Vec<Tree> {
        self.parts.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        let state = tree.state.downcast_mut::<State>();
        if state.owner.as_ref() != Some(&self.id) {
            *state = State { owner: Some(self.id.clone()), ..State::default() };
        }
        tree.diff_children(&self.parts);
    }

    fn size(&self) -> Size<Length> {
        Size { width: Length::Fill, height: Length::Fill }
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &Limits) -> Node {
        let (size, gap) = (limits.max(), self.ui.tokens.space.m);
        let inner = Limits::new(Size::ZERO, Size::new(size.width, f32::INFINITY));
        let parts = self.parts.iter_mut().zip(&mut tree.children);
        let nodes: Vec<Node> = parts.map(|(part, tree)| part.as_widget_mut().layout(tree, renderer, &inner)).collect();
        let heights: Vec<f32> = nodes.iter().map(|node| node.size().height).collect();
        let foot = self.ui.tokens.size.small_target;
        let state = tree.state.downcast_mut::<State>();
        state.pages = divide(&heights, &self.joined, gap, size.height);
        if state.pages.len() > 1 {
            state.pages = divide(&heights, &self.joined, gap, size.height - foot - gap);
        }
        if self.wanted.is_some() && state.wanted != self.wanted {
            state.wanted = self.wanted;
            let there = self.wanted.and_then(|part| state.pages.iter().position(|page| page.contains(&part)));
            state.page = there.unwrap_or(state.page);
        }
        let mut y = 0.0;
        let mut shown = Vec::new();
        let range = state.range();
        for node in nodes.into_iter().skip(range.start).take(range.len()) {
            let height = node.size().height;
            shown.push(node.move_to(Point::new(0.0, y)));
            y += height + gap;
        }
        let marked = if self.on_seen.is_some() { state.unread() } else { Marked::Neither };
        self.bar = (state.pages.len() > 1)
            .then(|| foot_bar(self.ui, Paging::new(state.open(), 1, state.pages.len()), size.width, marked));
        if let Some(bar) = &mut self.bar {
            let tree = state.bar.get_or_insert_with(Tree::empty);
            tree.diff(&*bar);
            let node =
                bar.as_widget_mut().layout(tree, renderer, &Limits::new(Size::ZERO, Size::new(size.width, foot)));
            shown.push(node.move_to(Point::new(0.0, size.height - foot)));
        }
        Node::with_children(size, shown)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.container(Some(&self.id), layout.bounds());
        let state = tree.state.downcast_mut::<State>();
        let range = state.range();
        operation.traverse(&mut |operation| {
            let mut places = layout.children();
            for at in range.clone() {
                let (part, Some(place)) = (&mut self.parts[at], places.next()) else { return };
                part.as_widget_mut().operate(&mut tree.children[at], place, renderer, operation);
            }
            if let (Some(bar), Some(bar_tree), Some(place)) = (&mut self.bar, &mut state.bar, places.next()) {
                bar.as_widget_mut().operate(bar_tree, place, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, M>,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        if let (Some(message), Event::Window(window::Event::RedrawRequested(_))) = (&self.on_seen, event) {
            let range = state.range();
            state.seen.extend(range);
            let leafed = state.leafed();
            if state.told != Some(leafed) {
                state.told = Some(leafed);
                shell.publish(message(leafed));
            }
        }
        let mut places = layout.children();
        for at in state.range() {
            let Some(place) = places.next() else { return };
            let (part, part_tree) = (&mut self.parts[at], &mut tree.children[at]);
            part.as_widget_mut().update(part_tree, event, place, cursor, renderer, clipboard, shell, viewport);
        }
        let (Some(bar), Some(bar_tree), Some(place)) = (&mut self.bar, &mut state.bar, places.next()) else { return };
        let mut turned = Vec::new();
        let mut local = Shell::new(&mut turned);
        bar.as_widget_mut().update(bar_tree, event, place, cursor, renderer, clipboard, &mut local, viewport);
        let (captured, redraw) = (local.is_event_captured(), local.redraw_request());
        if captured {
            shell.capture_event();
        }
        shell.request_redraw_at(redraw);
        if let Some(page) = turned.pop() {
            state.page = page;
            shell.invalidate_layout();
            shell.request_redraw();
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &iced::Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let Some(seen) = layout.bounds().intersection(viewport) else { return };
        let foot = if self.bar.is_some() { self.ui.tokens.size.small_target } else { 0.0 };
        let above = Rectangle { height: (seen.height - foot).max(0.0), ..seen };
        let mut places = layout.children();
        renderer.with_layer(above, |renderer| {
            for at in state.range() {
                let Some(place) = places.next() else { return };
                self.parts[at].as_widget().draw(&tree.children[at], renderer, theme, style, place, cursor, &above);
            }
        });
        if let (Some(bar), Some(bar_tree), Some(place)) = (&self.bar, &state.bar, places.next()) {
            bar.as_widget().draw(bar_tree, renderer, theme, style, place, cursor, &seen);
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let range = tree.state.downcast_ref::<State>().range();
        let over = |(at, place): (usize, Layout<'_>)| {
            self.parts[at].as_widget().mouse_interaction(&tree.children[at], place, cursor, viewport, renderer)
        };
        range.zip(layout.children()).map(over).max().unwrap_or_default()
    }
}

impl<'a, M: 'a> From<Leaves<'a, M>> for Element<'a, M> {
    fn from(leaves: Leaves<'a, M>) -> Self {
        Element::new(leaves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_on_one_page_and_no_page_is_too_high() {
        let heights = [40.0, 100.0, 100.0, 100.0, 40.0, 100.0, 300.0, 20.0];
        let joined = [true, false, false, false, true, false, false, false];
        let pages = divide(&heights, &joined, 10.0, 260.0);
        assert_eq!(pages, [0..3, 3..6, 6..7, 7..8]);
        for page in &pages {
            let high: f32 = heights[page.clone()].iter().sum::<f32>() + 10.0 * (page.len() - 1) as f32;
            assert!(high <= 260.0 || page.len() == 1, "{page:?} is {high} high");
        }
        assert_eq!(divide(&[], &[], 10.0, 100.0), []);
        assert_eq!(divide(&[50.0, 50.0], &[false, false], 10.0, 110.0).len(), 1);
    }

    #[test]
    fn a_heading_never_ends_a_page() {
        let pages = divide(&[100.0, 40.0, 100.0], &[false, true, false], 10.0, 200.0);
        assert_eq!(pages, [0..1, 1..3]);
    }
}
