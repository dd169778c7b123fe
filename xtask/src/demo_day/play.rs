//! The days: people apply in the morning, desks work until evening, the clock strikes at midnight.

use super::city::City;
use super::ledger::{End, Entry};
use super::plan::{Defect, Fate, Plan};
use super::{Options, filing, hall};
use crate::load::hall::common::{CARD_NUMBER, sample};
use anyhow::{Context as _, Result, bail};
use time::Date;
use tongban_centre::handling::{Act, Supplied, Supply};
use tongban_centre::ratings::{Grade, NewRating};
use tongban_domain::case::CaseStatus;
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{Digest, SignOffMethod, SpecialKind};
use tongban_domain::ids::PrintId;
use tongban_domain::item::Seat;
use tongban_domain::limits::{date_text, parse_date};
use tongban_protocol::api::{LicenceStep, LicenceStepKind};

/// Calendar days the desks go on after the last application.
const TAIL: usize = 45;
/// Proofs one person may have in a day, with room to spare.
const PROOFS_A_DAY: usize = 8;

/// Plays every day.
pub fn days(city: &mut City, options: &Options) -> Result<()> {
    let plans: Vec<Plan> = (0..options.cases).map(|n| Plan::of(n, city.stations.len(), &city.dice)).collect();
    let each = options.cases.div_ceil(options.days.max(1)).max(1);
    let mut left = plans.into_iter().peekable();
    let mut day = parse_date(super::city::FIRST).context("first day")?;
    let mut after = 0;
    while left.peek().is_some() || after < TAIL {
        if left.peek().is_none() {
            after += 1;
        }
        if city.calendar.is_working_day(day) {
            city.hall.clock_to(hall::at(&date_text(day), 9, 0));
            let mut proofs = 0;
            for mut plan in left.by_ref().take(each) {
                proofs += usize::from(matches!(plan.item, "cb" | "bdc"));
                if proofs > PROOFS_A_DAY && matches!(plan.item, "cb" | "bdc") {
                    plan.item = "jzz";
                }
                filing::file(city, plan)?;
            }
            desks(city, day)?;
        }
        midnight(city, day)?;
        day = day.next_day().context("the calendar's end")?;
    }
    city.hall.clock_to(hall::at(&date_text(day), 9, 0));
    appeals(city)
}

/// Every open case is looked at once; most are moved one step.
fn desks(city: &mut City, day: Date) -> Result<()> {
    city.hall.clock_to(hall::at(&date_text(day), 10, 0));
    for n in 0..city.book.entries.len() {
        if city.book.entries[n].end.is_some() {
            continue;
        }
        let mut entry = city.book.entries[n].clone();
        step(city, &mut entry, day).with_context(|| format!("case {n}: {:?}", entry.plan))?;
        city.book.entries[n] = entry;
    }
    Ok(())
}

/// The program's own round; what it did is taken down from what it answers.
fn midnight(city: &mut City, day: Date) -> Result<()> {
    let next = day.next_day().context("the calendar's end")?;
    city.hall.clock_to(hall::at(&date_text(next), 0, 5));
    let round = city.hall.centre().lifecycle().round()?;
    if let Some((case, why)) = round.stuck.first() {
        bail!("case {case} needs a person: {why}");
    }
    for entry in &mut city.book.entries {
        if round.deemed.contains(&entry.case) {
            entry.accepted = Some(entry.filed);
        }
        if round.lapsed.contains(&entry.case) {
            entry.end = Some(End::Lapsed);
        }
        if round.terminated.contains(&entry.case) {
            entry.end = Some(End::Terminated);
        }
    }
    let City { hall, exchange, .. } = city;
    exchange.night(hall)
}

fn step(city: &mut City, entry: &mut Entry, day: Date) -> Result<()> {
    entry.idle += 1;
    match city.hall.status(entry.case) {
        CaseStatus::Received => received(city, entry, day),
        CaseStatus::Correction => {
            if entry.plan.fate != Fate::NeverSupplied && entry.idle >= 3 {
                supply(city, entry)?;
            }
            Ok(())
        }
        CaseStatus::Accepted | CaseStatus::InReview => review(city, entry, day),
        CaseStatus::Suspended => {
            if entry.idle >= 4 {
                city.hall.acts("reviewer", entry.case, &Act::Resume { result: "核查合格".into() });
                entry.idle = 0;
            }
            Ok(())
        }
        CaseStatus::Making => make(city, entry),
        CaseStatus::Ready => hand_over(city, entry),
        // A joint case ends with its last part.
        CaseStatus::Closed if entry.parent => {
            entry.end = Some(End::Closed);
            Ok(())
        }
        other => bail!("{other:?} is not played"),
    }
}

fn received(city: &mut City, entry: &mut Entry, day: Date) -> Result<()> {
    let case = entry.case;
    match entry.plan.fate {
        Fate::Silence => return Ok(()),
        Fate::Rejected => {
            let act = Act::Reject {
                reason: "不属于本机关职权".into(), competent: Some("示范市城市管理局".into())
            };
            city.hall.acts("window", case, &act);
            entry.end = Some(End::TurnedAway);
            return Ok(());
        }
        Fate::Returned => {
            city.hall.acts("window", case, &Act::Return { reason: "申请人要求重新填写".into() });
            entry.end = Some(End::TurnedAway);
            return Ok(());
        }
        _ => {}
    }
    if entry.plan.judged && !entry.slip && entry.corrections == 0 {
        entry.slip = city.hall.centre().completeness().issue(&city.hall.who("window"), case).is_ok();
    }
    let open_defect = entry.plan.defect.is_some() && entry.caught.is_none() && entry.corrections == 0;
    if open_defect && entry.material.is_some() {
        return correct(city, entry);
    }
    let act = match entry.plan.fate {
        Fate::PromiseKept | Fate::PromiseBroken => {
            Act::Defer { missing: vec!["m05".into()], promise: sample::picture(60, 40, 30) }
        }
        _ if entry.plan.item == "ws" && !entry.part => Act::Commit,
        _ => Act::Accept,
    };
    city.hall.acts("window", case, &act);
    (entry.accepted, entry.idle) = (Some(day), 0);
    Ok(())
}

/// 一次性告知. A 齐全单 is broken only with a supervisor's reason.
fn correct(city: &mut City, entry: &mut Entry) -> Result<()> {
    let item = city.hall.item(entry.plan.item);
    let named = entry.material.clone().context("a defect has a material")?;
    let mut act = Act::AskCorrection { missing: hall::missing(&item, &[&named]), approval: None };
    if entry.slip {
        anyhow::ensure!(entry.plan.defect == Some(Defect::Hidden), "a slip over a visible defect");
        anyhow::ensure!(city.hall.refused("window", entry.case, &act) == "C112", "a promise broken without a reason");
        let chief = city.hall.who("chief");
        let given = city.hall.centre().handling().approve(&chief, entry.case, "内容与登记不符")?;
        if let Act::AskCorrection { approval, .. } = &mut act {
            *approval = Some(given.id);
        }
        entry.avoidable += 1;
    }
    city.hall.acts("window", entry.case, &act);
    (entry.corrections, entry.idle) = (entry.corrections + 1, 0);
    Ok(())
}

fn supplied(id: &str) -> Supplied {
    Supplied {
        requirement: id.into(),
        picture: sample::picture(120, 170, 90),
        thumb: sample::picture(60, 85, 90),
        width: 120,
        height: 170,
    }
}

fn supply(city: &mut City, entry: &mut Entry) -> Result<()> {
    let id = entry.material.clone().context("a notice names a material")?;
    let sign_off = Some((SignOffMethod::Camera, sample::picture(80, 80, 70), 90));
    city.hall.acts("window", entry.case, &Act::Supply(Supply { pages: vec![supplied(&id)], form: None, sign_off }));
    entry.idle = 0;
    Ok(())
}

fn review(city: &mut City, entry: &mut Entry, day: Date) -> Result<()> {
    let case = entry.case;
    if entry.plan.item == "canyin" && !entry.part {
        return parts(city, entry);
    }
    match entry.plan.fate {
        Fate::Open => return Ok(()),
        Fate::Withdrawn => {
            city.hall.acts("window", case, &Act::Withdraw { reason: "不再经营".into() });
            entry.end = Some(End::Terminated);
            return Ok(());
        }
        Fate::Late | Fate::Unlawful if !overdue(city, entry, day)? => return Ok(()),
        Fate::Special if !entry.interlude => {
            let act = Act::Suspend {
                kind: SpecialKind::Other,
                name: "现场核查".into(),
                days: 5,
                reason: "须现场核查".into(),
            };
            city.hall.acts("reviewer", case, &act);
            (entry.interlude, entry.clock_changed, entry.idle) = (true, true, 0);
            return Ok(());
        }
        Fate::Extended if !entry.interlude => {
            let head = city.hall.who("decider");
            let approval = city.hall.centre().handling().approve(&head, case, "情况复杂")?.id;
            city.hall.acts("reviewer", case, &Act::Extend { days: 5, reason: "情况复杂".into(), approval });
            (entry.interlude, entry.clock_changed) = (true, true);
            return Ok(());
        }
        Fate::PromiseKept if !entry.interlude && entry.idle >= 2 => {
            city.hall.acts("window", case, &Act::SupplyDeferred { pages: vec![supplied("m05")] });
            entry.interlude = true;
        }
        _ => {}
    }
    desk(city, entry, day)
}

/// One step of the item's own workflow, by the person whose seat it is.
fn desk(city: &mut City, entry: &mut Entry, day: Date) -> Result<()> {
    let case = entry.case;
    let flow = city.hall.centre().handling().flow(&city.hall.who("manager"), case)?;
    let Some(open) = flow.open.first() else { bail!("an open case without an open step") };
    match open.seat {
        Seat::Decide => {
            let waits = matches!(entry.plan.fate, Fate::PromiseKept | Fate::PromiseBroken) && !entry.interlude;
            if waits {
                return Ok(());
            }
            let granted = entry.plan.fate != Fate::Denied;
            let opinion = if granted { "同意" } else { "不符合许可条件" };
            city.hall.acts("decider", case, &Act::Decide { granted, opinion: opinion.into() });
            entry.decided = Some(day);
            if !granted {
                closed(city, entry)?;
            }
        }
        _ => {
            let who = if open.name == "复核" { "chief" } else { "reviewer" };
            city.hall.acts(who, case, &Act::Step { step: open.name.clone(), passed: true, opinion: "符合条件".into() });
        }
    }
    Ok(())
}

/// Whether the limit this fate waits for has gone by, by the player's own counting.
fn overdue(city: &City, entry: &Entry, day: Date) -> Result<bool> {
    let item = city.hall.item(entry.plan.item);
    let days = if entry.plan.fate == Fate::Late { item.promised_days } else { item.statutory_days };
    let accepted = entry.accepted.context("accepted cases are reviewed")?;
    Ok(day > super::judge::due_by_hand(&city.calendar, accepted, days))
}

/// The parts of a joint case come into play as cases of their own.
fn parts(city: &mut City, entry: &mut Entry) -> Result<()> {
    if entry.parent {
        return Ok(());
    }
    let manager = city.hall.who("manager");
    entry.parent = true;
    for part in city.hall.centre().joint().parts(&manager, entry.case)? {
        let row = city.hall.centre().cases().row(&manager, part)?;
        let item = if row.item.is_some_and(|(key, _)| key.0 == "sp") { "sp" } else { "ws" };
        let fate = if item == "sp" && city.dice.percent(30) { Fate::Withdrawn } else { Fate::Granted };
        let plan = Plan { item, fate, defect: None, judged: false, grade: None, ..entry.plan.clone() };
        let mut part = Entry::new(part, plan, &entry.region, entry.filed);
        part.part = true;
        city.book.entries.push(part);
    }
    Ok(())
}

/// At the certificate window of the hall the case was filed in.
fn licence_step(city: &City, entry: &Entry, kind: LicenceStepKind) -> Result<()> {
    let case = entry.case;
    let operator = city.hall.who("operator").id;
    let step = LicenceStep { idem: city.hall.world.ids.next(), base: city.hall.version(case), operator, step: kind };
    city.hall.centre().licences().step(&city.desks[entry.plan.station], case, &step)?;
    Ok(())
}

fn make(city: &mut City, entry: &mut Entry) -> Result<()> {
    let blank = |city: &mut City| {
        let used = city.blanks.entry(entry.plan.item.to_owned()).or_default();
        *used += 1;
        (PrintId(city.hall.world.ids.next()), format!("{used:06}"))
    };
    let (print, serial) = blank(city);
    licence_step(city, entry, LicenceStepKind::Intend { print, serial, pdf_sha256: Digest([7; 32]) })?;
    if city.dice.percent(3) {
        licence_step(city, entry, LicenceStepKind::Void { print, spoiled: true, reason: "卡纸".into() })?;
        let (print, serial) = blank(city);
        let pdf_sha256 = Digest([7; 32]);
        licence_step(city, entry, LicenceStepKind::Intend { print, serial: serial.clone(), pdf_sha256 })?;
        return licence_step(city, entry, LicenceStepKind::Confirm { print, serial });
    }
    let serial = format!("{:06}", city.blanks[entry.plan.item]);
    licence_step(city, entry, LicenceStepKind::Confirm { print, serial })
}

fn hand_over(city: &mut City, entry: &mut Entry) -> Result<()> {
    let number_sm3 = Digest(tongban_crypto::sm3(CARD_NUMBER.as_bytes()));
    licence_step(city, entry, LicenceStepKind::HandOver { number_sm3, line_sha256: Digest([2; 32]) })?;
    closed(city, entry)
}

/// The end, and the rating of whoever gives one; a second one is refused.
fn closed(city: &mut City, entry: &mut Entry) -> Result<()> {
    entry.end = Some(End::Closed);
    let Some(grade) = entry.plan.grade else { return Ok(()) };
    let grades = [Grade::VerySatisfied, Grade::Satisfied, Grade::Fair, Grade::Dissatisfied, Grade::VeryDissatisfied];
    let new = NewRating {
        case: entry.case,
        occasion: "end",
        channel: "window",
        place: "890100-001-W01",
        staff: Some("window"),
        grade: grades[usize::from(grade) - 1],
        tags: &[],
        text: "",
    };
    let given = city.hall.centre().ratings().rate(&new)?;
    anyhow::ensure!(city.hall.centre().ratings().rate(&new).is_err(), "rated twice");
    if let Some(ticket) = given.ticket {
        let manager = city.hall.who("manager");
        city.hall.centre().tickets().sign(&manager, &ticket)?;
        city.hall.centre().tickets().answer(&manager, &ticket, "已联系并整改", None)?;
    }
    entry.rated = Some(grade);
    Ok(())
}

/// Every third card is appealed against; half of these are revoked, none disappears.
fn appeals(city: &mut City) -> Result<()> {
    let supervisor = city.hall.who("supervisor");
    let cards = city.hall.centre().supervision().cards(&supervisor)?;
    for (n, card) in cards.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
        let revoke = n % 2 == 0;
        let supervision = city.hall.centre().supervision();
        supervision.appeal(&city.hall.who("reviewer"), &card.id, "等待申请人确认时间")?;
        supervision.answer_appeal(&supervisor, &card.id, revoke, "经核查")?;
        city.book.appeals.0 += 1;
        city.book.appeals.1 += usize::from(revoke);
    }
    let after = city.hall.centre().supervision().cards(&supervisor)?.len();
    anyhow::ensure!(after == cards.len(), "a card disappeared");
    Ok(())
}
