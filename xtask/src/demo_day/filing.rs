//! One application as a station makes it, with what was planned to go wrong.

use super::city::{City, answer};
use super::ledger::{Entry, Sent};
use super::plan::{Defect, Plan};
use crate::load::hall::common::{CARD_NUMBER, Draft, FIRM, TestStation, sample};
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tongban_crypto::sm3;
use tongban_domain::case::sign_off_content;
use tongban_domain::clock::Ids as _;
use tongban_domain::event::{
    Channel, CloseCode, Delivery, Digest, Event, FormValues, Light, PageVerdict, PresenceMethod, ShareAnswer,
    ShareOutcome, SharedRecord, SignOffMethod, Value,
};
use tongban_domain::form::prefill;
use tongban_domain::ids::{FieldId, PageId, RequirementId};
use tongban_domain::item::{FieldKind, How, ResultKind, ServiceItem, ShareSubject, View, material_state};
use tongban_domain::limits::{date_text, local_day};
use tongban_domain::readiness::judge;
use tongban_protocol::api::ProofRequest;

static PAGE: LazyLock<Vec<u8>> = LazyLock::new(|| sample::picture(120, 170, 120));
static THUMB: LazyLock<Vec<u8>> = LazyLock::new(|| sample::picture(60, 85, 120));

/// What a clear page of the right paper says of itself.
pub fn good_page(today: time::Date) -> PageVerdict {
    PageVerdict {
        judge: "demo-day".into(),
        legible: Some(true),
        right_document: Some(true),
        stamped: Some(true),
        signed: Some(true),
        issued_on: Some(date_text(today - time::Duration::days(5))),
        valid_to: Some(date_text(today + time::Duration::days(900))),
        code_verified: Some(true),
        ..PageVerdict::default()
    }
}

/// The one material a defect is planted in: captured, always asked for, never part of 容缺.
fn target(item: &ServiceItem, plan: &Plan) -> Option<RequirementId> {
    let deferred = matches!(plan.fate, super::plan::Fate::PromiseKept | super::plan::Fate::PromiseBroken);
    let wanted = if deferred { Some("m05") } else { plan.defect.map(|_| "") };
    let wanted = wanted?;
    item.materials
        .iter()
        .find(|one| matches!(one.how, How::Capture) && one.when.is_none() && (wanted.is_empty() || one.id.0 == wanted))
        .map(|one| one.id.clone())
}

/// Swipe, consent, presence, item.
fn begin(station: &mut TestStation, item: &ServiceItem, channel: Channel) -> Draft {
    let mut draft = Draft::open(station, channel);
    let identified = Event::Identified {
        card: sample::card(),
        line_sha256: Digest([5; 32]),
        reader: "SAM 0001".into(),
        expired: false,
        photo: None,
        portrait: None,
    };
    draft.say(station, identified);
    draft.say(station, Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Face, evidence_upload: false });
    let proved = Event::PresenceProved {
        method: PresenceMethod::Face,
        still: None,
        clip: None,
        score_milli: Some(790),
        decided_by: None,
        reason: None,
    };
    draft.say(station, proved);
    let firm = item.shares.iter().any(|call| call.subject == ShareSubject::Firm).then(|| FIRM.to_owned());
    draft.say(station, Event::ItemChosen { item: item.key.clone(), version: item.version, firm });
    draft
}

/// The departments one after the other; one may be silent, one objected to.
fn shares(city: &mut City, at: usize, draft: &mut Draft, item: &ServiceItem, plan: &Plan) {
    let open = |n: usize, call: &tongban_domain::item::ShareCall| !call.essential && n + 1 < item.shares.len();
    let silent = item.shares.iter().enumerate().position(|(n, call)| plan.silent_department && open(n, call));
    let objected = item.shares.iter().rposition(|call| plan.objection && !call.essential);
    for (n, call) in item.shares.iter().enumerate() {
        let quiet = silent == Some(n);
        let record = SharedRecord {
            resource: call.resource.clone(),
            outcome: if quiet { ShareOutcome::TimedOut } else { ShareOutcome::Found },
            fields: if quiet { vec![] } else { answer(&call.resource.0) },
            answer_sha256: Digest([7; 32]),
            took_ms: if quiet { 10_000 } else { 300 },
        };
        draft.say(&mut city.stations[at], Event::ShareFetched { record });
        if quiet {
            city.book.shares.1 += 1;
            continue;
        }
        let answer = if objected == Some(n) {
            city.book.shares.0 += 1;
            ShareAnswer::Objected { reason: "与实际不符".into() }
        } else {
            ShareAnswer::Confirmed
        };
        draft.say(&mut city.stations[at], Event::ShareAnswered { resource: call.resource.clone(), answer });
    }
}

/// A value a field accepts.
fn value(field: &tongban_domain::item::Field, view: &View<'_>) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    match &field.kind {
        FieldKind::Text { .. } => text("示范"),
        FieldKind::Number { max, .. } => {
            let small = max.as_ref().is_some_and(|max| max.to_string().len() < 4);
            text(if small { "2" } else { "1260" })
        }
        FieldKind::Date => text("2015-06-01"),
        FieldKind::Choice { options } => {
            let open = options.iter().find(|option| option.when.as_ref().is_none_or(|when| when.holds(view)));
            text(open.map_or("", |option| option.key.as_str()))
        }
        FieldKind::IdNumber => text(CARD_NUMBER),
        FieldKind::CreditCode => text(FIRM),
        FieldKind::Phone => text("13900000000"),
        FieldKind::Bool => Value::Bool(false),
        FieldKind::List { fields, min, .. } => {
            let row: BTreeMap<FieldId, Value> =
                fields.iter().filter(|f| f.required).map(|f| (f.id.clone(), value(f, view))).collect();
            Value::Rows(vec![row; usize::from(*min).max(1)])
        }
    }
}

/// First values from card and departments, the rest typed in.
fn form(draft: &Draft, item: &ServiceItem) -> FormValues {
    let records = draft.case.standing_records();
    let mut values: FormValues =
        prefill(item, draft.case.card(), records.clone()).into_iter().map(|(id, value, _)| (id, value)).collect();
    for field in item.form.fields() {
        let view = View { values: &values, card: draft.case.card(), records: &records };
        let asked = field.when.as_ref().is_none_or(|when| when.holds(&view));
        let empty = match values.get(&field.id) {
            None => true,
            Some(Value::Text(text)) => text.trim().is_empty(),
            Some(Value::Rows(rows)) => rows.is_empty(),
            Some(Value::Bool(_)) => false,
        };
        if asked && field.required && empty {
            let typed = value(field, &view);
            values.insert(field.id.clone(), typed);
        }
    }
    values
}

fn capture(station: &mut TestStation, draft: &mut Draft, requirement: &RequirementId) -> PageId {
    let blob = draft.blob(station, &PAGE, "image/jpeg");
    let thumb = draft.blob(station, &THUMB, "image/jpeg");
    let page = PageId(station.ids.next());
    let requirement = requirement.clone();
    draft.say(station, Event::PageCaptured { page, requirement, blob, thumb, width: 120, height: 170 });
    page
}

/// Captures what is missing. With 一次就成 every page is looked at before the applicant leaves: what is
/// red is put right there and then.
fn materials(city: &mut City, at: usize, draft: &mut Draft, item: &ServiceItem, entry: &mut Entry) -> Result<()> {
    let today = local_day(city.stations[at].clock.wall());
    let (plan, bad) = (entry.plan.clone(), target(item, &entry.plan));
    entry.material = bad.as_ref().map(|id| id.0.clone());
    let absent = plan.defect.is_none_or(|defect| defect == Defect::Absent);
    let station = &mut city.stations[at];
    for state in material_state(item, &draft.case) {
        if !state.is_missing() || (bad.as_ref() == Some(&state.requirement) && absent) {
            continue;
        }
        let page = capture(station, draft, &state.requirement);
        if plan.judged {
            let mine = bad.as_ref() == Some(&state.requirement);
            let mut verdict = good_page(today);
            verdict.legible = Some(!(mine && plan.defect == Some(Defect::Illegible)));
            verdict.right_document = Some(!(mine && plan.defect == Some(Defect::WrongPaper)));
            draft.say(station, Event::PageJudged { page, verdict });
        }
    }
    let Some(bad) = bad.filter(|_| plan.judged) else { return Ok(()) };
    let found = judge(item, &draft.case, today).into_iter().find(|line| line.requirement == bad);
    let red = found.is_none_or(|line| line.light == Light::Red);
    ensure!(red == (plan.defect != Some(Defect::Hidden)), "{:?} of {bad}: red {red}", plan.defect);
    if red {
        entry.caught = plan.defect;
        let old: Vec<PageId> = draft.case.pages(&bad).iter().map(|page| page.id).collect();
        old.into_iter().for_each(|page| draft.say(station, Event::PageRemoved { page }));
        let page = capture(station, draft, &bad);
        draft.say(station, Event::PageJudged { page, verdict: good_page(today) });
    }
    Ok(())
}

/// Makes, submits and sends one application.
pub fn file(city: &mut City, plan: Plan) -> Result<()> {
    let at = plan.station;
    let item = city.hall.item(plan.item);
    let channel = if city.stations[at].station.kind == "kiosk" { Channel::Kiosk } else { Channel::Window };
    let today = city.today();
    let mut draft = begin(&mut city.stations[at], &item, channel);
    let mut entry = Entry::new(draft.id, plan, &city.regions[at], today);
    if item.result.kind != ResultKind::Proof {
        shares(city, at, &mut draft, &item, &entry.plan.clone());
    }
    if !item.form.is_empty() {
        let values = form(&draft, &item);
        draft.say(&mut city.stations[at], Event::FormFilled { values });
    }
    materials(city, at, &mut draft, &item, &mut entry)?;
    if item.sign_off {
        let station = &mut city.stations[at];
        let evidence = draft.blob(station, &THUMB, "image/jpeg");
        let digest = Digest(sm3(&sign_off_content(&draft.case)));
        draft.say(station, Event::SignedOff { method: SignOffMethod::Fingerprint, evidence, quality: 84, digest });
    }
    send(city, at, draft, &item)?;
    let key = entry.plan.item;
    if matches!(key, "cb" | "bdc" | "jzz") {
        entry.accepted = Some(today);
        entry.end = Some(super::ledger::End::Closed);
        entry.rated = None;
    }
    city.book.entries.push(entry);
    Ok(())
}

fn send(city: &mut City, at: usize, mut draft: Draft, item: &ServiceItem) -> Result<()> {
    let centre = city.hall.centre();
    let station = &mut city.stations[at];
    (station.lease, station.used) = (None, 0);
    let receipt = station.receipt(centre);
    let delivery = if item.result.kind == ResultKind::Licence { Delivery::Pickup } else { Delivery::OnTheSpot };
    draft.say(station, Event::Submitted { receipt, delivery, offline: false });
    if item.result.kind == ResultKind::Proof {
        let choices = draft.case.form().iter().filter_map(|(id, value)| match value {
            Value::Text(text) => Some((id.clone(), text.clone())),
            Value::Bool(_) | Value::Rows(_) => None,
        });
        let request =
            ProofRequest { case: draft.id, item: item.key.clone(), person: sample::card(), choices: choices.collect() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let made = runtime.block_on(centre.proofs().request(&station.station, &request))?;
        let issued =
            Event::ProofIssued { number: made.number, verify_token: made.verify_token, pdf_sha256: made.pdf_sha256 };
        draft.say(station, issued);
        draft.say(station, Event::Closed { code: CloseCode::Issued });
    }
    let bundle = draft.bundle(station);
    let bytes = bundle.encode()?;
    let receipt = station.upload(centre, bundle.id, &bytes, bytes.len()).context("upload")?;
    city.book.sent.push(Sent { station: at, id: bundle.id, bytes, receipt });
    Ok(())
}
