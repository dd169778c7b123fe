//! One line per source of shared data: what comes from where, and how far it is.

use iced::widget::{column, container, row};
use iced::{Center, Length};

use crate::widget::text::{Type, tinted};
use crate::{Element, Icon, Id, Tone, Ui};

/// How far one line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressState {
    /// Not begun.
    Waiting,
    /// Asked, no answer yet.
    Running,
    /// Answered.
    Done,
    /// Later than promised; something can be done meanwhile.
    Late,
    /// Failed.
    Failed,
    /// Not needed.
    Skipped,
}

impl ProgressState {
    /// Icon, tone and the key of the usual words.
    #[must_use]
    pub const fn look(self) -> (Icon, Tone, &'static str) {
        match self {
            ProgressState::Waiting => (Icon::Clock, Tone::Faint, "common-state-waiting"),
            ProgressState::Running => (Icon::Hourglass, Tone::Primary, "common-state-running"),
            ProgressState::Done => (Icon::CheckCircle, Tone::Ok, "common-state-done"),
            ProgressState::Late => (Icon::Clock, Tone::Warn, "common-state-late"),
            ProgressState::Failed => (Icon::CrossCircle, Tone::Fault, "common-state-failed"),
            ProgressState::Skipped => (Icon::Minus, Tone::Faint, "common-state-skipped"),
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is fetched.
    pub name: String,
    /// Who provides it.
    pub source: String,
    /// How far it is.
    pub state: ProgressState,
    /// Words instead of the usual ones of the state.
    pub words: Option<String>,
    /// How long it took or takes, in milliseconds.
    pub ms: Option<u32>,
}

/// Draws one line.
#[must_use]
pub fn progress_row<'a, M: 'a>(ui: &Ui, id: impl Into<Id>, line: &Progress) -> Element<'a, M> {
    let t = &ui.tokens;
    let (icon, tone, key) = line.state.look();
    let words = line.words.clone().unwrap_or_else(|| ui.text(key));
    let names =
        column![super::strong(ui, line.name.clone()), super::caption(ui, line.source.clone())].width(Length::Fill);
    let mut state = column![tinted(ui, Type::Strong, tone, words)].align_x(iced::Right);
    if let Some(ms) = line.ms {
        state = state.push(super::caption(ui, duration(ui, ms)));
    }
    let content = row![super::icon(ui, icon, tone), names, state].spacing(t.space.m).align_y(Center);
    container(content).id(id.into()).width(Length::Fill).padding([t.space.s, 0.0]).into()
}

/// `320 毫秒` below a second, `1.2 秒` from there on.
fn duration(ui: &Ui, ms: u32) -> String {
    if ms < 1000 {
        ui.with("common-ms", &[("n", &ms)])
    } else {
        let tenths = ms / 100;
        ui.with("common-s", &[("n", &format!("{}.{}", tenths / 10, tenths % 10))])
    }
}
