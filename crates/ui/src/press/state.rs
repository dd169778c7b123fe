//! Who holds a pressable area, and what an event does to that.

use iced::advanced::widget::operation::Focusable;
use iced::keyboard::{self, key::Named};
use iced::{Event, Point, mouse, touch};

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
#[derive(Debug, Clone, PartialEq, Default)]
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
    /// Where the mouse went last, by its own events.
    pub mouse: Option<Point>,
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
        *self = Self { owner: self.owner.take(), mouse: self.mouse, ..Self::default() };
    }

    /// Follows the mouse; true when it moved.
    pub fn follow(&mut self, event: &Event) -> bool {
        match event {
            Event::Mouse(mouse::Event::CursorMoved { position }) => self.mouse = Some(*position),
            Event::Mouse(mouse::Event::CursorLeft) => self.mouse = None,
            _ => return false,
        }
        true
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

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Id = Id::new("first");
    const SECOND: Id = Id::new("second");

    fn press(key: Named) -> keyboard::Event {
        keyboard::Event::KeyPressed {
            key: keyboard::Key::Named(key),
            modified_key: keyboard::Key::Named(key),
            physical_key: keyboard::key::Physical::Unidentified(keyboard::key::NativeCode::Unidentified),
            location: keyboard::Location::Standard,
            modifiers: keyboard::Modifiers::default(),
            text: None,
            repeat: false,
        }
    }

    #[test]
    fn a_finger_down_on_one_page_does_not_press_the_next_pages_button() {
        let mut state = State::default();
        state.own(&FIRST);
        assert_eq!(state.press(Pointer::Mouse, true), Outcome::Taken);
        // The same page drawn again keeps the finger; another button forgets it.
        state.own(&FIRST);
        assert_eq!(state.held, Some(Pointer::Mouse));
        state.own(&SECOND);
        assert_eq!(state.release(Pointer::Mouse, true), Outcome::Ignored);
    }

    #[test]
    fn enter_and_space_press_the_focused_button_only() {
        let mut state = State::default();
        state.own(&FIRST);
        assert_eq!(state.key(&press(Named::Enter)), Outcome::Ignored);
        state.focus();
        assert_eq!(state.key(&press(Named::Enter)), Outcome::Fired);
        assert_eq!(state.key(&press(Named::Space)), Outcome::Fired);
        assert_eq!(state.key(&press(Named::Tab)), Outcome::Ignored);
        // Touching elsewhere takes the focus away.
        let _ = state.press(Pointer::Mouse, false);
        assert!(!state.is_focused());
    }

    #[test]
    fn a_button_that_became_disabled_lets_go() {
        let mut state = State::default();
        state.own(&FIRST);
        let _ = state.press(Pointer::Mouse, true);
        state.clear();
        assert_eq!(state.release(Pointer::Mouse, true), Outcome::Ignored);
        assert_eq!(state.owner, Some(FIRST));
    }
}
