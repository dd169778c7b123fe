//! 作废: a sheet is spoiled only when a second person says so too.

use super::hand::CARD_WAIT;
use super::{Certificate, operator};
use crate::apply::ContextParts;
use crate::failure::Failure;
use crate::service::Cases;
use crate::service::devices::Call;
use iced::Task;
use iced::widget::column;
use tongban_device::message::CardRead;
use tongban_domain::check::normalise;
use tongban_domain::code::ErrorCode;
use tongban_ui::widget::{Level, actions, banner, body, danger, panel, secondary, text_field};
use tongban_ui::{Element, Icon, id};

/// What is said about a spoiled sheet.
#[derive(Debug, Default)]
pub struct Spoil {
    reason: String,
    /// Account typed, where no cards of second persons are registered.
    second: String,
    waiting: bool,
}

/// What happens in the panel.
#[derive(Debug, Clone)]
pub enum Message {
    /// 已损坏.
    Open,
    /// 返回.
    Close,
    /// Reason typed.
    Reason(String),
    /// Second person's account typed.
    Second(String),
    /// 请第二人刷卡, or 作废 where accounts are typed.
    Void,
    /// The second person's card.
    Card(Call<Box<CardRead>>),
}

impl Certificate {
    pub(super) fn spoil(&mut self, message: Message, parts: &ContextParts<'_>) -> Task<super::Message> {
        match message {
            Message::Open => {
                self.spoil = Some(Spoil::default());
                return iced::widget::operation::focus(id!("certificate.unknown.reason"));
            }
            Message::Close => {
                self.let_card_go();
                self.spoil = None;
            }
            Message::Reason(text) => {
                if let Some(spoil) = &mut self.spoil {
                    spoil.reason = text;
                }
            }
            Message::Second(text) => {
                if let Some(spoil) = &mut self.spoil {
                    spoil.second = text;
                }
            }
            Message::Void => return self.second_person(parts),
            Message::Card(call) => {
                if let Call::Done(result) = call {
                    return self.second_card(result, parts);
                }
            }
        }
        Task::none()
    }

    fn second_person(&mut self, parts: &ContextParts<'_>) -> Task<super::Message> {
        let by_card = !parts.config.staff.attendants.is_empty();
        let Some(spoil) = self.spoil.as_mut().filter(|spoil| !spoil.reason.trim().is_empty()) else {
            return Task::none();
        };
        if !by_card {
            let second = spoil.second.trim().to_owned();
            return self.void(&second, parts);
        }
        spoil.waiting = true;
        let reading = parts.services.devices.read_card(None, CARD_WAIT);
        let map = |call| super::Message::Spoil(Message::Card(call));
        let (task, handle) = Task::stream(reading).map(map).abortable();
        self.reader = Some(handle);
        task
    }

    fn second_card(
        &mut self,
        result: Result<Box<CardRead>, Failure>,
        parts: &ContextParts<'_>,
    ) -> Task<super::Message> {
        let Some(spoil) = &mut self.spoil else { return Task::none() };
        spoil.waiting = false;
        match result {
            Ok(card) => {
                let hash = Cases::number_sm3(&normalise(&card.facts.number));
                let second = parts.config.staff.attendants.get(&hash).cloned().unwrap_or_default();
                self.void(&second, parts)
            }
            Err(failure) => {
                self.fault = Some(failure);
                Task::none()
            }
        }
    }

    /// Void, unless the second person is nobody or the operator again.
    fn void(&mut self, second: &str, parts: &ContextParts<'_>) -> Task<super::Message> {
        if second.is_empty() || second == parts.config.staff.on_duty {
            self.fault = Some(Failure::new(ErrorCode::FourEyes, "certificate"));
            return Task::none();
        }
        let Some(spoil) = &self.spoil else { return Task::none() };
        let words =
            parts.ui.with("certificate-reason-spoiled", &[("reason", &spoil.reason.trim()), ("second", &second)]);
        let Some(entry) = self.entry().filter(|_| !self.working) else { return Task::none() };
        let Some(attempt) = entry.attempt.clone() else { return Task::none() };
        let (job, making, operator) = (entry.job.clone(), parts.services.making.clone(), operator(parts));
        self.step(async move { making.spoiled(job, attempt.print, operator, words).await })
    }
}

/// Reason and second person.
pub fn view<'a>(
    state: &'a Certificate,
    spoil: &'a Spoil,
    serial: &str,
    parts: &ContextParts<'a>,
) -> Element<'a, super::Message> {
    let ui = parts.ui;
    let by_card = !parts.config.staff.attendants.is_empty();
    let said = |text: String| super::Message::Spoil(Message::Reason(text));
    let reason = text_field(
        ui,
        id!("certificate.unknown.reason"),
        ui.text("certificate-spoil-reason"),
        &spoil.reason,
        false,
        said,
        None,
    );
    let second: Element<'a, super::Message> = if by_card {
        body(ui, ui.text("certificate-spoil-second-body")).into()
    } else {
        let typed = |text: String| super::Message::Spoil(Message::Second(text));
        text_field(
            ui,
            id!("certificate.unknown.second"),
            ui.text("certificate-spoil-account"),
            &spoil.second,
            false,
            typed,
            None,
        )
    };
    let told = !spoil.reason.trim().is_empty() && (by_card || !spoil.second.trim().is_empty());
    let act = told && !spoil.waiting && !state.working;
    let key = if by_card { "certificate-spoil-second" } else { "certificate-spoil-do" };
    let buttons = [
        secondary(ui, id!("certificate.unknown.back"), ui.text("common-back"))
            .fill()
            .on_press(super::Message::Spoil(Message::Close))
            .into(),
        danger(ui, id!("certificate.unknown.void"), ui.text(key))
            .icon(Icon::Trash)
            .fill()
            .on_press_maybe(act.then_some(super::Message::Spoil(Message::Void)))
            .into(),
    ];
    let waiting = spoil.waiting.then(|| {
        Element::from(banner(ui, id!("certificate.unknown.waiting"), Level::Info, ui.text("certificate-spoil-waiting")))
    });
    let content = column![reason, second].extend(waiting).push(actions(ui, buttons)).spacing(ui.tokens.space.m);
    panel(ui, ui.with("certificate-spoil", &[("serial", &serial)]), content).into()
}
