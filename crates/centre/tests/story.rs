//! From the upload to the licence in hand, without HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::sample::*;
use common::*;
use tongban_centre::cases::Filter;
use tongban_centre::evidence::Piece;
use tongban_centre::public::Validity;
use tongban_centre::rights::Role;
use tongban_centre::workflow::Step;
use tongban_domain::clock::Ids as _;
use tongban_domain::event::Digest;
use tongban_domain::ids::{CaseId, PrintId};
use tongban_protocol::api::{FeedItem, LicenceJob, LicenceStep, LicenceStepKind};

struct Office {
    world: World,
    kiosk: TestStation,
    window: TestStation,
    reviewer: tongban_centre::staff::Member,
    decider: tongban_centre::staff::Member,
    operator: tongban_centre::staff::Member,
}

fn office(seed: u64) -> Office {
    let world = World::new(seed);
    world.centre.catalogue().publish("test", &unseen_item()).unwrap();
    let kiosk = TestStation::enrol(&world.centre, &world.clock, seed + 1, "890102-001-K03", "kiosk", "003");
    let window = TestStation::enrol(&world.centre, &world.clock, seed + 2, "890102-001-C01", "certificate", "051");
    let reviewer = member(&world.centre, "reviewer1", &[Role::Reviewer]);
    let decider = member(&world.centre, "decider1", &[Role::Decider]);
    let operator = member(&world.centre, "operator1", &[Role::Operator]);
    Office { world, kiosk, window, reviewer, decider, operator }
}

fn do_step(office: &Office, job: &LicenceJob, step: LicenceStepKind) -> tongban_centre::Result<LicenceJob> {
    let step =
        LicenceStep { idem: office.world.ids.next(), base: job.version, operator: office.operator.id.clone(), step };
    office.world.centre.licences().step(&office.window.station, job.case, &step)
}

#[test]
fn a_case_goes_from_the_kiosk_to_the_licence_in_hand() {
    let mut office = office(11);
    let centre = &office.world.centre;
    let (draft, bundle) = construction_case(centre, &mut office.kiosk);
    let bytes = bundle.encode().unwrap();
    let receipt = office.kiosk.upload(centre, bundle.id, &bytes, 256 * 1024).unwrap();
    assert!(receipt.names_all(&bundle.head(), &draft.actions.iter().map(|a| a.header.id).collect::<Vec<_>>()));
    assert_eq!(receipt.case_seq, draft.actions.len() as u64);

    let view = centre.cases().view(&office.reviewer, draft.id).unwrap();
    assert_eq!(view.row.status, "received");
    assert_eq!(view.row.project_no.as_ref().unwrap().len(), 44);
    assert_eq!(view.materials.len(), 17);
    assert!(view.sign_off.as_ref().unwrap().holds && view.chain.holds);
    assert_eq!(view.row.firm_name.as_deref(), Some("示范市宏远建设有限公司"));

    // Decided before it was reviewed: no.
    let grant = Step::Decide { granted: true, opinion: "准予".into() };
    centre.workflow().step(&office.reviewer, draft.id, view.row.version, &Step::Accept).unwrap();
    let row = centre.cases().row(&office.reviewer, draft.id).unwrap();
    // 2026-03-02 and ten working days.
    assert_eq!(row.due.as_deref(), Some("2026-03-16"));
    assert_eq!(code_of(&centre.workflow().step(&office.decider, draft.id, row.version, &grant).unwrap_err()), "C101");
    // A decision on an older version of the case: no.
    let review = Step::Review { passed: true, opinion: "材料齐全".into() };
    assert_eq!(
        code_of(&centre.workflow().step(&office.reviewer, draft.id, row.version - 1, &review).unwrap_err()),
        "C110"
    );
    centre.workflow().step(&office.reviewer, draft.id, row.version, &review).unwrap();
    let row = centre.cases().row(&office.reviewer, draft.id).unwrap();
    centre.workflow().step(&office.decider, draft.id, row.version, &grant).unwrap();

    let job = make_and_hand_over(&office);
    let view = centre.cases().view(&office.reviewer, draft.id).unwrap();
    assert_eq!((view.row.status.as_str(), view.row.close_code.as_deref()), ("closed", Some("issued")));
    assert!(view.chain.holds, "{}", view.chain.detail);
    assert!(centre.licences().queue(&office.window.station).unwrap().is_empty());

    // Anybody can check the licence, nobody sees the whole number.
    let token = job.verify_url.rsplit('/').next().unwrap();
    let verified = centre.public().verify(token).unwrap().unwrap();
    assert_eq!((verified.state, verified.number.as_str()), (Validity::Valid, job.number.as_str()));
    assert!(centre.public().verify("0000000000").unwrap().is_none());

    the_hall_heard(&office, draft.id);
    the_export_is_whole(&office, draft.id, view.chain.actions, bundle.blobs.len());

    // The projection is a cache: thrown away and made anew it is the same.
    let before = centre.cases().dump().unwrap();
    assert_eq!(centre.cases().rebuild().unwrap(), 1);
    assert_eq!(centre.cases().dump().unwrap(), before);
    assert!(centre.cases().verify_all().unwrap().iter().all(|(_, state)| state.holds));
    assert!(centre.staff().verify_log().unwrap() > 5);
}

/// The export holds every action, every receipt and every file, for a checker that trusts none of us.
/// `TONGBAN_EXPORT_DIR` keeps it, so that the checker can be run on it by hand.
fn the_export_is_whole(office: &Office, case: CaseId, actions: usize, blobs: usize) {
    let kept = std::env::var_os("TONGBAN_EXPORT_DIR").map(std::path::PathBuf::from);
    let dir = kept.unwrap_or_else(|| office.world.dir.path().join("export"));
    office.world.centre.export().case("test", case, &dir, true).unwrap();
    let lines = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap().lines().count();
    assert_eq!((lines("actions.jsonl"), lines("receipts.jsonl"), lines("case.key")), (actions, 1, 1));
    assert_eq!(std::fs::read_dir(dir.join("blobs")).unwrap().count(), blobs);
    let (findings, _) = tongban_verify::check_case(&dir, &tongban_verify::Trust::new());
    assert!(findings.ok(), "{findings:?}");
    let again = office.world.centre.export().case("test", case, &dir, false);
    assert!(again.is_err(), "an export is never written over");
    let text = std::fs::read_to_string(dir.join("actions.jsonl")).unwrap();
    let cut: Vec<&str> = text.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| line).collect();
    std::fs::write(dir.join("actions.jsonl"), cut.join("\n")).unwrap();
    assert!(!tongban_verify::check_case(&dir, &tongban_verify::Trust::new()).0.ok(), "an action taken out shows");
}

/// Prints on a blank of the operator's range and hands over, with every wrong turn on the way.
fn make_and_hand_over(office: &Office) -> LicenceJob {
    let centre = &office.world.centre;
    let jobs = centre.licences().queue(&office.window.station).unwrap();
    assert_eq!(jobs.len(), 1);
    let job = &jobs[0];
    assert!(job.number.starts_with("D389"), "{}", job.number);
    assert_eq!(job.state, "allotted");
    assert!(job.face.iter().any(|(label, value)| label == "企业名称" && value == "示范市宏远建设有限公司"));
    assert!(
        job.face.iter().all(|(_, value)| value != CARD_NUMBER && value != "13900000000"),
        "no ID number or phone on a face"
    );
    centre.stock().add("test", "jz_first", "A0000001", "A0000010", &office.operator.id).unwrap();
    let print = PrintId(office.world.ids.next());
    let pdf_sha256 = Digest([7; 32]);
    let wrong = LicenceStepKind::Intend { print, serial: "A0000011".into(), pdf_sha256 };
    assert_eq!(code_of(&do_step(office, job, wrong).unwrap_err()), "P108", "outside the range");
    let intend = LicenceStepKind::Intend { print, serial: "A0000001".into(), pdf_sha256 };
    let job = do_step(office, job, intend.clone()).unwrap();
    assert_eq!((job.state.as_str(), job.serial.as_deref()), ("intended", Some("A0000001")));
    let stale = LicenceJob { version: job.version - 1, ..job.clone() };
    assert_eq!(code_of(&do_step(office, &stale, LicenceStepKind::Done { print }).unwrap_err()), "C110");
    let job = do_step(office, &job, LicenceStepKind::Sent { print, job_uuid: "urn:uuid:1".into() }).unwrap();
    let job = do_step(office, &job, LicenceStepKind::Done { print }).unwrap();
    let job = do_step(office, &job, LicenceStepKind::Confirm { print, serial: "A0000001".into() }).unwrap();
    assert_eq!(job.state, "confirmed");

    // Another person's card: no. The applicant's: handed over and closed.
    let other = LicenceStepKind::HandOver {
        number_sm3: Digest(tongban_crypto::sm3(b"890103198206300575")),
        line_sha256: Digest([1; 32]),
    };
    assert_eq!(code_of(&do_step(office, &job, other).unwrap_err()), "D115");
    let own = LicenceStepKind::HandOver {
        number_sm3: Digest(tongban_crypto::sm3(CARD_NUMBER.as_bytes())),
        line_sha256: Digest([2; 32]),
    };
    let job = do_step(office, &job, own).unwrap();
    assert_eq!(job.state, "closed");
    job
}

/// Every move is in the hall's feed, in order, and in no other hall's.
fn the_hall_heard(office: &Office, case: CaseId) {
    let centre = &office.world.centre;
    let page = centre.feed().after("890102-001", 0).unwrap();
    let moves: Vec<String> = page
        .entries
        .iter()
        .filter_map(|e| if let FeedItem::CaseMoved { status, .. } = &e.item { Some(status.clone()) } else { None })
        .collect();
    assert_eq!(moves.first().map(String::as_str), Some("received"));
    assert_eq!(moves.last().map(String::as_str), Some("closed"));
    assert!(page.entries.iter().any(|e| matches!(e.item, FeedItem::LicenceReady { case: ready } if ready == case)));
    let elsewhere = centre.feed().after("890103-001", 0).unwrap();
    assert!(
        elsewhere.entries.iter().all(|e| matches!(e.item, FeedItem::Item { .. })),
        "another hall hears nothing of it"
    );
}

#[test]
fn the_same_person_cannot_review_and_decide_even_with_both_roles() {
    let mut office = office(12);
    let centre = &office.world.centre;
    let both = member(centre, "both1", &[Role::Reviewer, Role::Decider]);
    let (draft, bundle) = stall_case(centre, &mut office.kiosk);
    office.kiosk.upload(centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let version = |centre: &tongban_centre::Centre| centre.cases().row(&both, draft.id).unwrap().version;
    centre.workflow().step(&both, draft.id, version(centre), &Step::Accept).unwrap();
    centre
        .workflow()
        .step(&both, draft.id, version(centre), &Step::Review { passed: true, opinion: "通过".into() })
        .unwrap();
    let grant = Step::Decide { granted: true, opinion: "准予".into() };
    let before = version(centre);
    assert_eq!(code_of(&centre.workflow().step(&both, draft.id, before, &grant).unwrap_err()), "C109");
    assert_eq!(version(centre), before, "nothing happened to the case");
    let log = centre.staff().recent(5).unwrap();
    assert!(
        log.iter().any(|line| line.actor == "both1" && line.action == "case.decide" && line.result == "C109"),
        "the attempt is in the log"
    );
    // Negative control: another decider may.
    centre.workflow().step(&office.decider, draft.id, before, &grant).unwrap();
}

#[test]
fn an_item_file_nobody_has_seen_works_to_the_end() {
    let mut office = office(13);
    let centre = &office.world.centre;
    let json = unseen_item();
    centre.catalogue().publish("test", &json).unwrap();
    assert!(
        centre.catalogue().publish("test", &json.replace("临时摊位许可证", "别的证")).is_err(),
        "a published version never changes"
    );
    let (draft, bundle) = stall_case(centre, &mut office.kiosk);
    office.kiosk.upload(centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    for (who, step) in [
        (&office.reviewer, Step::Accept),
        (&office.reviewer, Step::Review { passed: true, opinion: "可以".into() }),
        (&office.decider, Step::Decide { granted: true, opinion: "准予".into() }),
    ] {
        let version = centre.cases().row(who, draft.id).unwrap().version;
        centre.workflow().step(who, draft.id, version, &step).unwrap();
    }
    let jobs = centre.licences().queue(&office.window.station).unwrap();
    assert!(jobs[0].number.starts_with("TW8901002026"), "{}", jobs[0].number);
}

#[test]
fn evidence_opens_only_with_a_reason_and_the_look_stays_in_the_chain() {
    let mut office = office(14);
    let centre = &office.world.centre;
    let (draft, bundle) = stall_case(centre, &mut office.kiosk);
    office.kiosk.upload(centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let room = centre.evidence();
    assert_eq!(code_of(&room.piece(&office.reviewer, draft.id, Piece::Still).unwrap_err()), "A105");
    assert_eq!(code_of(&room.view(&office.reviewer, draft.id, " ").unwrap_err()), "A105");
    assert_eq!(code_of(&room.view(&office.operator, draft.id, "想看").unwrap_err()), "A104");
    room.view(&office.reviewer, draft.id, "核对本人").unwrap();
    assert_eq!(room.piece(&office.reviewer, draft.id, Piece::Still).unwrap().bytes, head(3));
    assert_eq!(room.piece(&office.reviewer, draft.id, Piece::Clip).unwrap().bytes, clip());
    assert_eq!(
        code_of(&room.piece(&office.decider, draft.id, Piece::Still).unwrap_err()),
        "A105",
        "another person's reason opens nothing"
    );
    office.world.clock.advance(10 * 60_000);
    assert_eq!(
        code_of(&room.piece(&office.reviewer, draft.id, Piece::Still).unwrap_err()),
        "A105",
        "after ten minutes a new reason is due"
    );
    let view = centre.cases().view(&office.reviewer, draft.id).unwrap();
    assert!(view.timeline.iter().any(|line| line.title == "调阅核验证据" && line.detail.contains("核对本人")));
}

#[test]
fn a_case_is_found_by_name_number_and_receipt_but_not_from_another_county() {
    let mut office = office(15);
    let centre = &office.world.centre;
    let (draft, bundle) = stall_case(centre, &mut office.kiosk);
    office.kiosk.upload(centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let found =
        |by, text: &str| centre.cases().list(by, &Filter { status: None, text: Some(text.into()) }).unwrap().len();
    let receipt = draft.case.receipt().unwrap();
    for text in ["陈建国", CARD_NUMBER, receipt, &receipt[12..], ""] {
        assert_eq!(found(&office.reviewer, text), 1, "{text}");
    }
    for text in ["陈建", "890102197803150121", "99999999"] {
        assert_eq!(found(&office.reviewer, text), 0, "{text}");
    }
    centre.staff().add("test", "west1", "邻区", &[Role::Reviewer], "890103", PASSWORD).unwrap();
    let west = centre.staff().get("west1").unwrap().unwrap();
    assert_eq!(found(&west, ""), 0);
    assert_eq!(code_of(&centre.cases().view(&west, draft.id).unwrap_err()), "C111");
}

#[test]
fn progress_is_told_for_number_and_password_and_rests_after_five_wrong_ones() {
    let mut office = office(16);
    let centre = &office.world.centre;
    let (draft, bundle) = stall_case(centre, &mut office.kiosk);
    office.kiosk.upload(centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let receipt = draft.case.receipt().unwrap();
    let password = tongban_protocol::query::query_password(draft.key.expose(), receipt);
    let progress = centre.public().progress(receipt, &password).unwrap();
    assert_eq!((progress.status.as_str(), progress.applicant.as_str()), ("received", "陈*国"));
    let wrong = if password == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(code_of(&centre.public().progress(receipt, wrong).unwrap_err()), "C111");
    }
    assert_eq!(code_of(&centre.public().progress(receipt, &password).unwrap_err()), "N112", "even the right one rests");
    office.world.clock.advance(15 * 60_000);
    assert!(centre.public().progress(receipt, &password).is_ok());
}

#[test]
fn nothing_of_the_applicant_lies_readable_in_the_data_directory() {
    let mut office = office(17);
    let (draft, bundle) = stall_case(&office.world.centre, &mut office.kiosk);
    office.kiosk.upload(&office.world.centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
    let root = office.world.dir.path().join("centre");
    let mut all = Vec::new();
    let mut dirs = vec![root];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() {
                dirs.push(entry.path());
            } else {
                all.extend(std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let holds = |text: &str| all.windows(text.len()).any(|window| window == text.as_bytes());
    for planted in [CARD_NUMBER, "陈建国", "13900000000", "中山街道1号"] {
        assert!(!holds(planted), "{planted} is readable");
    }
    assert!(holds(draft.case.receipt().unwrap()), "negative control: what is not personal is found");
}

#[cfg(feature = "bench")]
#[test]
fn a_list_is_read_page_after_page_without_gap_and_its_counters_agree() {
    use tongban_centre::cases::Waiting;
    let office = office(19);
    let centre = &office.world.centre;
    centre.fill_for_bench(6000).unwrap();
    let closed = Filter { status: Some("closed".into()), text: None };
    let (mut seen, mut before) = (std::collections::BTreeSet::new(), None);
    loop {
        let rows = centre.cases().page(&office.reviewer, &closed, before).unwrap();
        let times: Vec<_> = rows.iter().map(|row| row.submitted_ms).collect();
        assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
        for row in &rows {
            assert!(seen.insert(row.case), "{} stands on two pages", row.case);
        }
        let Some(last) = rows.last() else { break };
        before = last.submitted_ms.map(|at| (at, last.case));
    }
    assert_eq!(seen.len(), 5700);
    let counts = centre.cases().counts(&office.reviewer).unwrap();
    assert_eq!(counts, [("in_review".to_owned(), 300), ("closed".to_owned(), 5700)]);
    let urgent = centre.cases().urgent(&office.reviewer, Waiting::Review, 20).unwrap();
    assert!(
        urgent.len() == 20
            && urgent.iter().all(|(row, step)| row.due.as_deref() <= Some("2026-12-02") && step == "审查")
    );
    centre.staff().add("test", "west2", "邻区", &[Role::Reviewer], "890103", PASSWORD).unwrap();
    let west = centre.staff().get("west2").unwrap().unwrap();
    assert!(
        centre.cases().counts(&west).unwrap().is_empty()
            && centre.cases().page(&west, &closed, None).unwrap().is_empty()
    );
    // None of them is in the journal: whatever a list says comes from there.
    assert_eq!(centre.cases().rebuild().unwrap(), 0);
    assert!(centre.cases().counts(&office.reviewer).unwrap().is_empty());
}
