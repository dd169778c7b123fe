//! 办理台: what somebody may do to a case now, as forms; and what a handler must know beside the case.

use crate::guard::Who;
use crate::html::maybe_moment;
use crate::kit::{Cell, Form, Line, Table};
use askama::Template;
use tongban_centre::cases::CaseView;
use tongban_centre::desk::AtDesk;
use tongban_centre::rights::Action;
use tongban_centre::supervision::{Card, Colour};
use tongban_domain::event::Light;
use tongban_domain::item::{Field, FieldKind, Necessity, OpenStep, ResultKind, Seat, ServiceItem};
use tongban_domain::limits::{LimitKind, date_text};

/// Everything a desk shows about one case.
pub(super) struct Seen<'a> {
    pub who: &'a Who,
    pub view: &'a CaseView,
    pub desk: &'a AtDesk,
    pub cards: &'a [Card],
}

/// A line of the notice form: material, what is wrong with it, whether it is asked for.
pub(crate) struct Asked {
    pub id: String,
    pub name: String,
    pub why: String,
    pub ticked: bool,
    pub state: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "kit/notice.html")]
struct NoticeForm {
    action: String,
    csrf: String,
    base: u64,
    asked: Vec<Asked>,
    approvals: Vec<(String, String)>,
    open: bool,
}

/// A light and its colour.
pub(crate) const fn light(light: Light) -> (&'static str, &'static str) {
    match light {
        Light::Green => ("合格", "green"),
        Light::Amber => ("待人看", "amber"),
        Light::Red => ("不合格", "red"),
    }
}

impl Seen<'_> {
    fn may(&self, action: Action) -> bool {
        self.who.member.may(action) && self.view.row.blocked.is_none()
    }

    fn status(&self) -> &str {
        &self.view.row.status
    }

    fn form(&self, kind: &str, act: &str, button: &str) -> Form {
        Form::new(act, format!("/cases/{}/{kind}", self.view.row.case), button)
            .hidden("act", act)
            .hidden("base", self.view.row.version)
            .with_token(&self.who.csrf)
            .fold()
    }

    /// Steps of opinion that wait and that this person may take.
    pub fn opinions(&self) -> Vec<&OpenStep> {
        let running = matches!(self.status(), "accepted" | "in_review") && self.desk.handled.parts.is_empty();
        let mine = |step: &&OpenStep| {
            matches!(step.seat, Seat::Review | Seat::Publicity)
                && step.assigned.as_ref().is_none_or(|person| *person == self.who.member.id)
        };
        if running && self.may(Action::Review) { self.desk.flow.open.iter().filter(mine).collect() } else { Vec::new() }
    }

    /// Whether a decision may be written now.
    pub fn decides(&self) -> bool {
        let waits = self.desk.flow.open.iter().any(|step| step.seat == Seat::Review);
        matches!(self.status(), "accepted" | "in_review")
            && self.may(Action::Decide)
            && self.desk.handled.parts.is_empty()
            && (!self.desk.handled.steps.is_empty() || self.desk.handled.commitment.is_some())
            && !waits
    }

    /// Every other act that is open now, each in a card that unfolds.
    pub fn acts(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        if let Some(item) = self.view.item.as_deref() {
            self.intake(item, &mut forms);
            self.handling(item, &mut forms);
            self.ruling(item, &mut forms);
        }
        self.heads(&mut forms);
        forms
    }

    fn intake(&self, item: &ServiceItem, forms: &mut Vec<Form>) {
        let received = self.status() == "received";
        if !self.may(Action::Accept) {
            return;
        }
        if received && item.terms.commitment.is_some() {
            let button = "按告知承诺受理";
            forms.push(
                self.form("intake", "commit", button)
                    .title("告知承诺")
                    .hint("申请人已书面承诺，当场作出决定，事后核查"),
            );
        }
        self.deferral(item, forms);
        if received {
            let reject = self
                .form("intake", "reject", "出具不予受理决定书")
                .title("不予受理")
                .hint("出具盖章、注明日期的决定书")
                .danger();
            forms.push(
                reject.area("reason", "理由").line("competent", "应向哪个机关申请（不属本机关职权时）").optional(),
            );
            let simple = |field: &&Field| !matches!(field.kind, FieldKind::List { .. } | FieldKind::Bool);
            let fields: Vec<(String, String)> =
                item.form.fields().filter(simple).map(|field| (field.id.0.clone(), field.label.clone())).collect();
            if !fields.is_empty() {
                let fix =
                    self.form("intake", "fix", "当场更正").title("当场更正").hint("可以当场更正的错误，不退回申请人");
                forms
                    .push(fix.select("field", "哪一栏", fields).line("value", "正确的内容").area("reason", "更正原因"));
            }
            let slip = Form::new("completeness", format!("/cases/{}/completeness", self.view.row.case), "出具齐全单");
            forms.push(
                slip.with_token(&self.who.csrf)
                    .fold()
                    .title("材料齐全单")
                    .hint("每份材料都合格时才能出具；只承诺齐全，不承诺批准"),
            );
        }
        if matches!(self.status(), "submitted" | "received" | "correction" | "accepted" | "in_review") {
            let withdraw =
                self.form("intake", "withdraw", "办理撤回").title("申请人撤回").hint("按申请人意愿，出具撤回通知");
            forms.push(withdraw.area("reason", "申请人说明"));
        }
    }

    /// 容缺受理 on a signed promise; and what was promised, when it is brought.
    fn deferral(&self, item: &ServiceItem, forms: &mut Vec<Form>) {
        let missing = |id: &str| self.view.materials.iter().any(|one| one.id == id && !one.settled);
        let owed = item.materials.iter().filter(|one| one.necessity == Necessity::Deferrable && missing(&one.id.0));
        let owed: Vec<(String, String, bool)> = owed.map(|one| (one.id.0.clone(), one.name.clone(), true)).collect();
        if self.status() == "received" && item.terms.deferral && !owed.is_empty() {
            let defer = self.form("deferral", "defer", "容缺受理").title("容缺受理");
            forms.push(
                defer
                    .hint("缺少的都是可容缺材料、申请人无失信记录时可以先受理")
                    .ticks("miss", "以后补交的材料", owed)
                    .photos("promise", "申请人签字的承诺书（照片，JPEG）"),
            );
        }
        let open = self.desk.handled.deferral.as_ref().filter(|deferral| deferral.is_open());
        if let Some(deferral) = open.filter(|_| self.view.row.closed_ms.is_none()) {
            let supply = self.form("deferral", "supply_deferred", "登记补齐").title("容缺补齐");
            let mut supply = supply.hint(format!("{} 前补齐", deferral.supply_by));
            for missing in deferral.open() {
                supply = supply.photos(&format!("page-{}", missing.requirement), &missing.name).optional();
            }
            forms.push(supply);
        }
    }

    fn handling(&self, item: &ServiceItem, forms: &mut Vec<Form>) {
        if !self.may(Action::Review) {
            return;
        }
        if self.status() == "suspended" {
            forms.push(self.form("handle", "resume", "恢复计时").title("特别程序结束").area("result", "结果"));
            return;
        }
        if matches!(self.status(), "accepted" | "in_review") && self.desk.handled.parts.is_empty() {
            let named = item.guide.iter().flat_map(|guide| &guide.special);
            let hint: Vec<String> =
                named.map(|special| format!("{} {} 个工作日", special.name, special.days)).collect();
            let suspend = self
                .form("handle", "suspend", "出具告知书并暂停计时")
                .title("特别程序")
                .hint("先出具书面告知书，时钟才停");
            forms.push(
                suspend
                    .radio(
                        "kind",
                        "种类",
                        &[
                            ("2", "听证、检验、检测、检疫、鉴定、专家评审等", "时间不计入办理期限"),
                            ("1", "延长审批", ""),
                        ],
                    )
                    .value("2")
                    .line("name", "名称")
                    .help(if hint.is_empty() {
                        "例如：专家评审、现场核查".to_owned()
                    } else {
                        format!("本事项指南载明：{}", hint.join("；"))
                    })
                    .number("days", "预计工作日")
                    .area("reason", "原因（写入告知书）"),
            );
            let approvals = self.approvals();
            let extend = self
                .form("handle", "extend", "出具延期告知书")
                .title("延长期限")
                .hint("一次为限，须经机关负责人同意并告知申请人");
            forms.push(if approvals.is_empty() {
                Form {
                    inputs: Vec::new(),
                    button: String::new(),
                    ..extend.title("延长期限（须先由负责人在本页“主管同意”）")
                }
            } else {
                extend.number("days", "延长工作日（不超过 10）").area("reason", "延期理由").select(
                    "approval",
                    "负责人同意",
                    approvals,
                )
            });
            self.returns(item, forms);
            let end = self.form("handle", "terminate", "终止办理").title("异常终止").hint("出具终止通知").danger();
            forms.push(end.area("reason", "理由"));
        }
        if self.desk.handled.commitment.as_ref().is_some_and(|commitment| commitment.checked.is_none())
            && matches!(self.status(), "making" | "ready" | "delivered" | "closed")
        {
            let check = self.form("handle", "check", "登记核查结果").title("承诺事后核查");
            let kept = [("yes", "履行了承诺", ""), ("no", "承诺不实", "列入失信名单，依法撤销")];
            forms.push(check.radio("kept", "结论", &kept).area("finding", "核查情况"));
        }
    }

    fn returns(&self, item: &ServiceItem, forms: &mut Vec<Form>) {
        let pairs = self.opinions().into_iter().flat_map(|step| {
            let back = self.desk.flow.done.iter().filter(|to| item.may_return(&step.name, to));
            back.map(|to| (format!("{}→{to}", step.name), format!("{} 退回 {to}", step.name)))
        });
        let pairs: Vec<(String, String)> = pairs.collect();
        if !pairs.is_empty() {
            let back =
                self.form("handle", "return_step", "退回").title("退回上一环节").hint("内部退回，不影响申请人的期限");
            forms.push(back.select("way", "从哪里退到哪里", pairs).area("reason", "理由"));
        }
    }

    fn ruling(&self, item: &ServiceItem, forms: &mut Vec<Form>) {
        if !self.may(Action::Decide) {
            return;
        }
        if matches!(self.status(), "accepted" | "in_review" | "suspended") {
            let hearing = self.form("ruling", "hearing", "登记听证").title("听证笔录").hint("主持人不能是审查人员");
            forms.push(hearing.line("host", "主持人账号").area("record", "笔录要点"));
        }
        if item.result.kind == ResultKind::Licence && matches!(self.status(), "delivered" | "closed") {
            let revoke = self.form("ruling", "revoke", "撤销许可").title("撤销许可").danger();
            forms.push(revoke.area("reason", "理由"));
        }
    }

    fn heads(&self, forms: &mut Vec<Form>) {
        let open = self.view.row.closed_ms.is_none();
        if self.may(Action::Approve) && open {
            let action = format!("/cases/{}/approve", self.view.row.case);
            let agree = Form::new("approve", action, "同意一次").with_token(&self.who.csrf).fold();
            let hint = "供另一位同事用于延期或再次补正，用一次即失效";
            forms.push(agree.title("主管同意").hint(hint).area("reason", "理由（写入文书）"));
        }
        if self.may(Action::Assign) && open && !self.desk.flow.open.is_empty() {
            let steps = self.desk.flow.open.iter().map(|step| (step.name.clone(), step.name.clone()));
            let assign = self.form("assign", "assign", "指派").title("指派经办人");
            forms.push(assign.select("step", "环节", steps).line("to", "给谁（账号）").area("reason", "理由"));
            let away = self.form("assign", "redirect", "转办").title("转办或代收移交").hint("原件需要寄送的，一并写明");
            let originals = [("originals".to_owned(), "纸质原件随后寄送".to_owned(), false)];
            forms.push(
                away.line("to_code", "接收单位统一社会信用代码")
                    .line("to_name", "接收单位名称")
                    .area("reason", "理由")
                    .ticks("originals", "原件", originals),
            );
        }
    }

    fn approvals(&self) -> Vec<(String, String)> {
        let others = self.desk.approvals.iter().filter(|given| given.by != self.who.member.id);
        others.map(|given| (given.id.clone(), format!("{}：{}", given.by, given.reason))).collect()
    }

    /// 一次性告知: every material, what is missing ticked beforehand with the reason found.
    pub fn notice(&self) -> Option<String> {
        let item = self.view.item.as_deref()?;
        if self.status() != "received" || !self.may(Action::Accept) {
            return None;
        }
        let asked = self.view.materials.iter().map(|material| {
            let verdict = self.desk.verdicts.iter().find(|verdict| verdict.requirement.0 == material.id);
            let standard = || {
                let requirement = item.requirement(&material.id.as_str().into())?;
                requirement.detail.as_ref().map(|detail| detail.standard.clone()).filter(|text| !text.is_empty())
            };
            let red = verdict.is_some_and(|verdict| verdict.light == Light::Red) || !material.settled;
            let found = verdict.filter(|verdict| verdict.light != Light::Green).map(|verdict| verdict.reason.clone());
            let why = if red {
                found.or_else(standard).unwrap_or_else(|| "未提供，请补交".to_owned())
            } else {
                String::new()
            };
            Asked {
                id: material.id.clone(),
                name: material.name.clone(),
                why,
                ticked: red,
                state: verdict.map_or(("未判定", "grey"), |verdict| light(verdict.light)),
            }
        });
        let asked: Vec<Asked> = asked.collect();
        let form = NoticeForm {
            action: format!("/cases/{}/intake", self.view.row.case),
            csrf: self.who.csrf.clone(),
            base: self.view.row.version,
            approvals: self.approvals(),
            open: self.desk.handled.notices.is_empty() && asked.iter().any(|one| one.ticked),
            asked,
        };
        form.render().ok()
    }

    /// Deferrable materials of the item, by name.
    pub fn deferrable(&self) -> String {
        let Some(item) = self.view.item.as_deref().filter(|item| item.terms.deferral) else { return String::new() };
        let names = item.materials.iter().filter(|one| one.necessity == Necessity::Deferrable);
        names.map(|one| one.name.clone()).collect::<Vec<_>>().join("、")
    }

    /// 时限.
    pub fn clock_table(&self, today: time::Date) -> Table {
        let line = |limit: &tongban_domain::limits::Limit| {
            let due = limit.due.map_or_else(
                || "计时暂停".to_owned(),
                |due| format!("{}{}", date_text(due.date), if due.estimated { "（预估）" } else { "" }),
            );
            let state = match (limit.is_broken(today), limit.met) {
                (true, _) => ("已超期", "red"),
                (false, Some(_)) => ("已完成", "green"),
                (false, None) => ("进行中", "blue"),
            };
            Line::new(
                format!("clock-{}", limit.kind.as_str()),
                vec![
                    Cell::text(limit_words(limit.kind)),
                    Cell::num(date_text(limit.from)),
                    Cell::num(format!("{} / {}", limit.counted, limit.days)),
                    Cell::num(due),
                    Cell::tag(state),
                ],
            )
        };
        Table::new("clocks", "时限", &["时限", "起算", "已用/工作日", "到期", "状态"])
            .lines(self.desk.clocks.limits().iter().map(line))
            .empty("还没有起算的时限。")
    }

    /// 监察牌, with the right to appeal.
    pub fn card_table(&self) -> Table {
        let line = |card: &Card| {
            let open = card.revoked.is_none() && card.appeal.is_none();
            Line::new(
                "",
                vec![
                    Cell::tag(colour(card)),
                    Cell::two(card.text.clone(), card_state(card)),
                    Cell::num(maybe_moment(Some(card.at_ms))),
                ],
            )
            .act_if(open, || {
                let appeal = Form::new("appeal", "/supervision/appeal", "申诉").hidden("id", &card.id);
                let mut appeal = appeal
                    .hidden("back", format!("/cases/{}", card.case))
                    .area("text", "申诉理由")
                    .with_token(&self.who.csrf);
                appeal.shape = "inline";
                appeal
            })
        };
        Table::new("cards", "监察", &["牌", "内容", "时间"]).lines(self.cards.iter().map(line))
    }
}

/// Colour of a card as a chip.
pub(crate) fn colour(card: &Card) -> (&'static str, &'static str) {
    match (&card.revoked, card.colour) {
        (Some(_), _) => ("已撤销", "grey"),
        (None, Colour::Yellow) => ("黄牌", "amber"),
        (None, Colour::Red) => ("红牌", "red"),
    }
}

/// What became of a card.
pub(crate) fn card_state(card: &Card) -> String {
    match (&card.revoked, &card.appeal) {
        (Some((by, reason)), _) => format!("{by} 撤销：{reason}"),
        (None, Some(text)) => format!("申诉待复核：{text}"),
        (None, None) => String::new(),
    }
}

/// A limit in words.
pub(crate) const fn limit_words(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Acceptance => "受理时限",
        LimitKind::Correction => "补正时限",
        LimitKind::Promise => "承诺时限",
        LimitKind::Statutory => "法定时限",
        LimitKind::Deferral => "容缺补齐",
        LimitKind::Delivery => "送达时限",
    }
}
