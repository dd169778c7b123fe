//! 办理经过: each action of the chain in words, with nothing of the card or the form.

use super::{Loaded, TimelineLine};
use tongban_domain::event::{Event, PresenceMethod, ShareAnswer, ShareOutcome};
use tongban_protocol::action::{Actor, Origin};

pub(super) fn timeline(loaded: &Loaded) -> Vec<TimelineLine> {
    let entries = loaded.events.iter().zip(&loaded.recorded);
    entries
        .map(|(event, entry)| {
            let header = &entry.action.header;
            let (title, detail) = describe(event);
            TimelineLine {
                seq: header.case_seq,
                at_ms: header.wall.0,
                title: title.to_owned(),
                detail,
                who: match &header.actor {
                    Actor::Applicant => "申请人".to_owned(),
                    Actor::Staff(staff) => staff.0.clone(),
                    Actor::System => "系统".to_owned(),
                },
                origin: match &header.origin {
                    Origin::Station(station) => station.0.clone(),
                    Origin::Centre => "中心".to_owned(),
                    Origin::Web => "网页".to_owned(),
                },
            }
        })
        .collect()
}

pub(super) fn yes(flag: bool, yes: &str, no: &str) -> String {
    if flag { yes } else { no }.to_owned()
}

/// Title and detail of an event; nothing of the card or the form.
fn describe(event: &Event) -> (&'static str, String) {
    match event {
        Event::Opened { hall, .. } => ("开始办理", hall.0.clone()),
        Event::Identified { reader, expired, .. } => {
            ("刷身份证", if *expired { format!("{reader}，证件已过期") } else { reader.clone() })
        }
        Event::ConsentGiven { text_version, choice, evidence_upload } => {
            let upload = yes(*evidence_upload, "同意留存核验影像", "不留存核验影像");
            ("告知与同意", format!("第 {text_version} 版，选择{}，{upload}", method(*choice)))
        }
        Event::PresenceProved { method: by, decided_by, reason, .. } => {
            let person = decided_by.as_ref().map(|staff| format!("，由 {staff} 判定")).unwrap_or_default();
            let why = reason.as_ref().map(|reason| format!("：{reason}")).unwrap_or_default();
            ("在场核验", format!("{}{person}{why}", method(*by)))
        }
        Event::ItemChosen { item, version, .. } => ("选择事项", format!("{item} 第 {version} 版")),
        Event::ShareFetched { record } => {
            ("共享数据", format!("{}：{}，{} 毫秒", record.resource, outcome(record.outcome), record.took_ms))
        }
        Event::ShareAnswered { resource, answer } => {
            let said = match answer {
                ShareAnswer::Confirmed => "确认无误".to_owned(),
                ShareAnswer::Objected { reason } => format!("有异议：{reason}"),
            };
            ("确认共享数据", format!("{resource}：{said}"))
        }
        Event::FormFilled { values } => ("填写表单", format!("{} 项", values.len())),
        Event::PageCaptured { requirement, .. } => ("采集页影像", requirement.0.clone()),
        Event::PageRemoved { .. } => ("移除页影像", String::new()),
        Event::PagesOrdered { requirement, pages } => ("调整页序", format!("{requirement}：{} 页", pages.len())),
        Event::SignedOff { quality, .. } => ("签认", format!("质量 {quality}")),
        Event::Submitted { receipt, offline, .. } => {
            ("提交", format!("{receipt}{}", if *offline { "（离线）" } else { "" }))
        }
        Event::Withdrawn { reason } => ("撤回", reason.clone()),
        Event::Blocked { code } => ("拦截", code.clone()),
        Event::Continues { case } => ("续办", case.to_string()),
        Event::HandedOn { .. } => ("转接", "申请人要求到其他设备或窗口继续办理".to_owned()),
        Event::ContinuedBy { case, station } => ("转由其他设备续办", format!("{station}：{case}")),
        Event::EvidenceViewed { by, reason } => ("调阅核验证据", format!("{by}：{reason}")),
        other => describe_handling(other),
    }
}

fn describe_handling(event: &Event) -> (&'static str, String) {
    match event {
        Event::Received { project_no } => ("收件", project_no.clone()),
        Event::Accepted { document_no, due, .. } => ("受理", format!("{document_no}，{due} 前办结")),
        Event::Reviewed { passed, opinion, .. } => ("审查", format!("{}：{opinion}", yes(*passed, "通过", "不通过"))),
        Event::Decided { granted, opinion, document_no, .. } => {
            ("决定", format!("{}：{opinion}（{document_no}）", yes(*granted, "准予许可", "不予许可")))
        }
        Event::LicenceAllotted { number, .. } => ("分配证号", number.clone()),
        Event::PrintIntended { serial, .. } => ("制证开始", format!("空白证 {serial}")),
        Event::PrintSent { .. } => ("送打印机", String::new()),
        Event::PrintDone { .. } => ("打印机报完成", String::new()),
        Event::PrintConfirmed { serial, .. } => ("读回核对", format!("空白证 {serial}")),
        Event::PrintVoided { spoiled, reason, .. } => {
            ("制证作废", format!("{}：{reason}", yes(*spoiled, "废证", "未出纸")))
        }
        Event::HandedOver { operator, .. } => ("领证", format!("经办 {operator}，已刷本人身份证")),
        Event::Closed { .. } => ("办结", String::new()),
        Event::ProofIssued { number, .. } => ("出具证明", number.clone()),
        other => describe_law(other),
    }
}

fn names(missing: &[tongban_domain::event::Missing]) -> String {
    missing.iter().map(|missing| missing.name.as_str()).collect::<Vec<_>>().join("、")
}

fn describe_law(event: &Event) -> (&'static str, String) {
    match event {
        Event::GuardianConsented { relation, .. } => ("监护人同意", relation.clone()),
        Event::AgentNamed { pickup, valid_to, .. } => {
            ("代理人", format!("授权至 {valid_to}，{}", yes(*pickup, "可代领", "不可代领")))
        }
        Event::PageJudged { verdict, .. } => ("页影像判定", verdict.judge.clone()),
        Event::CompletenessIssued { document_no, verdicts, .. } => {
            ("齐全单", format!("{document_no}，{} 项材料", verdicts.len()))
        }
        Event::PartOf { receipt, .. } => ("联办子件", receipt.clone()),
        Event::PartsOpened { parts, .. } => ("分办", format!("{} 个子件", parts.len())),
        Event::PartEnded { status, .. } => ("子件结束", status.clone()),
        Event::CorrectionAsked { document_no, missing, due, approval, .. } => {
            let agreed = approval.as_ref().map(|a| format!("，{} 同意：{}", a.by, a.reason)).unwrap_or_default();
            ("补正告知", format!("{document_no}，{}，{due} 前{agreed}", names(missing)))
        }
        Event::CorrectionDone { requirements, .. } => ("补正完成", format!("{} 项", requirements.len())),
        Event::FixedOnTheSpot { field, reason, .. } => ("当场更正", format!("{field}：{reason}")),
        Event::DeemedAccepted { on, document_no, .. } => ("视为受理", format!("自 {on} 起，{document_no}")),
        Event::Rejected { reason, document_no, .. } => ("不予受理", format!("{document_no}：{reason}")),
        Event::Returned { reason, .. } => ("退件", reason.clone()),
        Event::Redirected { to_name, reason, .. } => ("转办", format!("{to_name}：{reason}")),
        Event::DeferralGranted { missing, supply_by, .. } => {
            ("容缺受理", format!("{}，{supply_by} 前补齐", names(missing)))
        }
        Event::DeferralSupplied { requirement, .. } => ("容缺补齐", requirement.0.clone()),
        Event::CommitmentMade { promise_no, check_by, .. } => ("告知承诺", format!("{promise_no}，{check_by} 前核查")),
        Event::CommitmentChecked { kept, finding, .. } => {
            ("事后核查", format!("{}：{finding}", yes(*kept, "与承诺一致", "与承诺不符")))
        }
        Event::LicenceRevoked { reason, document_no, .. } => ("撤销许可", format!("{document_no}：{reason}")),
        Event::Suspended { name, expected_days, document_no, .. } => {
            ("特别程序开始", format!("{name}，预计 {expected_days} 个工作日，{document_no}"))
        }
        Event::Resumed { result, .. } => ("特别程序结束", result.clone()),
        Event::Extended { days, due, document_no, .. } => ("延期", format!("{days} 个工作日，至 {due}，{document_no}")),
        Event::HearingHeld { host, document_no, .. } => ("听证", format!("{host} 主持，{document_no}")),
        Event::StepDone { step, passed, opinion, .. } => {
            ("环节办理", format!("{step}：{}，{opinion}", yes(*passed, "通过", "不通过")))
        }
        Event::StepReturned { step, to, reason, .. } => ("环节退回", format!("{step} → {to}：{reason}")),
        Event::Assigned { step, to, reason, .. } => ("指派", format!("{step} → {to}：{reason}")),
        Event::Terminated { reason, document_no, .. } => ("终止办理", format!("{document_no}：{reason}")),
        Event::PaperIssued { document_no, .. } => ("出具文书", document_no.clone()),
        _ => ("动作", String::new()),
    }
}

pub(super) const fn method(method: PresenceMethod) -> &'static str {
    match method {
        PresenceMethod::Face => "刷脸",
        PresenceMethod::Manual => "人工核验",
        PresenceMethod::Fingerprint => "指纹",
    }
}

pub(super) const fn outcome(outcome: ShareOutcome) -> &'static str {
    match outcome {
        ShareOutcome::Found => "已获取",
        ShareOutcome::NoRecord => "无记录",
        ShareOutcome::TimedOut => "接口超时",
        ShareOutcome::Refused => "部门拒绝",
        ShareOutcome::Garbage => "返回无法识别",
        ShareOutcome::Unreachable => "网络不可用",
    }
}
