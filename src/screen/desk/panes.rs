//! The panes of the window and the pages of the customer screen.

use super::Message;
use crate::apply::{ContextParts, Wizard, step_name};
use crate::screen::kiosk::stages;
use iced::widget::{center, column, container, row, scrollable, space};
use iced::{Center, Length};
use tongban_device::state::DeviceState;
use tongban_domain::case::Step;
use tongban_ui::widget::{
    Audience, DeviceLine, DeviceTone, Level, body, device_row, fault_banner, heading, headline, icon, panel, pictogram,
    primary, quiet, secondary, stepper, title,
};
use tongban_ui::{Element, Icon, Id, Tone};

/// Who is served, and how far.
pub fn left<'a>(parts: ContextParts<'a>, wizard: Option<&'a Wizard>) -> Element<'a, Message> {
    let ui = parts.ui;
    let Some(wizard) = wizard else {
        let words = ui.with("window-outbox", &[("n", &parts.live.queue)]);
        let (mark, tone) =
            if parts.live.queue == 0 { (Icon::CheckCircle, Tone::Ok) } else { (Icon::Clock, Tone::Warn) };
        let words = if parts.live.queue == 0 { ui.text("window-outbox-empty") } else { words };
        let line = row![icon(ui, mark, tone), body(ui, words)].spacing(ui.tokens.space.s).align_y(Center);
        return panel(ui, ui.text("window-outbox-title"), line).into();
    };
    let case = wizard.draft.case.as_ref();
    let card_facts = case.and_then(|case| case.card());
    let name = card_facts.map_or_else(|| ui.text("window-nobody"), |card| tongban_domain::mask::name(&card.name));
    let number = card_facts.map(|card| tongban_domain::mask::number(&card.number)).unwrap_or_default();
    let item = wizard.draft.item.as_ref().map(|item| item.name.clone()).unwrap_or_default();
    let receipt = case.and_then(|case| case.receipt()).unwrap_or_default().to_owned();
    let firm = case.and_then(|case| case.firm()).unwrap_or_default().to_owned();
    let lines = [(Icon::Card, number), (Icon::Building, firm), (Icon::Form, item), (Icon::Receipt, receipt)];
    let lines = lines.into_iter().filter(|(_, line)| !line.is_empty()).map(|(mark, line)| {
        row![icon(ui, mark, Tone::Soft), body(ui, line).width(Length::Fill)].spacing(ui.tokens.space.s).into()
    });
    let who = column![heading(ui, name)].extend(lines).spacing(ui.tokens.space.s);
    let back = secondary(ui, Id::from("window.back"), ui.text("common-back"))
        .icon(Icon::Back)
        .fill()
        .on_press_maybe(wizard.can_go_back().then_some(Message::Back));
    let end =
        secondary(ui, Id::from("window.end"), ui.text("window-end")).icon(Icon::Logout).fill().on_press(Message::End);
    column![panel(ui, ui.text("window-applicant"), who), space::vertical(), back, end].spacing(ui.tokens.space.m).into()
}

/// The task in hand.
pub fn middle<'a>(parts: ContextParts<'a>, wizard: Option<&'a Wizard>) -> Element<'a, Message> {
    let ui = parts.ui;
    let Some(wizard) = wizard else {
        let begin =
            primary(ui, Id::from("window.begin"), ui.text("window-begin")).icon(Icon::Card).on_press(Message::Begin);
        let page = column![pictogram(ui, Icon::Hall, Tone::Primary), title(ui, ui.text("window-idle")), begin]
            .align_x(Center)
            .spacing(ui.tokens.space.xl);
        return center(page).into();
    };
    let ctx = parts.context(&wizard.draft);
    let (names, at) = stages(&ctx, wizard.step());
    let fault = wizard.failure.as_ref().map(|failure| {
        let close = quiet(ui, ctx.id("fault.close"), ui.text("common-understood"))
            .on_press(Message::Visit(crate::apply::Message::DismissFailure));
        Element::from(
            fault_banner(ui, ctx.id("fault"), Level::Fault, failure.code.as_str(), Audience::Officer).action(close),
        )
    });
    let step = wizard.screen.officer_view(&ctx).map(|message| Message::Visit(crate::apply::Message::Step(message)));
    column![stepper(ui, &names, at)]
        .extend(fault)
        .push(container(step).height(Length::Fill))
        .spacing(ui.tokens.space.m)
        .into()
}

/// Devices of the window.
pub fn right(parts: ContextParts<'_>) -> Element<'_, Message> {
    let ui = parts.ui;
    let rows = parts.live.devices.iter().map(|device| {
        let line = DeviceLine {
            icon: device_icon(&device.role),
            name: ui.text(&format!("role-{}", device.role)),
            detail: String::new(),
            tone: device_tone(device.state),
            words: ui.text(state_key(device.state)),
            code: device.code.map(|code| code.as_str().to_owned()),
        };
        device_row(ui, Id::from(format!("window.device.{}", device.role)), &line, None)
    });
    let list = column(rows).spacing(ui.tokens.space.s);
    panel(ui, ui.text("window-devices"), scrollable(list)).into()
}

/// The customer screen between two applicants.
pub fn welcome(parts: ContextParts<'_>) -> Element<'_, Message> {
    let ui = parts.ui;
    let page = column![
        pictogram(ui, Icon::Hall, Tone::Primary),
        headline(ui, parts.config.identity.hall_name.clone()),
        title(ui, ui.with("customer-window", &[("no", &parts.config.identity.window_no)])),
        body(ui, ui.text("customer-welcome")),
    ]
    .align_x(Center)
    .spacing(ui.tokens.space.l);
    center(page).into()
}

/// The applicant's own part of a step.
pub fn applicant<'a>(parts: ContextParts<'a>, wizard: &'a Wizard) -> Element<'a, Message> {
    let ctx = parts.context(&wizard.draft);
    let step = wizard.screen.view(&ctx).map(|message| Message::Visit(crate::apply::Message::Step(message)));
    container(step)
        .padding([parts.ui.tokens.space.l, parts.ui.tokens.size.margin])
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// What the officer does meanwhile, in words; never the officer's notes.
pub fn mirror<'a>(parts: ContextParts<'a>, wizard: &'a Wizard) -> Element<'a, Message> {
    let ui = parts.ui;
    let item = wizard.draft.item.as_ref().map(|item| item.name.clone()).unwrap_or_default();
    let words = ui.text(&format!("customer-wait-{}", step_name(wizard.step())));
    let mark = match wizard.step() {
        Step::Capture => Icon::Camera,
        Step::Form => Icon::Form,
        _ => Icon::Pages,
    };
    let page = column![pictogram(ui, mark, Tone::Primary), title(ui, words), body(ui, item)]
        .align_x(Center)
        .spacing(ui.tokens.space.l);
    center(page).padding(ui.tokens.size.margin).into()
}

/// Icon of a device role.
#[must_use]
pub fn device_icon(role: &str) -> Icon {
    match role {
        "reader" => Icon::Card,
        "face" => Icon::Face,
        "document" => Icon::Camera,
        "finger" => Icon::Finger,
        "codes" => Icon::Search,
        "smart-card" => Icon::Wallet,
        "pad" => Icon::Pen,
        "call-display" => Icon::Call,
        "power" => Icon::Usb,
        _ => Icon::Printer,
    }
}

/// Colour of a device state.
#[must_use]
pub fn device_tone(state: DeviceState) -> DeviceTone {
    match state {
        DeviceState::Online => DeviceTone::Ready,
        DeviceState::Busy | DeviceState::Starting | DeviceState::VendorMode => DeviceTone::Busy,
        DeviceState::UserError | DeviceState::Denied => DeviceTone::Attention,
        DeviceState::Offline | DeviceState::HardwareError | DeviceState::FraudSuspected => DeviceTone::Fault,
        DeviceState::NoDevice | DeviceState::PowerOff => DeviceTone::Absent,
    }
}

/// Fluent key of a device state.
#[must_use]
pub fn state_key(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Starting => "device-state-starting",
        DeviceState::Online => "device-state-online",
        DeviceState::Busy => "device-state-busy",
        DeviceState::Offline => "device-state-offline",
        DeviceState::NoDevice => "device-state-absent",
        DeviceState::PowerOff => "device-state-power-off",
        DeviceState::Denied => "device-state-denied",
        DeviceState::UserError => "device-state-attention",
        DeviceState::HardwareError => "device-state-fault",
        DeviceState::FraudSuspected => "device-state-suspect",
        DeviceState::VendorMode => "device-state-maintenance",
    }
}
