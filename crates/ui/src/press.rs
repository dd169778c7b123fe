//! The one thing that can be pressed: a touch-safe button.
//!
//! The stock button looks at the cursor, which on a machine with mouse and
//! touch screen is not where the finger is. [`Press`] uses the position of the
//! event itself for fingers, follows one finger only, and fires on release
//! inside its bounds.
//!
//! It also reports itself to tests and the inspector (see
//! [`inspect`](crate::inspect)) with id, label and whether it is enabled.
//! It must not stand inside a scrollable: lists page instead of scrolling.

mod state;

use iced::advanced::layout::{self, Layout};
use iced::advanced::renderer::{self, Renderer as _};
use iced::advanced::widget::{Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, mouse};
use iced::{Border, Color, Event, Length, Padding, Point, Rectangle, Size, touch, window};

use crate::inspect::PressInfo;
use crate::{Element, Id};
use state::{Pointer, State};

/// How a pressable thing looks in one state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Background.
    pub fill: Color,
    /// Outline colour.
    pub line: Color,
    /// Outline width in pixels.
    pub width: f32,
}

/// How a pressable thing looks in all its states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skin {
    /// At rest.
    pub rest: Face,
    /// Under the mouse, where a mouse is used.
    pub hovered: Face,
    /// While pressed.
    pub pressed: Face,
    /// Not available.
    pub disabled: Face,
    /// Outline while it has the keyboard's focus.
    pub focus: Color,
    /// Corner radius.
    pub radius: f32,
}

/// A pressable area around any content.
pub struct Press<'a, Message> {
    id: Id,
    label: String,
    content: Element<'a, Message>,
    on_press: Option<Message>,
    skin: Skin,
    width: Length,
    height: Length,
    padding: Padding,
    wants: Size,
}

impl<'a, Message> Press<'a, Message> {
    /// A pressable area; `label` is what tests and the inspector read.
    pub fn new(
        id: impl Into<Id>,
        label: impl Into<String>,
        skin: Skin,
        content: impl Into<Element<'a, Message>>,
    ) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            content: content.into(),
            on_press: None,
            skin,
            width: Length::Shrink,
            height: Length::Shrink,
            padding: Padding::ZERO,
            wants: Size::ZERO,
        }
    }

    /// What happens; without it the area is disabled.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.on_press = message;
        self
    }

    /// Width.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Height.
    #[must_use]
    pub fn height(mut self, height: impl Into<Length>) -> Self {
        self.height = height.into();
        self
    }

    /// Space between the edge and the content.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.padding = padding.into();
        self
    }

    /// The least size at which nothing on it is cut; [`inspect::lint`](crate::inspect::lint)
    /// complains when the page gives less.
    #[must_use]
    pub fn wants(mut self, width: f32, height: f32) -> Self {
        self.wants = Size::new(width, height);
        self
    }

    fn face(&self, state: &State) -> Face {
        if self.on_press.is_none() {
            self.skin.disabled
        } else if state.held.is_some() {
            self.skin.pressed
        } else if state.hovered {
            self.skin.hovered
        } else {
            self.skin.rest
        }
    }
}

/// Whether the mouse is over an area at the moment of the event.
///
/// `cursor` is where the mouse stood at the end of the batch of events: many touch panels speak as a mouse, and when
/// somebody types fast on a busy machine several presses come in one batch, all of which would land on the last key.
/// So the mouse is followed by its own events. Inside a scrollable the event knows nothing of the scrolling; there
/// the viewport does not begin at the corner, and the cursor is asked as ever.
fn is_over(cursor: mouse::Cursor, followed: Option<Point>, bounds: Rectangle, viewport: &Rectangle) -> bool {
    match (cursor.position(), followed) {
        (Some(_), Some(at)) if viewport.position() == Point::ORIGIN => bounds.contains(at),
        (Some(last), _) => bounds.contains(last),
        // Something lies above.
        (None, _) => false,
    }
}

impl<Message: Clone> Widget<Message, iced::Theme, iced::Renderer> for Press<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { owner: Some(self.id.clone()), ..State::default() })
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.state.downcast_mut::<State>().own(&self.id);
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        Size { width: self.width, height: self.height }
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::padded(limits, self.width, self.height, self.padding, |limits| {
            self.content.as_widget_mut().layout(&mut tree.children[0], renderer, limits)
        })
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        let bounds = layout.bounds();
        operation.container(Some(&self.id), bounds);
        if self.on_press.is_some() {
            let state = tree.state.downcast_mut::<State>();
            operation.focusable(Some(&self.id), bounds, state);
        }
        let mut info = PressInfo { label: self.label.clone(), enabled: self.on_press.is_some(), wants: self.wants };
        operation.custom(Some(&self.id), bounds, &mut info);
        operation.traverse(&mut |operation| {
            if let Some(inner) = layout.children().next() {
                self.content.as_widget_mut().operate(&mut tree.children[0], inner, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &iced::Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let bounds = layout.bounds();
        state.follow(event);
        let over = is_over(cursor, state.mouse, bounds, viewport);
        let before = (state.held, state.hovered, state.focused);
        let Some(message) = &self.on_press else {
            state.clear();
            return;
        };
        let fired = match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => state.press(Pointer::Mouse, over),
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => state.release(Pointer::Mouse, over),
            Event::Touch(touch::Event::FingerPressed { id, position }) => {
                state.press(Pointer::Finger(*id), bounds.contains(*position))
            }
            Event::Touch(touch::Event::FingerLifted { id, position }) => {
                state.release(Pointer::Finger(*id), bounds.contains(*position))
            }
            Event::Touch(touch::Event::FingerLost { id, .. }) => state.release(Pointer::Finger(*id), false),
            Event::Keyboard(event) => state.key(event),
            _ => state::Outcome::Ignored,
        };
        match fired {
            state::Outcome::Fired => {
                shell.publish(message.clone());
                shell.capture_event();
            }
            state::Outcome::Taken => shell.capture_event(),
            state::Outcome::Ignored => {}
        }
        if matches!(event, Event::Mouse(_) | Event::Window(window::Event::RedrawRequested(_))) {
            // A finger is no pointer that hovers: only real mouse movement counts.
            state.hovered = over;
        }
        if (state.held, state.hovered, state.focused) != before {
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
        let face = self.face(state);
        let bounds = layout.bounds();
        let (line, width) =
            if state.focused { (self.skin.focus, face.width.max(2.0) + 1.0) } else { (face.line, face.width) };
        renderer.fill_quad(
            renderer::Quad {
                bounds,
                border: Border { color: line, width, radius: self.skin.radius.into() },
                ..renderer::Quad::default()
            },
            face.fill,
        );
        if let Some(inner) = layout.children().next() {
            self.content.as_widget().draw(&tree.children[0], renderer, theme, style, inner, cursor, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        if self.on_press.is_some() && cursor.is_over(layout.bounds()) {
            mouse::Interaction::Pointer
        } else {
            mouse::Interaction::default()
        }
    }
}

impl<'a, Message: Clone + 'a> From<Press<'a, Message>> for Element<'a, Message> {
    fn from(press: Press<'a, Message>) -> Self {
        Element::new(press)
    }
}
