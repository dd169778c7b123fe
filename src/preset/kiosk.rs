//! States of the kiosk, in the order of a visit.

use super::journey::{self as say, told};
use super::story::Story;
use super::{Preset, devices, stopped};
use crate::app;
use crate::apply::Message as Visit;
use crate::failure::Failure;
use crate::screen::kiosk::Message;
use crate::service::Catalogue;
use std::sync::Arc;
use tongban_device::biometric::FaceOutcome;
use tongban_device::fault::Hint;
use tongban_device::message::PrintEnd;
use tongban_device::page::PageHint;
use tongban_device::state::DeviceState;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Channel, PresenceMethod, ShareOutcome};
use tongban_domain::ids::ItemKey;
use tongban_domain::item::ServiceItem;
use tongban_protocol::queue::{QueuePlace, QueueReply};

/// All of them.
pub fn all(catalogue: &Catalogue) -> Vec<Preset> {
    let item = |key: &str| catalogue.item(&ItemKey(key.to_owned()), 1).expect("the catalogue has the demo items");
    let (firm, proof) = (item("jz_first"), item("cb"));
    let mut all = home();
    all.extend(beside());
    all.extend(identity());
    all.extend(choose());
    all.extend(shares(&firm, &proof));
    all.extend(form(&firm, &proof));
    all.extend(capture(&firm));
    all.extend(finish(&firm));
    all.extend(done(&firm, &proof));
    all
}

fn shown(messages: impl IntoIterator<Item = Visit>) -> Vec<app::Message> {
    let visit = messages.into_iter().map(|message| app::Message::Kiosk(Message::Visit(message)));
    std::iter::once(app::Message::Kiosk(Message::Continue)).chain(visit).collect()
}

fn at_card() -> Story {
    Story::identified(Channel::Kiosk)
}

fn home() -> Vec<Preset> {
    let unfinished = Box::new((at_card().open(), "form".to_owned()));
    let mut reader_away = shown([]);
    reader_away.insert(0, devices(&[("reader", DeviceState::Offline, ErrorCode::DeviceUnplugged)]));
    vec![
        Preset::new("home-online", Vec::new()),
        Preset::new("home-offline", Vec::new()).offline(),
        Preset::new("home-stopped", vec![stopped()]),
        Preset::new("home-interrupted", vec![app::Message::Found(Some(unfinished))]),
        Preset::new("identify-waiting", shown([])),
        Preset::new("identify-reader-away", reader_away),
        Preset::new("idle", shown([told(&at_card())])).idle(66),
    ]
}

/// 帮我找事项 and 取号.
fn beside() -> Vec<Preset> {
    use crate::screen::kiosk::{situation, ticket};
    let asked = |key: Option<&str>, answers: &[usize]| {
        let chosen = key.map(|key| situation::Message::Choose(key.to_owned()));
        let steps = chosen.into_iter().chain(answers.iter().map(|at| situation::Message::Answer(*at)));
        let steps = steps.map(|step| app::Message::Kiosk(Message::Situation(step)));
        std::iter::once(app::Message::Kiosk(Message::FindItem)).chain(steps).collect::<Vec<_>>()
    };
    let taking = |steps: Vec<ticket::Message>| {
        let steps = steps.into_iter().map(|step| app::Message::Kiosk(Message::Ticket(step)));
        std::iter::once(app::Message::Kiosk(Message::TakeNumber)).chain(steps).collect::<Vec<_>>()
    };
    let place = |number: &str, priority, ahead| {
        let item = ItemKey("jz_first".to_owned());
        let place = QueuePlace { number: number.to_owned(), item, priority, ahead, at_ms: 1_795_397_400_000 };
        ticket::Message::Answered(Ok(QueueReply { ticket: Some(place) }))
    };
    let shut = || ticket::Message::Answered(Err(Failure::new(ErrorCode::HallClosed, "centre")));
    vec![
        Preset::new("situation-list", asked(None, &[])),
        Preset::new("situation-question", asked(Some("shop"), &[0])),
        Preset::new("situation-found", asked(Some("shop"), &[1, 0])),
        Preset::new("situation-found-long", asked(Some("construction"), &[0, 0])),
        Preset::new("situation-advice", asked(Some("shop"), &[2])),
        Preset::new("situation-window", asked(Some("shop"), &[0, 0, 0])),
        Preset::new("situation-offline", asked(Some("shop"), &[0, 0, 0])).offline(),
        Preset::new("ticket-card", taking(Vec::new())),
        Preset::new("ticket-items", taking(vec![ticket::Message::WithoutCard])),
        Preset::new("ticket-shut", taking(vec![ticket::Message::WithoutCard, shut()])),
        Preset::new("ticket-taken", taking(vec![place("A012", false, 3)])),
        Preset::new("ticket-booked", taking(vec![place("Y003", true, 0)])),
    ]
}

/// The case as told, then what happens on its page.
fn told_then<const N: usize>(
    story: &super::story::Story,
    then: [crate::apply::Message; N],
) -> Vec<crate::apply::Message> {
    std::iter::once(told(story)).chain(then).collect()
}

fn identity() -> Vec<Preset> {
    let agreed = at_card().agreed(PresenceMethod::Face);
    let by_person = at_card().agreed(PresenceMethod::Manual);
    vec![
        Preset::new("identify-again", shown([say::card_hint()])),
        Preset::new("identify-failed", shown([say::card_fault(), say::card_fault(), say::card_fault()])),
        Preset::new("identify-unfinished", shown([say::unfinished(&at_card())])),
        Preset::new("identify-elsewhere", shown([say::elsewhere()])),
        Preset::new("consent", shown([told(&at_card())])),
        Preset::new("consent-store-fault", shown([told(&at_card()), say::fault(ErrorCode::StoreWrite)])),
        Preset::new("presence-recording", shown([told(&agreed)])),
        Preset::new("presence-deciding", shown([told(&agreed), say::presence_gathered()])),
        Preset::new("presence-matching", shown(told_then(&agreed, say::presence_hint(Hint::FaceHold)))),
        Preset::new("presence-turn", shown(told_then(&agreed, say::presence_hint(Hint::FaceTurn)))),
        Preset::new("presence-passed", shown(told_then(&agreed, say::presence_compared(FaceOutcome::Same, 712)))),
        Preset::new("presence-grey", shown(told_then(&agreed, say::presence_compared(FaceOutcome::Grey, 381)))),
        Preset::new("presence-by-person", shown([told(&by_person)])),
        Preset::new("presence-failed", shown([told(&agreed), say::presence_fault()])),
    ]
}

fn choose() -> Vec<Preset> {
    let here = told(&at_card().present());
    let typed = &super::story::FIRM[..11];
    vec![
        Preset::new("choose-tiles", shown([here.clone()])),
        Preset::new("choose-offline", shown([here.clone()])).offline(),
        Preset::new("choose-not-brought", shown([here.clone(), say::not_brought()])),
        Preset::new("choose-firm", shown([here.clone(), say::pick("jz_first"), say::firm_typed(typed)])),
        Preset::new(
            "choose-firm-wrong",
            shown([here, say::pick("jz_first"), say::firm_typed("91890100MA8DEM0180"), say::firm_confirmed()]),
        ),
    ]
}

fn shares(firm: &Arc<ServiceItem>, proof: &Arc<ServiceItem>) -> Vec<Preset> {
    use ShareOutcome::{Found, Garbage, NoRecord, Refused, TimedOut, Unreachable};
    let chosen = at_card().present().chose(firm);
    let first = chosen.clone().asked(&[Found]);
    let all = chosen.clone().asked(&[Found, NoRecord, TimedOut, Refused, Garbage, Unreachable]).answered(Some(0));
    let last = all.clone().asked(&[Found; 7]);
    let objecting = say::object("elicence.business_licence", "内容过期");
    let before = told(&first);
    let missing = at_card().present().chose(proof).filled().asked(&[TimedOut]);
    vec![
        Preset::new("shares-running", shown([told(&chosen)])),
        Preset::new("shares-record", shown([before.clone()])),
        Preset::new("shares-objection", shown(std::iter::once(before).chain(objecting))),
        Preset::new("shares-states", shown([told(&all)])),
        Preset::new("shares-last-record", shown([told(&last)])),
        Preset::new("shares-essential-missing", shown([told(&missing)])),
    ]
}

fn form(firm: &Arc<ServiceItem>, proof: &Arc<ServiceItem>) -> Vec<Preset> {
    let shared = at_card().present().chose(firm).shared();
    let begun = shared.clone().begun();
    let (empty, page) = (told(&shared), told(&begun));
    vec![
        Preset::new("form-proof", shown([told(&at_card().present().chose(proof))])),
        Preset::new("form-1", shown([empty.clone()])),
        Preset::new("form-1-faults", shown([empty.clone(), say::form_next()])),
        Preset::new("form-1-keyboard", shown([empty.clone(), say::edit("net_assets")])),
        Preset::new("form-1-pinyin", shown([empty.clone(), say::edit("firm_name")])),
        Preset::new("form-2", shown([page.clone(), say::section(1)])),
        Preset::new("form-3", shown([page.clone(), say::section(2)])),
        Preset::new(
            "form-3-faults",
            shown([page.clone(), say::section(2), say::add_row("equipment"), say::form_next()]),
        ),
        Preset::new("form-4", shown([page.clone(), say::section(3)])),
        Preset::new("form-4-phone", shown([page, say::section(3), say::form_next(), say::edit("phone")])),
    ]
}

fn capture(firm: &Arc<ServiceItem>) -> Vec<Preset> {
    let ready = at_card().present().chose(firm).shared().filled();
    let half = ready.clone().captured(&[3, 1]);
    let full = ready.clone().captured_all();
    let with = |story: &Story, focus, rest: Vec<Visit>| {
        shown(std::iter::once(told(story)).chain(rest).chain(say::thumbs(story, focus)))
    };
    // A document nobody asked for lies in the slot with the longest name.
    let wrong = say::judged(&half, 2, say::other_document());
    let other = [Some(say::select("m05")), wrong, Some(say::sighted(PageHint::HoldStill, false))];
    let other: Vec<Visit> = other.into_iter().flatten().collect();
    vec![
        Preset::new("capture-empty", shown([told(&ready)])),
        Preset::new("capture-half", with(&half, false, Vec::new())),
        Preset::new("capture-outline", with(&half, false, vec![say::sighted(PageHint::Good, true)])),
        Preset::new("capture-glare", with(&half, false, vec![say::sighted(PageHint::Glare, false)])),
        Preset::new("capture-other", with(&half, false, other)),
        Preset::new("capture-half-focus", with(&half, true, vec![say::select("m05")])),
        Preset::new("capture-taking", shown([told(&half), say::shoot()])),
        Preset::new("capture-full", with(&ready.clone().captured(&[2, 2]), false, Vec::new())),
        Preset::new("capture-fault", shown([told(&ready), say::fault(ErrorCode::CameraBadImage)])),
        Preset::new("capture-complete", with(&full, false, Vec::new())),
    ]
}

fn finish(firm: &Arc<ServiceItem>) -> Vec<Preset> {
    let full = at_card().present().chose(firm).shared().filled().captured_all();
    let signed = full.clone().signed();
    let page = told(&full);
    vec![
        Preset::new("sign-off-choosing", shown([page.clone()])),
        Preset::new("sign-off-pressing", shown([page.clone(), say::use_finger()])),
        Preset::new("sign-off-hand", shown([page.clone(), say::use_hand()])),
        Preset::new("sign-off-written", shown([page.clone(), say::use_hand()].into_iter().chain(say::write()))),
        Preset::new("sign-off-keeping", shown([page.clone(), say::use_camera()])),
        Preset::new("sign-off-failed", shown([page, say::finger_fault()])),
        Preset::new("submit-online", shown([told(&signed)])),
        Preset::new("submit-offline", shown([told(&signed)])).offline(),
        Preset::new("submit-sending", shown([told(&signed), say::send()])),
    ]
}

fn done(firm: &Arc<ServiceItem>, proof: &Arc<ServiceItem>) -> Vec<Preset> {
    let signed = at_card().present().chose(firm).shared().filled().captured_all().signed();
    let filed = told(&signed.clone().submitted(false));
    let offline = told(&signed.submitted(true));
    let query = at_card().present().chose(proof).filled().shared().submitted(false);
    let unknown = PrintEnd::Unknown { reason: String::new() };
    let not_printed = PrintEnd::NotPrinted { reason: "media-jam".to_owned() };
    let printed = say::sheet_in_hand();
    vec![
        Preset::new("done-making", shown([filed.clone()])),
        Preset::new("done-printing", shown([filed.clone(), say::receipt()])),
        Preset::new("done-paper-out", shown([filed.clone(), say::receipt(), say::printer_says("media-empty-error")])),
        Preset::new("done-printed", shown([filed.clone(), say::receipt(), printed.clone()])),
        Preset::new("done-card-left", shown([filed.clone(), say::receipt(), printed.clone(), say::card_left()])),
        Preset::new("done-unknown", shown([filed.clone(), say::receipt(), say::print_ended(unknown)])),
        Preset::new("done-failed", shown([filed, say::receipt(), say::print_ended(not_printed)])),
        Preset::new("done-offline", shown([offline, say::receipt(), printed.clone()])).offline(),
        Preset::new("done-proof-fetching", shown([told(&query)])),
        Preset::new("done-proof-printed", shown([told(&query), say::proof(), printed])),
    ]
}
