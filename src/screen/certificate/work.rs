//! The job in hand.

use super::hand::Hand;
use super::phase::{Phase, trouble};
use super::{Certificate, Message, Run, sheet, spoil};
use crate::apply::ContextParts;
use crate::service::making::Entry;
use iced::widget::{center, column, container, row, space};
use iced::{Center, Length};
use tongban_device::fault::Hint;
use tongban_ui::widget::{
    Audience, Level, actions, banner, body, busy, card, danger, empty, fault_banner, heading, panel, pictogram,
    primary, quiet, secondary, stepper, text_field, title,
};
use tongban_ui::{Element, Icon, Tone, Ui, id};

/// The chosen job, or an invitation to choose one.
pub fn view<'a>(state: &'a Certificate, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let space = ui.tokens.space.m;
    if let Hand::Done { job, at } = &state.hand {
        let words = ui.with(
            "certificate-delivered-body",
            &[
                ("holder", &job.holder),
                ("collector", &job.collector_masked),
                ("time", &crate::when::date_and_time(*at)),
            ],
        );
        let next = primary(ui, id!("certificate.next"), ui.text("certificate-next"))
            .icon(Icon::Check)
            .on_press(Message::Leave);
        let page = column![
            pictogram(ui, Icon::CheckCircle, Tone::Ok),
            title(ui, ui.text("certificate-hand-over-done")),
            tongban_ui::widget::labelled(id!("certificate.handed-over"), body(ui, words).align_x(Center)),
            body(ui, job.number.clone()),
            next,
        ];
        return center(page.spacing(ui.tokens.space.l).align_x(Center)).into();
    }
    let Some(entry) = state.entry() else {
        let fault = fault(state, ui);
        let page = empty(ui, Icon::Licence, ui.text("certificate-choose"), ui.text("certificate-choose-hint"));
        return column(fault).push(center(page)).spacing(space).into();
    };
    let phase = state.phase(entry);
    let names = ["check", "blank", "print", "read-back", "hand-over"]
        .map(|name| ui.text(&format!("certificate-step-{name}")))
        .to_vec();
    let (key, tone, icon) = phase.mark();
    let head = row![
        title(ui, entry.job.holder.clone()).width(Length::Fill),
        tongban_ui::widget::chip_with(ui, tone, icon, ui.text(key)),
    ];
    column![head.spacing(space).align_y(Center), stepper(ui, &names, state.stage(phase))]
        .extend(fault(state, ui))
        .push(container(work(state, entry, phase, parts)).height(Length::Fill))
        .spacing(space)
        .into()
}

fn fault<'a>(state: &'a Certificate, ui: &'a Ui) -> Option<Element<'a, Message>> {
    let Some(failure) = state.fault.as_ref() else {
        let link = state.link.as_ref()?;
        return Some(
            fault_banner(ui, id!("certificate.offline"), Level::Warn, link.code.as_str(), Audience::Officer).into(),
        );
    };
    let close = quiet(ui, id!("certificate.fault.close"), ui.text("common-understood")).on_press(Message::Dismiss);
    Some(
        fault_banner(ui, id!("certificate.fault"), Level::Fault, failure.code.as_str(), Audience::Officer)
            .action(close)
            .into(),
    )
}

fn work<'a>(state: &'a Certificate, entry: &'a Entry, phase: Phase, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let serial = entry.attempt.as_ref().map(|attempt| attempt.serial.clone()).unwrap_or_default();
    if let Some(spoil) = &state.spoil {
        let page = column![sheet::summary(ui, &entry.job, &serial), spoil::view(state, spoil, &serial, parts)];
        return page.spacing(ui.tokens.space.m).into();
    }
    match phase {
        Phase::Check => check(state, entry, parts),
        Phase::Printing => printing(state.run.as_ref(), entry, parts),
        Phase::ReadBack => read_back(state, entry, ui),
        Phase::Unknown => unknown(state, entry, ui),
        Phase::Ready | Phase::HandedOver => ready(state, entry, ui),
        Phase::HandOver => card_wanted(state, entry, parts),
        Phase::Elsewhere => {
            let words = banner(ui, id!("certificate.elsewhere"), Level::Info, ui.text("certificate-elsewhere"));
            let page = column![
                Element::from(words.cure(ui.text("certificate-elsewhere-body"))),
                sheet::summary(ui, &entry.job, "")
            ];
            page.spacing(ui.tokens.space.m).into()
        }
    }
}

/// 核对 and 备空白证.
fn check<'a>(state: &'a Certificate, entry: &'a Entry, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let gap = ui.tokens.space.m;
    let table = panel(
        ui,
        ui.text("certificate-check"),
        column![body(ui, ui.text("certificate-check-body")), sheet::face(ui, &entry.job, state.face_page)].spacing(gap),
    );
    let serial = text_field(
        ui,
        id!("certificate.serial"),
        ui.text("certificate-serial-scan"),
        &state.serial,
        false,
        Message::Serial,
        Some(Message::SerialScanned),
    );
    let print = primary(ui, id!("certificate.print"), ui.text("certificate-print"))
        .icon(Icon::Printer)
        .on_press_maybe(state.may_print(parts).then_some(Message::Print));
    let why = why_not(state, parts).map(|key| body(ui, ui.text(key)).into());
    let line = row![container(serial).width(Length::Fill), print].spacing(gap).align_y(iced::Bottom);
    let blank = panel(ui, ui.text("certificate-stock"), column![line].extend(why).spacing(ui.tokens.space.s));
    column![table.height(Length::Fill), blank].spacing(gap).into()
}

/// Why 打印 is grey.
fn why_not(state: &Certificate, parts: &ContextParts<'_>) -> Option<&'static str> {
    if state.link.is_some() {
        Some("certificate-why-offline")
    } else if state.run.is_some() {
        Some("certificate-why-busy")
    } else if !parts.live.ready("certificate-printer") {
        Some("certificate-why-printer")
    } else if state.serial.trim().is_empty() {
        Some("certificate-why-serial")
    } else {
        None
    }
}

fn printing<'a>(run: Option<&Run>, entry: &'a Entry, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let standing = run.and_then(|run| run.reasons.iter().find_map(|word| trouble(word)));
    let key = match run {
        Some(run) if run.sent => "certificate-printing",
        Some(run) if run.intended => "certificate-sending",
        _ => "certificate-writing",
    };
    let waiting: Element<'a, Message> = match standing {
        Some(code) => {
            let cure = fault_banner(ui, id!("certificate.waiting"), Level::Warn, code.as_str(), Audience::Officer);
            column![Element::from(cure), busy(ui, ui.text("certificate-waiting"), parts.live.tick)]
                .spacing(ui.tokens.space.l)
                .into()
        }
        None => busy(ui, ui.text(key), parts.live.tick),
    };
    column![sheet::summary(ui, &entry.job, ""), card(ui, waiting)].spacing(ui.tokens.space.m).into()
}

/// The serial field of the sheet in hand, with what is wrong with it. The serial meant is shown
/// nowhere on the page: it has to come from the sheet.
fn serial_of_sheet<'a>(state: &'a Certificate, ui: &'a Ui) -> Element<'a, Message> {
    let field = text_field(
        ui,
        id!("certificate.read-back"),
        ui.text("certificate-read-back"),
        &state.read_back,
        false,
        Message::ReadBack,
        Some(Message::Confirm),
    );
    let may = !state.working && !state.read_back.trim().is_empty();
    let confirm = primary(ui, id!("certificate.confirm"), ui.text("certificate-confirm"))
        .icon(Icon::Check)
        .on_press_maybe(may.then_some(Message::Confirm));
    let wrong = state.differs.then(|| {
        let words = ui.with("certificate-differs", &[("seen", &state.read_back)]);
        Element::from(
            banner(ui, id!("certificate.differs"), Level::Fault, words).cure(ui.text("certificate-differs-cure")),
        )
    });
    let line = row![container(field).width(Length::Fill), confirm].spacing(ui.tokens.space.m).align_y(iced::Bottom);
    column![line].extend(wrong).spacing(ui.tokens.space.m).into()
}

fn spoiled_button<'a>(state: &Certificate, ui: &'a Ui) -> Element<'a, Message> {
    let open = Message::Spoil(spoil::Message::Open);
    danger(ui, id!("certificate.unknown.spoiled"), ui.text("certificate-printed-spoiled"))
        .icon(Icon::Trash)
        .fill()
        .on_press_maybe((!state.working).then_some(open))
        .into()
}

fn read_back<'a>(state: &'a Certificate, entry: &'a Entry, ui: &'a Ui) -> Element<'a, Message> {
    let read = panel(ui, ui.text("certificate-printed-question"), serial_of_sheet(state, ui));
    let damaged =
        row![space().width(Length::FillPortion(2)), container(spoiled_button(state, ui)).width(Length::FillPortion(1))];
    column![sheet::summary(ui, &entry.job, ""), read, damaged].spacing(ui.tokens.space.m).into()
}

/// P106: a person looks and says which of three it is.
fn unknown<'a>(state: &'a Certificate, entry: &'a Entry, ui: &'a Ui) -> Element<'a, Message> {
    let gap = ui.tokens.space.m;
    let notice = banner(ui, id!("certificate.unknown"), Level::Warn, ui.text("certificate-unknown-title"))
        .cure(ui.text("certificate-unknown-body"))
        .code("P106");
    let not_fed = secondary(ui, id!("certificate.unknown.not-fed"), ui.text("certificate-not-fed"))
        .icon(Icon::Tray)
        .fill()
        .on_press_maybe((!state.working).then_some(Message::NotFed));
    let out = panel(ui, ui.text("certificate-unknown-out"), serial_of_sheet(state, ui));
    let other = panel(
        ui,
        ui.text("certificate-unknown-other"),
        column![
            body(ui, ui.text("certificate-unknown-other-body")),
            actions(ui, [not_fed.into(), spoiled_button(state, ui)])
        ]
        .spacing(gap),
    );
    column![Element::from(notice), sheet::summary(ui, &entry.job, ""), out, other].spacing(gap).into()
}

fn ready<'a>(state: &'a Certificate, entry: &'a Entry, ui: &'a Ui) -> Element<'a, Message> {
    let told = entry.job.state == "confirmed";
    let serial = entry.job.serial.clone().unwrap_or_default();
    let hand = primary(ui, id!("certificate.hand-over"), ui.text("certificate-hand-over"))
        .icon(Icon::Person)
        .fill()
        .on_press_maybe((told && state.may_step()).then_some(Message::HandOver));
    let key = if told { "certificate-ready-body" } else { "certificate-ready-late" };
    let content = column![body(ui, ui.text(key)), Element::from(hand)].spacing(ui.tokens.space.m);
    column![sheet::summary(ui, &entry.job, &serial), panel(ui, ui.text("certificate-ready"), content)]
        .spacing(ui.tokens.space.m)
        .into()
}

fn card_wanted<'a>(state: &'a Certificate, entry: &'a Entry, parts: &ContextParts<'a>) -> Element<'a, Message> {
    let ui = parts.ui;
    let (key, waits) = match &state.hand {
        Hand::Checking => ("certificate-hand-over-checking", false),
        Hand::Waiting { hint: Some(Hint::LiftAndPutAgain) } => ("certificate-hand-over-again", true),
        _ => ("certificate-hand-over-card", true),
    };
    let cancel = secondary(ui, id!("certificate.hand-over.cancel"), ui.text("common-cancel"))
        .on_press_maybe(waits.then_some(Message::HandCancel));
    let page = column![
        pictogram(ui, Icon::Card, Tone::Primary),
        heading(ui, ui.text(key)),
        body(ui, ui.with("certificate-hand-over-who", &[("number", &entry.job.collector_masked)])),
        cancel,
    ];
    let serial = entry.job.serial.clone().unwrap_or_default();
    let ask = card(ui, center(page.spacing(ui.tokens.space.m).align_x(Center)));
    column![sheet::summary(ui, &entry.job, &serial), ask.height(Length::Fill)].spacing(ui.tokens.space.m).into()
}
