//! 质检: what a published item must say so that people can rely on its guide. A file that parses
//! may still be a bad guide; each finding has a stable code and a sentence with its cure.

use super::data::{Audience, CaseType, ResultKind, ServiceItem};
use super::requirement::How;
use super::workflow::Seat;
use crate::credit_code::CreditCode;
use crate::limits::parse_date;
use crate::phone;

/// 质检发现.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code, for example `G03`.
    pub code: &'static str,
    /// JSON path in the item file.
    pub path: String,
    /// What is wrong and how it is put right.
    pub sentence: String,
    /// Stops the publication; otherwise a hint.
    pub blocks: bool,
}

/// 指南栏目 in the order they stand on page and paper.
pub const GUIDE_ORDER: [&str; 18] = [
    "名称",
    "编码",
    "依据",
    "主体",
    "对象",
    "条件",
    "材料",
    "流程",
    "时限",
    "收费",
    "结果",
    "到场次数",
    "通办范围",
    "地点时间",
    "咨询投诉",
    "权利义务",
    "复议诉讼",
    "常见问题",
];

/// Everything that keeps the item from being published, then hints, in the order of the guide.
#[must_use]
pub fn lint(item: &ServiceItem) -> Vec<Finding> {
    let mut lint = Lint { item, found: Vec::new() };
    lint.names_and_codes();
    lint.guide();
    lint.people_are_told();
    lint.materials();
    lint.workflow();
    lint.limits();
    lint.result_and_variants();
    lint.found
}

struct Lint<'a> {
    item: &'a ServiceItem,
    found: Vec<Finding>,
}

impl Lint<'_> {
    fn say(&mut self, holds: bool, code: &'static str, path: impl Into<String>, sentence: impl Into<String>) {
        if !holds {
            self.found.push(Finding { code, path: path.into(), sentence: sentence.into(), blocks: true });
        }
    }

    fn hint(&mut self, holds: bool, code: &'static str, path: impl Into<String>, sentence: impl Into<String>) {
        if !holds {
            self.found.push(Finding { code, path: path.into(), sentence: sentence.into(), blocks: false });
        }
    }

    fn names_and_codes(&mut self) {
        let item = self.item;
        let name = item.name.chars().count();
        self.say((2..=1000).contains(&name), "G01", "name", "事项名称应为 2 到 1000 字。");
        self.say(
            !["等", "相关", "其它"].iter().any(|word| item.name.contains(word)),
            "G02",
            "name",
            "事项名称不能有“等”“相关”“其它”这类含混字样。",
        );
        let digits =
            |text: &str, len: usize| text.len() == len && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        self.say(digits(&item.catalog_code, 12), "G03", "catalog_code", "基本编码应为 12 位。");
        self.say(digits(&item.task_code, 31), "G04", "task_code", "实施编码应为 31 位。");
        let built = item.task_code.starts_with(&item.org.code) && item.task_code.ends_with(&item.catalog_code);
        self.say(built, "G05", "task_code", "实施编码应由实施主体代码、行使层级和基本编码组成。");
        let level = item.task_code.get(18..19) == Some(item.level.code());
        self.say(level, "G06", "level", "实施编码第 19 位与行使层级不一致。");
        let handle = item.task_handle_item.starts_with(&item.task_code) && item.task_handle_item.len() == 33;
        self.say(handle, "G07", "task_handle_item", "业务办理项编码应为实施编码加 2 位顺序号。");
        self.say(
            CreditCode::parse(&item.org.code).is_ok(),
            "G08",
            "org.code",
            "实施主体的统一社会信用代码校验不通过。",
        );
        let known = ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"];
        self.say(known.contains(&item.task_type.as_str()), "G09", "task_type", "事项类型代码不在代码表中。");
    }

    fn guide(&mut self) {
        let Some(guide) = &self.item.guide else {
            return self.say(false, "G10", "guide", "还没有填写办事指南。");
        };
        self.say(!guide.basis.is_empty(), "G11", "guide.basis", "请填写设定依据。");
        for (n, basis) in guide.basis.iter().enumerate() {
            let full = basis.law.contains('《') && !basis.article.trim().is_empty();
            self.say(full, "G12", format!("guide.basis[{n}]"), "依据应写全称加书名号，并写明条款。");
        }
        self.code("G13", "guide.power_source", &guide.power_source, &["1", "2", "3", "4", "5", "6"], "权力来源");
        let entrusted = matches!(guide.power_source.as_str(), "5" | "6");
        let named = !guide.entrusted_by.trim().is_empty();
        self.say(entrusted == named, "G14", "guide.entrusted_by", "委托行使的应写明委托部门，其他情形不填。");
        self.code("G15", "guide.org_nature", &guide.org_nature, &["1", "2", "3", "9"], "实施主体性质");
        self.code("G16", "guide.state", &guide.state, &["1", "2", "3"], "事项状态");
        self.say(!guide.conditions.is_empty(), "G17", "guide.conditions", "请逐条写明受理条件。");
        for (n, condition) in guide.conditions.iter().enumerate() {
            let vague = ["等条件", "其他条件", "有关规定"].iter().any(|word| condition.contains(word));
            self.say(!vague, "G18", format!("guide.conditions[{n}]"), "受理条件不能有兜底条款，请写明具体要求。");
        }
        self.say(!guide.forms.is_empty(), "G19", "guide.forms", "请选择办理形式。");
        let kiosk = guide.forms.iter().any(|form| form == "5");
        let offered = self.item.channels.kiosk != super::KioskScope::None;
        self.say(kiosk == offered, "G20", "guide.forms", "办理形式与自助终端办理范围不一致。");
        let area = guide.area.is_empty() || ["1", "2", "3", "4", "5", "6"].contains(&guide.area.as_str());
        self.say(area, "G21", "guide.area", "通办范围代码不在代码表中。");
        let date = guide.effective.is_empty() || parse_date(&guide.effective).is_some();
        self.say(date, "G22", "guide.effective", "生效日期应写成 2026-01-01 的形式。");
    }

    fn people_are_told(&mut self) {
        let Some(guide) = &self.item.guide else { return };
        let visits = self.item.visits_max == 0 || !guide.visit_reason.trim().is_empty();
        self.say(visits, "G30", "guide.visit_reason", "需要到现场的，应写明必须现场办理的原因。");
        let place = [&guide.address, &guide.hours].iter().all(|text| !text.trim().is_empty());
        self.say(place, "G31", "guide.address", "请写明办理地点和办理时间。");
        self.say(phone::is_phone(&guide.consult), "G32", "guide.consult", "请填写能打通的咨询电话。");
        self.say(phone::is_phone(&guide.complain), "G33", "guide.complain", "请填写监督投诉电话。");
        let duties = !guide.rights.trim().is_empty() && !guide.duties.trim().is_empty();
        self.say(duties, "G34", "guide.rights", "请写明申请人的权利和义务。");
        self.say(guide.review.is_told(), "G35", "guide.review", "请写明行政复议机关、地址和期限。");
        self.say(guide.litigation.is_told(), "G36", "guide.litigation", "请写明行政诉讼法院、地址和期限。");
        self.hint(!guide.faq.is_empty(), "G37", "guide.faq", "建议补充常见问题。");
        let fee = self.item.fee.is_none() || !guide.fee_note.trim().is_empty();
        self.say(fee, "G38", "guide.fee_note", "收费事项应写明收费说明。");
    }

    fn code(&mut self, code: &'static str, path: &str, value: &str, known: &[&str], what: &str) {
        self.say(known.contains(&value), code, path, format!("{what}代码不在代码表中。"));
    }

    fn materials(&mut self) {
        let item = self.item;
        self.say(!item.materials.is_empty(), "G40", "materials", "请列出申请材料。");
        for (n, material) in item.materials.iter().enumerate() {
            let path = format!("materials[{n}]");
            let vague =
                ["其他材料", "等材料", "相关材料", "需要的材料"].iter().any(|word| material.name.contains(word));
            self.say(!vague, "G41", format!("{path}.name"), "材料清单不能有“其他材料”这类兜底条款。");
            let Some(detail) = &material.detail else {
                self.say(false, "G42", format!("{path}.detail"), format!("请补全“{}”的材料信息。", material.name));
                continue;
            };
            let kinds = ["1", "2", "3"].contains(&detail.kind.as_str());
            self.say(kinds, "G43", format!("{path}.detail.kind"), "材料类型应为原件、复印件或原件或复印件。");
            let source = ["10", "20", "30", "99"].contains(&detail.source.as_str());
            self.say(source, "G44", format!("{path}.detail.source"), "来源渠道代码不在代码表中。");
            let issued = detail.source != "20" || !detail.issuer.trim().is_empty();
            self.say(issued, "G45", format!("{path}.detail.issuer"), "政府部门核发的材料应写明出具机构。");
            self.say(
                !detail.standard.trim().is_empty(),
                "G46",
                format!("{path}.detail.standard"),
                format!("请写明“{}”的受理标准，让申请人知道怎样算合格。", material.name),
            );
            self.say(
                !detail.basis.trim().is_empty(),
                "G47",
                format!("{path}.detail.basis"),
                format!("请写明要求“{}”的依据；没有依据的材料不得要求。", material.name),
            );
            let shared = detail.source != "20" || matches!(material.how, How::Share { .. } | How::Card);
            self.hint(shared, "G48", format!("{path}.how"), "政府部门核发的材料应通过数据共享获取，不再收取。");
            let paper = matches!(material.how, How::Capture) == (detail.originals + detail.copies > 0);
            self.hint(paper, "G49", format!("{path}.detail.copies"), "拍摄的材料应写份数，共享的材料不应写份数。");
        }
    }

    fn workflow(&mut self) {
        let item = self.item;
        let seats: Vec<Seat> = item.workflow.iter().map(super::WorkflowStep::seat).collect();
        if item.case_type == CaseType::Promised {
            self.say(seats.contains(&Seat::Review), "G50", "workflow", "承诺件应有审查环节。");
            self.say(seats.contains(&Seat::Decide), "G51", "workflow", "承诺件应有决定环节。");
        }
        let total: u16 = item.workflow.iter().map(|step| step.days).sum();
        self.say(
            total <= item.promised_days.max(1),
            "G52",
            "workflow",
            format!("各环节时限合计 {total} 个工作日，超过承诺时限。"),
        );
        for (n, step) in item.workflow.iter().enumerate() {
            let role = !step.role.trim().is_empty();
            self.say(role, "G53", format!("workflow[{n}].role"), "请写明环节由哪个岗位办理。");
            let told = step.special.is_none() || item.guide.as_ref().is_some_and(|guide| !guide.special.is_empty());
            self.say(told, "G54", format!("workflow[{n}].special"), "特别程序应在指南中写明名称和时限。");
        }
    }

    fn limits(&mut self) {
        let item = self.item;
        let promised = item.case_type == CaseType::Immediate || item.promised_days < item.statutory_days;
        self.hint(promised, "G60", "promised_days", "承诺时限没有比法定时限缩短。");
        let joint = item.parts.is_empty() || item.statutory_days <= crate::limits::JOINT_DAYS_MAX;
        self.say(joint, "G61", "statutory_days", "联合办理的期限不超过四十五日。");
        let visits = item.visits_max <= 1;
        self.hint(visits, "G62", "visits_max", "到现场次数应不超过一次。");
        let audience =
            item.audience == Audience::Person || item.form.fields().any(|field| field.label.contains("信用代码"));
        self.hint(audience || item.form.is_empty(), "G63", "form", "法人事项的表单应有统一社会信用代码。");
    }

    fn result_and_variants(&mut self) {
        let item = self.item;
        let valid = item.result.kind != ResultKind::Licence || item.result.validity_years.is_some();
        self.hint(valid, "G70", "result.validity_years", "请写明证照有效期；长期有效的请说明。");
        let deferrable = item.materials.iter().any(|material| material.necessity == super::Necessity::Deferrable);
        let immediate = item.case_type == CaseType::Immediate;
        let open = item.terms.deferral;
        self.say(!(open && immediate), "G71", "terms.deferral", "即办件不适用容缺受理。");
        self.say(!open || deferrable, "G72", "terms.deferral", "开放容缺受理的事项应有可容缺的材料。");
        let barred = !open || item.terms.deferral_barred.trim().is_empty();
        self.say(barred, "G73", "terms.deferral_barred", "涉及公共安全、生态和生命安全的事项不得容缺受理。");
        let told =
            item.terms.commitment.as_ref().is_none_or(|terms| !terms.conditions.is_empty() && terms.check_days > 0);
        self.say(told, "G74", "terms.commitment", "告知承诺应写明条件和事后核查期限。");
    }
}
