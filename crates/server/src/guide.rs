//! 办事指南: one page from the item's own definition, in the order of the eighteen columns, for
//! citizens and for staff alike.

use crate::kit::{Board, Cell, Line, Table};
use tongban_domain::item::{Audience, CaseType, How, KioskScope, Necessity, Remedy, Requirement, Seat, ServiceItem};

fn told(text: &str) -> String {
    if text.trim().is_empty() { "无".to_owned() } else { text.to_owned() }
}

fn remedy(remedy: &Remedy) -> String {
    let parts = [&remedy.org, &remedy.address, &remedy.phone, &remedy.within];
    told(&parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("，"))
}

fn area(code: &str) -> &'static str {
    match code {
        "1" => "全国通办",
        "2" => "全省通办",
        "3" => "全市通办",
        "4" => "跨县（区）通办",
        "5" => "跨乡镇（街道）通办",
        "6" => "跨村（社区）通办",
        _ => "不通办",
    }
}

fn limit(item: &ServiceItem) -> String {
    let days = |days: u16| if days == 0 { "当场办结".to_owned() } else { format!("{days} 个工作日") };
    format!("承诺 {}；法定 {}", days(item.promised_days), days(item.statutory_days))
}

fn facts(item: &ServiceItem) -> Vec<(String, String)> {
    let guide = item.guide.clone().unwrap_or_default();
    let basis: Vec<String> = guide.basis.iter().map(|one| format!("{}{}", one.law, one.article)).collect();
    let audience = match item.audience {
        Audience::Person => "自然人",
        Audience::Firm => "法人和其他组织",
    };
    let kiosk = match item.channels.kiosk {
        KioskScope::Complete => "自助终端全程可办",
        KioskScope::Apply => "自助终端可申报",
        KioskScope::None => "自助终端不办理",
    };
    let kind = if item.case_type == CaseType::Immediate { "即办件" } else { "承诺件" };
    let fee = item
        .fee
        .as_ref()
        .map_or_else(|| "不收费".to_owned(), |fee| format!("{}.{:02} 元，{}", fee.fen / 100, fee.fen % 100, fee.basis));
    let special: Vec<String> =
        guide.special.iter().map(|one| format!("{} {} 个工作日（不计入时限）", one.name, one.days)).collect();
    let visits = if item.visits_max == 0 { "不用跑".to_owned() } else { format!("最多 {} 次", item.visits_max) };
    [
        ("编码", item.task_code.clone()),
        ("设定依据", told(&basis.join("；"))),
        ("实施主体", item.org.name.clone()),
        ("服务对象", audience.to_owned()),
        ("受理条件", told(&guide.conditions.join("；"))),
        ("办件类型", kind.to_owned()),
        ("办理时限", limit(item)),
        ("特别程序", told(&special.join("；"))),
        ("收费", fee),
        ("办理结果", item.result.name.clone()),
        ("到现场次数", visits),
        ("通办范围", area(&guide.area).to_owned()),
        ("办理渠道", format!("{}；{kiosk}", if item.channels.window { "综合窗口" } else { "窗口不办理" })),
        ("办理地点", told(&guide.address)),
        ("办理时间", told(&guide.hours)),
        ("咨询电话", told(&guide.consult)),
        ("监督投诉", told(&guide.complain)),
        ("权利", told(&guide.rights)),
        ("义务", told(&guide.duties)),
        ("行政复议", remedy(&guide.review)),
        ("行政诉讼", remedy(&guide.litigation)),
    ]
    .into_iter()
    .map(|(label, text)| (label.to_owned(), text))
    .collect()
}

fn material(item: &ServiceItem, requirement: &Requirement) -> Line {
    let need = match requirement.necessity {
        Necessity::Required => ("必要", "blue"),
        Necessity::Deferrable => ("可容缺", "amber"),
        Necessity::Optional => ("按情形", "grey"),
    };
    let source = requirement.shared_resource().and_then(|resource| item.share(resource));
    let how = match (&requirement.how, source) {
        (_, Some(call)) => (format!("免提交：由{}共享", call.source_org), "green"),
        (How::Form, None) => ("现场自动生成".to_owned(), "green"),
        (How::Card, None) => ("刷身份证".to_owned(), "green"),
        _ => ("现场拍摄原件".to_owned(), "grey"),
    };
    let standard = requirement.detail.as_ref().map(|detail| detail.standard.clone()).filter(|text| !text.is_empty());
    Line::new(
        "",
        vec![
            Cell::two(&requirement.name, standard.unwrap_or_else(|| requirement.note.clone())),
            Cell::tag(need),
            Cell::tag(how),
        ],
    )
}

/// Fills a page with an item's guide.
pub(crate) fn fill(board: Board, item: &ServiceItem) -> Board {
    let shared = item.materials.iter().filter(|one| one.shared_resource().is_some()).count();
    let note = format!("共 {} 份，其中 {shared} 份由部门共享，不用您带。", item.materials.len());
    let step = |step: &tongban_domain::item::WorkflowStep| {
        let days = match (step.seat(), step.days) {
            (Seat::Publicity, days) => format!("{days} 个工作日，不计入时限"),
            (_, 0) => "当日".to_owned(),
            (_, days) => format!("{days} 个工作日"),
        };
        Line::new("", vec![Cell::text(&step.name), Cell::text(&step.role), Cell::text(days)])
    };
    let mut board = board
        .facts("guide", "", facts(item))
        .table(
            Table::new("guide-materials", "申请材料", &["材料", "必要性", "怎样提供"])
                .note(note)
                .lines(item.materials.iter().map(|one| material(item, one))),
        )
        .table(
            Table::new("guide-steps", "办理流程", &["环节", "办理人", "时限"]).lines(item.workflow.iter().map(step)),
        );
    let faq: Vec<(String, String)> = item.guide.as_ref().map(|guide| guide.faq.clone()).unwrap_or_default();
    if !faq.is_empty() {
        board = board.facts("guide-faq", "常见问题", faq);
    }
    board
}
