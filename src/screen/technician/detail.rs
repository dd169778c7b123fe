//! The chosen device: evidence, test, reset, binding.

use super::{Act, Message, Technician, facts};
use crate::apply::ContextParts;
use crate::apply::context::DeviceGlance;
use crate::service::devices::Tested;
use iced::Length;
use iced::widget::{column, row};
use tongban_ui::widget::{
    Audience, Level, Outline, Paging, banner, body, busy, caption, fault_banner, list_row, live_view, paged, panel,
    primary, secondary, strong,
};
use tongban_ui::{Element, Icon, Id, Tone, Ui, id};

/// Ports on a page.
const PORTS: usize = 4;
/// The same in big letters.
const PORTS_BIG: usize = 1;
/// Live picture in the pane, at most so many pixels.
pub const PICTURE: (u32, u32) = (376, 212);
/// The same as a box of the pane.
const BOX: (f32, f32) = (376.0, 211.5);

/// Everything about the chosen device.
pub fn view<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let Some(device) = state.device(parts) else {
        return panel(ui, ui.text("technician-title"), body(ui, ui.text("technician-choose"))).into();
    };
    let name = ui.text(&format!("role-{}", device.role));
    let picture = state.camera().map(|role| {
        let frame = parts.live.pictures.get(role).map(|picture| picture.handle.clone());
        live_view(ui, frame, BOX, Outline::None, ui.text("technician-no-picture"))
    });
    let facts = facts::told(ui, &device.evidence).into_iter().map(|(label, value)| {
        row![
            caption(ui, label).width(Length::FillPortion(2)),
            strong(ui, value).wrapping(iced::widget::text::Wrapping::WordOrGlyph).width(Length::FillPortion(3))
        ]
        .spacing(ui.tokens.space.s)
        .into()
    });
    let nothing = device.evidence.is_empty().then(|| body(ui, ui.text("technician-no-evidence")).into());
    let facts = column(facts).extend(nothing).spacing(ui.tokens.space.xs);
    let test = primary(ui, id!("technician.test"), ui.text("technician-test"))
        .icon(Icon::Play)
        .fill()
        .on_press_maybe((!state.busy()).then_some(Message::Test));
    let reset = secondary(ui, id!("technician.reset"), ui.text("technician-reset"))
        .icon(Icon::Refresh)
        .fill()
        .on_press_maybe((!state.busy()).then_some(Message::Reset));
    let about = panel(ui, name, column(picture).push(facts).spacing(ui.tokens.space.m));
    column![tongban_ui::widget::labelled(id!("technician.detail"), about), test, reset]
        .extend(act(state, parts))
        .extend(reported(state, ui))
        .push(ports(state, device, ui))
        .spacing(ui.tokens.space.m)
        .into()
}

/// What was done last and how it ended.
fn act<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Option<Element<'a, Message>> {
    let ui = parts.ui;
    let fine = |words: String| Element::from(banner(ui, id!("technician.result"), Level::Ok, words));
    match &state.act {
        Act::None => None,
        Act::Busy(key) => Some(busy(ui, ui.text(key), parts.live.tick)),
        Act::Fine(key) => Some(fine(ui.text(key))),
        Act::Tested(found) => Some(fine(finding(ui, found))),
        Act::Failed(failure) => Some(
            fault_banner(ui, id!("technician.result"), Level::Fault, failure.code.as_str(), Audience::Technician)
                .into(),
        ),
    }
}

/// Whether the centre has what the tests of this page found; without a line it is said what to do.
fn reported<'a>(state: &'a Technician, ui: &Ui) -> Option<Element<'a, Message>> {
    let (at, count) = (&state.reported, state.tested.len());
    let words = match at.as_ref()? {
        Ok(()) => ui.with("technician-reported", &[("n", &count)]),
        Err(failure) => ui.with("technician-not-reported", &[("code", &failure.code.as_str())]),
    };
    matches!(state.act, Act::Tested(_) | Act::Failed(_)).then(|| body(ui, words).into())
}

/// A test's finding in words; never anything of a person.
fn finding(ui: &Ui, found: &Tested) -> String {
    match found {
        Tested::Card { layout, sam_id, ms } => {
            let layout = ui.text(match layout.as_str() {
                "citizen" => "technician-card-citizen",
                "hmt" => "technician-card-hmt",
                _ => "technician-card-foreigner",
            });
            ui.with("technician-tested-card", &[("layout", &layout), ("sam", sam_id), ("ms", ms)])
        }
        Tested::Finger { quality } => ui.with("technician-tested-finger", &[("quality", &u32::from(*quality))]),
        Tested::Still { width, height, sharpness } => {
            ui.with("technician-tested-still", &[("width", width), ("height", height), ("sharpness", sharpness)])
        }
        Tested::Code { length } => ui.with("technician-tested-code", &[("n", length)]),
        Tested::Signed { strokes } => ui.with("technician-tested-sign", &[("n", strokes)]),
        Tested::Chip { length } => ui.with("technician-tested-chip", &[("n", length)]),
        Tested::Shown => ui.text("technician-tested-shown"),
        Tested::Power { mains: true, .. } => ui.text("technician-tested-mains"),
        Tested::Power { mains: false, charge: Some(charge) } => {
            ui.with("technician-tested-battery", &[("charge", &u32::from(*charge))])
        }
        Tested::Power { mains: false, charge: None } => ui.text("technician-on-battery"),
        Tested::Answered => ui.text("technician-tested-answer"),
    }
}

/// Ports present now; pressing one binds the role to it.
fn ports<'a>(state: &'a Technician, device: &DeviceGlance, ui: &'a Ui) -> Element<'a, Message> {
    if state.ports.is_empty() {
        return panel(ui, ui.text("technician-bind"), body(ui, ui.text("technician-bind-none"))).into();
    }
    let paging = Paging::new(state.page, if ui.tokens.is_big() { PORTS_BIG } else { PORTS }, state.ports.len());
    let first = paging.range().start;
    let rows = paging.slice(&state.ports).iter().enumerate().map(|(at, port)| {
        let at = first + at;
        let bound = *port == device.port;
        let (folder, name) = port.rsplit_once('/').unwrap_or(("", port));
        let row = list_row(ui, Id::from(format!("technician.bind.{at}")), name.to_owned()).selected(bound);
        // A port that is no path has no folder.
        let row = if folder.is_empty() { row } else { row.subtitle(folder.to_owned()) };
        let row = if bound { row.state(Tone::Ok, Icon::Check, ui.text("technician-bound-here")) } else { row };
        row.on_press_maybe((!bound && !state.busy()).then_some(Message::Bind(at))).into()
    });
    panel(ui, ui.text("technician-bind"), paged(ui, rows, paging, Message::Page)).into()
}
