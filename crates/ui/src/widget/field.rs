//! Fields: shown, chosen, typed.

use iced::widget::{Column, Row, column, container, row, space, text_input};
use iced::{Background, Border, Center, Length};

use super::button::Button;
use crate::press::{Face, Press, Skin};
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Tone, Ui, font, id};

/// Width of the labels, in letters: values of one page stand below each other.
const LABEL_LETTERS: f32 = 8.2;

/// A shown field under construction; becomes an element with `.into()`.
pub struct FieldRow<'a, M> {
    ui: &'a Ui,
    id: Id,
    label: String,
    value: String,
    source: Option<String>,
    fault: Option<String>,
    mark: Option<(Tone, Icon, String)>,
    action: Option<Button<'a, M>>,
}

/// A label and its value.
pub fn field_row<'a, M>(
    ui: &'a Ui,
    id: impl Into<Id>,
    label: impl Into<String>,
    value: impl Into<String>,
) -> FieldRow<'a, M> {
    FieldRow {
        ui,
        id: id.into(),
        label: label.into(),
        value: value.into(),
        source: None,
        fault: None,
        mark: None,
        action: None,
    }
}

impl<'a, M> FieldRow<'a, M> {
    /// Where the value comes from: shown as 来源：….
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(mut self, words: impl Into<String>) -> Self {
        self.fault = Some(words.into());
        self
    }

    /// A state word at the end of the row.
    #[must_use]
    pub fn mark(mut self, tone: Tone, icon: Icon, words: impl Into<String>) -> Self {
        self.mark = Some((tone, icon, words.into()));
        self
    }

    /// A button at the end of the row (有异议, 修改).
    #[must_use]
    pub fn action(mut self, button: Button<'a, M>) -> Self {
        self.action = Some(button);
        self
    }
}

impl<'a, M: Clone + 'a> From<FieldRow<'a, M>> for Element<'a, M> {
    fn from(field: FieldRow<'a, M>) -> Self {
        let ui = field.ui;
        let t = &ui.tokens;
        let label = tinted(ui, Type::Body, Tone::Soft, field.label).width(Length::Fixed(t.text.body * LABEL_LETTERS));
        let tone = if field.fault.is_some() { Tone::Fault } else { Tone::Ink };
        let mut value: Column<'a, M> = column![tinted(ui, Type::Strong, tone, field.value)];
        if let Some(source) = field.source {
            value = value.push(super::caption(ui, ui.with("common-source", &[("name", &source)])));
        }
        value = value.extend(field.fault.map(|words| fault_line(ui, words)));
        let line = row![label, value.spacing(t.space.xs).width(Length::Fill)]
            .extend(field.mark.map(|(tone, icon, words)| super::chip_with(ui, tone, icon, words)))
            .extend(field.action.map(Into::into))
            .spacing(t.space.m)
            .align_y(Center);
        container(line).id(field.id).width(Length::Fill).padding([t.space.s, 0.0]).into()
    }
}

/// A fault in words with its icon.
fn fault_line<'a, M: 'a>(ui: &Ui, words: String) -> Element<'a, M> {
    let t = &ui.tokens;
    row![
        crate::icon::icon(Icon::Warning, t.text.caption * 1.2, t.colour.fault),
        tinted(ui, Type::Caption, Tone::Fault, words),
    ]
    .spacing(t.space.xs)
    .align_y(Center)
    .into()
}

/// An input filled by the on-screen keyboard; pressing it makes it the active one.
pub struct InputBox<'a, M> {
    ui: &'a Ui,
    id: Id,
    label: String,
    value: String,
    hint: String,
    active: bool,
    composing: String,
    fault: Option<String>,
    required: bool,
    on_press: Option<M>,
}

/// An input with its label above.
pub fn input_box<'a, M>(
    ui: &'a Ui,
    id: impl Into<Id>,
    label: impl Into<String>,
    value: impl Into<String>,
) -> InputBox<'a, M> {
    InputBox {
        ui,
        id: id.into(),
        label: label.into(),
        value: value.into(),
        hint: String::new(),
        active: false,
        composing: String::new(),
        fault: None,
        required: false,
        on_press: None,
    }
}

impl<M> InputBox<'_, M> {
    /// Shown while the value is empty.
    #[must_use]
    pub fn hint(mut self, words: impl Into<String>) -> Self {
        self.hint = words.into();
        self
    }

    /// Whether the keyboard writes here; `composing` are letters not yet chosen.
    #[must_use]
    pub fn active(mut self, active: bool, composing: impl Into<String>) -> Self {
        self.active = active;
        self.composing = composing.into();
        self
    }

    /// What is wrong with the value.
    #[must_use]
    pub fn fault(mut self, words: Option<String>) -> Self {
        self.fault = words;
        self
    }

    /// Marks the input as needed.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What happens when it is pressed (open the keyboard for it).
    #[must_use]
    pub fn on_press(mut self, message: M) -> Self {
        self.on_press = Some(message);
        self
    }
}

impl<'a, M: Clone + 'a> From<InputBox<'a, M>> for Element<'a, M> {
    fn from(input: InputBox<'a, M>) -> Self {
        let ui = input.ui;
        let t = &ui.tokens;
        let c = &t.colour;
        let mut label: Row<'a, M> = row![tinted(ui, Type::Body, Tone::Soft, input.label.clone())];
        if input.required {
            label = label.push(tinted(ui, Type::Body, Tone::Fault, ui.text("common-required")));
        }
        let empty = input.value.is_empty() && input.composing.is_empty();
        let mut line: Row<'a, M> = Row::new().align_y(Center).spacing(2.0);
        if empty && !input.active {
            line = line.push(tinted(ui, Type::Body, Tone::Faint, input.hint));
        } else {
            line = line.push(tinted(ui, Type::Label, Tone::Ink, input.value));
        }
        if !input.composing.is_empty() {
            line = line.push(tinted(ui, Type::Label, Tone::Primary, input.composing));
        }
        if input.active {
            line = line.push(caret(ui));
        }
        let edge = match (&input.fault, input.active) {
            (Some(_), _) => (c.fault, t.size.line_strong * 0.6),
            (None, true) => (c.primary, t.size.line_strong * 0.75),
            (None, false) => (c.line_strong, t.size.line),
        };
        let face = Face { fill: c.surface, line: edge.0, width: edge.1 };
        let skin = Skin {
            rest: face,
            hovered: face,
            pressed: Face { fill: c.primary_soft, ..face },
            disabled: Face { fill: c.sunk, ..face },
            focus: c.primary,
            radius: t.size.radius,
        };
        let press = Press::new(input.id, input.label, skin, container(line).center_y(Length::Fill))
            .on_press_maybe(input.on_press)
            .width(Length::Fill)
            .height(Length::Fixed(t.size.small_target.max(t.size.target * 0.9)))
            .padding([0.0, t.space.m]);
        let whole = column![label.spacing(t.space.xs), Element::from(press)].spacing(t.space.xs);
        whole.extend(input.fault.map(|words| fault_line(ui, words))).into()
    }
}

/// The writing mark; it does not blink, so that pictures are the same each time.
fn caret<'a, M: 'a>(ui: &Ui) -> Element<'a, M> {
    let t = &ui.tokens;
    let colour = t.colour.primary;
    container(space().width(3.0).height(t.text.label * 1.2))
        .style(super::card::surface(colour, colour, 0.0, 1.5))
        .into()
}

/// One of several choices (round mark).
#[must_use]
pub fn choice<'a, M: Clone + 'a>(
    ui: &Ui,
    id: impl Into<Id>,
    label: impl Into<String>,
    chosen: bool,
    on_press: Option<M>,
) -> Element<'a, M> {
    marked(ui, id.into(), label.into(), chosen, true, on_press)
}

/// A yes-or-no choice (square mark).
#[must_use]
pub fn check<'a, M: Clone + 'a>(
    ui: &Ui,
    id: impl Into<Id>,
    label: impl Into<String>,
    checked: bool,
    on_press: Option<M>,
) -> Element<'a, M> {
    marked(ui, id.into(), label.into(), checked, false, on_press)
}

fn marked<'a, M: Clone + 'a>(
    ui: &Ui,
    id: Id,
    label: String,
    on: bool,
    round: bool,
    on_press: Option<M>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let c = &t.colour;
    let side = t.text.label * 1.2;
    let radius = if round { side / 2.0 } else { t.size.radius * 0.5 };
    let inner: Element<'a, M> =
        if on { crate::icon::icon(Icon::Check, side * 0.72, c.on_primary) } else { space().into() };
    let (fill, line) = if on { (c.primary, c.primary) } else { (c.surface, c.line_strong) };
    let mark =
        container(inner).center(Length::Fixed(side)).style(super::card::surface(fill, line, t.size.line * 1.5, radius));
    let rest = Face {
        fill: if on { c.primary_soft } else { c.surface },
        line: if on { c.primary } else { c.line_strong },
        width: t.size.line,
    };
    let skin = Skin {
        rest,
        hovered: rest,
        pressed: Face { fill: c.primary_soft, line: c.primary, ..rest },
        disabled: Face { fill: c.sunk, line: c.line, ..rest },
        focus: c.primary,
        radius: t.size.radius,
    };
    let tone = if on_press.is_some() { Tone::Ink } else { Tone::Faint };
    let words = tinted(ui, Type::Body, tone, label.clone()).width(Length::Fill);
    let content = row![mark, words].spacing(t.space.m).align_y(Center);
    Press::new(id, label, skin, container(content).center_y(Length::Shrink))
        .on_press_maybe(on_press)
        .width(Length::Fill)
        .padding([(t.size.small_target - t.text.body * 1.4).max(0.0) / 2.0, t.space.m])
        .into()
}

/// A field typed with a real keyboard (staff windows, technician).
#[must_use]
pub fn text_field<'a, M: Clone + 'a>(
    ui: &Ui,
    id: impl Into<Id>,
    label: impl Into<String>,
    value: &str,
    secret: bool,
    on_input: impl Fn(String) -> M + 'a,
    on_submit: Option<M>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let c = t.colour;
    let (line, radius) = (t.size.line, t.size.radius);
    let input = text_input("", value)
        .id(id)
        .secure(secret)
        .on_input(on_input)
        .on_submit_maybe(on_submit)
        .font(font::REGULAR)
        .size(t.text.body)
        .padding([t.space.s, t.space.m])
        .style(move |_: &iced::Theme, status| {
            let focused = matches!(status, text_input::Status::Focused { .. });
            text_input::Style {
                background: Background::Color(c.surface),
                border: Border {
                    color: if focused { c.primary } else { c.line_strong },
                    width: if focused { line + 1.0 } else { line },
                    radius: radius.into(),
                },
                icon: c.ink_soft,
                placeholder: c.ink_faint,
                value: c.ink,
                selection: c.primary_soft,
            }
        });
    let label: Element<'a, M> = super::labelled(id!("field.label"), tinted(ui, Type::Body, Tone::Soft, label)).into();
    column![label, input].spacing(t.space.xs).into()
}
