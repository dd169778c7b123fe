//! Consultations, questions and answers, templates, seals, findings and couriers on their pages.

use super::common::{Browser, has, start, text};
use reqwest::StatusCode;
use time::Duration;
use tongban_domain::clock::Clock as _;
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::queue::{QueueAsk, QueueCalls, QueueReply};
use tongban_protocol::self_test::{SELF_TEST_VERSION, SelfTestReport, SelfTestRow, SignedSelfTest};
use tongban_protocol::system::SystemClock;
use tongban_server::centre::rights::Role;
use uuid::Uuid;

fn day(days: i64) -> String {
    date_text(local_day(SystemClock.wall()) + Duration::days(days))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hearing_is_announced_heard_moderated_and_answered_on_pages() {
    let running = start().await;
    running.add("agent1", &[Role::Hotline]);
    let agent = Browser::sign_in(&running, "agent1").await;
    let manager = Browser::sign_in(&running, "manager1").await;
    let (open, over, today) = (day(5), day(-1), day(0));
    let draft = |title: &'static str, from: &str, to: &str| {
        let fields = [
            ("kind", "hearing".to_owned()),
            ("title", title.to_owned()),
            ("text", "拟增设 42 处".to_owned()),
            ("opens", from.to_owned()),
            ("closes", to.to_owned()),
            ("place", "三楼会议室".to_owned()),
        ];
        let agent = &agent;
        async move {
            let plain: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            agent.post("/consultations", "/consultations", &plain).await.status()
        }
    };
    assert_eq!(draft("夜市摊位", &today, &open).await, StatusCode::SEE_OTHER);
    assert_eq!(draft("已过期的", &over, &over).await, StatusCode::SEE_OTHER);
    let citizen = Browser::new(running.public_url(""));
    assert!(!citizen.page("/consult").await.contains("夜市摊位"), "not before it is published");
    let all = running.server.centre().consultations().all(&running.who("agent1")).unwrap();
    let [now, past] = all.as_slice() else { panic!("{all:?}") };
    let publish = |id: String| {
        let manager = &manager;
        async move { manager.post("/consultations", "/consultations/publish", &[("id", id.as_str())]).await.status() }
    };
    assert_eq!(publish(now.id.clone()).await, StatusCode::SEE_OTHER);
    assert_eq!(publish(past.id.clone()).await, StatusCode::SEE_OTHER);
    let page = format!("/consult/{}", now.id);
    assert!(citizen.page("/consult").await.contains("夜市摊位"));
    let opinion = [("text", "消防通道要留够"), ("name", ""), ("phone", "0890-8900123")];
    let answer = citizen.post(&page, &page, &opinion).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let shown = citizen.page(&format!("{page}?taken=true")).await;
    assert!(has(&shown, "#opinion-taken") && !text(&shown, "#consult-opinions-card").contains("消防"), "{shown}");
    let wrong = [("text", "我的号码 890102197803150113"), ("name", ""), ("phone", "")];
    let refused = citizen.post(&page, &page, &wrong).await.text().await.unwrap();
    assert!(has(&refused, "#opinion-refused"), "{refused}");

    let desk = format!("/consultations/{}", now.id);
    let seen = agent.page(&desk).await;
    assert!(seen.contains("消防通道要留够") && seen.contains("报名听证") && !seen.contains("8900123"), "{seen}");
    assert!(manager.page(&desk).await.contains("0890-8900123"));
    let waiting = running.server.centre().consultations().seen_by(&running.who("agent1"), &now.id).unwrap().1;
    let fields = [("id", waiting[0].0.id.as_str()), ("of", now.id.as_str()), ("show", "yes"), ("reason", "")];
    assert_eq!(agent.post(&desk, "/consultations/moderate", &fields).await.status(), StatusCode::SEE_OTHER);
    let shown = citizen.page(&page).await;
    assert!(text(&shown, "#consult-opinions-card").contains("消防通道要留够") && !shown.contains("8900123"), "{shown}");
    assert_eq!(text(&shown, "#consult-signed-up b"), "1", "{shown}");
    let reply = |id: &str| [("id", id.to_owned()), ("text", "采纳一条".to_owned())];
    for (id, wanted) in [(&now.id, StatusCode::CONFLICT), (&past.id, StatusCode::SEE_OTHER)] {
        let fields = reply(id);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(manager.post("/consultations", "/consultations/answer", &fields).await.status(), wanted, "{id}");
    }
    assert!(text(&citizen.page(&format!("/consult/{}", past.id)).await, "#consult-answer").contains("采纳一条"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_goes_through_three_people_to_the_search_the_guide_and_the_hotline() {
    let running = start().await;
    for (id, role) in [("ed", Role::Editor), ("ck", Role::Checker), ("pb", Role::Publisher), ("agent1", Role::Hotline)]
    {
        running.add(id, &[role]);
    }
    let editor = Browser::sign_in(&running, "ed").await;
    let entry = [
        ("question", "街边摆摊要办什么？"),
        ("answer", "办临时摊位设置许可。"),
        ("words", "夜市 小吃车"),
        ("item", "street_stall"),
        ("replaces", ""),
    ];
    assert_eq!(editor.post("/knowledge", "/knowledge", &entry).await.status(), StatusCode::SEE_OTHER);
    let id = running.server.centre().knowledge().all(&running.who("ed")).unwrap().remove(0).id;
    let citizen = Browser::new(running.public_url(""));
    assert!(!has(&citizen.page("/guide?q=夜市").await, "#knowledge-card"), "not before it is published");
    let checker = Browser::sign_in(&running, "ck").await;
    let check = [("id", id.as_str()), ("sound", "yes"), ("reason", "")];
    assert_eq!(checker.post("/knowledge", "/knowledge/check", &check).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        editor.post("/knowledge", "/knowledge/publish", &[("id", id.as_str())]).await.status(),
        StatusCode::FORBIDDEN
    );
    let publisher = Browser::sign_in(&running, "pb").await;
    assert_eq!(
        publisher.post("/knowledge", "/knowledge/publish", &[("id", id.as_str())]).await.status(),
        StatusCode::SEE_OTHER
    );
    for path in ["/guide?q=夜市", "/guide/street_stall"] {
        assert!(text(&citizen.page(path).await, "#knowledge-card").contains("办临时摊位设置许可"), "{path}");
    }
    let agent = Browser::sign_in(&running, "agent1").await;
    assert!(text(&agent.page("/hotline?q=小吃车").await, "#knowledge-card").contains("办临时摊位设置许可"));

    let words = [("key", "accepted"), ("text", "受理了，{due}前有结果。")];
    assert_eq!(editor.post("/messages", "/messages", &words).await.status(), StatusCode::SEE_OTHER);
    let wrong = [("key", "accepted"), ("text", "受理了。")];
    assert_eq!(editor.post("/messages", "/messages", &wrong).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = checker.page("/messages").await;
    assert!(text(&page, "#template-accepted").contains("待启用"), "{page}");
    assert_eq!(
        checker.post("/messages", "/messages/enforce", &[("key", "accepted")]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(text(&checker.page("/messages").await, "#template-accepted").contains("受理了，{due}前有结果。"));
}

#[tokio::test(flavor = "multi_thread")]
async fn seals_findings_and_versions_stand_on_pages_for_who_keeps_them() {
    let running = start().await;
    running.add("sec", &[Role::Security]);
    let security = Browser::sign_in(&running, "sec").await;
    let org = running.server.centre().catalogue().latest(&"street_stall".into()).unwrap().org.code.clone();
    let seal = [
        ("code", "S1"),
        ("name", "行政审批专用章"),
        ("org", org.as_str()),
        ("maker", "备案刻章社"),
        ("made_on", "2024-01-01"),
        ("valid_to", "2034-01-01"),
    ];
    assert_eq!(security.post("/seals", "/seals", &seal).await.status(), StatusCode::SEE_OTHER);
    let lost = [("code", "S1"), ("state", "lost"), ("reason", "遗失")];
    assert_eq!(security.post("/seals", "/seals/set", &lost).await.status(), StatusCode::SEE_OTHER);
    let operator = Browser::sign_in(&running, "operator1").await;
    let page = operator.page("/seals").await;
    assert!(text(&page, "#seal-S1").contains("遗失") && !has(&page, "#register"), "{page}");

    let technician = Browser::sign_in(&running, "technician1").await;
    let finding =
        [("place", "890102-001-K03"), ("source", "cargo audit"), ("title", "过期的依赖"), ("severity", "high")];
    assert_eq!(technician.post("/upkeep", "/upkeep", &finding).await.status(), StatusCode::SEE_OTHER);
    let page = technician.page("/upkeep").await;
    assert!(text(&page, "#version-890102-001-K03").contains("1 项未办结"), "{page}");
    assert!(text(&page, "#version-server").contains(env!("CARGO_PKG_VERSION")), "{page}");
    assert!(text(&page, "#version-890102-001-K03").contains("没有报告"), "{page}");
    let row = |role: &str| SelfTestRow {
        role: role.to_owned(),
        driver: "sim".to_owned(),
        port: "0".to_owned(),
        at_ms: 0,
        fault: None,
    };
    let tested = SelfTestReport {
        v: SELF_TEST_VERSION,
        station: "890102-001-K03".into(),
        version: "1".to_owned(),
        devices: 2,
        rows: vec![row("id_card"), row("document")],
    };
    let url = running.station_url("/station/v1/self-test");
    let line = running.station_client(Some(&running.kiosk));
    let signed = tested.sign(&running.kiosk.signing).unwrap();
    let changed = SignedSelfTest { body: signed.body.replace("document", "face"), ..signed.clone() };
    assert!(!line.post(&url).json(&changed).send().await.unwrap().status().is_success(), "not what was signed");
    assert!(line.post(&url).json(&signed).send().await.unwrap().status().is_success());
    let page = technician.page("/upkeep").await;
    assert!(text(&page, "#version-890102-001-K03").contains("全部通过"), "{page}");
    let id = running.server.centre().findings().all(&running.who("technician1")).unwrap().remove(0).id;
    let mended = [("id", id.as_str()), ("mended", "yes"), ("words", "已升级")];
    assert_eq!(technician.post("/upkeep", "/upkeep/end", &mended).await.status(), StatusCode::SEE_OTHER);
    assert!(text(&technician.page("/upkeep?view=findings").await, "#findings-card").contains("已整改"));
    let manager = Browser::sign_in(&running, "manager1").await;
    let page = manager.page("/upkeep?view=findings").await;
    assert!(has(&page, "#findings-card") && !has(&page, "#finding"), "who looks on changes nothing: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_takes_a_number_over_its_own_line_and_the_window_calls_it() {
    let running = start().await;
    running.add("window1", &[Role::Window]);
    let manager = Browser::sign_in(&running, "manager1").await;
    let seat = [("hall", "890102-001"), ("number", "W01"), ("items", ""), ("on_duty", "window1")];
    assert_eq!(manager.post("/halls", "/halls/window", &seat).await.status(), StatusCode::SEE_OTHER);
    let url = running.station_url("/station/v1/queue");
    let ask = QueueAsk { ask: Uuid::from_u128(7), number: None, item: Some("sp".into()) };
    let without = running.station_client(None).post(&url).json(&ask).send().await;
    assert!(without.is_err() || !without.unwrap().status().is_success(), "no certificate, no number");
    let line = running.station_client(Some(&running.kiosk));
    let take = || async { line.post(&url).json(&ask).send().await.unwrap().json::<QueueReply>().await.unwrap() };
    let (first, again) = (take().await, take().await);
    assert_eq!(first, again, "a line that failed gives nobody two numbers");
    assert_eq!(first.ticket.unwrap().number, "A001");
    let window = Browser::sign_in(&running, "window1").await;
    let call = [("hall", "890102-001"), ("window", "W01")];
    assert_eq!(window.post("/queue", "/queue/call", &call).await.status(), StatusCode::SEE_OTHER);
    let queue = text(&window.page("/queue?hall=890102-001").await, "#queue");
    assert!(queue.contains("A001") && queue.contains("W01 叫号"), "{queue}");
    let told: QueueCalls = line.get(&url).send().await.unwrap().json().await.unwrap();
    let told: Vec<_> = told.calls.iter().map(|call| (call.number.as_str(), call.window.as_str())).collect();
    assert_eq!(told, [("A001", "W01")], "for the displays of the hall");
}
