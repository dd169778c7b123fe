//! What the kiosk says aloud on each page: a fixed sentence, never anything of the person.

use crate::apply::{ContextParts, Wizard};
use crate::screen::journey::StepScreen;
use crate::screen::journey::done::PaperPhase;
use crate::screen::journey::{capture, identify, sign_off};
use crate::service::speech::Sentence;
use tongban_device::fault::Hint;
use tongban_device::page::PageHint;
use tongban_domain::event::PresenceMethod;
use tongban_domain::item::ResultKind;

/// The sentence of the page on screen.
#[must_use]
pub fn sentence(wizard: Option<&Wizard>, parts: ContextParts<'_>) -> Sentence {
    let Some(wizard) = wizard else {
        return if parts.live.online { Sentence::Home } else { Sentence::Offline };
    };
    if wizard.failure.is_some() {
        return Sentence::Fault;
    }
    let ctx = parts.context(&wizard.draft);
    match &wizard.screen {
        StepScreen::Identify(page) => match page.phase() {
            identify::Phase::Hinted(_) => Sentence::CardLift,
            identify::Phase::Failed(_) => Sentence::Fault,
            _ => Sentence::Identify,
        },
        StepScreen::Consent(_) => Sentence::Consent,
        StepScreen::Presence(_) => match ctx.case().and_then(|case| case.consent().map(|consent| consent.choice)) {
            Some(PresenceMethod::Face) => Sentence::Face,
            Some(PresenceMethod::Fingerprint) => Sentence::Finger,
            _ => Sentence::Person,
        },
        StepScreen::ChooseItem(_) => Sentence::Items,
        StepScreen::Shares(page) if page.to_answer(&ctx).is_some() => Sentence::Confirm,
        StepScreen::Shares(_) => Sentence::Shares,
        StepScreen::Form(_) => Sentence::Form,
        StepScreen::Capture(page) => page.spoken().map_or(Sentence::Capture, laid),
        StepScreen::SignOff(page) => match page.phase() {
            sign_off::Phase::Pressing(Some(Hint::LiftFinger) | None) => Sentence::Finger,
            sign_off::Phase::Failed(_) => Sentence::Fault,
            _ => Sentence::SignOff,
        },
        StepScreen::Submit(_) => Sentence::Submit,
        StepScreen::Done(page) => {
            let proof = wizard.draft.item.as_ref().is_some_and(|item| item.result.kind == ResultKind::Proof);
            match page.phase() {
                _ if page.card_left() => Sentence::CardTake,
                PaperPhase::Failed(_) | PaperPhase::Unknown => Sentence::Fault,
                _ if proof => Sentence::Proof,
                _ => Sentence::Receipt,
            }
        }
    }
}

/// The sentence about the page under the camera.
fn laid(spoken: capture::Spoken) -> Sentence {
    match spoken {
        capture::Spoken::Next => Sentence::CaptureNext,
        capture::Spoken::Again => Sentence::CaptureAgain,
        capture::Spoken::Hint(hint) => match hint {
            PageHint::LayPage => Sentence::Capture,
            PageHint::Closer => Sentence::CaptureCloser,
            PageHint::Dark => Sentence::CaptureDark,
            PageHint::Cut => Sentence::CaptureCut,
            PageHint::Glare => Sentence::CaptureGlare,
            PageHint::Finger => Sentence::CaptureFinger,
            PageHint::HoldStill | PageHint::Good => Sentence::CaptureHold,
        },
    }
}
