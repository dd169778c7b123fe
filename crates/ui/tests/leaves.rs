//! The column that turns pages: what is shown, what can be pressed, and what is remembered.

use std::path::Path;
use std::sync::Arc;

use iced::advanced::renderer::Headless;
use iced::advanced::widget::Operation;
use iced::advanced::widget::operation::{Outcome, black_box};
use iced::advanced::{clipboard, mouse};
use iced::{Event, Pixels, Size, touch, window};
use iced_test::runtime::{UserInterface, user_interface};
use tongban_ui::inspect::{self, Kind, Seen};
use tongban_ui::widget::{Leafed, leaves, primary};
use tongban_ui::{Element, I18n, Id, Look, Profile, Ui, font};

const SIZE: Size = Size::new(900.0, 700.0);

fn ui() -> Ui {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let i18n = I18n::load(&root.join("i18n"), "zh-CN").expect("the texts load");
    Ui::new(Profile::Kiosk, Look::Standard, Arc::new(i18n))
}

/// A window whose view is built anew each time, as a program's is.
struct Stage {
    renderer: iced::Renderer,
    cache: Option<user_interface::Cache>,
}

impl Stage {
    fn new() -> Self {
        let renderer = <iced::Renderer as Headless>::new(font::REGULAR, Pixels(16.0), None);
        let renderer = iced_test::futures::futures::executor::block_on(renderer).expect("the software renderer");
        Self { renderer, cache: None }
    }

    /// Shows a view, lets a finger press at `press`, and says what is seen and what was pressed.
    fn frame(&mut self, view: Element<'_, usize>, press: Option<&Seen>) -> (Vec<Seen>, Vec<usize>) {
        let cache = self.cache.take().unwrap_or_default();
        let mut interface = UserInterface::build(view, SIZE, cache, &mut self.renderer);
        let mut messages = Vec::new();
        if let Some(there) = press {
            let (id, position) = (touch::Finger(1), there.bounds.center());
            let events = [touch::Event::FingerPressed { id, position }, touch::Event::FingerLifted { id, position }]
                .map(Event::Touch);
            let nowhere = mouse::Cursor::Unavailable;
            let _ = interface.update(&events, nowhere, &mut self.renderer, &mut clipboard::Null, &mut messages);
        }
        let mut survey = inspect::survey();
        interface.operate(&self.renderer, &mut black_box(&mut survey));
        self.cache = Some(interface.into_cache());
        match survey.finish() {
            Outcome::Some(seen) => (seen, messages),
            _ => (Vec::new(), messages),
        }
    }
}

fn view<'a>(ui: &'a Ui, name: &'static str, parts: usize, wanted: Option<usize>) -> Element<'a, usize> {
    let part = |n: usize| primary(ui, Id::from(format!("part.{n}")), "件").fill().on_press(n).into();
    leaves(ui, Id::new(name)).extend((0..parts).map(part)).show(wanted).into()
}

/// Numbers of the parts on the open page.
fn shown(seen: &[Seen]) -> Vec<usize> {
    let number = |thing: &Seen| thing.id.as_deref()?.strip_prefix("part.")?.parse().ok();
    seen.iter().filter(|thing| matches!(thing.kind, Kind::Press { .. })).filter_map(number).collect()
}

fn named(seen: &[Seen], id: &str) -> Seen {
    seen.iter().find(|thing| thing.id.as_deref() == Some(id)).unwrap_or_else(|| panic!("{id} is shown")).clone()
}

#[test]
fn what_fits_has_no_pager() {
    let (ui, mut stage) = (ui(), Stage::new());
    let (seen, _) = stage.frame(view(&ui, "list", 5, None), None);
    assert_eq!(shown(&seen), [0, 1, 2, 3, 4]);
    assert!(!seen.iter().any(|thing| thing.id.as_deref() == Some("pager.next")));
}

#[test]
fn the_pager_shows_every_part_once_and_presses_go_to_what_is_shown() {
    let (ui, mut stage) = (ui(), Stage::new());
    let build = || view(&ui, "list", 12, None);
    let (mut seen, _) = stage.frame(build(), None);
    let mut all = shown(&seen);
    assert!(all.len() < 12, "{all:?}");
    for _ in 0..5 {
        let next = named(&seen, "pager.next");
        if matches!(next.kind, Kind::Press { enabled: false, .. }) {
            break;
        }
        let (after, messages) = stage.frame(build(), Some(&next));
        assert!(messages.is_empty(), "turning is the column's own affair");
        seen = after;
        all.extend(shown(&seen));
    }
    assert_eq!(all, (0..12).collect::<Vec<_>>());
    let last = named(&seen, "part.11");
    assert_eq!(stage.frame(build(), Some(&last)).1, [11]);
    assert!(inspect::lint(&seen, SIZE, &ui.tokens).is_empty());
}

#[test]
fn the_open_page_is_kept_while_fewer_parts_are_shown_and_forgotten_under_another_name() {
    let (ui, mut stage) = (ui(), Stage::new());
    let (seen, _) = stage.frame(view(&ui, "list", 12, None), None);
    let first = shown(&seen);
    let (seen, _) = stage.frame(view(&ui, "list", 12, None), Some(&named(&seen, "pager.next")));
    let second = shown(&seen);
    assert_ne!(first, second);
    assert_eq!(shown(&stage.frame(view(&ui, "list", 1, None), None).0), [0]);
    assert_eq!(shown(&stage.frame(view(&ui, "list", 12, None), None).0), second);
    assert_eq!(shown(&stage.frame(view(&ui, "other", 12, None), None).0), first);
}

#[test]
fn a_part_that_needs_attention_opens_its_page_once() {
    let (ui, mut stage) = (ui(), Stage::new());
    let (seen, _) = stage.frame(view(&ui, "list", 12, Some(11)), None);
    assert!(shown(&seen).contains(&11));
    // Leafing back is still possible while the fault stands.
    let (seen, _) = stage.frame(view(&ui, "list", 12, Some(11)), Some(&named(&seen, "pager.previous")));
    assert!(!shown(&seen).contains(&11));
}

/// A frame as a program draws it, and how far the column says it was read.
fn read(stage: &mut Stage, ui: &Ui, parts: usize, press: Option<&Seen>) -> (Vec<Seen>, Vec<Leafed>) {
    let part = |n: usize| primary(ui, Id::from(format!("part.{n}")), "件").fill().into();
    let build = || -> Element<'_, Leafed> {
        leaves(ui, Id::new("record")).extend((0..parts).map(part)).on_seen(|leafed| leafed).into()
    };
    let mut told = Vec::new();
    let mut seen = Vec::new();
    let redraw = Event::Window(window::Event::RedrawRequested(iced::time::Instant::now()));
    let touched = press.map(|there| {
        let (id, position) = (touch::Finger(1), there.bounds.center());
        [touch::Event::FingerPressed { id, position }, touch::Event::FingerLifted { id, position }].map(Event::Touch)
    });
    for events in [touched.map(Vec::from).unwrap_or_default(), vec![redraw]] {
        let cache = stage.cache.take().unwrap_or_default();
        let mut interface = UserInterface::build(build(), SIZE, cache, &mut stage.renderer);
        let nowhere = mouse::Cursor::Unavailable;
        let _ = interface.update(&events, nowhere, &mut stage.renderer, &mut clipboard::Null, &mut told);
        let mut survey = inspect::survey();
        interface.operate(&stage.renderer, &mut black_box(&mut survey));
        stage.cache = Some(interface.into_cache());
        if let Outcome::Some(found) = survey.finish() {
            seen = found;
        }
    }
    (seen, told)
}

#[test]
fn the_column_says_how_far_it_was_read_and_no_page_counts_before_it_was_drawn() {
    let (ui, mut stage) = (ui(), Stage::new());
    let (mut seen, told) = read(&mut stage, &ui, 12, None);
    let first = *told.last().expect("the first page was drawn");
    assert_eq!(first.seen, 1);
    assert!(first.of > 1 && !first.is_whole(), "{first:?}");
    let mut last = first;
    for turn in 2..=first.of {
        let (after, told) = read(&mut stage, &ui, 12, Some(&named(&seen, "pager.next")));
        last = *told.last().expect("another page was drawn");
        assert_eq!(last.seen, turn);
        seen = after;
    }
    assert!(last.is_whole());
    let (_, told) = read(&mut stage, &ui, 12, Some(&named(&seen, "pager.previous")));
    assert!(told.is_empty(), "leafing back tells nothing new: {told:?}");
}

#[test]
fn one_page_is_read_at_once_and_nothing_is_read_before_it_was_drawn() {
    let (ui, mut stage) = (ui(), Stage::new());
    assert!(!Leafed::default().is_whole());
    let (_, told) = read(&mut stage, &ui, 3, None);
    assert_eq!(told, [Leafed { seen: 1, of: 1 }]);
}
