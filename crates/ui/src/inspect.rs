//! A survey of what is on the screen: ids, labels, texts and places.
//!
//! The demo's driver and the flow tests run [`survey`] through
//! `iced::advanced::widget::operate` and press what they find.

use iced::advanced::widget::operation::{Focusable, Outcome, Scrollable, TextInput};
use iced::advanced::widget::{Id, Operation};
use iced::{Rectangle, Size};
use std::any::Any;
use std::collections::BTreeSet;

use crate::Tokens;

/// What a pressable area tells about itself (a `custom` target with the area's id).
#[derive(Debug, Clone, PartialEq)]
pub struct PressInfo {
    /// Words on it.
    pub label: String,
    /// Whether it can be pressed.
    pub enabled: bool,
    /// The least size at which nothing on it is cut; zero when not known.
    pub wants: Size,
}

/// What kind of thing was seen.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A named area.
    Area,
    /// Something that can be pressed.
    Press {
        /// Words on it.
        label: String,
        /// Whether it can be pressed.
        enabled: bool,
        /// The least size at which nothing on it is cut; zero when not known.
        wants: Size,
    },
    /// A text.
    Text(String),
    /// An input with its content.
    Input(String),
}

/// One thing on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its name, when it has one.
    pub id: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Where it is, in window pixels before scaling.
    pub bounds: Rectangle,
}

/// An operation that lists everything named, pressable or written, in drawing order.
#[must_use]
pub fn survey() -> impl Operation<Vec<Seen>> {
    Survey::default()
}

#[derive(Default)]
struct Survey {
    seen: Vec<Seen>,
    /// Where the content of the scrollable being walked stands.
    shift: iced::Vector,
    /// The same for the children walked next.
    inside: iced::Vector,
}

impl Survey {
    fn add(&mut self, id: Option<&Id>, kind: Kind, bounds: Rectangle) {
        self.seen.push(Seen { id: id.and_then(name), kind, bounds: bounds + self.shift });
    }
}

impl Operation<Vec<Seen>> for Survey {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<Vec<Seen>>)) {
        let outside = self.shift;
        // A scrollable announced itself just before its children are walked.
        self.shift = self.inside;
        operate(self);
        self.shift = outside;
        self.inside = outside;
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        if id.is_some() {
            self.add(id, Kind::Area, bounds);
        }
    }

    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        _content: Rectangle,
        translation: iced::Vector,
        _state: &mut dyn Scrollable,
    ) {
        self.container(id, bounds);
        self.inside = self.shift - translation;
    }

    fn focusable(&mut self, _id: Option<&Id>, _bounds: Rectangle, _state: &mut dyn Focusable) {}

    fn text_input(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn TextInput) {
        self.add(id, Kind::Input(state.text().to_owned()), bounds);
    }

    fn text(&mut self, id: Option<&Id>, bounds: Rectangle, text: &str) {
        self.add(id, Kind::Text(text.to_owned()), bounds);
    }

    fn custom(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn Any) {
        let Some(info) = state.downcast_ref::<PressInfo>() else { return };
        // The area of the same name came just before; it becomes the pressable.
        let named = id.and_then(name);
        if self.seen.last().is_some_and(|last| last.kind == Kind::Area && last.id == named) {
            let _ = self.seen.pop();
        }
        let kind = Kind::Press { label: info.label.clone(), enabled: info.enabled, wants: info.wants };
        self.add(id, kind, bounds);
    }

    fn finish(&self) -> Outcome<Vec<Seen>> {
        Outcome::Some(self.seen.clone())
    }
}

/// An operation that names the input with the cursor, if there is one.
#[must_use]
pub fn focused() -> impl Operation<Option<String>> {
    Focused::default()
}

#[derive(Default)]
struct Focused(Option<String>);

impl Operation<Option<String>> for Focused {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation<Option<String>>)) {
        operate(self);
    }

    fn focusable(&mut self, id: Option<&Id>, _bounds: Rectangle, state: &mut dyn Focusable) {
        if state.is_focused() {
            self.0 = id.and_then(name);
        }
    }

    fn finish(&self) -> Outcome<Option<String>> {
        Outcome::Some(self.0.clone())
    }
}

/// What is wrong with the layout of a page, in words for a test's failure.
///
/// Run it over the survey of every screen in every look: it finds what is
/// pressed out of the window or cut, too low for a finger, without words,
/// named twice, and texts that are missing.
#[must_use]
pub fn lint(seen: &[Seen], window: Size, tokens: &Tokens) -> Vec<String> {
    let least = tokens.size.small_target.min(96.0) - 1.0;
    let mut faults = Vec::new();
    let mut names = BTreeSet::new();
    for thing in seen {
        let name = thing.id.as_deref().unwrap_or("without id");
        let (b, mut say) = (thing.bounds, |what: String| faults.push(format!("{name}: {what}")));
        let outside =
            b.x < -1.0 || b.y < -1.0 || b.x + b.width > window.width + 1.0 || b.y + b.height > window.height + 1.0;
        match &thing.kind {
            Kind::Press { label, wants, .. } => {
                if label.is_empty() {
                    say("has no words".to_owned());
                }
                if outside {
                    say(format!("“{label}” leaves the window: {b:?}"));
                }
                // Ten keys have to stand in a row: they alone may be narrower.
                let key = name.starts_with("keyboard.key.");
                if b.height < least || b.width < if key { least * 0.85 } else { least } {
                    say(format!("“{label}” is smaller than {least} pixels: {b:?}"));
                }
                if b.width + 1.0 < wants.width || b.height + 1.0 < wants.height {
                    say(format!("“{label}” is cut: wants {wants:?}, has {b:?}"));
                }
                if !names.insert(thing.id.clone()) {
                    say(format!("“{label}” has the name of another"));
                }
            }
            Kind::Text(text) if text.trim().is_empty() => {}
            Kind::Text(text) => {
                if text.contains('⟦') {
                    say(format!("text is missing: {text}"));
                }
                if outside {
                    say(format!("“{text}” leaves the window: {b:?}"));
                }
                if b.height < tokens.text.caption * 0.7 || b.width < 2.0 {
                    say(format!("“{text}” is cut: {b:?}"));
                }
            }
            Kind::Area | Kind::Input(_) => {}
        }
    }
    faults
}

/// The text of an id; iced keeps it private but prints it.
fn name(id: &Id) -> Option<String> {
    let printed = format!("{id:?}");
    let text = printed.strip_prefix("Id(Custom(\"")?.strip_suffix("\"))")?;
    Some(text.to_owned())
}
