//! Pages of the office: the workflow as a form, opening hours, and a share from request to the applicant's own list.

use super::common::{Browser, Running, has, start, text, value};
use reqwest::StatusCode;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::api::ShareRequest;
use tongban_protocol::system::SystemClock;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;

/// Everything the form of the steps holds, as a browser would send it back.
fn steps(page: &str) -> Vec<(String, String)> {
    let document = scraper::Html::parse_document(page);
    let all = scraper::Selector::parse("#steps input, #steps select").unwrap();
    let chosen = scraper::Selector::parse("option[selected]").unwrap();
    document
        .select(&all)
        .filter_map(|element| {
            let name = element.value().attr("name").filter(|name| *name != "csrf")?;
            let value = if element.value().name() == "select" {
                element.select(&chosen).next().and_then(|option| option.value().attr("value")).unwrap_or_default()
            } else {
                element.value().attr("value").unwrap_or_default()
            };
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

async fn save(editor: &Browser, fields: &[(String, String)]) -> StatusCode {
    let plain: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    editor.post("/library/sp", "/library/sp", &plain).await.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_is_edited_in_inputs_its_faults_stand_there_and_three_people_bring_it_into_force() {
    let running = start().await;
    for (id, role) in [("editor1", Role::Editor), ("checker1", Role::Checker), ("publisher1", Role::Publisher)] {
        running.add(id, &[role]);
    }
    let before = running.server.centre().catalogue().latest(&"sp".into()).unwrap();
    let editor = Browser::sign_in(&running, "editor1").await;
    let page = editor.page("/library/sp").await;
    assert!(!page.contains("<script") && value(&page, "#steps-s0-name") == before.workflow[0].name, "{page}");
    let untouched = steps(&page);
    assert_eq!(save(&editor, &untouched).await, StatusCode::SEE_OTHER);
    let mut fields = steps(&editor.page("/library/sp").await);
    let draft = |running: &Running| running.server.centre().library().drafts().unwrap().pop().unwrap();
    let file: serde_json::Value = serde_json::from_str(&draft(&running).json).unwrap();
    let names = |file: &serde_json::Value| -> Vec<String> {
        file["workflow"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap().to_owned()).collect()
    };
    let old: Vec<String> = before.workflow.iter().map(|step| step.name.clone()).collect();
    assert_eq!(names(&file), old, "saved as it was, nothing moves");

    // A new step before the last, without a role: the fault stands at the step.
    let spare = old.len();
    let mut set = |name: &str, value: &str| {
        let name = format!("s{spare}-{name}");
        fields.iter_mut().find(|(known, _)| *known == name).unwrap().1 = value.to_owned();
    };
    for (name, typed) in [("name", "集体会商"), ("days", "1"), ("order", &(spare - 1).to_string()), ("seat", "review")]
    {
        set(name, typed);
    }
    assert_eq!(save(&editor, &fields).await, StatusCode::SEE_OTHER);
    let page = editor.page("/library/sp").await;
    let file: serde_json::Value = serde_json::from_str(&draft(&running).json).unwrap();
    assert_eq!(names(&file).iter().position(|name| name == "集体会商"), Some(spare - 1), "{:?}", names(&file));
    assert!(text(&page, "#steps").contains("请写明环节由哪个岗位办理"), "{}", text(&page, "#steps"));
    let mut mended = steps(&page);
    mended.iter_mut().find(|(name, _)| *name == format!("s{}-role", spare - 1)).unwrap().1 = "科室负责人".into();
    for (name, value) in &mut mended {
        if name.ends_with("-days") && !value.is_empty() {
            "0".clone_into(value);
        }
    }
    assert_eq!(save(&editor, &mended).await, StatusCode::SEE_OTHER);
    assert!(!text(&editor.page("/library/sp").await, "#steps").contains("请写明环节"), "mended");
    mended.iter_mut().find(|(name, _)| name == "s0-days").unwrap().1 = "two".into();
    assert_eq!(save(&editor, &mended).await, StatusCode::UNPROCESSABLE_ENTITY, "a limit is a number");

    let id = [("id", "sp@2")];
    assert_eq!(editor.post("/library", "/library/approve", &id).await.status(), StatusCode::FORBIDDEN);
    let checker = Browser::sign_in(&running, "checker1").await;
    assert_eq!(checker.post("/library", "/library/approve", &id).await.status(), StatusCode::SEE_OTHER);
    let publisher = Browser::sign_in(&running, "publisher1").await;
    assert_eq!(publisher.post("/library", "/library/publish", &id).await.status(), StatusCode::SEE_OTHER);
    let now = running.server.centre().catalogue().latest(&"sp".into()).unwrap();
    assert!(now.version == 2 && now.workflow.iter().any(|step| step.name == "集体会商" && step.role == "科室负责人"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hall_that_is_shut_gives_no_ticket_and_says_on_its_pages_when_it_opens() {
    let running = start().await;
    running.add("window1", &[Role::Window]);
    let manager = Browser::sign_in(&running, "manager1").await;
    let window = Browser::sign_in(&running, "window1").await;
    let today = date_text(local_day(tongban_domain::clock::Clock::wall(&SystemClock)));
    let shut = format!("{today} {today} 系统升级");
    let hours = |closures: &'static str, working: &'static str| {
        [
            ("hall", "890102-001"),
            ("working", working),
            ("saturday", "00:00-24:00"),
            ("sunday", "00:00-24:00"),
            ("closures", closures),
        ]
    };
    let set = |fields: Vec<(String, String)>| {
        let manager = &manager;
        async move {
            let plain: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            manager.post("/halls", "/halls/hours", &plain).await.status()
        }
    };
    let own = |fields: [(&str, &str); 5]| fields.map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec();
    assert_eq!(set(own(hours("", "morning"))).await, StatusCode::UNPROCESSABLE_ENTITY);
    let mut closed = own(hours("", "00:00-24:00"));
    closed[4].1.clone_from(&shut);
    assert_eq!(set(closed).await, StatusCode::SEE_OTHER);
    assert!(text(&manager.page("/halls").await, "#hours-card").contains("系统升级"));
    let page = window.page("/queue?hall=890102-001").await;
    let said = text(&page, "#queue-shut");
    assert!(said.contains("今天闭馆：系统升级") && said.contains("下次开放："), "{page}");
    assert!(!has(&page, "#check-in"), "no ticket is offered");
    let ticket = [("hall", "890102-001"), ("item", "sp"), ("id_number", "890102197803150113")];
    let refused = window.post("/queue", "/queue/check-in", &ticket).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(text(&refused.text().await.unwrap(), "#queue-shut").contains("下次开放："));
    let citizen = Browser::new(running.public_url(""));
    assert!(text(&citizen.page("/booking").await, "#booking-hours").contains("系统升级"));

    assert_eq!(set(own(hours("", "00:00-24:00"))).await, StatusCode::SEE_OTHER);
    // On a holiday on a weekday nothing is open; every other day is.
    let said = text(&window.page("/queue?hall=890102-001").await, "#queue-shut");
    let wanted = if said.is_empty() { StatusCode::SEE_OTHER } else { StatusCode::CONFLICT };
    assert!(said.is_empty() || said.contains("今天不开放"), "{said}");
    assert_eq!(window.post("/queue", "/queue/check-in", &ticket).await.status(), wanted);
}

/// A kiosk asks the gateway for somebody's contributions.
async fn wanted(running: &Running, case: CaseId) -> Result<(), &'static str> {
    let request = ShareRequest {
        case,
        item: "cb".into(),
        resource: "social.person_payments".into(),
        subject_kind: "person".into(),
        subject: "890102197803150113".into(),
        purpose: "开具参保缴费证明".into(),
        basis: "本人同意".into(),
        fields: vec!["months".into()],
        parameters: vec![],
    };
    let asked = running.server.centre().sharing().query(&running.kiosk.station, &request).await;
    asked.map(|_| ()).map_err(|error| error.code().as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_goes_from_request_to_authorisation_to_the_call_log_to_the_applicants_own_list() {
    let mut running = start().await;
    for (id, role) in [("editor1", Role::Editor), ("bureau1", Role::DataAdmin), ("provider1", Role::Provider)] {
        running.add(id, &[role]);
    }
    let (case, receipt, password) = running.case_with_slip();
    running.act("reviewer1", case, &Act::Accept);
    let (editor, bureau, provider) = (
        Browser::sign_in(&running, "editor1").await,
        Browser::sign_in(&running, "bureau1").await,
        Browser::sign_in(&running, "provider1").await,
    );
    let requests = |running: &Running| {
        let all = running.server.centre().sharing().requests(&running.who("provider1")).unwrap();
        all.into_iter().filter(|one| one.applied.resource == "social.person_payments").collect::<Vec<_>>()
    };
    // The authorisation that came with the installation is ended: the gateway says no.
    for one in requests(&running) {
        let end = [("id", one.id.as_str()), ("reason", "年度复核")];
        assert_eq!(provider.post("/resources", "/resources/end", &end).await.status(), StatusCode::SEE_OTHER);
    }
    assert_eq!(wanted(&running, case).await.unwrap_err(), "X109");

    let today = local_day(tongban_domain::clock::Clock::wall(&SystemClock));
    let (from, to) = (date_text(today), date_text(today + time::Duration::days(300)));
    let ask = [
        ("resource", "social.person_payments"),
        ("org", "示范市人力资源和社会保障局"),
        ("items", "cb"),
        ("fields", "months"),
        ("purpose", "开具参保缴费证明"),
        ("scene", "自助终端"),
        ("legal_basis", "《社会保险法》第七十四条"),
        ("daily_quota", "100"),
        ("from", from.as_str()),
        ("to", to.as_str()),
        ("security_person", "王明"),
    ];
    assert!(has(&editor.page("/resources").await, "#ask") && !has(&bureau.page("/resources").await, "#ask"));
    assert_eq!(editor.post("/resources", "/resources/ask", &ask).await.status(), StatusCode::SEE_OTHER);
    let id = requests(&running).pop().unwrap().id;
    let verdict = [("id", id.as_str()), ("verdict", "yes"), ("reason", "最少够用")];
    assert_eq!(editor.post("/resources", "/resources/check", &verdict).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(bureau.post("/resources", "/resources/check", &verdict).await.status(), StatusCode::SEE_OTHER);
    if has(&provider.page("/resources").await, &format!("#answer-{id}")) {
        assert_eq!(wanted(&running, case).await.unwrap_err(), "X109", "checked is not yet granted");
        assert_eq!(provider.post("/resources", "/resources/answer", &verdict).await.status(), StatusCode::SEE_OTHER);
    }
    let page = provider.page("/resources").await;
    assert!(text(&page, &format!("#request-{id}")).contains("已授权"), "{}", text(&page, &format!("#request-{id}")));
    assert!(wanted(&running, case).await.is_ok(), "authorised: the call goes out");

    let calls = provider.page("/calls?resource=social.person_payments").await;
    let log = text(&calls, "#calls");
    assert!(log.contains("被拒绝") && log.contains("部门系统维护"), "what was refused and what went out: {log}");
    assert!(!calls.contains("890102197803150113"), "the log names nobody");
    let citizen = Browser::new(running.public_url(""));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str())];
    let own = citizen.post("/looks", "/looks", &slip).await.text().await.unwrap();
    let list = text(&own, "#own-calls-card");
    assert!(list.contains("个人参保缴费明细") && !list.contains("social."), "in words, not in codes: {list}");
    assert!(list.contains("开具参保缴费证明") && list.contains("months"), "{list}");
}
