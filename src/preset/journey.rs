//! Messages of the steps, the same on kiosk and window.

use super::pictures;
use super::story::Story;
use crate::apply::Message as Visit;
use crate::failure::Failure;
use crate::screen::journey::Message as Step;
use crate::screen::journey::{capture, choose, done, form, identify, shares, sign_off, submit};
use crate::service::centre::Proof;
use crate::service::devices::Call;
use tongban_device::fault::Hint;
use tongban_device::message::{PrintEnd, Progress};
use tongban_device::page::{PageHint, PageReport, PageSight};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Digest, PageVerdict};
use tongban_domain::ids::{CaseId, FieldId, ItemKey, ResourceId, StationId};
use tongban_protocol::handover::DraftOffer;
use tongban_ui::widget::Ink;

/// The case is as told.
pub fn told(story: &Story) -> Visit {
    Visit::Recorded(Ok(Box::new(story.open())))
}

/// A fault above the step.
pub fn fault(code: ErrorCode) -> Visit {
    Visit::Recorded(Err(Failure::new(code, "")))
}

pub fn card_hint() -> Visit {
    Visit::Step(Step::Identify(identify::Message::Card(Call::Progress(Progress::Prompt(Hint::LiftAndPutAgain)))))
}

pub fn card_fault() -> Visit {
    Visit::Step(Step::Identify(identify::Message::Card(Call::Done(Err(Failure::new(ErrorCode::CardRetry, "reader"))))))
}

pub fn unfinished(story: &Story) -> Visit {
    Visit::Step(Step::Identify(identify::Message::LookedUp(Ok(identify::Found::Here(Box::new(story.open()))))))
}

/// A draft of this person waits at the centre.
pub fn elsewhere() -> Visit {
    let offer = DraftOffer {
        case: CaseId(uuid::Uuid::from_u128(7)),
        station: StationId("890102-001-K03".to_owned()),
        item: (ItemKey("jz_first".to_owned()), 1),
        pages: 9,
        handed_ms: 0,
    };
    Visit::Step(Step::Identify(identify::Message::LookedUp(Ok(identify::Found::Elsewhere(Box::new(offer))))))
}

/// What was begun elsewhere could not be brought.
pub fn not_brought() -> Visit {
    let failure = Failure::new(ErrorCode::NetworkTimeout, "draft");
    Visit::Step(Step::ChooseItem(choose::Message::Brought(Err(failure))))
}

pub fn presence_fault() -> Visit {
    use crate::screen::journey::presence::Message;
    Visit::Step(Step::Presence(Message::Gathered(Err(Failure::new(ErrorCode::CameraNoPicture, "face")))))
}

pub fn presence_gathered() -> Visit {
    use crate::screen::journey::presence::{Evidence, Message};
    Visit::Step(Step::Presence(Message::Gathered(Ok(Box::new(Evidence::sample(pictures::face()))))))
}

/// The live face is compared and the worker asks for something.
pub fn presence_hint(hint: Hint) -> [Visit; 3] {
    use crate::screen::journey::presence::Message;
    let step = |message| Visit::Step(Step::Presence(message));
    [
        step(Message::Portrait(Some(pictures::portrait()))),
        step(Message::sample_clip()),
        step(Message::Face(Call::Progress(Progress::Prompt(hint)))),
    ]
}

/// The comparison is over.
pub fn presence_compared(outcome: tongban_device::biometric::FaceOutcome, score_milli: u32) -> [Visit; 4] {
    use crate::screen::journey::presence::Message;
    let step = |message| Visit::Step(Step::Presence(message));
    [
        step(Message::Portrait(Some(pictures::portrait()))),
        step(Message::sample_clip()),
        step(Message::sample_face(outcome, score_milli)),
        presence_gathered(),
    ]
}

pub fn pick(item: &str) -> Visit {
    Visit::Step(Step::ChooseItem(choose::Message::Pick(ItemKey(item.to_owned()))))
}

pub fn firm_typed(code: &str) -> Visit {
    Visit::Step(Step::ChooseItem(choose::Message::FirmTyped(code.to_owned())))
}

pub fn firm_confirmed() -> Visit {
    Visit::Step(Step::ChooseItem(choose::Message::FirmConfirmed))
}

pub fn searched(text: &str) -> Visit {
    Visit::Step(Step::ChooseItem(choose::Message::Searched(text.to_owned())))
}

pub fn object(resource: &str, reason: &str) -> [Visit; 2] {
    [
        Visit::Step(Step::Shares(shares::Message::Object(ResourceId::from(resource)))),
        Visit::Step(Step::Shares(shares::Message::ReasonChosen(reason.to_owned()))),
    ]
}

pub fn section(n: usize) -> Visit {
    Visit::Step(Step::Form(form::Message::Section(n)))
}

pub fn form_next() -> Visit {
    Visit::Step(Step::Form(form::Message::Next))
}

pub fn add_row(list: &str) -> Visit {
    Visit::Step(Step::Form(form::Message::AddRow(FieldId::from(list))))
}

pub fn edit(field: &str) -> Visit {
    Visit::Step(Step::Form(form::Message::Edit(form::Cell { row: None, field: FieldId::from(field) })))
}

/// Small pictures of all pages, and the first of them touched or not.
pub fn thumbs(story: &Story, focus: bool) -> Vec<Visit> {
    let pages = story.pages();
    let loaded = pages.iter().map(|page| (*page, pictures::thumb())).collect();
    let mut messages = vec![Visit::Step(Step::Capture(capture::Message::Loaded(loaded)))];
    if let Some(page) = pages.first().filter(|_| focus) {
        messages.push(Visit::Step(Step::Capture(capture::Message::Focus(*page))));
    }
    messages
}

pub fn select(slot: &str) -> Visit {
    Visit::Step(Step::Capture(capture::Message::Select(slot.into())))
}

/// What the live picture shows: a page that lies there, slightly turned.
pub fn sighted(hint: PageHint, ready: bool) -> Visit {
    let quad = Some([[3420, 620], [6620, 560], [6640, 9380], [3440, 9440]]);
    let sight = PageSight { quad, hint, page: 1, ready };
    Visit::Step(Step::Capture(capture::Message::Sighted(Some(sight))))
}

/// What was found on the page of this place in the case's order.
pub fn judged(story: &Story, page: usize, report: PageReport) -> Option<Visit> {
    let page = story.pages().get(page).copied()?;
    Some(Visit::Step(Step::Capture(capture::Message::Read(page, Ok(Box::new(report))))))
}

/// The page is another document than the one that was asked for.
pub fn other_document() -> PageReport {
    let verdict =
        PageVerdict { legible: Some(true), right_document: Some(false), judge: "sample".into(), ..Default::default() };
    PageReport {
        verdict,
        seen: vec!["营业执照".into()],
        named: Some(true),
        codes: Vec::new(),
        lines: 24,
        confidence_milli: 970,
        turn: 0,
        unread: false,
    }
}

pub fn shoot() -> Visit {
    Visit::Step(Step::Capture(capture::Message::Shoot))
}

pub fn use_finger() -> Visit {
    Visit::Step(Step::SignOff(sign_off::Message::UseFinger))
}

pub fn use_camera() -> Visit {
    Visit::Step(Step::SignOff(sign_off::Message::UseCamera))
}

pub fn use_hand() -> Visit {
    Visit::Step(Step::SignOff(sign_off::Message::UseHand))
}

/// Two characters' worth of strokes on the screen's field; nobody's name.
pub fn write() -> Vec<Visit> {
    const STROKES: [&[(f32, f32)]; 5] = [
        &[(0.18, 0.30), (0.24, 0.28), (0.31, 0.26), (0.38, 0.25)],
        &[(0.28, 0.14), (0.285, 0.35), (0.28, 0.60), (0.25, 0.84)],
        &[(0.30, 0.45), (0.34, 0.58), (0.40, 0.74), (0.44, 0.82)],
        &[(0.58, 0.24), (0.66, 0.22), (0.75, 0.21), (0.74, 0.45), (0.70, 0.68), (0.66, 0.80)],
        &[(0.60, 0.52), (0.68, 0.50), (0.78, 0.48)],
    ];
    let ink = |ink| Visit::Step(Step::SignOff(sign_off::Message::Ink(ink)));
    let stroke = |points: &[(f32, f32)]| {
        let put = |(at, (x, y)): (usize, &(f32, f32))| if at == 0 { Ink::Down(*x, *y) } else { Ink::Move(*x, *y) };
        points.iter().enumerate().map(put).chain([Ink::Up]).map(ink).collect::<Vec<_>>()
    };
    STROKES.iter().flat_map(|points| stroke(points)).collect()
}

pub fn finger_fault() -> Visit {
    Visit::Step(Step::SignOff(sign_off::Message::Kept(Err(Failure::new(ErrorCode::FingerFailed, "finger")))))
}

pub fn send() -> Visit {
    Visit::Step(Step::Submit(submit::Message::Submit))
}

/// The receipt is laid out and at the printer.
pub fn receipt() -> Visit {
    let mut sheet = done::Sheet::proof(&proof_paper());
    sheet.password = Some("472 905".to_owned());
    Visit::Step(Step::Done(done::Message::ReceiptMade(Ok(sheet))))
}

/// The sealed proof came and is a fact of the case.
pub fn proof() -> Visit {
    Visit::Step(Step::Done(done::Message::ProofMade(Ok(proof_paper()))))
}

fn proof_paper() -> Proof {
    Proof {
        number: "示范社险证 2026 第 000123 号".to_owned(),
        verify_token: "sample".to_owned(),
        verify_url: "https://localhost/verify/sample".to_owned(),
        pdf_sha256: Digest([5; 32]),
        pdf: Vec::new(),
    }
}

pub fn printer_says(reason: &str) -> Visit {
    let state =
        Progress::JobState { state: "processing".to_owned(), reasons: vec![reason.to_owned()], impressions: None };
    Visit::Step(Step::Done(done::Message::Printing(Call::Progress(state))))
}

pub fn print_ended(end: PrintEnd) -> Visit {
    Visit::Step(Step::Done(done::Message::Printing(Call::Done(Ok(end)))))
}

pub fn sheet_in_hand() -> Visit {
    Visit::Step(Step::Done(done::Message::SheetInHand))
}

pub fn card_left() -> Visit {
    Visit::Step(Step::Done(done::Message::CardSeen(Ok(true))))
}
