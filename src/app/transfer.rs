//! 转到窗口续办: the applicant at a kiosk leaves what they did with the centre and goes on elsewhere.

use super::{App, Message as AppMessage};
use crate::config::Face;
use crate::failure::Failure;
use iced::Task;
use std::time::Duration;
use tongban_domain::case::CaseStatus;
use tongban_domain::ids::CaseId;
use tongban_ui::widget::{dialog, primary, secondary};
use tongban_ui::{Element, Icon, Tone, Ui, id};

/// How often the store is asked whether the centre has signed.
const LOOK: Duration = Duration::from_millis(500);
/// Looks after which nobody is kept standing: the rest is sent when the line allows.
const LOOKS: u32 = 40;

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// The applicant reads what will happen.
    Asking,
    /// Written here, on its way.
    Sending,
    /// The centre has it.
    Sent,
    /// Written here; the line is slow.
    Later,
    /// It was not written.
    Failed(Failure),
}

/// The dialog, when it is open.
#[derive(Debug, Default)]
pub struct Transfer(Option<State>);

/// What happens.
#[derive(Debug, Clone)]
pub enum Message {
    /// 转到窗口办理.
    Ask,
    /// 返回.
    Stay,
    /// 确定.
    Go,
    /// It went so far; `true` when the centre has all of it.
    Gone(Result<bool, Failure>),
    /// Written here, now on its way.
    Written,
    /// 完成: the visit ends.
    Leave,
}

impl Transfer {
    /// Forgets it, with the visit.
    pub fn clear(&mut self) {
        self.0 = None;
    }

    /// The dialog over the page.
    #[must_use]
    pub fn dialog<'a>(&self, ui: &'a Ui) -> Option<Element<'a, AppMessage>> {
        let state = self.0.as_ref()?;
        let (mark, tone, title, body) = match state {
            State::Asking => (Icon::Officer, Tone::Primary, "transfer-ask-title", ui.text("transfer-ask-body")),
            State::Sending => {
                (Icon::Refresh, Tone::Primary, "transfer-sending-title", ui.text("transfer-sending-body"))
            }
            State::Sent => (Icon::Check, Tone::Ok, "transfer-sent-title", ui.text("transfer-sent-body")),
            State::Later => (Icon::WifiOff, Tone::Warn, "transfer-later-title", ui.text("transfer-later-body")),
            State::Failed(failure) => {
                let code = failure.code.as_str();
                let words = ui.text(&format!("error-{code}-applicant"));
                (Icon::Warning, Tone::Fault, "transfer-failed-title", format!("{words}（{code}）"))
            }
        };
        let quiet = |id, key, message| secondary(ui, id, ui.text(key)).fill().on_press(send(message)).into();
        let loud = |id, key, message| primary(ui, id, ui.text(key)).fill().on_press(send(message)).into();
        let buttons: Vec<Element<'a, AppMessage>> = match state {
            State::Asking => vec![
                quiet(id!("transfer.stay"), "transfer-stay", Message::Stay),
                loud(id!("transfer.go"), "transfer-go", Message::Go),
            ],
            State::Failed(_) => vec![
                quiet(id!("transfer.stay"), "transfer-stay", Message::Stay),
                loud(id!("transfer.retry"), "common-retry", Message::Go),
            ],
            State::Sending => vec![primary(ui, id!("transfer.leave"), ui.text("transfer-leave")).fill().into()],
            State::Sent | State::Later => vec![loud(id!("transfer.leave"), "transfer-leave", Message::Leave)],
        };
        Some(dialog(ui, mark, tone, ui.text(title), body, buttons))
    }
}

fn send(message: Message) -> AppMessage {
    AppMessage::Transfer(message)
}

impl App {
    /// The draft in hand, if it can be taken elsewhere: something was chosen, nothing is submitted.
    pub(super) fn transferable(&self) -> Option<CaseId> {
        let draft = &self.visit()?.wizard()?.draft;
        let case = draft.case.as_ref().filter(|case| case.status() == CaseStatus::Draft && case.item().is_some())?;
        (self.config.identity.face == Face::Kiosk && self.live.online).then_some(case.id())
    }

    pub(super) fn transferred(&mut self, message: Message) -> Task<AppMessage> {
        match message {
            Message::Ask => {
                self.help.close();
                self.transfer.0 = self.transferable().map(|_| State::Asking);
                Task::none()
            }
            Message::Stay => {
                self.transfer.clear();
                Task::none()
            }
            Message::Go => {
                let Some(case) = self.transferable() else { return Task::none() };
                let handover = self.services().handover.clone();
                let written = Task::perform(async move { handover.hand_on(case).await }, |written| match written {
                    Ok(()) => send(Message::Written),
                    Err(failure) => send(Message::Gone(Err(failure))),
                });
                self.transfer.0 = Some(State::Sending);
                written
            }
            Message::Written => {
                let Some(case) = self.visit().and_then(|visit| visit.wizard()?.draft.id) else { return Task::none() };
                let (handover, centre) = (self.services().handover.clone(), self.services().centre.clone());
                let look = async move {
                    centre.kick();
                    for _ in 0..LOOKS {
                        if handover.is_signed_for(case).await.unwrap_or(false) {
                            return true;
                        }
                        tokio::time::sleep(LOOK).await;
                    }
                    false
                };
                Task::perform(look, |signed| send(Message::Gone(Ok(signed))))
            }
            Message::Gone(outcome) => {
                // The person may have gone, and the visit with them.
                if self.transfer.0.is_some() {
                    self.transfer.0 = Some(match outcome {
                        Ok(true) => State::Sent,
                        Ok(false) => State::Later,
                        Err(failure) => State::Failed(failure),
                    });
                }
                Task::none()
            }
            Message::Leave => self.handle(AppMessage::Kiosk(crate::screen::kiosk::Message::Home)),
        }
    }
}
