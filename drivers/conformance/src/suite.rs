//! 测试套件: goes through dialogs, cases and places.

use crate::case::Case;
use crate::dice::Dice;
use crate::frames::Span;
use crate::judge::{Ended, judge, paper};
use crate::report::{Report, Row};
use crate::rig::{Rig, Stage};
use crate::subject::{Dialog, Outcome, Subject};
use crate::tamper::Wrong;
use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::fault::DeviceFault;

const REPORT_VERSION: u32 = 1;

/// Where in a dialog the wrongs are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offsets {
    /// After every single byte.
    Every,
    /// After every single byte of the first and last so many frames of a dialog; of the frames
    /// between them, which are all alike, at the boundaries and one byte on either side.
    Ends(usize),
    /// At every frame's boundaries and one byte on either side, and at so many drawn places.
    Frames {
        /// Drawn places of a dialog.
        drawn: usize,
        /// The drawn places are dealt out over the cases instead of each case taking all.
        dealt: bool,
        /// At most about so many frames are visited, evenly chosen.
        most: usize,
    },
    /// At frames' boundaries and one byte on either side, and at so many drawn places; each place
    /// with one of the cases, every case somewhere: where a run costs a second.
    Dealt {
        /// Drawn places of a dialog.
        drawn: usize,
        /// At most about so many frames are visited, evenly chosen.
        most: usize,
    },
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Places.
    pub offsets: Offsets,
    /// Seed of the places drawn; printed in the report.
    pub seed: u64,
    /// Cases; all of them unless fewer are wanted.
    pub cases: Vec<Case>,
    /// Dialogs the wrongs are done in; all of them unless fewer are wanted.
    pub dialogs: Vec<Dialog>,
    /// Recovery is tried with the device's main work at every this many places (and wherever the
    /// host speaks), elsewhere with the cheap poll. 1: with the main work everywhere.
    pub deep_every: usize,
}

impl Plan {
    /// All cases at these places, recovery always with the main work.
    #[must_use]
    pub fn new(offsets: Offsets, seed: u64) -> Self {
        Self { offsets, seed, cases: Case::ALL.to_vec(), dialogs: Dialog::ALL.to_vec(), deep_every: 1 }
    }
}

/// Runs the suite. It never panics on a device's account; what fails stands in the report.
pub fn run(rig: &mut dyn Rig, plan: &Plan) -> Report {
    let begun = Instant::now();
    let mut suite = Suite { rig, plan, rows: Vec::new() };
    suite.everything();
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Report { v: REPORT_VERSION, seed: plan.seed, rows: suite.rows, ms }
}

/// An undisturbed dialog.
struct Golden {
    dialog: Dialog,
    outcome: Outcome,
    total: usize,
    /// Bytes of the host.
    sent: usize,
    spans: Vec<Span>,
    /// Where the host speaks.
    turns: Vec<usize>,
}

struct Suite<'a> {
    rig: &'a mut dyn Rig,
    plan: &'a Plan,
    rows: Vec<Row>,
}

type Device = Box<dyn Subject>;

/// A place in a dialog.
#[derive(Clone, Copy)]
enum Place {
    /// After so many bytes of the device.
    Device(usize),
    /// After so many bytes of the host.
    Host(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(at) => write!(f, "byte {at} of the device"),
            Self::Host(at) => write!(f, "byte {at} of the host"),
        }
    }
}

impl Suite<'_> {
    fn wants(&self, case: Case) -> bool {
        self.plan.cases.contains(&case)
    }

    fn row(&self, dialog: Dialog, case: Case) -> Row {
        Row {
            family: self.rig.family(),
            driver: self.rig.driver(),
            transport: self.rig.transport(),
            dialog,
            case,
            runs: 0,
            bytes_in: 0,
            bytes_out: 0,
            unseen: 0,
            failed: 0,
            failures: Vec::new(),
            absent: self.rig.absent(case).map(str::to_owned),
        }
    }

    /// Counts the bytes since `before` into the row and keeps it.
    fn keep(&mut self, mut row: Row, before: (u64, u64)) {
        let (received, sent) = self.rig.tamper().bytes();
        row.bytes_in = received - before.0;
        row.bytes_out = sent - before.1;
        self.rows.push(row);
    }

    fn everything(&mut self) {
        let Some(goldens) = self.happy() else { return };
        let work = goldens.iter().find(|golden| golden.dialog == Dialog::Work).map(|golden| golden.outcome);
        self.no_media(work);
        for golden in goldens.iter().filter(|golden| self.plan.dialogs.contains(&golden.dialog)) {
            self.placed(golden, &goldens);
        }
        self.busy(work);
    }

    fn open_ready(&mut self) -> Result<Device, DeviceFault> {
        self.rig.stage(Stage::Media)?;
        self.rig.tamper().end();
        self.rig.open()
    }

    fn perform(
        &mut self,
        device: &mut Device,
        dialog: Dialog,
        budget: Duration,
        cancel: CancelFlag,
    ) -> (Result<Outcome, DeviceFault>, Duration) {
        let mut silent = |_| {};
        let begun = Instant::now();
        let result = device.perform(dialog, &mut OpControl::new(budget, cancel, &mut silent));
        (result, begun.elapsed())
    }

    fn quietly(&mut self, device: &mut Device, dialog: Dialog) -> Result<Outcome, DeviceFault> {
        let budget = self.rig.limits().call;
        self.perform(device, dialog, budget, CancelFlag::new()).0
    }

    /// The undisturbed dialogs, each twice; `None` when the device cannot be tested at all.
    fn happy(&mut self) -> Option<Vec<Golden>> {
        let before = self.rig.tamper().bytes();
        let mut row = self.row(Dialog::Open, Case::Happy);
        row.runs = 1;
        let opened = self.rig.stage(Stage::Media).and_then(|()| {
            self.rig.tamper().begin(None);
            self.rig.open()
        });
        let device = match opened {
            Ok(device) => device,
            Err(fault) => {
                row.fail(format!("cannot be opened: {fault}"));
                self.keep(row, before);
                return None;
            }
        };
        let mut goldens = Vec::new();
        if self.rig.tamper().bytes() != before {
            goldens.push(self.golden(Dialog::Open, Outcome::of(&[])));
            self.keep(row, before);
        }
        let dialogs = device.dialogs();
        drop(device);
        for dialog in dialogs {
            let before = self.rig.tamper().bytes();
            let mut row = self.row(*dialog, Case::Happy);
            let first = self.undisturbed(*dialog, &mut row);
            let second = self.undisturbed(*dialog, &mut row);
            if let (Some(first), Some(second)) = (&first, &second)
                && first.outcome != second.outcome
            {
                row.fail("two undisturbed runs ended differently".to_owned());
            }
            self.keep(row, before);
            goldens.extend(first);
        }
        Some(goldens)
    }

    fn golden(&self, dialog: Dialog, outcome: Outcome) -> Golden {
        let (bytes, turns) = self.rig.tamper().dialog();
        let spans = (self.rig.traits().frames)(&bytes);
        Golden { dialog, outcome, total: bytes.len(), sent: self.rig.tamper().sent(), spans, turns }
    }

    fn undisturbed(&mut self, dialog: Dialog, row: &mut Row) -> Option<Golden> {
        row.runs += 1;
        let outcome = self.open_ready().and_then(|mut device| {
            if dialog == Dialog::Presence {
                self.quietly(&mut device, Dialog::Work)?;
            }
            self.rig.tamper().begin(None);
            self.quietly(&mut device, dialog)
        });
        match outcome {
            Ok(outcome) => {
                let tray = if dialog == Dialog::Work { self.rig.tray() } else { None };
                if let Err(text) = paper(&Ok(outcome), tray) {
                    row.fail(text);
                }
                Some(self.golden(dialog, outcome))
            }
            Err(fault) => {
                row.fail(format!("ended with {fault}"));
                None
            }
        }
    }

    fn no_media(&mut self, work: Option<Outcome>) {
        if !self.wants(Case::NoMedia) {
            return;
        }
        let before = self.rig.tamper().bytes();
        let mut row = self.row(Dialog::Work, Case::NoMedia);
        if row.absent.is_none() {
            row.runs = 1;
            if let Err(text) = self.vain(work) {
                row.fail(text);
            }
        }
        self.keep(row, before);
    }

    fn vain(&mut self, work: Option<Outcome>) -> Result<(), String> {
        let limits = self.rig.limits();
        let mut device = self.open_ready().map_err(|fault| fault.to_string())?;
        self.rig.stage(Stage::NoMedia).map_err(|fault| fault.to_string())?;
        let (result, took) = self.perform(&mut device, Dialog::Work, limits.vain, CancelFlag::new());
        let tray = self.rig.tray();
        match &result {
            Err(DeviceFault::NoMedia) | Ok(Outcome::NotPrinted) => paper(&result, tray)?,
            Ok(_) => return Err("a success without medium".to_owned()),
            Err(fault) => return Err(format!("ended with {fault}")),
        }
        if took > limits.vain + limits.slack {
            return Err(format!("over time: {} ms", took.as_millis()));
        }
        self.rig.stage(Stage::Media).map_err(|fault| fault.to_string())?;
        let (result, _) = self.perform(&mut device, Dialog::Work, limits.call, CancelFlag::new());
        if result.as_ref().ok() == work.as_ref() {
            Ok(())
        } else {
            Err("no success with the medium put later".to_owned())
        }
    }

    fn busy(&mut self, work: Option<Outcome>) {
        if !self.wants(Case::Busy) {
            return;
        }
        let before = self.rig.tamper().bytes();
        let mut row = self.row(Dialog::Open, Case::Busy);
        if row.absent.is_none() {
            row.runs = 1;
            match self.open_ready() {
                Err(fault) => row.fail(fault.to_string()),
                Ok(mut device) => {
                    match self.rig.open() {
                        Err(DeviceFault::Busy) => {}
                        Err(fault) => row.fail(format!("second opening ended with {fault}")),
                        Ok(_) => row.fail("opened twice".to_owned()),
                    }
                    // A printer nobody watches is not asked for paper: its state shows that the line is still its own.
                    let works = match work {
                        Some(_) => self.quietly(&mut device, Dialog::Work).ok() == work,
                        None => self.quietly(&mut device, Dialog::Health).is_ok(),
                    };
                    if !works {
                        row.fail("the first owner no longer works".to_owned());
                    }
                }
            }
        }
        self.keep(row, before);
    }

    /// The places of this case in this dialog.
    fn places(&self, golden: &Golden, case: Case, index: usize) -> Vec<Place> {
        let mut places: Vec<Place> =
            self.offsets(golden.total, &golden.spans, golden.dialog, index).map(Place::Device).collect();
        // The host's bytes cannot be damaged behind the driver's back, only stopped.
        if matches!(case, Case::Unplug | Case::TimeOut) {
            let whole = [Span { bytes: 0..golden.sent, loose: 0..0 }];
            places.extend(self.offsets(golden.sent, &whole, golden.dialog, index).map(Place::Host));
        }
        places
    }

    fn offsets(
        &self,
        total: usize,
        spans: &[Span],
        dialog: Dialog,
        index: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let around = |edge: usize| [edge.saturating_sub(1), edge, edge + 1];
        let mut dice = Dice(self.plan.seed ^ ((dialog as u64) << 32));
        let places: BTreeSet<usize> = match self.plan.offsets {
            Offsets::Every => (0..=total).collect(),
            Offsets::Ends(frames) => {
                let middle = spans.iter().skip(frames).take(spans.len().saturating_sub(2 * frames));
                let inner = middle.flat_map(|span| span.bytes.start + 2..span.bytes.end.saturating_sub(1));
                let inner: BTreeSet<usize> = inner.collect();
                (0..=total).filter(|at| !inner.contains(at)).collect()
            }
            Offsets::Frames { drawn, dealt, most } => {
                let chosen = evenly(spans, most);
                let edges = chosen.flat_map(|span| [span.bytes.start, span.bytes.end]);
                // A dialog of a few bytes is all boundaries.
                let drawn = if total > drawn { drawn } else { 0 };
                let all: Vec<usize> = (0..drawn).map(|_| dice.below(total)).collect();
                let mine = all.iter().enumerate().filter(|(turn, _)| !dealt || turn % Case::PLACED.len() == index);
                edges.flat_map(around).chain(mine.map(|(_, at)| *at)).filter(|at| *at <= total).collect()
            }
            Offsets::Dealt { drawn, most } => {
                let edges = evenly(spans, most).flat_map(|span| [span.bytes.start, span.bytes.end]);
                let all: BTreeSet<usize> = edges.flat_map(around).filter(|at| *at <= total).collect();
                let drawn = if total > drawn { drawn } else { 0 };
                let all: Vec<usize> = all.into_iter().chain((0..drawn).map(|_| dice.below(total))).collect();
                let mine = all.iter().enumerate().filter(|(turn, _)| turn % Case::PLACED.len() == index);
                // A dialog with fewer places than cases: every case has its one.
                let one = all.get(index % all.len().max(1)).filter(|_| all.len() <= index);
                mine.map(|(_, at)| *at).chain(one.copied()).collect()
            }
        };
        places.into_iter()
    }

    fn placed(&mut self, golden: &Golden, goldens: &[Golden]) {
        let mut recover = self.row(golden.dialog, Case::Recover);
        let mut recovered = (0, 0);
        for (index, case) in Case::PLACED.into_iter().enumerate() {
            if !self.wants(case) {
                continue;
            }
            let before = self.rig.tamper().bytes();
            let mut row = self.row(golden.dialog, case);
            if golden.dialog == Dialog::Open && case == Case::Cancel {
                row.absent = Some("opening takes no cancel flag".to_owned());
            }
            if row.absent.is_none() {
                for place in self.places(golden, case, index) {
                    self.place(golden, case, place, &mut row, (goldens, &mut recover, &mut recovered));
                }
            }
            self.keep(row, before);
        }
        if self.wants(Case::Recover) && recover.runs > 0 {
            (recover.bytes_in, recover.bytes_out) = recovered;
            self.rows.push(recover);
        }
    }

    fn place(
        &mut self,
        golden: &Golden,
        case: Case,
        place: Place,
        row: &mut Row,
        (goldens, recover, recovered): (&[Golden], &mut Row, &mut (u64, u64)),
    ) {
        row.runs += 1;
        let flag = CancelFlag::new();
        let (at, of_host, total) = match place {
            Place::Device(at) => (at, false, golden.total),
            Place::Host(at) => (at, true, golden.sent),
        };
        let (result, took, mut device) = self.disturbed(golden.dialog, wrong(case, at, &flag), place, flag);
        let tray = if golden.dialog == Dialog::Work { self.rig.tray() } else { None };
        let damaged = matches!(case, Case::Garbage | Case::ShortFrame | Case::StrayBytes);
        let unseen = damaged && (self.rig.traits().holds)(&self.rig.tamper().delivered(), golden.spans.len());
        let ended = Ended {
            case,
            opening: golden.dialog == Dialog::Open,
            at,
            of_host,
            total,
            spans: &golden.spans,
            unseen,
            golden: golden.outcome,
            result: &result,
            took,
            tray,
            traits: self.rig.traits(),
            limits: self.rig.limits(),
        };
        if unseen && result.as_ref().is_ok_and(|outcome| *outcome != golden.outcome) {
            row.unseen += 1;
        }
        if let Err(text) = judge(&ended) {
            row.fail(format!("at {place}: {text}"));
        }
        self.rig.tamper().end();
        if case == Case::Unplug {
            device = None;
        }
        let before = self.rig.tamper().bytes();
        recover.runs += 1;
        let deep = golden.turns.contains(&at) || at % self.plan.deep_every.max(1) == 0;
        if let Err(text) = self.recovers(device, case, deep, result.is_ok(), goldens) {
            recover.fail(format!("{} at {place}: {text}", case.name()));
        }
        let after = self.rig.tamper().bytes();
        recovered.0 += after.0 - before.0;
        recovered.1 += after.1 - before.1;
    }

    fn disturbed(
        &mut self,
        dialog: Dialog,
        wrong: Wrong,
        place: Place,
        flag: CancelFlag,
    ) -> (Result<Outcome, DeviceFault>, Duration, Option<Device>) {
        let tamper = self.rig.tamper();
        let begin = move || match place {
            Place::Device(at) => tamper.begin(Some((at, wrong))),
            Place::Host(at) => tamper.begin_sent(at, wrong),
        };
        let budget = self.rig.limits().call;
        if dialog == Dialog::Open {
            let staged = self.rig.stage(Stage::Media);
            begin();
            let begun = Instant::now();
            return match staged.and_then(|()| self.rig.open()) {
                Ok(device) => (Ok(Outcome::of(&[])), begun.elapsed(), Some(device)),
                Err(fault) => (Err(fault), begun.elapsed(), None),
            };
        }
        let mut device = match self.open_ready() {
            Ok(device) => device,
            Err(fault) => return (Err(fault), Duration::ZERO, None),
        };
        if dialog == Dialog::Presence
            && let Err(fault) = self.quietly(&mut device, Dialog::Work)
        {
            return (Err(fault), Duration::ZERO, None);
        }
        begin();
        let (result, took) = self.perform(&mut device, dialog, budget, flag);
        (result, took, Some(device))
    }

    /// The very next call has to succeed: on the same driver, or on one opened anew when the line was cut.
    fn recovers(
        &mut self,
        device: Option<Device>,
        case: Case,
        deep: bool,
        was_ok: bool,
        goldens: &[Golden],
    ) -> Result<(), String> {
        if case == Case::Unplug {
            self.rig.stage(Stage::Replug).map_err(|fault| fault.to_string())?;
        }
        let wanted = if deep { Dialog::Work } else { Dialog::Health };
        let of = |dialog: Dialog| goldens.iter().find(|golden| golden.dialog == dialog);
        // A printer that is not to print has no main work.
        let Some(golden) = of(wanted).or_else(|| of(Dialog::Health)) else { return Ok(()) };
        let dialog = golden.dialog;
        self.rig.stage(Stage::Media).map_err(|fault| fault.to_string())?;
        let mut device = match device {
            Some(device) => device,
            None => self.rig.open().map_err(|fault| format!("opening again: {fault}"))?,
        };
        if was_ok && deep && goldens.iter().any(|golden| golden.dialog == Dialog::Reset) {
            // A card that was read is found again only after it was lifted, or the reader reset.
            self.quietly(&mut device, Dialog::Reset).map_err(|fault| format!("reset: {fault}"))?;
        }
        match self.quietly(&mut device, dialog) {
            Ok(outcome) if outcome == golden.outcome => Ok(()),
            Ok(_) => Err(format!("{} ended otherwise than undisturbed", dialog.name())),
            Err(fault) => Err(format!("{} ended with {fault}", dialog.name())),
        }
    }
}

fn wrong(case: Case, at: usize, flag: &CancelFlag) -> Wrong {
    match case {
        Case::Cancel => Wrong::Cancel(flag.clone()),
        Case::Unplug => Wrong::Unplug,
        Case::Garbage => Wrong::Garbage(1 + at % 40),
        Case::ShortFrame => Wrong::Drop(1 + at % 3),
        Case::BadChecksum => Wrong::Flip(u8::try_from(at % 8).unwrap_or(0)),
        Case::StrayBytes => Wrong::Stray(1 + at % 6),
        _ => Wrong::Silence,
    }
}

/// Evenly chosen when there are more frames than wanted, the first and last always.
fn evenly(spans: &[Span], most: usize) -> impl Iterator<Item = &Span> {
    let step = spans.len().div_ceil(most.max(1)).max(1);
    let last = spans.len().saturating_sub(1);
    spans.iter().enumerate().filter(move |(turn, _)| turn % step == 0 || *turn == last).map(|(_, span)| span)
}
