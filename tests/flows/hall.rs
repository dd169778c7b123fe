//! A hall in process: the centre on its real database, a window that seals and signs as a real one
//! does, and people with their posts.

use crate::common::sample::{answer, begin, construction_extra, picture};
use crate::common::{Draft, FIRM, PASSWORD, TestStation, World, code_of};
use std::collections::BTreeMap;
use tongban_centre::handling::Act;
use tongban_centre::org::Post;
use tongban_centre::rights::Role;
use tongban_centre::staff::Member;
use tongban_centre::{Centre, CentreError};
use tongban_crypto::sm3;
use tongban_domain::case::{CaseStatus, sign_off_content};
use tongban_domain::clock::{Ids as _, WallTime};
use tongban_domain::event::{
    Delivery, Digest, Event, Missing, ShareAnswer, ShareOutcome, SharedRecord, SignOffMethod, Value,
};
use tongban_domain::form::prefill;
use tongban_domain::ids::{CaseId, FieldId, PageId, RequirementId};
use tongban_domain::item::{How, ServiceItem, material_state};
use tongban_domain::limits::parse_date;

pub struct Hall {
    pub world: World,
    pub window: TestStation,
    people: BTreeMap<&'static str, Member>,
    slips: BTreeMap<CaseId, (String, String)>,
}

/// 09:00 of a day in China.
pub fn morning(day: &str) -> WallTime {
    at(day, 9, 0)
}

pub fn at(day: &str, hour: u8, minute: u8) -> WallTime {
    let date = parse_date(day).unwrap();
    let moment = date.with_hms(hour, minute, 0).unwrap().assume_utc();
    WallTime((moment.unix_timestamp() - 8 * 3600) * 1000)
}

pub fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub fn missing(item: &ServiceItem, ids: &[&str]) -> Vec<Missing> {
    let one = |id: &&str| {
        let requirement: RequirementId = (*id).into();
        let name = item.requirement(&requirement).unwrap().name.clone();
        Missing { requirement, name, why: "未提供，请补齐".into() }
    };
    ids.iter().map(one).collect()
}

/// What an applicant brings.
pub struct Brings<'a> {
    pub item: &'a str,
    pub extra: Vec<(&'a str, Value)>,
    pub without: &'a [&'a str],
    pub delivery: Delivery,
    /// Said right after the swipe, before consent: guardian, agent.
    pub with: Vec<Event>,
}

pub fn construction() -> Brings<'static> {
    Brings { item: "jz_first", extra: construction_extra(), without: &[], delivery: Delivery::Pickup, with: vec![] }
}

pub fn catering() -> Brings<'static> {
    let operation = BTreeMap::from([("operation".into(), text("hot"))]);
    Brings {
        item: "sp",
        extra: vec![
            ("business_form", text("2")),
            ("operations", Value::Rows(vec![operation])),
            ("staff_count", text("6")),
            ("safety_officer", text("赵强")),
            ("phone", text("13900000000")),
            ("area", text("120")),
        ],
        without: &[],
        delivery: Delivery::Pickup,
        with: vec![],
    }
}

impl Hall {
    pub fn open(seed: u64, day: &str) -> Self {
        Self::open_with(seed, day, None)
    }

    /// With a way to the departments.
    pub fn open_with(
        seed: u64,
        day: &str,
        departments: Option<std::sync::Arc<dyn tongban_centre::Departments>>,
    ) -> Self {
        let world = World::with(seed, departments);
        world.clock.set_wall(morning(day));
        let window = TestStation::enrol(&world.centre, &world.clock, seed + 9000, "890102-001-W01", "window", "003");
        let mut hall = Self { world, window, people: BTreeMap::new(), slips: BTreeMap::new() };
        for (name, roles, title) in [
            ("window", &[Role::Window][..], "综合窗口"),
            ("reviewer", &[Role::Reviewer], "承办人"),
            ("chief", &[Role::Chief], "科室负责人"),
            ("decider", &[Role::Decider], "分管领导"),
            ("operator", &[Role::Operator], "制证员"),
            ("manager", &[Role::Manager], "大厅主任"),
            ("supervisor", &[Role::Supervisor], "监管员"),
            ("admin", &[Role::Admin], "系统管理员"),
            ("archivist", &[Role::Archivist], "档案员"),
            ("cashier", &[Role::Cashier], "收费员"),
        ] {
            hall.hire(name, roles, "890100", title);
        }
        hall
    }

    pub fn centre(&self) -> &Centre {
        &self.world.centre
    }

    /// An account with a post.
    pub fn hire(&mut self, name: &'static str, roles: &[Role], region: &str, title: &str) -> Member {
        let staff = self.centre().staff();
        staff.add("test", name, title, roles, region, PASSWORD).unwrap();
        let member = staff.get(name).unwrap().unwrap();
        self.people.insert(name, member.clone());
        let post = Post {
            staff: member.id.clone(),
            title: title.to_owned(),
            org: String::new(),
            org_name: "示范市政务服务中心".into(),
            items: vec![],
            phone: "0890-8900303".into(),
        };
        if let Some(admin) = self.people.get("admin") {
            self.centre().organisation().set_post(admin, &post).unwrap();
        }
        member
    }

    pub fn who(&self, name: &str) -> Member {
        self.people[name].clone()
    }

    pub fn item(&self, key: &str) -> std::sync::Arc<ServiceItem> {
        self.centre().catalogue().latest(&key.into()).unwrap()
    }

    pub fn clock_to(&self, wall: WallTime) {
        self.world.clock.set_wall(wall);
    }

    /// A whole application at the window, synced to the centre.
    pub fn file(&mut self, brings: &Brings<'_>) -> CaseId {
        let draft = self.draft(brings);
        self.submit(draft, brings.delivery)
    }

    pub fn draft(&mut self, brings: &Brings<'_>) -> Draft {
        let item = self.item(brings.item);
        let mut draft = begin(&mut self.window, &item, Some(FIRM));
        brings.with.iter().for_each(|event| draft.say(&mut self.window, event.clone()));
        for call in &item.shares {
            let record = SharedRecord {
                resource: call.resource.clone(),
                outcome: ShareOutcome::Found,
                fields: answer(&call.resource.0),
                answer_sha256: Digest([7; 32]),
                took_ms: 300,
            };
            draft.say(&mut self.window, Event::ShareFetched { record });
            let resource = call.resource.clone();
            draft.say(&mut self.window, Event::ShareAnswered { resource, answer: ShareAnswer::Confirmed });
        }
        let first = prefill(&item, draft.case.card(), draft.case.standing_records());
        let mut values: BTreeMap<FieldId, Value> = first.into_iter().map(|(id, value, _)| (id, value)).collect();
        values.extend(brings.extra.iter().map(|(id, value)| ((*id).into(), value.clone())));
        draft.say(&mut self.window, Event::FormFilled { values });
        self.capture(&mut draft, &item, brings.without);
        if item.sign_off {
            self.sign_off(&mut draft);
        }
        draft
    }

    fn capture(&mut self, draft: &mut Draft, item: &ServiceItem, without: &[&str]) {
        for state in material_state(item, &draft.case) {
            let captured = matches!(item.requirement(&state.requirement).unwrap().how, How::Capture);
            if !state.is_missing() || !captured || without.contains(&state.requirement.0.as_str()) {
                continue;
            }
            self.page(draft, &state.requirement);
        }
    }

    fn page(&mut self, draft: &mut Draft, requirement: &RequirementId) {
        let blob = draft.blob(&self.window, &picture(120, 170, 120), "image/jpeg");
        let thumb = draft.blob(&self.window, &picture(60, 85, 120), "image/jpeg");
        let (page, requirement) = (PageId(self.window.ids.next()), requirement.clone());
        draft.say(&mut self.window, Event::PageCaptured { page, requirement, blob, thumb, width: 120, height: 170 });
    }

    fn sign_off(&mut self, draft: &mut Draft) {
        let evidence = draft.blob(&self.window, &picture(100, 100, 60), "image/jpeg");
        let digest = Digest(sm3(&sign_off_content(&draft.case)));
        let method = SignOffMethod::Fingerprint;
        draft.say(&mut self.window, Event::SignedOff { method, evidence, quality: 84, digest });
    }

    /// Whatever is missing again, and signed off anew.
    pub fn finish(&mut self, draft: &mut Draft) {
        let (key, _) = draft.case.item().unwrap();
        let item = self.item(&key.0.clone());
        for state in material_state(&item, &draft.case).into_iter().filter(|one| one.is_missing() && one.by_capture) {
            self.page(draft, &state.requirement);
        }
        self.sign_off(draft);
    }

    pub fn submit(&mut self, draft: Draft, delivery: Delivery) -> CaseId {
        self.submit_as(draft, delivery, None)
    }

    /// [`Hall::submit`]; filed offline and brought to the centre at a later time, where one is given.
    pub fn submit_as(&mut self, mut draft: Draft, delivery: Delivery, came: Option<WallTime>) -> CaseId {
        self.window.lease = None;
        self.window.used = 0;
        let receipt = self.window.receipt(&self.world.centre);
        let password = tongban_protocol::query::query_password(draft.key.expose(), &receipt);
        self.slips.insert(draft.id, (receipt.clone(), password));
        draft.say(&mut self.window, Event::Submitted { receipt, delivery, offline: came.is_some() });
        let bundle = draft.bundle(&self.window);
        if let Some(came) = came {
            self.clock_to(came);
        }
        let bytes = bundle.encode().unwrap();
        self.window.upload(&self.world.centre, bundle.id, &bytes, bytes.len()).unwrap();
        draft.id
    }

    /// Receipt number and password of a case filed here.
    pub fn slip(&self, id: CaseId) -> (&str, &str) {
        let (receipt, password) = &self.slips[&id];
        (receipt, password)
    }

    pub fn status(&self, id: CaseId) -> CaseStatus {
        CaseStatus::parse(&self.centre().cases().row(&self.who("manager"), id).unwrap().status).unwrap()
    }

    pub fn version(&self, id: CaseId) -> u64 {
        self.centre().cases().row(&self.who("manager"), id).unwrap().version
    }

    pub fn due(&self, id: CaseId) -> Option<String> {
        self.centre().cases().row(&self.who("manager"), id).unwrap().due
    }

    /// One act, on the version as it stands.
    pub fn act(&self, who: &str, id: CaseId, act: &Act) -> Result<(), CentreError> {
        self.centre().handling().act(&self.who(who), id, self.version(id), "890102-001-W01", act)
    }

    pub fn acts(&self, who: &str, id: CaseId, act: &Act) {
        self.act(who, id, act).unwrap_or_else(|error| panic!("{who} {act:?}: {error}"));
    }

    /// The code of a refusal.
    pub fn refused(&self, who: &str, id: CaseId, act: &Act) -> &'static str {
        code_of(&self.act(who, id, act).expect_err("this must be refused"))
    }

    /// Kinds of the papers handed out, oldest first.
    pub fn papers(&self, id: CaseId) -> Vec<&'static str> {
        let kept = self.centre().papers().of_case(&self.who("manager"), id).unwrap();
        kept.iter().map(|paper| paper.kind.as_str()).collect()
    }

    /// What the code on a paper says, read by zbar from its picture.
    pub fn paper_code(&self, id: CaseId, kind: &str) -> Option<String> {
        let path = self.world.dir.path().join("code.pdf");
        std::fs::write(&path, self.paper(id, kind)).unwrap();
        let picture = self.world.dir.path().join("code");
        let mut drawn = std::process::Command::new("pdftoppm");
        drawn.args(["-r", "150", "-png", "-singlefile"]).arg(&path);
        assert!(drawn.arg(&picture).status().expect("pdftoppm is needed (poppler-utils)").success());
        let mut read = std::process::Command::new("zbarimg");
        let output = read
            .args(["--quiet", "--raw"])
            .arg(picture.with_extension("png"))
            .output()
            .expect("zbarimg is needed (zbar-tools)");
        String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
    }

    /// The PDF of the newest paper of a kind.
    fn paper(&self, id: CaseId, kind: &str) -> Vec<u8> {
        let papers = self.centre().papers();
        let manager = self.who("manager");
        let kept = papers.of_case(&manager, id).unwrap();
        let paper = kept.iter().rev().find(|paper| paper.kind.as_str() == kind).expect("the paper was handed out");
        papers.pdf(&manager, &paper.document_no).unwrap()
    }

    /// The text of a paper, as a reader of PDF files sees it.
    pub fn paper_text(&self, id: CaseId, kind: &str) -> String {
        let path = self.world.dir.path().join("paper.pdf");
        std::fs::write(&path, self.paper(id, kind)).unwrap();
        let output = std::process::Command::new("pdftotext").arg("-raw").arg(&path).arg("-").output();
        let output = output.expect("pdftotext is needed (poppler-utils)");
        String::from_utf8_lossy(&output.stdout).chars().filter(|c| !c.is_whitespace()).collect()
    }

    /// Reviews a promised case through its open steps, up to the decision.
    pub fn review(&self, id: CaseId) {
        for _ in 0..6 {
            let flow = self.centre().handling().flow(&self.who("manager"), id).unwrap();
            let Some(step) = flow.open.first() else { return };
            if step.seat == tongban_domain::item::Seat::Decide {
                return;
            }
            let who = if step.name == "复核" { "chief" } else { "reviewer" };
            self.acts(who, id, &Act::Step { step: step.name.clone(), passed: true, opinion: "符合条件".into() });
        }
    }

    pub fn grant(&self, id: CaseId) {
        self.acts("decider", id, &Act::Decide { granted: true, opinion: "同意".into() });
    }

    /// 建筑业企业资质, accepted, reviewed and granted.
    pub fn granted(&mut self, delivery: Delivery) -> CaseId {
        let case = self.file(&Brings { delivery, ..construction() });
        self.acts("window", case, &Act::Accept);
        self.review(case);
        self.grant(case);
        case
    }

    /// The titles of a case's timeline.
    pub fn titles(&self, id: CaseId) -> Vec<String> {
        let view = self.centre().cases().view(&self.who("reviewer"), id).unwrap();
        view.timeline.into_iter().map(|line| line.title).collect()
    }
}
