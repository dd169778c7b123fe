//! Pages from which applicants and supervisors gain: the way from a situation to the item, agencies with prices, one's
//! own notices; scores with weights and appeals.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;
#[path = "gains/office.rs"]
mod office;
#[path = "gains/supply.rs"]
mod supply;
#[path = "gains/trade.rs"]
mod trade;
#[path = "gains/words.rs"]
mod words;

use common::{Browser, has, start, text, value};
use reqwest::StatusCode;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;

#[tokio::test(flavor = "multi_thread")]
async fn questions_lead_a_citizen_to_the_item_its_materials_and_who_makes_them() {
    let running = start().await;
    let citizen = Browser::new(running.public_url(""));
    let page = citizen.page("/situation").await;
    assert!(has(&page, "#situation-shop") && !page.contains("<script"), "{page}");
    let page = citizen.page("/situation?s=shop").await;
    assert!(text(&page, "#question-card").contains("您准备经营什么"), "{page}");
    let page = citizen.page("/situation?s=shop&a=.1.0").await;
    assert!(text(&page, "#found").contains("公共场所卫生许可"), "{page}");
    let needed = text(&page, "#needed-card");
    assert!(needed.contains("集中空调通风系统卫生检测或者评价报告") && needed.contains("免提交"), "{needed}");
    assert!(page.contains("/agencies?material="), "what an intermediary makes leads to the list");
    let page = citizen.page("/situation?s=shop&a=.2").await;
    assert!(text(&page, "#advice").contains("营业执照"), "{page}");
    for wrong in ["/situation?s=nothing", "/situation?s=shop&a=.9", "/situation?s=shop&a=x"] {
        assert_eq!(citizen.get(wrong).await.status(), StatusCode::NOT_FOUND, "{wrong}");
    }
    let page = citizen.page("/agencies?material=公共场所卫生检测或者评价报告").await;
    let offers = text(&page, "#offers-card");
    assert!(offers.contains("1500.00 元") && offers.contains("1800.00 元"), "{offers}");
    assert!(offers.find("1500.00") < offers.find("1800.00"), "cheapest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_reads_what_became_of_the_case_with_number_and_password() {
    let mut running = start().await;
    let (case, receipt, password) = running.case_with_slip();
    running.act("reviewer1", case, &Act::Accept);
    let citizen = Browser::new(running.public_url(""));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str())];
    let page = citizen.post("/notices", "/notices", &slip).await.text().await.unwrap();
    assert!(text(&page, "#own-notices-card").contains("已受理"), "{page}");
    let wrong = citizen.post("/notices", "/notices", &[("receipt", receipt.as_str()), ("password", "00000x")]).await;
    let wrong = wrong.text().await.unwrap();
    assert!(has(&wrong, "#notices-wrong") && !wrong.contains("已受理"));
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_are_changed_with_a_reason_and_a_score_is_appealed_on_pages() {
    let mut running = start().await;
    let case = running.case();
    running.act("reviewer1", case, &Act::Accept);
    running.add("supervisor1", &[Role::Supervisor]);
    let supervisor = Browser::sign_in(&running, "supervisor1").await;
    let page = supervisor.page("/performance?by=person").await;
    assert!(has(&page, "#score-reviewer1"), "{page}");
    assert_eq!(value(&page, "input[name=satisfied]"), "25", "{page}");
    let weights = |reason: &'static str| {
        [
            ("in_time", "50"),
            ("early", "0"),
            ("satisfied", "50"),
            ("one_visit", "0"),
            ("uncorrected", "0"),
            ("without_card", "0"),
            ("reason", reason),
        ]
    };
    let none = supervisor.post("/performance", "/performance/weights", &weights("")).await;
    assert_eq!(none.status(), StatusCode::UNPROCESSABLE_ENTITY, "a reason is asked for");
    let set = supervisor.post("/performance", "/performance/weights", &weights("年度办法修订")).await;
    assert_eq!(set.status(), StatusCode::SEE_OTHER);
    let page = supervisor.page("/performance").await;
    assert!(text(&page, "#scores-card").contains("第 1 版权重") && page.contains("年度办法修订"), "{page}");

    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    assert_eq!(reviewer.get("/performance").await.status(), StatusCode::FORBIDDEN);
    let appeal = |key: &'static str| {
        [("by", "person"), ("key", key), ("from", "2026-01-01"), ("to", "2026-12-31"), ("text", "退件不在本人环节")]
    };
    assert_eq!(
        reviewer.post("/todo", "/performance/appeal", &appeal("decider1")).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        reviewer.post("/todo", "/performance/appeal", &appeal("reviewer1")).await.status(),
        StatusCode::SEE_OTHER
    );
    let page = supervisor.page("/performance").await;
    let id = value(&page, "#score-appeals-card input[name=id]");
    assert!(!id.is_empty(), "{page}");
    let answer = [("id", id.as_str()), ("upheld", "yes"), ("reason", "属实")];
    assert_eq!(supervisor.post("/performance", "/performance/answer", &answer).await.status(), StatusCode::SEE_OTHER);
    assert!(text(&supervisor.page("/performance").await, "#score-appeals-card").contains("成立"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_is_entered_by_one_and_listed_by_another_on_pages() {
    let running = start().await;
    running.add("editor1", &[Role::Editor]);
    running.add("checker1", &[Role::Checker]);
    let editor = Browser::sign_in(&running, "editor1").await;
    let fields = [
        ("code", common::hall::FIRM),
        ("name", "示范市新测检测有限公司"),
        ("qualification", "检验检测机构资质认定"),
        ("phone", "0890-8900777"),
        ("material", "公共场所卫生检测或者评价报告"),
        ("price", "990.5"),
        ("basis", "合同约定"),
        ("days", "4"),
    ];
    assert_eq!(editor.post("/intermediaries", "/intermediaries", &fields).await.status(), StatusCode::SEE_OTHER);
    let citizen = Browser::new(running.public_url(""));
    assert!(!citizen.page("/agencies").await.contains("新测"), "not before it is checked");
    let list = [("code", common::hall::FIRM)];
    assert_eq!(editor.post("/intermediaries", "/intermediaries/list", &list).await.status(), StatusCode::FORBIDDEN);
    let checker = Browser::sign_in(&running, "checker1").await;
    assert_eq!(checker.post("/intermediaries", "/intermediaries/list", &list).await.status(), StatusCode::SEE_OTHER);
    let page = citizen.page("/agencies").await;
    assert!(page.contains("新测") && page.contains("990.50 元"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_figures_and_charges_are_open_and_name_no_person() {
    let mut running = start().await;
    let case = running.case();
    running.act("reviewer1", case, &Act::Accept);
    running.act("reviewer1", case, &Act::Step { step: "审查".into(), passed: true, opinion: "符合".into() });
    let citizen = Browser::new(running.public_url(""));
    assert!(!text(&citizen.page("/open").await, "#decisions-card").contains("临时摊位"), "not before it is decided");
    running.act("decider1", case, &Act::Decide { granted: false, opinion: "占用消防通道".into() });
    let page = citizen.page("/open").await;
    let decisions = text(&page, "#decisions-card");
    assert!(decisions.contains("临时摊位设置许可") && decisions.contains("不予"), "{page}");
    assert!(page.contains("陈*国") && !page.contains("陈建国") && !page.contains(common::hall::CARD_NUMBER));
    assert_eq!(text(&page, "#open-accepted b"), "1", "{page}");
    assert!(text(&page, "#fees-card").contains("不收费"));
}
