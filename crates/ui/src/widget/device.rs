//! Devices as staff and technicians see them.

use iced::widget::{column, row};
use iced::{Center, Length};

use crate::press::{Face, Press, Skin};
use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Tone, Ui};

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceTone {
    /// Ready.
    Ready,
    /// At work.
    Busy,
    /// Works, but somebody should look soon.
    Attention,
    /// Does not work.
    Fault,
    /// Not there or not used.
    Absent,
}

impl DeviceTone {
    const fn look(self) -> (Icon, Tone) {
        match self {
            DeviceTone::Ready => (Icon::CheckCircle, Tone::Ok),
            DeviceTone::Busy => (Icon::Hourglass, Tone::Primary),
            DeviceTone::Attention => (Icon::Warning, Tone::Warn),
            DeviceTone::Fault => (Icon::CrossCircle, Tone::Fault),
            DeviceTone::Absent => (Icon::Minus, Tone::Faint),
        }
    }
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLine {
    /// Kind of device.
    pub icon: Icon,
    /// What it is called here, for example 身份证阅读器.
    pub name: String,
    /// Model, port: second line; may be empty.
    pub detail: String,
    /// How it stands.
    pub tone: DeviceTone,
    /// The same in words.
    pub words: String,
    /// Error code, when there is one.
    pub code: Option<String>,
}

/// Draws one device; with a message it can be pressed (why is it red?).
#[must_use]
pub fn device_row<'a, M: Clone + 'a>(
    ui: &Ui,
    id: impl Into<Id>,
    device: &DeviceLine,
    on_press: Option<M>,
) -> Element<'a, M> {
    let t = &ui.tokens;
    let c = &t.colour;
    let (mark, tone) = device.tone.look();
    let mut names = column![super::strong(ui, device.name.clone())];
    if !device.detail.is_empty() {
        names = names.push(super::caption(ui, device.detail.clone()));
    }
    let mut words = column![tinted(ui, Type::Strong, tone, device.words.clone())].align_x(iced::Right);
    if let Some(code) = &device.code {
        words = words.push(super::caption(ui, ui.with("common-code", &[("code", code)])));
    }
    let line =
        row![super::icon(ui, device.icon, Tone::Soft), names.width(Length::Fill), words, super::icon(ui, mark, tone),]
            .spacing(t.space.m)
            .align_y(Center);
    let rest = Face { fill: c.surface, line: c.line, width: t.size.line };
    let skin = Skin {
        rest,
        hovered: Face { line: c.primary, ..rest },
        pressed: Face { fill: c.primary_soft, line: c.primary, ..rest },
        disabled: rest,
        focus: c.primary,
        radius: t.size.radius,
    };
    Press::new(id, device.name.clone(), skin, line)
        .on_press_maybe(on_press)
        .width(Length::Fill)
        .padding([t.space.s, t.space.m])
        .into()
}
