//! Who holds a pressable area, and what an event does to that.

use iced::advanced::widget::operation::Focusable;
use iced::keyboard::{self, key::Named};
use iced::touch;

use crate::Id;

/// What holds the area down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// The left mouse button.
    Mouse,
    /// One finger of the touch screen.
    Finger(touch::Finger),
}

/// What an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not ours.
    Ignored,
    /// Ours, nothing to publish yet.
    Taken,
    /// Pressed and released inside: publish.
    Fired,
}

/// State of one area, kept by iced between frames.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Whose state this is. iced keeps state by place in the tree: when another
    /// screen puts another button there, a finger still down must not press it.
    pub owner: Option<Id>,
    /// Who holds it.
    pub held: Option<Pointer>,
    /// The mouse is over it.
    pub hovered: bool,
    /// It has the keyboard's focus.
    pub focused: bool,
}

impl State {
    /// State of the area `id`: what belonged to another area is forgotten.
    pub fn own(&mut self, id: &Id) {
        if self.owner.as_ref() != Some(id) {
            *self = Self { owner: Some(id.clone()), ..Self::default() };
        }
    }

    /// Lets go of everything (the area is disabled).
    pub fn clear(&mut self) {
        *self = Self { owner: self.owner.take(), ..Self::default() };
    }

    /// A pointer came down; `inside` says whether on this area.
    pub fn press(&mut self, pointer: Pointer, inside: bool) -> Outcome {
        if !inside {
            self.focused = false;
            return Outcome::Ignored;
        }
        if self.held.is_none() {
            self.held = Some(pointer);
        }
        Outcome::Taken
    }

    /// A pointer went up; fires when it is the one that came down here.
    pub fn release(&mut self, pointer: Pointer, inside: bool) -> Outcome {
        if self.held != Some(pointer) {
            return Outcome::Ignored;
        }
        self.held = None;
        if inside { Outcome::Fired } else { Outcome::Taken }
    }

    /// Enter and space press the focused area.
    pub fn key(&self, event: &keyboard::Event) -> Outcome {
        match event {
            keyboard::Event::KeyPressed {
                key: keyboard::Key::Named(Named::Enter | Named::Space),
                repeat: false,
                ..
            } if self.focused => Outcome::Fired,
            _ => Outcome::Ignored,
        }
    }
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.focused
    }

    fn focus(&mut self) {
        self.focused = true;
    }

    fn unfocus(&mut self) {
        self.focused = false;
    }
}
