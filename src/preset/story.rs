//! 样本办件: a case told event by event, as far as a state needs it.

use crate::service::cases::OpenCase;
use std::collections::BTreeMap;
use std::sync::Arc;
use tongban_domain::case::Case;
use tongban_domain::event::{
    BlobRef, CardFacts, Channel, Delivery, Digest, Event, PresenceMethod, ShareAnswer, ShareOutcome, SharedRecord,
    SignOffMethod, Value,
};
use tongban_domain::form;
use tongban_domain::ids::{CaseId, FieldId, HallId, PageId, RequirementId, StaffId, StationId};
use tongban_domain::item::{FieldKind, ServiceItem, ShareCall, material_state};
use uuid::Uuid;

/// A firm's name as long as they come: forty characters.
pub const FIRM_NAME: &str = "示范市城东区宏远新型装配式建筑结构工程技术研究开发咨询服务股份有限公司第一分公司";
/// A person's name as long as they come.
pub const LONG_NAME: &str = "阿卜杜热西提·买买提明江";
/// Credit code of the demo firm.
pub const FIRM: &str = "91890100MA8DEM018P";
/// Number of the demo applicant.
pub const NUMBER: &str = "890102197803150113";
/// A number of the demo hall.
pub const RECEIPT: &str = "89010226112300300078";

/// A case under construction.
#[derive(Clone)]
pub struct Story {
    case: Case,
    item: Option<Arc<ServiceItem>>,
    next_page: u128,
}

impl Story {
    /// The card of the applicant was read.
    #[must_use]
    pub fn identified(channel: Channel) -> Self {
        let case = Case::new(CaseId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)));
        let mut story = Self { case, item: None, next_page: 1 };
        story.tell(Event::Opened {
            channel,
            station: StationId("890102-001-K03".into()),
            hall: HallId("890102-001".into()),
        });
        story.tell(Event::Identified {
            card: card(),
            line_sha256: Digest([7; 32]),
            reader: "sample".into(),
            expired: false,
            photo: None,
            portrait: None,
        });
        story
    }

    /// The notice was read and a way chosen.
    #[must_use]
    pub fn agreed(mut self, choice: PresenceMethod) -> Self {
        self.tell(Event::ConsentGiven { text_version: 1, choice, evidence_upload: true });
        self
    }

    /// An attendant confirmed.
    #[must_use]
    pub fn present(self) -> Self {
        let mut story = self.agreed(PresenceMethod::Manual);
        story.tell(Event::PresenceProved {
            method: PresenceMethod::Manual,
            still: None,
            clip: None,
            score_milli: None,
            decided_by: Some(StaffId("D001".into())),
            reason: Some("sample".into()),
        });
        story
    }

    /// An item is chosen, with the demo firm where one is needed.
    #[must_use]
    pub fn chose(mut self, item: &Arc<ServiceItem>) -> Self {
        let firm = (item.audience == tongban_domain::item::Audience::Firm).then(|| FIRM.to_owned());
        self.tell(Event::ItemChosen { item: item.key.clone(), version: item.version, firm });
        self.item = Some(Arc::clone(item));
        self
    }

    /// The first calls ended like this.
    #[must_use]
    pub fn asked(mut self, outcomes: &[ShareOutcome]) -> Self {
        let calls = self.calls();
        for (call, outcome) in calls.iter().zip(outcomes) {
            self.tell(Event::ShareFetched { record: record(call, *outcome) });
        }
        self
    }

    /// Every record found so far is confirmed, but for one objected to.
    #[must_use]
    pub fn answered(mut self, objected: Option<usize>) -> Self {
        let open: Vec<_> = self.calls().into_iter().enumerate().collect();
        for (n, call) in open {
            let found =
                self.case.shares().get(&call.resource).is_some_and(|share| share.record.outcome == ShareOutcome::Found);
            if found {
                let answer = if objected == Some(n) {
                    ShareAnswer::Objected { reason: "内容有误".into() }
                } else {
                    ShareAnswer::Confirmed
                };
                self.tell(Event::ShareAnswered { resource: call.resource.clone(), answer });
            }
        }
        self
    }

    /// All shared records found and confirmed.
    #[must_use]
    pub fn shared(self) -> Self {
        let all = vec![ShareOutcome::Found; self.calls().len()];
        self.asked(&all).answered(None)
    }

    /// The form is complete.
    #[must_use]
    pub fn filled(mut self) -> Self {
        let values = self.values();
        self.tell(Event::FormFilled { values });
        self
    }

    /// The form with some answers only: it comes back to the same page.
    #[must_use]
    pub fn begun(mut self) -> Self {
        let mut values = self.values();
        values.remove(&FieldId::from("phone"));
        self.tell(Event::FormFilled { values });
        self
    }

    /// Pages in the first slots: as many in each as said.
    #[must_use]
    pub fn captured(mut self, pages: &[usize]) -> Self {
        let slots = self.slots();
        for (slot, count) in slots.into_iter().zip(pages) {
            for _ in 0..*count {
                let page = PageId(Uuid::from_u128(self.next_page));
                self.next_page += 1;
                let (blob, thumb) = (blob(1), blob(2));
                self.tell(Event::PageCaptured {
                    page,
                    requirement: slot.clone(),
                    blob,
                    thumb,
                    width: 2480,
                    height: 3508,
                });
            }
        }
        self
    }

    /// A page in every slot.
    #[must_use]
    pub fn captured_all(self) -> Self {
        let all = vec![1; self.slots().len()];
        self.captured(&all)
    }

    /// Signed by finger.
    #[must_use]
    pub fn signed(mut self) -> Self {
        let digest = crate::service::Cases::sign_off_digest(&self.case);
        self.tell(Event::SignedOff { method: SignOffMethod::Fingerprint, evidence: blob(3), quality: 80, digest });
        self
    }

    /// Submitted.
    #[must_use]
    pub fn submitted(mut self, offline: bool) -> Self {
        self.tell(Event::Submitted { receipt: RECEIPT.into(), delivery: Delivery::Pickup, offline });
        self
    }

    /// The pages captured, in slot order.
    #[must_use]
    pub fn pages(&self) -> Vec<PageId> {
        self.case.pages_by_requirement().values().flat_map(|pages| pages.iter().map(|page| page.id)).collect()
    }

    /// The case as the store would hand it out.
    #[must_use]
    pub fn open(&self) -> OpenCase {
        OpenCase { id: CaseId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)), case: self.case.clone() }
    }

    fn tell(&mut self, event: Event) {
        self.case.apply(&event).expect("samples keep the rules of a case");
    }

    fn calls(&self) -> Vec<ShareCall> {
        self.item.as_ref().map(|item| item.shares.clone()).unwrap_or_default()
    }

    fn slots(&self) -> Vec<RequirementId> {
        let Some(item) = &self.item else { return Vec::new() };
        let mut slots: Vec<_> = material_state(item, &self.case).into_iter().filter(|state| state.by_capture).collect();
        slots.sort_by_key(|state| !state.needed);
        slots.into_iter().map(|state| state.requirement).collect()
    }

    fn values(&self) -> BTreeMap<FieldId, Value> {
        let Some(item) = &self.item else { return BTreeMap::new() };
        let mut values: BTreeMap<FieldId, Value> = form::prefill(item, self.case.card(), self.case.standing_records())
            .into_iter()
            .map(|(field, value, _)| (field, value))
            .collect();
        for field in item.form.fields() {
            if !values.contains_key(&field.id)
                && let Some(value) = answer(&field.id.0, &field.kind)
            {
                values.insert(field.id.clone(), value);
            }
        }
        values
    }
}

/// An answer for a field nobody else fills.
fn answer(id: &str, kind: &FieldKind) -> Option<Value> {
    let known = match id {
        "series" => "general",
        "category" => "building",
        "grade" => "third",
        "net_assets" => "5200",
        "phone" | "contact_phone" => "13800138000",
        _ => "",
    };
    if !known.is_empty() {
        return Some(Value::Text(known.to_owned()));
    }
    match kind {
        FieldKind::Text { .. } => Some(Value::Text(LONG_NAME.to_owned())),
        FieldKind::Choice { options } => options.first().map(|option| Value::Text(option.key.clone())),
        FieldKind::List { fields, min, .. } if *min > 0 || id == "projects" => {
            let row =
                fields.iter().filter_map(|field| Some((field.id.clone(), cell(&field.id.0, &field.kind)?))).collect();
            Some(Value::Rows(vec![row]))
        }
        _ => None,
    }
}

fn cell(id: &str, kind: &FieldKind) -> Option<Value> {
    match (id, kind) {
        ("number", _) => Some(Value::Text(NUMBER.to_owned())),
        (_, FieldKind::Text { .. }) => Some(Value::Text(LONG_NAME.to_owned())),
        (_, FieldKind::Choice { options }) => options.first().map(|option| Value::Text(option.key.clone())),
        (_, FieldKind::Number { .. }) => Some(Value::Text("1280".to_owned())),
        (_, FieldKind::Date) => Some(Value::Text("2024-06-30".to_owned())),
        _ => None,
    }
}

fn record(call: &ShareCall, outcome: ShareOutcome) -> SharedRecord {
    let found = outcome == ShareOutcome::Found;
    let fields =
        call.fields.iter().filter(|_| found).map(|field| (field.key.clone(), shown(&field.key.0).to_owned())).collect();
    let took_ms = if outcome == ShareOutcome::TimedOut { 12_000 } else { 412 };
    SharedRecord { resource: call.resource.clone(), outcome, fields, answer_sha256: Digest([9; 32]), took_ms }
}

/// What departments answer, by the name of the field.
fn shown(key: &str) -> &'static str {
    match key {
        "name" | "owner" | "guardian" => FIRM_NAME,
        "uscc" => FIRM,
        "number" | "legal_person_number" | "child_number" => NUMBER,
        "legal_person" => LONG_NAME,
        "address" | "location" => "示范省示范市城东区中山街道和平社区建设大道 1688 号宏远大厦 12 层 1201 至 1218 室",
        "economic_type" => "有限责任公司（自然人投资或控股）",
        "founded" | "adopted" => "2015-06-01",
        "registered_capital_wan" => "8000",
        "scope" => "房屋建筑工程施工；装配式建筑结构工程技术研究、开发与咨询服务；建筑材料销售",
        "certificate_no" => "示（2019）示范市不动产权第 0012345 号",
        "area_m2" => "1260.50",
        "use" => "办公",
        "month" => "2026-10",
        "count" => "46",
        "names" => "王明、赵强、周伟、马依娜",
        "specialities" => "建筑工程、市政公用工程",
        "posts" => "施工员、质量员、安全员、材料员、资料员",
        "articles" => "62",
        "shareholders" => "陈建国、吴昊",
        "nation" => "汉",
        "list" => "[]",
        _ => "城镇企业职工基本养老保险",
    }
}

fn card() -> CardFacts {
    CardFacts {
        name: LONG_NAME.into(),
        sex: "男".into(),
        nation: "01".into(),
        birth: "19780315".into(),
        address: "示范省示范市城东区中山街道和平社区建设大道 1688 号 3 栋 2 单元 1201 室".into(),
        number: NUMBER.into(),
        issuer: "示范市公安局城东分局".into(),
        valid_from: "20160301".into(),
        valid_to: "20360301".into(),
    }
}

fn blob(n: u8) -> BlobRef {
    BlobRef { address: Digest([n; 32]), plain_sha256: Digest([n; 32]), len: 1, media: "image/jpeg".into() }
}
