//! Keys, events and a case that every test of this crate shares. Fixed for ever: the frozen
//! corpus was written from them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use tongban_crypto::{DataKey, SigningKey, WrapSecret, seal_blob, sm3};
use tongban_domain::case::{Case, sign_off_content};
use tongban_domain::clock::{Clock, Ids, Rng};
use tongban_domain::event::{
    Approval, BlobRef, CardFacts, Channel, CloseCode, Delivery, Digest, Event, Hand, Light, MaterialVerdict, Missing,
    PageVerdict, PaperKind, PresenceMethod, Principal, SentBy, ShareAnswer, ShareOutcome, SharedRecord, SignOffMethod,
    SpecialKind, Value,
};
use tongban_domain::ids::{ActionId, CaseId, PageId, PrintId, StaffId};
use tongban_protocol::action::{ActionDraft, Actor, NO_HASH, Origin, SignedAction};
use tongban_protocol::bundle::{Bundle, BundleReceipt, StationLink, WrappedKey};
use tongban_protocol::payload::blob_context;
use tongban_protocol::seeded::{SeededClock, SeededIds, SeededRng};

/// Everything a case needs.
pub struct World {
    pub clock: SeededClock,
    pub ids: SeededIds,
    pub rng: SeededRng,
    pub case: CaseId,
    pub case_key: DataKey,
    pub station: SigningKey,
    pub centre: SigningKey,
    pub centre_wrap: WrapSecret,
    pub blobs: Vec<(Digest, Vec<u8>)>,
    pub withheld: Vec<(Digest, Vec<u8>)>,
    pub actions: Vec<SignedAction>,
    pub links: Vec<StationLink>,
}

pub const STATION: &str = "890102-001-K03";

impl World {
    pub fn new(seed: u64) -> Self {
        let rng = SeededRng::new(seed);
        let ids = SeededIds::new(seed);
        let fill = &mut |buffer: &mut [u8]| rng.fill(buffer);
        let case_key = DataKey::generate(fill);
        let (station, centre) = (SigningKey::generate(fill), SigningKey::generate(fill));
        let centre_wrap = WrapSecret::generate(fill);
        let case = CaseId(ids.next());
        Self {
            clock: SeededClock::default(),
            ids,
            rng,
            case,
            case_key,
            station,
            centre,
            centre_wrap,
            blobs: Vec::new(),
            withheld: Vec::new(),
            actions: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Seals a blob of this case and keeps it.
    pub fn blob(&mut self, plain: &[u8], media: &str) -> BlobRef {
        let rng = &self.rng;
        let sealed =
            seal_blob(&self.case_key, &blob_context(self.case), plain, &mut |buffer: &mut [u8]| rng.fill(buffer));
        let address = Digest(sm3(&sealed));
        self.blobs.push((address, sealed));
        BlobRef { address, plain_sha256: sha256(plain), len: plain.len() as u64, media: media.to_owned() }
    }

    /// Appends an event to the case's chain and, from the station, to the station's.
    pub fn append(&mut self, event: &Event, actor: Actor, origin: Origin) {
        self.clock.advance(1500);
        let last = self.actions.last();
        let case_seq = last.map_or(1, |action| action.header.case_seq + 1);
        let draft = ActionDraft {
            id: ActionId(self.ids.next()),
            case: self.case,
            case_seq,
            prev_case_hash: last.map_or(NO_HASH, |action| action.hash),
            base_version: case_seq - 1,
            wall: self.clock.wall(),
            boot: self.clock.boot(),
            actor,
            origin: origin.clone(),
        };
        let rng = &self.rng;
        let signer = if origin == Origin::Centre { &self.centre } else { &self.station };
        let action =
            draft.seal_and_sign(event, &self.case_key, signer, &mut |buffer: &mut [u8]| rng.fill(buffer)).unwrap();
        if matches!(origin, Origin::Station(_)) {
            self.links.push(StationLink::after(self.links.last(), 1, &action));
        }
        self.actions.push(action);
    }

    /// The bundle of everything the station did.
    pub fn bundle(&self) -> Bundle {
        let rng = &self.rng;
        let wrapped =
            self.centre_wrap.public().wrap(&self.case_key, &mut |buffer: &mut [u8]| rng.fill(buffer)).unwrap();
        let actions: Vec<_> = self
            .actions
            .iter()
            .filter(|action| action.header.origin != Origin::Centre)
            .map(|action| (action.bytes.clone(), action.signature.clone()))
            .collect();
        Bundle {
            v: 1,
            id: self.ids.next(),
            station: STATION.into(),
            case: self.case,
            keys: vec![WrappedKey { reader: "centre".to_owned(), sealed: wrapped }],
            actions,
            links: self.links.clone(),
            blobs: self.blobs.clone(),
        }
    }

    pub fn receipt(&self, bundle: &Bundle) -> BundleReceipt {
        let bytes = bundle.encode().unwrap();
        let case_seq = bundle.actions.len() as u64;
        BundleReceipt::for_bundle(&bundle.head(), sha256(&bytes), case_seq, self.clock.wall())
            .unwrap()
            .sign(&self.centre)
            .unwrap()
    }
}

pub fn sha256(bytes: &[u8]) -> Digest {
    use sha2::Digest as _;
    Digest(sha2::Sha256::digest(bytes).into())
}

fn card() -> CardFacts {
    CardFacts {
        name: "陈建国".into(),
        sex: "男".into(),
        nation: "01".into(),
        birth: "19780315".into(),
        address: "示范省示范市城东区中山街道1号".into(),
        number: "890102197803150113".into(),
        issuer: "示范市公安局城东分局".into(),
        valid_from: "20200101".into(),
        valid_to: "20400101".into(),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn form() -> BTreeMap<tongban_domain::ids::FieldId, Value> {
    let row = |name: &str, kind: &str| BTreeMap::from([("person".into(), text(name)), ("trade".into(), text(kind))]);
    BTreeMap::from([
        ("net_assets".into(), text("30000000.00")),
        ("phone".into(), text("19900000000")),
        ("public_notice".into(), Value::Bool(true)),
        ("engineers".into(), Value::Rows(vec![row("王明", "建筑工程"), row("赵强", "市政公用工程")])),
    ])
}

/// What the applicant does at the kiosk, up to the sign-off.
fn at_the_kiosk(world: &mut World, evidence_upload: bool) -> Vec<Event> {
    let page = |world: &World| PageId(world.ids.next());
    let still = world.blob(b"a still of the applicant", "image/jpeg");
    let clip = world.blob(&tiny_clip(), "video/x-tongban-clip");
    let photo = world.blob(&[0x57; 1024], "application/x-wlt");
    let (one, two, three) = (page(world), page(world), page(world));
    let captured = |world: &mut World, page, requirement: &str, plain: &[u8]| Event::PageCaptured {
        page,
        requirement: requirement.into(),
        blob: world.blob(plain, "image/jpeg"),
        thumb: world.blob(&plain[..4], "image/jpeg"),
        width: 3264,
        height: 2448,
    };
    let record = SharedRecord {
        resource: "elicence.business_licence".into(),
        outcome: ShareOutcome::Found,
        fields: vec![("name".into(), "示范市宏远建设有限公司".into()), ("capital".into(), "3000万元".into())],
        answer_sha256: sha256(b"<answer/>"),
        took_ms: 412,
    };
    let big: Vec<u8> = (0..70_000_u32).map(|i| (i * 31 % 251) as u8).collect();
    vec![
        Event::Opened { channel: Channel::Kiosk, station: STATION.into(), hall: "890102-001".into() },
        Event::Identified {
            card: card(),
            line_sha256: sha256(b"bytes on the line"),
            reader: "sam-serial".into(),
            expired: false,
            photo: Some(photo),
            portrait: None,
        },
        Event::ConsentGiven { text_version: 1, choice: PresenceMethod::Face, evidence_upload },
        Event::PresenceProved {
            method: PresenceMethod::Face,
            still: Some(still),
            clip: Some(clip),
            score_milli: Some(731),
            decided_by: None,
            reason: None,
        },
        Event::ItemChosen { item: "jz_first".into(), version: 3, firm: Some("91890100MA8DEM018P".into()) },
        Event::ShareFetched { record },
        Event::ShareAnswered { resource: "elicence.business_licence".into(), answer: ShareAnswer::Confirmed },
        Event::FormFilled { values: form() },
        captured(world, one, "m05", b"first page"),
        captured(world, two, "m05", b"second page, blurred"),
        Event::PageRemoved { page: two },
        captured(world, three, "m05", &big),
        Event::PagesOrdered { requirement: "m05".into(), pages: vec![three, one] },
    ]
}

/// What the centre and the certificate window do.
fn after_submission(world: &World) -> Vec<(Event, Actor, Origin)> {
    let (reviewer, decider, operator) = ("reviewer1", "decider1", "operator1");
    let staff = |name: &str| Actor::Staff(name.into());
    let print = PrintId(world.ids.next());
    let (centre, window) = (Origin::Centre, Origin::Centre);
    let opinion = |text: &str| text.to_owned();
    vec![
        (Event::Received { project_no: "8901022603020001".into() }, Actor::System, centre.clone()),
        (
            Event::Accepted {
                by: reviewer.into(),
                document_no: "受字〔2026〕1号".into(),
                due: "2026-03-30".into(),
                hand: None,
            },
            staff(reviewer),
            centre.clone(),
        ),
        (
            Event::Reviewed { by: reviewer.into(), passed: true, opinion: opinion("符合条件"), hand: None },
            staff(reviewer),
            centre.clone(),
        ),
        (Event::EvidenceViewed { by: decider.into(), reason: opinion("核对本人") }, staff(decider), centre.clone()),
        (
            Event::Decided {
                by: decider.into(),
                granted: true,
                opinion: opinion("准予"),
                document_no: "准字〔2026〕1号".into(),
                hand: None,
            },
            staff(decider),
            centre.clone(),
        ),
        (
            Event::LicenceAllotted {
                number: "D389000017".into(),
                identifier: "1.2.156.3005.2.11890100MB0DEMO001A.001.X".into(),
                verify_token: "kq3v9s".into(),
                valid_from: "2026-03-05".into(),
                valid_to: "2031-03-04".into(),
            },
            Actor::System,
            centre,
        ),
        (
            Event::PrintIntended {
                print,
                serial: "A0000017".into(),
                pdf_sha256: sha256(b"%PDF licence"),
                operator: operator.into(),
            },
            staff(operator),
            window.clone(),
        ),
        (Event::PrintSent { print, job_uuid: "urn:uuid:1".into() }, staff(operator), window.clone()),
        (Event::PrintDone { print }, staff(operator), window.clone()),
        (Event::PrintConfirmed { print, serial: "A0000017".into() }, staff(operator), window.clone()),
        (
            Event::HandedOver { line_sha256: sha256(b"line again"), operator: operator.into(), receipt: None },
            staff(operator),
            window.clone(),
        ),
        (Event::Closed { code: CloseCode::Issued }, Actor::System, window),
    ]
}

/// `"TBCLIP1\n" ‖ u16le fps ‖ u16le frames ‖ (u32le length ‖ JPEG)*`.
fn tiny_clip() -> Vec<u8> {
    let mut clip = b"TBCLIP1\n".to_vec();
    clip.extend_from_slice(&5_u16.to_le_bytes());
    clip.extend_from_slice(&2_u16.to_le_bytes());
    for frame in [b"\xff\xd8one\xff\xd9", b"\xff\xd8two\xff\xd9"] {
        clip.extend_from_slice(&(frame.len() as u32).to_le_bytes());
        clip.extend_from_slice(frame);
    }
    clip
}

/// A whole case, from the swipe to the licence in hand.
pub fn whole_case(seed: u64) -> World {
    whole_case_with(seed, true)
}

/// The same with another answer to "may stills and video leave the station?". With `false` the
/// still and the clip are not among the blobs that travel but in `withheld`.
pub fn whole_case_with(seed: u64, evidence_upload: bool) -> World {
    let mut world = World::new(seed);
    let mut events = at_the_kiosk(&mut world, evidence_upload);
    let content = sign_off_content(&Case::fold(world.case, &events).expect("the fixed case follows the rules"));
    let evidence = world.blob(b"finger ridge picture", "image/png");
    events.push(Event::SignedOff {
        method: SignOffMethod::Fingerprint,
        evidence,
        quality: 82,
        digest: Digest(sm3(&content)),
    });
    events.push(Event::Submitted { receipt: "890102260302K030001".into(), delivery: Delivery::Pickup, offline: false });
    for event in &events {
        world.append(event, Actor::Applicant, Origin::Station(STATION.into()));
    }
    let handled = after_submission(&world);
    for (event, actor, origin) in &handled {
        world.append(event, actor.clone(), origin.clone());
    }
    if !evidence_upload {
        // Still and clip are the first two made.
        world.withheld = world.blobs.drain(..2).collect();
    }
    world
}

/// One event of each kind the whole case does not show.
pub fn other_events() -> Vec<Event> {
    let uuid = |n: u128| uuid::Uuid::from_u128(n);
    let mut events = vec![
        Event::PrintVoided { print: PrintId(uuid(1)), spoiled: true, reason: "卡纸".into() },
        Event::Blocked { code: "C105".into() },
        Event::Withdrawn { reason: "申请人撤回".into() },
        Event::ProofIssued { number: "P-1".into(), verify_token: "t".into(), pdf_sha256: sha256(b"%PDF") },
        Event::Continues { case: CaseId(uuid(2)) },
        Event::HandedOn { text_version: 1 },
        Event::ContinuedBy { case: CaseId(uuid(3)), station: "890102-001-W01".into() },
    ];
    events.extend(applicants_and_parts());
    events.extend(intake_events());
    events.extend(review_events());
    events
}

fn hand() -> Hand {
    Hand { post: "承办人".into(), desk: "centre".into() }
}

fn missing() -> Vec<Missing> {
    vec![Missing { requirement: "m05".into(), name: "审计报告".into(), why: "缺第 3 页".into() }]
}

fn applicants_and_parts() -> Vec<Event> {
    let uuid = |n: u128| uuid::Uuid::from_u128(n);
    let verdict = MaterialVerdict {
        requirement: "m05".into(),
        light: Light::Green,
        code: "ok".into(),
        reason: "净资产 1260.5 万元，要求 ≥ 800 万元".into(),
    };
    vec![
        Event::GuardianConsented {
            card: card(), line_sha256: sha256(b"guardian"), relation: "出生医学证明".into()
        },
        Event::AgentNamed {
            principal: Principal { name: "陈建国".into(), number: "890102197803150113".into() },
            items: vec!["jz_first".into()],
            pickup: true,
            valid_to: "2026-12-31".into(),
            requirement: "m17".into(),
        },
        Event::PageJudged {
            page: PageId(uuid(3)),
            verdict: PageVerdict {
                judge: "rules 1".into(),
                legible: Some(true),
                figures: vec![("net_assets".into(), "1260.50".into())],
                ..PageVerdict::default()
            },
        },
        Event::CompletenessIssued {
            document_no: "齐〔2026〕1号".into(),
            verdicts: vec![verdict],
            content: sha256(b"content"),
            pdf_sha256: sha256(b"%PDF"),
        },
        Event::PartOf {
            parent: CaseId(uuid(4)),
            item: "sp".into(),
            version: 1,
            firm: None,
            receipt: "890102260302001000117-1".into(),
            delivery: Delivery::Pickup,
        },
        Event::PartsOpened { parts: vec![CaseId(uuid(5)), CaseId(uuid(6))], deliver_each: true },
        Event::PartEnded { part: CaseId(uuid(5)), status: "closed".into() },
    ]
}

fn intake_events() -> Vec<Event> {
    let (by, day) = (StaffId::from("officer1"), || "2026-03-16".to_owned());
    vec![
        Event::CorrectionAsked {
            by: by.clone(),
            hand: hand(),
            document_no: "补〔2026〕1号".into(),
            missing: missing(),
            due: day(),
            approval: Some(Approval { by: "chief1".into(), reason: "首次告知后规定变更".into() }),
        },
        Event::CorrectionDone { by: Some(by.clone()), requirements: vec!["m05".into()] },
        Event::FixedOnTheSpot {
            by: by.clone(),
            hand: hand(),
            field: "phone".into(),
            value: Value::Text("13900000000".into()),
            reason: "少一位".into(),
        },
        Event::DeemedAccepted { on: day(), document_no: "视受〔2026〕1号".into(), due: day() },
        Event::Rejected {
            by: by.clone(),
            hand: hand(),
            reason: "不属于本机关职权".into(),
            competent: Some("示范市水利局".into()),
            document_no: "不受〔2026〕1号".into(),
        },
        Event::Returned { by: by.clone(), hand: hand(), reason: "重复提交".into() },
        Event::Redirected {
            by: by.clone(),
            hand: hand(),
            to_code: "1189010000123401X6".into(),
            to_name: "示范市住房和城乡建设局".into(),
            reason: "通办代收".into(),
            originals: true,
        },
        Event::DeferralGranted {
            by: by.clone(),
            hand: hand(),
            missing: missing(),
            supply_by: day(),
            credit: "信用良好".into(),
            promise_no: "容诺〔2026〕1号".into(),
            document_no: "容受〔2026〕1号".into(),
        },
        Event::CommitmentMade {
            by,
            hand: hand(),
            text_version: 1,
            conditions: vec!["有符合要求的通风设施".into()],
            promise_no: "诺〔2026〕1号".into(),
            check_by: day(),
        },
    ]
}

fn review_events() -> Vec<Event> {
    let (by, day) = (StaffId::from("officer1"), || "2026-03-16".to_owned());
    let approval = Approval { by: "chief1".into(), reason: "专家意见待补".into() };
    let said = |text: &str| text.to_owned();
    vec![
        Event::DeferralSupplied { by: by.clone(), hand: hand(), requirement: "m05".into(), pages: vec![] },
        Event::CommitmentChecked { by: by.clone(), hand: hand(), kept: true, finding: said("与承诺一致") },
        Event::LicenceRevoked {
            by: by.clone(),
            hand: hand(),
            reason: said("承诺不实"),
            document_no: said("撤〔2026〕1号"),
        },
        Event::Suspended {
            by: by.clone(),
            hand: hand(),
            kind: SpecialKind::Other,
            name: said("专家评审"),
            document_no: said("特〔2026〕1号"),
            expected_days: 10,
            reason: said("须专家评审"),
        },
        Event::Resumed { by: by.clone(), hand: hand(), result: said("评审通过") },
        Event::Extended {
            by: by.clone(),
            hand: hand(),
            approval,
            days: 10,
            due: day(),
            reason: said("案情复杂"),
            document_no: said("延〔2026〕1号"),
        },
        Event::HearingHeld {
            host: "host1".into(),
            hand: hand(),
            document_no: said("听〔2026〕1号"),
            record: said("笔录"),
        },
        Event::StepDone { step: said("审查"), by: by.clone(), hand: hand(), passed: true, opinion: said("同意") },
        Event::StepReturned {
            step: said("复核"),
            to: said("审查"),
            by: by.clone(),
            hand: hand(),
            reason: said("补充意见"),
        },
        Event::Assigned { step: said("审查"), to: "officer2".into(), by: by.clone(), reason: said("休假") },
        Event::Terminated {
            by: Some(by.clone()),
            hand: hand(),
            reason: said("逾期未补"),
            document_no: said("终〔2026〕1号"),
        },
        Event::PaperIssued {
            kind: PaperKind::Special,
            document_no: said("特〔2026〕1号"),
            pdf_sha256: sha256(b"%PDF"),
            by: Some(by),
            sent: SentBy::Hand,
        },
    ]
}
