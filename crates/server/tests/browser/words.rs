//! A notice, questions, templates, seals and findings with long names, so that the pages are looked at full.

use crate::common::Running;
use time::Duration;
use tongban_domain::clock::Clock as _;
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::system::SystemClock;
use tongban_server::centre::consultations::{ConsultationKind, NewConsultation, NewOpinion};
use tongban_server::centre::findings::Severity;
use tongban_server::centre::rights::Role;
use tongban_server::centre::seals::{Seal, SealState};

/// Numbers of a survey that was answered and of a hearing that is open.
pub fn fill(running: &Running) -> (String, String) {
    let centre = running.server.centre();
    let today = local_day(SystemClock.wall());
    let day = |days: i64| date_text(today + Duration::days(days));
    let (agent, manager) = (running.add("agent1", &[Role::Hotline]), running.who("manager1"));
    let notice = |kind, from: i64, to: i64, place: &str| {
        let new = NewConsultation {
            kind,
            title: "关于示范市城东区中山街道临时摊位设置和占道经营管理办法（2026年修订草案征求意见稿）的公告".into(),
            text: "为方便居民生活，拟在中山街道东口、建设路南段增设临时摊位 42 处，营业时间为每日 17 时至 22 时。"
                .into(),
            opens: day(from),
            closes: day(to),
            place: place.into(),
        };
        let made = centre.consultations().draft(&agent, &new).unwrap();
        centre.consultations().publish(&manager, &made.id).unwrap();
        made.id
    };
    let survey = notice(ConsultationKind::Survey, -20, -1, "");
    centre.consultations().answer(&manager, &survey, "采纳 3 条：营业时间改为 21 时止，增设垃圾清运点。").unwrap();
    let hearing = notice(ConsultationKind::Hearing, -1, 9, "下周三 14 时，示范市城东区政务服务中心三楼第二会议室");
    for (n, (text, name)) in
        [("摊位太靠近小区出入口，消防车进不来。", "阿不都热合曼·买买提艾力江"), ("希望增加早餐摊位。", "")]
            .into_iter()
            .enumerate()
    {
        let opinion = NewOpinion { text, name, phone: "0890-8900123", from: "browser" };
        let opinion = centre.consultations().say(&hearing, &opinion).unwrap();
        if n == 0 {
            centre.consultations().moderate(&agent, &opinion.id, true, "").unwrap();
        }
    }
    let (editor, checker, publisher) = (
        running.add("editor2", &[Role::Editor]),
        running.add("checker2", &[Role::Checker]),
        running.add("publisher2", &[Role::Publisher]),
    );
    let answer = "可以。先在网上或者自助终端提交临时摊位设置许可申请，5 个工作日内答复。";
    let made = centre.knowledge().draft(&editor, None, ("街边摆摊要办什么手续？", answer), "摊位 夜市", "").unwrap();
    centre.knowledge().check(&checker, &made.id, true, "").unwrap();
    centre.knowledge().publish(&publisher, &made.id).unwrap();
    centre.messages().propose(&editor, "accepted", "已经受理，最晚{due}办结，请留意消息。").unwrap();
    let org = centre.catalogue().latest(&"sp".into()).unwrap().org.code.clone();
    let seal = Seal {
        code: "8901020012345".into(),
        org,
        name: "示范市城东区市场监督管理局行政审批专用章（1）".into(),
        maker: "示范市公安局备案刻章社".into(),
        made_on: "2024-01-01".into(),
        valid_to: "2034-01-01".into(),
        state: SealState::InUse,
        history: vec![],
    };
    centre.seals().register(&running.add("security1", &[Role::Security]), &seal).unwrap();
    let technician = running.who("technician1");
    let found = "依赖库 RUSTSEC-2026-0042：畸形证书可使解析长时间占用处理器";
    centre.findings().record(&technician, "890102-001-K03", "cargo audit 月度检查", found, Severity::High).unwrap();
    (survey, hearing)
}
