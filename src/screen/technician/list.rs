//! Every device, and the cure of each that is not well.

use super::{Message, Technician, facts};
use crate::apply::ContextParts;
use crate::apply::context::DeviceGlance;
use crate::screen::desk::{device_icon, device_tone, state_key};
use iced::widget::{column, row};
use iced::{Center, Length};
use tongban_device::state::{DeviceKind, DeviceState};
use tongban_ui::widget::{
    Audience, DeviceLine, DeviceTone, Level, Paging, device_row, empty, fault_banner, pager, secondary, title,
};
use tongban_ui::{Element, Icon, Id, Tone, Ui, id};

/// Devices in the order of the configuration.
pub fn view<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let gap = ui.tokens.space.m;
    let devices = &parts.live.devices;
    if devices.is_empty() {
        return empty(ui, Icon::Usb, ui.text("technician-no-devices"), ui.text("technician-no-devices-hint"));
    }
    let ill = devices.iter().filter(|device| device.required && !is_well(device)).count();
    let (tone, icon, words) = if ill == 0 {
        (Tone::Ok, Icon::CheckCircle, ui.text("technician-ready"))
    } else {
        (Tone::Fault, Icon::CrossCircle, ui.with("technician-not-ready", &[("n", &ill)]))
    };
    let verdict =
        tongban_ui::widget::labelled(id!("technician.verdict"), tongban_ui::widget::chip_with(ui, tone, icon, words));
    let queue = secondary(ui, id!("technician.outbox"), ui.with("outbox-open", &[("n", &state.machine.outbox)]))
        .on_press(Message::Outbox(true));
    let head =
        row![title(ui, ui.text("technician-devices")).width(Length::Fill), verdict, queue].spacing(gap).align_y(Center);
    let (all, each) = if ui.tokens.is_big() { SHELF_BIG } else { SHELF };
    let paging = Paging::new(state.shelf, if devices.len() > all { each } else { all }, devices.len());
    let rows = paging.slice(devices).iter().map(|device| line(ui, device));
    let turn = (paging.pages() > 1).then(|| pager(ui, paging, Message::Shelf));
    let cure = cure(state, parts);
    column![head].extend(rows).extend(turn).extend(cure).spacing(gap).into()
}

/// Devices that fit on one page above cause and cure, and on each of several.
const SHELF: (usize, usize) = (9, 8);
/// The same in big letters.
const SHELF_BIG: (usize, usize) = (6, 5);

fn is_well(device: &DeviceGlance) -> bool {
    matches!(device.state, DeviceState::Online | DeviceState::Busy | DeviceState::VendorMode)
}

fn line<'a>(ui: &'a Ui, device: &DeviceGlance) -> Element<'a, Message> {
    let since = facts::duration(ui, device.since.elapsed().as_secs());
    let mut detail = vec![device.driver.clone(), device.port.clone(), ui.with("technician-for", &[("time", &since)])];
    if device.restarts > 0 {
        detail.push(ui.with("technician-restarts", &[("n", &device.restarts)]));
    }
    let line = DeviceLine {
        icon: device_icon(&device.role),
        name: ui.text(&format!("role-{}", device.role)),
        detail: detail.join(" · "),
        tone: match (device.kind, device.state) {
            (DeviceKind::PowerSupply, DeviceState::PowerOff) => DeviceTone::Attention,
            (_, state) => device_tone(state),
        },
        words: ui.text(match (device.kind, device.state) {
            // Its own power is what a supply is there to lose.
            (DeviceKind::PowerSupply, DeviceState::PowerOff) => "technician-on-battery",
            (_, state) => state_key(state),
        }),
        code: device.code.map(|code| code.as_str().to_owned()),
    };
    let choose = Message::Choose(device.role.clone());
    device_row(ui, Id::from(format!("technician.device.{}", device.role)), &line, Some(choose))
}

/// Cause and cure of the chosen device, or of the first that is not well.
fn cure<'a>(state: &'a Technician, parts: &ContextParts<'a>) -> Option<Element<'a, Message>> {
    let ui = parts.ui;
    let chosen = state.device(parts).filter(|device| device.code.is_some());
    let device = chosen.or_else(|| parts.live.devices.iter().find(|device| device.code.is_some() && !is_well(device)));
    let (device, code) = device.and_then(|device| device.code.map(|code| (device, code)))?;
    let level = if device.required { Level::Fault } else { Level::Warn };
    let why = fault_banner(ui, id!("technician.why"), level, code.as_str(), Audience::Technician);
    let name = ui.text(&format!("role-{}", device.role));
    let head = tongban_ui::widget::heading(ui, ui.with("technician-why-of", &[("name", &name)]));
    Some(column![head, Element::from(why)].spacing(ui.tokens.space.s).into())
}
