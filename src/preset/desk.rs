//! States of the window and of the applicant's screen beside it.

use super::journey::{self as say, told};
use super::story::Story;
use super::{Preset, devices};
use crate::app;
use crate::apply::Message as Visit;
use crate::screen::desk::Message;
use crate::service::Catalogue;
use std::sync::Arc;
use tongban_device::biometric::FaceOutcome;
use tongban_device::page::PageHint;
use tongban_device::state::DeviceState;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Channel, PresenceMethod, ShareOutcome};
use tongban_domain::ids::ItemKey;
use tongban_domain::item::ServiceItem;

/// All of them.
pub fn all(catalogue: &Catalogue) -> Vec<Preset> {
    let firm = catalogue.item(&ItemKey("jz_first".to_owned()), 1).expect("the catalogue has the demo items");
    let mut all = officer(&firm);
    all.extend(material(&firm));
    all.extend(customer(&firm));
    all
}

fn shown(messages: impl IntoIterator<Item = Visit>) -> Vec<app::Message> {
    let visit = messages.into_iter().map(|message| app::Message::Desk(Message::Visit(message)));
    std::iter::once(app::Message::Desk(Message::Begin)).chain(visit).collect()
}

fn at_card() -> Story {
    Story::identified(Channel::Window)
}

fn officer(firm: &Arc<ServiceItem>) -> Vec<Preset> {
    let agreed = at_card().agreed(PresenceMethod::Face);
    let here = told(&at_card().present());
    let chosen = at_card().present().chose(firm);
    let ill = devices(&[
        ("reader", DeviceState::Offline, ErrorCode::DeviceUnplugged),
        ("printer", DeviceState::UserError, ErrorCode::PrinterPaperOut),
    ]);
    vec![
        Preset::new("window-idle", Vec::new()),
        Preset::new("window-idle-devices", vec![ill]).offline(),
        Preset::new("window-identify", shown([])),
        Preset::new("window-identify-failed", shown([say::card_fault()])),
        Preset::new("window-identify-elsewhere", shown([say::elsewhere()])),
        Preset::new("window-consent", shown([told(&at_card())])),
        Preset::new("window-presence-recording", shown([told(&agreed)])),
        Preset::new("window-presence-deciding", shown([told(&agreed), say::presence_gathered()])),
        Preset::new(
            "window-presence-grey",
            shown(std::iter::once(told(&agreed)).chain(say::presence_compared(FaceOutcome::Grey, 381))),
        ),
        Preset::new("window-presence-failed", shown([told(&agreed), say::presence_fault()])),
        Preset::new("window-choose", shown([here.clone()])),
        Preset::new("window-choose-nothing", shown([here.clone(), say::searched("qqq")])),
        Preset::new(
            "window-choose-firm",
            shown([here, say::pick("jz_first"), say::firm_typed("91890100MA8DEM0180"), say::firm_confirmed()]),
        ),
        Preset::new("window-shares", shown([told(&chosen.asked(&[ShareOutcome::Found, ShareOutcome::TimedOut]))])),
    ]
}

fn material(firm: &Arc<ServiceItem>) -> Vec<Preset> {
    let shared = at_card().present().chose(firm).shared();
    let (empty, begun) = (told(&shared), told(&shared.clone().begun()));
    let filled = shared.filled();
    let half = filled.clone().captured(&[3, 1]);
    let full = filled.clone().captured_all();
    let signed = full.clone().signed();
    let filed = told(&signed.clone().submitted(false));
    vec![
        Preset::new("window-form-1", shown([empty.clone()])),
        Preset::new("window-form-1-faults", shown([empty, say::form_next()])),
        Preset::new("window-form-2", shown([begun.clone(), say::section(1)])),
        Preset::new("window-form-3", shown([begun.clone(), say::section(2)])),
        Preset::new("window-form-4", shown([begun, say::section(3)])),
        Preset::new("window-capture-empty", shown([told(&filled)])),
        Preset::new(
            "window-capture-half",
            shown([told(&half), say::select("m05")].into_iter().chain(say::thumbs(&half, true))),
        ),
        Preset::new(
            "window-capture-outline",
            shown([told(&half), say::sighted(PageHint::Good, true)].into_iter().chain(say::thumbs(&half, false))),
        ),
        Preset::new(
            "window-capture-other",
            shown(
                [told(&half), say::select("m05"), say::sighted(PageHint::Glare, false)]
                    .into_iter()
                    .chain(say::judged(&half, 2, say::other_document()))
                    .chain(say::thumbs(&half, false)),
            ),
        ),
        Preset::new("window-sign-off", shown([told(&full)])),
        Preset::new("window-submit", shown([told(&signed)])),
        Preset::new("window-store-fault", shown([told(&signed), say::fault(ErrorCode::DiskFull)])),
        Preset::new("window-done-printed", shown([filed, say::receipt(), say::sheet_in_hand()])),
    ]
}

fn customer(firm: &Arc<ServiceItem>) -> Vec<Preset> {
    let agreed = at_card().agreed(PresenceMethod::Face);
    let chosen = at_card().present().chose(firm);
    let shared = chosen.clone().shared();
    let full = shared.clone().filled().captured_all();
    let filed = told(&full.clone().signed().submitted(false));
    let objecting = say::object("elicence.business_licence", "内容过期");
    let record = told(&chosen.clone().asked(&[ShareOutcome::Found]));
    [
        Preset::new("customer-welcome", Vec::new()),
        Preset::new("customer-identify", shown([])),
        Preset::new("customer-consent", shown([told(&at_card())])),
        Preset::new("customer-presence", shown([told(&agreed)])),
        Preset::new(
            "customer-presence-passed",
            shown(std::iter::once(told(&agreed)).chain(say::presence_compared(FaceOutcome::Same, 712))),
        ),
        Preset::new("customer-presence-deciding", shown([told(&agreed), say::presence_gathered()])),
        Preset::new("customer-shares-running", shown([told(&chosen)])),
        Preset::new("customer-shares-record", shown([record.clone()])),
        Preset::new("customer-shares-objection", shown(std::iter::once(record).chain(objecting))),
        Preset::new("customer-mirror-form", shown([told(&shared)])),
        Preset::new("customer-sign-off", shown([told(&full)])),
        Preset::new("customer-sign-off-pressing", shown([told(&full), say::use_finger()])),
        Preset::new("customer-sign-off-written", shown([told(&full), say::use_hand()].into_iter().chain(say::write()))),
        Preset::new("customer-sign-off-failed", shown([told(&full), say::finger_fault()])),
        Preset::new("customer-done", shown([filed, say::receipt(), say::sheet_in_hand()])),
    ]
    .into_iter()
    .map(Preset::customer)
    .collect()
}
