//! The face of a licence as a table, and the side pane.

use super::{Certificate, Message};
use crate::apply::ContextParts;
use crate::screen::desk::{device_icon, device_tone, state_key};
use iced::widget::{Column, column, row};
use iced::{Length, Top};
use tongban_protocol::api::LicenceJob;
use tongban_ui::widget::{
    Audience, DeviceLine, Level, Paging, body, caption, device_row, fault_banner, panel, secondary, strong,
};
use tongban_ui::{Element, Icon, Id, Ui, id};

/// Letters a label takes.
const LABEL_LETTERS: f32 = 8.5;
/// Labels and values side by side.
const COLUMNS: usize = 2;
/// Lines of the face on a page.
const LINES: usize = 12;
/// The same in big letters.
const LINES_BIG: usize = 5;
/// Roles this window works with.
const ROLES: [&str; 2] = ["certificate-printer", "reader"];

/// Everything that will stand on the sheet, in the order of the decision; what does not fit follows on a page.
pub fn face<'a>(ui: &'a Ui, job: &'a LicenceJob, page: usize) -> Element<'a, Message> {
    let cells = COLUMNS * if ui.tokens.is_big() { LINES_BIG } else { LINES };
    let paging = Paging::new(page, cells, job.face.len());
    let rows = paging.slice(&job.face).chunks(COLUMNS).map(|cells| {
        // A last odd cell keeps to its own half.
        let rest = (cells.len() < COLUMNS).then(|| iced::widget::space().width(Length::FillPortion(1)).into());
        row(cells.iter().map(|(label, value)| cell(ui, label, value)))
            .extend(rest)
            .spacing(ui.tokens.space.l)
            .align_y(Top)
            .into()
    });
    let turn = (paging.pages() > 1).then(|| {
        let next = paging.next().unwrap_or(0);
        let words = ui.with("certificate-face-page", &[("n", &(paging.page + 1)), ("total", &paging.pages())]);
        secondary(ui, id!("certificate.face.next"), words)
            .trailing(Icon::Right)
            .small()
            .fill()
            .on_press(Message::FacePage(next))
            .into()
    });
    let table: Column<'a, Message> = column(rows).spacing(ui.tokens.space.s).width(Length::Fill).height(Length::Fill);
    column![table].extend(turn).spacing(ui.tokens.space.s).into()
}

fn cell<'a>(ui: &Ui, label: &str, value: &str) -> Element<'a, Message> {
    let label = caption(ui, label.to_owned()).width(Length::Fixed(ui.tokens.text.caption * LABEL_LETTERS));
    row![label, body(ui, value.to_owned()).width(Length::Fill)]
        .spacing(ui.tokens.space.s)
        .width(Length::FillPortion(1))
        .into()
}

/// Devices and what the sheet needs.
pub fn side<'a>(_state: &'a Certificate, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let ours = parts.live.devices.iter().filter(|device| ROLES.contains(&device.role.as_str()));
    let rows = ours.clone().map(|device| {
        let line = DeviceLine {
            icon: device_icon(&device.role),
            name: ui.text(&format!("role-{}", device.role)),
            detail: String::new(),
            tone: device_tone(device.state),
            words: ui.text(state_key(device.state)),
            code: device.code.map(|code| code.as_str().to_owned()),
        };
        device_row(ui, Id::from(format!("certificate.device.{}", device.role)), &line, None)
    });
    let missing = (!parts.live.devices.iter().any(|device| device.role == "certificate-printer"))
        .then(|| body(ui, ui.text("certificate-no-printer")).into());
    let list = column(rows).extend(missing).spacing(ui.tokens.space.s);
    let cures = ours.filter_map(|device| device.code.map(|code| (device, code))).map(|(device, code)| {
        let id = Id::from(format!("certificate.cure.{}", device.role));
        Element::from(fault_banner(ui, id, Level::Warn, code.as_str(), Audience::Officer))
    });
    let rules = column![
        rule(ui, "certificate-rule-once"),
        rule(ui, "certificate-rule-read-back"),
        rule(ui, "certificate-rule-holder")
    ];
    column![panel(ui, ui.text("window-devices"), list)]
        .extend(cures)
        .push(panel(ui, ui.text("certificate-rules"), rules.spacing(ui.tokens.space.m)))
        .spacing(ui.tokens.space.m)
        .into()
}

fn rule<'a>(ui: &'a Ui, key: &str) -> Element<'a, Message> {
    let mark = tongban_ui::widget::icon(ui, Icon::Shield, tongban_ui::Tone::Primary);
    row![mark, body(ui, ui.text(key)).width(Length::Fill)].spacing(ui.tokens.space.s).align_y(Top).into()
}

/// Number, holder, serial: what to compare the sheet in hand with.
pub fn summary<'a>(ui: &'a Ui, job: &'a LicenceJob, serial: &str) -> Element<'a, Message> {
    let line = |name: &'static str, value: &str| {
        let label = caption(ui, ui.text(name)).width(Length::Fixed(ui.tokens.text.caption * LABEL_LETTERS));
        Element::from(row![label, strong(ui, value.to_owned()).width(Length::Fill)].spacing(ui.tokens.space.s))
    };
    let lines = column![
        line("certificate-number", &job.number),
        line("certificate-holder", &job.holder),
        line("certificate-collector", &job.collector_masked),
        line("certificate-receipt", &job.receipt),
    ];
    let serial = (!serial.is_empty()).then(|| line("certificate-serial", serial));
    let content = lines.extend(serial).spacing(ui.tokens.space.s);
    tongban_ui::widget::labelled(id!("certificate.summary"), panel(ui, job.item_name.clone(), content)).into()
}
