//! Where a job stands, as the operator sees it.

use super::Certificate;
use super::hand::Hand;
use crate::apply::ContextParts;
use crate::failure::Failure;
use crate::service::making::{Entry, Stage};
use tongban_domain::code::ErrorCode;
use tongban_ui::{Icon, Tone};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Contents are checked, a blank is made ready.
    Check,
    /// The printer has it.
    Printing,
    /// The sheet is in hand: read its serial.
    ReadBack,
    /// Nobody knows whether a sheet came out.
    Unknown,
    /// Checked: waits for its holder.
    Ready,
    /// The holder's card is asked for.
    HandOver,
    /// 已送达.
    HandedOver,
    /// Another station makes it.
    Elsewhere,
}

impl Phase {
    /// Name for the inspector.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Printing => "printing",
            Self::ReadBack => "read-back",
            Self::Unknown => "unknown",
            Self::Ready => "ready",
            Self::HandOver => "hand-over",
            Self::HandedOver => "handed-over",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// Fluent key of the state word in the queue, its colour and icon.
    pub const fn mark(self) -> (&'static str, Tone, Icon) {
        match self {
            Self::Check => ("certificate-state-waiting", Tone::Soft, Icon::Clock),
            Self::Printing => ("certificate-state-printing", Tone::Primary, Icon::Printer),
            Self::ReadBack => ("certificate-state-read-back", Tone::Primary, Icon::Eye),
            Self::Unknown => ("certificate-state-unknown", Tone::Warn, Icon::Question),
            Self::Ready | Self::HandOver => ("certificate-ready", Tone::Ok, Icon::Check),
            Self::HandedOver => ("certificate-state-delivered", Tone::Ok, Icon::CheckCircle),
            Self::Elsewhere => ("certificate-state-elsewhere", Tone::Faint, Icon::Lock),
        }
    }
}

impl Certificate {
    /// The chosen job.
    pub(super) fn entry(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| Some(entry.job.case) == self.chosen)
    }

    /// Where a job stands.
    pub(super) fn phase(&self, entry: &Entry) -> Phase {
        if self.run.as_ref().is_some_and(|run| run.case == entry.job.case) {
            return Phase::Printing;
        }
        let chosen = Some(entry.job.case) == self.chosen;
        match (&self.hand, entry.job.state.as_str()) {
            (Hand::Done { .. }, _) if chosen => return Phase::HandedOver,
            (Hand::Waiting { .. } | Hand::Checking, "confirmed") if chosen => return Phase::HandOver,
            (_, "confirmed") => return Phase::Ready,
            (_, "handed-over" | "closed") => return Phase::HandedOver,
            _ if entry.is_elsewhere() => return Phase::Elsewhere,
            _ => {}
        }
        match entry.attempt.as_ref().map(|attempt| attempt.stage) {
            None | Some(Stage::Void) => Phase::Check,
            Some(Stage::Intended | Stage::Sent | Stage::Unknown) => Phase::Unknown,
            Some(Stage::Done) => Phase::ReadBack,
            Some(Stage::Confirmed) => Phase::Ready,
        }
    }

    /// Which of 核对 → 备空白证 → 打印 → 读回 → 发证 is under way.
    pub(super) fn stage(&self, phase: Phase) -> usize {
        match phase {
            Phase::Check if self.serial.is_empty() => 0,
            Phase::Check => 1,
            Phase::Printing | Phase::Unknown | Phase::Elsewhere => 2,
            Phase::ReadBack => 3,
            Phase::Ready | Phase::HandOver => 4,
            Phase::HandedOver => 5,
        }
    }

    /// The centre answers and nothing else is under way.
    pub(super) fn may_step(&self) -> bool {
        self.link.is_none() && !self.working
    }

    /// 打印 may be pressed.
    pub(super) fn may_print(&self, parts: &ContextParts<'_>) -> bool {
        self.may_step()
            && self.run.is_none()
            && !self.serial.trim().is_empty()
            && parts.live.ready("certificate-printer")
    }
}

/// The code behind what a printer or driver said; a stopped printer when nothing fits.
pub fn reason(note: &str) -> Failure {
    let named = note.split([',', ' ']).find_map(trouble);
    Failure::new(named.unwrap_or(ErrorCode::PrinterStopped), "certificate-printer")
}

/// The code behind one IPP keyword or code text.
pub fn trouble(word: &str) -> Option<ErrorCode> {
    let known = [
        ("media-empty", ErrorCode::PrinterPaperOut),
        ("media-needed", ErrorCode::PrinterPaperOut),
        ("input-tray-missing", ErrorCode::PrinterPaperOut),
        ("media-jam", ErrorCode::PrinterJam),
        ("cover-open", ErrorCode::PrinterCover),
        ("door-open", ErrorCode::PrinterCover),
        ("toner-empty", ErrorCode::PrinterToner),
        ("marker-supply-empty", ErrorCode::PrinterToner),
        ("paused", ErrorCode::PrinterStopped),
    ];
    let keyword = known.into_iter().find_map(|(keyword, code)| word.starts_with(keyword).then_some(code));
    keyword.or_else(|| ErrorCode::parse(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printers_words_become_codes_and_strange_ones_a_stopped_printer() {
        assert_eq!(reason("aborted,media-jam-error").code, ErrorCode::PrinterJam);
        assert_eq!(reason("D101").code, ErrorCode::DeviceAbsent);
        assert_eq!(reason("aborted").code, ErrorCode::PrinterStopped);
        assert_eq!(trouble("media-low"), None, "a low tray still prints");
    }
}
