//! A receipt over a power cut: the ledger in the station's own store, and what the page makes of it.

#![cfg(feature = "demo")]

#[path = "screens/shot.rs"]
mod shot;
#[path = "screens/stage.rs"]
mod stage;

use iced::Size;
use stage::{config, root, show, stage};
use std::path::Path;
use tongban::app::Message;
use tongban::apply::Message as Visit;
use tongban::boot::{Booted, boot};
use tongban::preset::story::Story;
use tongban::screen::journey::{Message as Step, done};
use tongban::service::receipts::{Attempt, Fate, LedgerState};
use tongban_domain::event::{Channel, Digest, Event};
use tongban_domain::ids::{CaseId, PrintId};
use tongban_ui::Look;
use tongban_ui::inspect::{self, Kind, Seen};
use uuid::Uuid;

const KIOSK: Size = Size::new(1080.0, 1920.0);

/// The station as after a power cut: nothing in memory, all of the store.
fn powered(state: &Path) -> Booted {
    for worker in ["tongban-worker", "tongban-vision"] {
        std::fs::write(state.join(worker), b"").expect("written");
    }
    boot(config("kiosk", state, "[speech]\nprogram = \"\"\n")).expect("the station starts")
}

fn begin(booted: &Booted) -> CaseId {
    let card = Story::identified(Channel::Kiosk).open().case.card().expect("the story has a card").clone();
    let first = Event::Identified {
        card,
        line_sha256: Digest([7; 32]),
        reader: "sample".into(),
        expired: false,
        photo: None,
        portrait: None,
    };
    let work = booted.services.cases.begin(Channel::Kiosk, first, Vec::new(), None);
    booted.runtime().block_on(work).expect("the case opens").id
}

fn attempt(case: CaseId, n: u128) -> Attempt {
    let print = PrintId(Uuid::from_u128(n));
    Attempt { print, case, document: "receipt", sha256: Digest([1; 32]), job: format!("receipt-{n}") }
}

fn fate(booted: &Booted, case: CaseId) -> Fate {
    let work = booted.services.cases.fate(case, "receipt", &booted.services.devices);
    booted.runtime().block_on(work).expect("the ledger is read")
}

#[test]
fn a_power_cut_at_every_step_of_a_print_leaves_the_fate_known_or_asked_for() {
    let steps: [(&[LedgerState], Fate); 6] = [
        // No printer is bound here, so that nobody can say what became of what was on its way.
        (&[], Fate::Unknown),
        (&[LedgerState::Sent], Fate::Unknown),
        (&[LedgerState::Sent, LedgerState::Done], Fate::Printed),
        (&[LedgerState::Sent, LedgerState::Unknown, LedgerState::Confirmed], Fate::Printed),
        (&[LedgerState::Sent, LedgerState::Unknown], Fate::Unknown),
        (&[LedgerState::Void], Fate::NotPrinted),
    ];
    for (states, wanted) in steps {
        let state = tempfile::tempdir().expect("a directory");
        let booted = powered(state.path());
        let case = begin(&booted);
        assert_eq!(fate(&booted, case), Fate::NotPrinted, "the control: nothing was printed yet");
        let cases = booted.services.cases.clone();
        booted.runtime().block_on(cases.intend_paper(attempt(case, 1))).expect("durable");
        for step in states {
            booted.runtime().block_on(cases.paper_at(PrintId(Uuid::from_u128(1)), *step)).expect("durable");
        }
        drop((cases, booted));
        let again = powered(state.path());
        assert_eq!(fate(&again, case), wanted, "after {states:?}");
        assert_eq!(fate(&again, case), wanted, "and asked a second time");
    }
}

fn texts(seen: &[Seen]) -> String {
    let text = |thing: &Seen| match &thing.kind {
        Kind::Text(text) | Kind::Press { label: text, .. } => Some(text.clone()),
        Kind::Area | Kind::Input(_) => None,
    };
    seen.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_came_out_is_not_printed_again_and_what_nobody_knows_is_asked() {
    shot::use_fonts(&root().join("assets/fonts"));
    let mut stage = stage("kiosk");
    for (fate, words, unwanted) in [
        (Fate::Printed, ["请取走收件回执", "没拿到？重打"], "正在打印"),
        (Fate::Unknown, ["P106", "已经拿到"], "正在打印"),
        (Fate::NotPrinted, ["正在打印", "受理号"], "没有拿到"),
    ] {
        let at = stage.preset("done-printing");
        show(&mut stage, at, Look::Standard);
        let settled = Visit::Step(Step::Done(done::Message::Settled(Ok(fate))));
        drop(stage.app.update(Message::Kiosk(tongban::screen::kiosk::Message::Visit(settled))));
        let ui = stage.app.ui(false);
        let (seen, pixels) = shot::take(stage.app.draw(false), KIOSK, &ui.theme());
        let name = format!("{fate:?}").to_lowercase();
        shot::save(&root().join(format!("target/shots/done-after-cut-{name}.png")), KIOSK, &pixels);
        for words in words {
            assert!(texts(&seen).contains(words), "{fate:?}: {words} in {}", texts(&seen));
        }
        assert!(!texts(&seen).contains(unwanted), "{fate:?}: {unwanted}");
        let faults = inspect::lint(&seen, KIOSK, &ui.tokens);
        assert!(faults.is_empty(), "{fate:?}: {faults:?}");
    }
}
