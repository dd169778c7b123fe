//! 帮助呼叫: the kiosk's call and the calls a window sees.

use super::{App, Message as AppMessage};
use crate::config::{Config, Face};
use crate::failure::Failure;
use iced::widget::{column, row};
use iced::{Center, Length, Task};
use tongban_domain::ids::StaffId;
use tongban_protocol::help::{HELP_EVERY_S, HelpCall, station_number};
use tongban_ui::widget::text::Type;
use tongban_ui::widget::{dialog, icon, panel, primary, secondary, strong, tinted};
use tongban_ui::{Element, Icon, Id, Tone, Ui, id};
use uuid::Uuid;

/// Seconds after which a call nobody ended is given up by the kiosk itself.
const GIVE_UP_S: u32 = 600;
/// Calls a window shows at once, the oldest first.
const SHOWN: usize = 3;
/// How often a kiosk asks whether somebody comes: somebody stands there and waits for the word.
const WAITING_EVERY_S: u32 = 2;

/// What a kiosk knows of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Being sent.
    Sending,
    /// The hall knows.
    Known,
    /// Somebody is on the way.
    Coming,
    /// The centre cannot be reached: nobody was called.
    Unreached,
}

/// The call of a kiosk.
#[derive(Debug, Clone, Copy)]
struct Call {
    id: Uuid,
    said: Said,
    seconds: u32,
    under_way: bool,
}

/// State of the call.
#[derive(Debug, Default)]
pub struct Help {
    call: Option<Call>,
    /// The dialog is over the page.
    open: bool,
    /// Calls of the hall, on a window.
    calls: Vec<HelpCall>,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Message {
    /// 帮助呼叫.
    Call,
    /// The dialog is put away; the call stands.
    Close,
    /// 不需要了.
    Cancel,
    /// The centre answered a kiosk.
    Said(Uuid, Result<HelpCall, Failure>),
    /// The centre told a window what is open.
    Calls(Result<Vec<HelpCall>, Failure>),
    /// 已去.
    Go(Uuid),
}

impl Help {
    /// How far the kiosk's call is.
    #[must_use]
    pub fn said(&self) -> Option<Said> {
        self.call.map(|call| call.said)
    }

    /// The kiosk's call.
    #[must_use]
    pub fn id(&self) -> Option<Uuid> {
        self.call.map(|call| call.id)
    }

    /// The dialog is over the page.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open && self.call.is_some()
    }

    /// The dialog is put away; the call stands.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Words on the bar's button.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self.said() {
            None | Some(Said::Unreached) => "common-help",
            Some(Said::Sending | Said::Known) => "help-called",
            Some(Said::Coming) => "help-coming",
        }
    }

    fn heard(&mut self, id: Uuid, answer: Result<HelpCall, Failure>) {
        let Some(call) = self.call.as_mut().filter(|call| call.id == id) else { return };
        call.under_way = false;
        let said = match answer {
            Ok(HelpCall { answer: Some(_), .. }) => Said::Coming,
            Ok(_) => Said::Known,
            Err(_) => Said::Unreached,
        };
        // The dialog comes back with news, not with every repeat.
        if said == Said::Coming && call.said != Said::Coming {
            self.open = true;
        }
        call.said = said;
    }

    /// The dialog over a kiosk's page.
    #[must_use]
    pub fn dialog<'a>(&self, ui: &'a Ui, config: &Config, elsewhere: bool) -> Option<Element<'a, AppMessage>> {
        let said = self.said().filter(|_| self.open)?;
        let (mark, tone, title, body) = match said {
            Said::Sending => (Icon::Call, Tone::Primary, "help-sending-title", "help-sending-body"),
            Said::Known => (Icon::Call, Tone::Primary, "help-known-title", "help-known-body"),
            Said::Coming => (Icon::Officer, Tone::Ok, "help-coming-title", "help-coming-body"),
            Said::Unreached => (Icon::WifiOff, Tone::Warn, "help-unreached-title", "help-unreached-body"),
        };
        let phone = config.service.help_phone();
        let cancel = (said != Said::Coming).then(|| {
            secondary(ui, id!("help.cancel"), ui.text("help-cancel")).fill().on_press(send(Message::Cancel)).into()
        });
        let close = primary(ui, id!("help.close"), ui.text("help-close")).fill().on_press(send(Message::Close)).into();
        let elsewhere = elsewhere.then(|| {
            let ask = AppMessage::Transfer(super::transfer::Message::Ask);
            secondary(ui, id!("help.transfer"), ui.text("transfer-offer")).fill().on_press(ask).into()
        });
        let body = ui.with(body, &[("phone", &phone.to_owned())]);
        Some(dialog(ui, mark, tone, ui.text(title), body, cancel.into_iter().chain(elsewhere).chain([close])))
    }

    /// Who waits, above the devices of a window.
    #[must_use]
    pub fn panel<'a>(&self, ui: &'a Ui) -> Option<Element<'a, AppMessage>> {
        if self.calls.is_empty() {
            return None;
        }
        let rows = self.calls.iter().take(SHOWN).map(|call| caller(ui, call));
        let list = column(rows).spacing(ui.tokens.space.m);
        let left = self.calls.len().saturating_sub(SHOWN);
        let more = (left > 0).then(|| tinted(ui, Type::Caption, Tone::Soft, ui.with("help-more", &[("n", &left)])));
        let list = list.extend(more.map(Into::into));
        Some(tongban_ui::widget::labelled(id!("window.help"), panel(ui, ui.text("help-calls"), list)).into())
    }
}

/// One kiosk that waits for somebody.
fn caller<'a>(ui: &'a Ui, call: &HelpCall) -> Element<'a, AppMessage> {
    let no = station_number(&call.station);
    let words = strong(ui, ui.with("help-asks", &[("no", &no)]));
    let waits: Element<'a, AppMessage> = match &call.answer {
        None => {
            let waited = ui.with("help-waited", &[("n", &call.waited_s)]);
            let go = Id::from(format!("window.help.go.{no}"));
            let go = primary(ui, go, ui.text("help-go")).small().on_press(send(Message::Go(call.call)));
            row![tinted(ui, Type::Caption, Tone::Soft, waited).width(Length::Fill), Element::from(go)]
                .align_y(Center)
                .into()
        }
        Some(answer) => tinted(ui, Type::Caption, Tone::Ok, ui.with("help-gone", &[("name", &answer.name)])).into(),
    };
    let tone = if call.answer.is_none() { Tone::Warn } else { Tone::Ok };
    let head = row![icon(ui, Icon::Call, tone), words].spacing(ui.tokens.space.s).align_y(Center);
    column![head, waits].spacing(ui.tokens.space.xs).into()
}

fn send(message: Message) -> AppMessage {
    AppMessage::Help(message)
}

impl App {
    pub(super) fn helped(&mut self, message: Message) -> Task<AppMessage> {
        match message {
            Message::Call => {
                let ids = &self.booted.services.ids;
                self.help.open = true;
                if self.help.call.is_none() {
                    self.help.call = Some(Call { id: ids.next(), said: Said::Sending, seconds: 0, under_way: false });
                }
                self.repeat_call()
            }
            Message::Close => {
                self.help.open = false;
                // A call that reached nobody is not kept up behind the person's back.
                if self.help.said() == Some(Said::Unreached) { self.end_call() } else { Task::none() }
            }
            Message::Cancel => self.end_call(),
            Message::Said(id, answer) => {
                self.help.heard(id, answer);
                Task::none()
            }
            Message::Calls(Ok(calls)) => {
                self.help.calls = calls;
                Task::none()
            }
            // The top bar says that there is no network; an old list would send people on errands.
            Message::Calls(Err(_)) => {
                self.help.calls.clear();
                Task::none()
            }
            Message::Go(call) => {
                let (line, staff) = (self.services().help.clone(), &self.config.staff);
                let (by, name) = (StaffId(staff.on_duty.clone()), staff.on_duty_name.clone());
                let work = async move {
                    // Somebody else went first, or the call ended: the list that follows says so.
                    drop(line.answer(call, by, name).await);
                    line.calls().await
                };
                Task::perform(work, |calls| send(Message::Calls(calls)))
            }
        }
    }

    /// Every second: a kiosk repeats its call, a window looks who calls.
    pub(super) fn help_tick(&mut self) -> Task<AppMessage> {
        match self.config.identity.face {
            Face::Kiosk => {
                let Some(call) = &mut self.help.call else { return Task::none() };
                call.seconds += 1;
                match call.seconds {
                    GIVE_UP_S => self.end_call(),
                    seconds if seconds % WAITING_EVERY_S == 0 => self.repeat_call(),
                    _ => Task::none(),
                }
            }
            Face::Window if self.live.online && self.live.tick.is_multiple_of(HELP_EVERY_S) => {
                let line = self.services().help.clone();
                Task::perform(async move { line.calls().await }, |calls| send(Message::Calls(calls)))
            }
            _ => Task::none(),
        }
    }

    fn repeat_call(&mut self) -> Task<AppMessage> {
        let line = self.services().help.clone();
        let Some(call) = self.help.call.as_mut().filter(|call| !call.under_way) else { return Task::none() };
        call.under_way = true;
        let id = call.id;
        Task::perform(async move { line.ask(id, false).await }, move |answer| send(Message::Said(id, answer)))
    }

    /// Nobody is needed any more, or the person has left.
    pub(super) fn end_call(&mut self) -> Task<AppMessage> {
        self.help.open = false;
        let Some(call) = self.help.call.take() else { return Task::none() };
        let line = self.services().help.clone();
        // A word that is lost on the way is made up for: a call not repeated ends by itself.
        Task::future(async move { drop(line.ask(call.id, true).await) }).discard()
    }
}
