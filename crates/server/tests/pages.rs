//! Staff and citizen pages, as a browser without script sees them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::hall::PASSWORD;
use common::hall::sample::picture;
use common::{Browser, has, start, text, token, value};
use reqwest::StatusCode;
use tongban_server::centre::rights::Role;
use tongban_server::centre::workflow::Step;

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_accepted_reviewed_and_decided_on_pages_by_two_people() {
    let mut running = start().await;
    let id = running.case();
    let case = format!("/cases/{id}");
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let list = reviewer.page("/cases").await;
    assert!(has(&list, "#cases a.num"), "{list}");
    assert!(!list.contains("陈建国") && list.contains("陈*国"));
    let page = reviewer.page(&case).await;
    assert_eq!(text(&page, "#case-status"), "已收件");
    assert!(text(&page, "#case-chain").starts_with('✔') && text(&page, "#sign-off-check").starts_with('✔'), "{page}");
    assert!(!page.contains("890102197803150113") && page.contains("890102********0113"));
    assert!(has(&page, "#accept-form") && !has(&page, "#decide-form"));
    let base = value(&page, "input[name=base]");
    let done = reviewer.post(&case, &format!("{case}/accept"), &[("base", &base), ("decision", "accept")]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let page = reviewer.page(&case).await;
    assert!(!text(&page, "#case-due").is_empty() && text(&page, "#case-left").starts_with("剩余"), "{page}");
    // The page opened before is out of date.
    let stale = reviewer
        .post(&case, &format!("{case}/review"), &[("base", &base), ("result", "pass"), ("opinion", "可以")])
        .await;
    assert_eq!(stale.status(), StatusCode::CONFLICT);
    assert!(has(&stale.text().await.unwrap(), "#refusal-C110"));
    let base = value(&page, "input[name=base]");
    let blank =
        reviewer.post(&case, &format!("{case}/review"), &[("base", &base), ("result", "pass"), ("opinion", " ")]).await;
    assert_eq!(blank.status(), StatusCode::UNPROCESSABLE_ENTITY);
    reviewer
        .post(&case, &format!("{case}/review"), &[("base", &base), ("result", "pass"), ("opinion", "<b>齐全</b>")])
        .await;
    let decider = Browser::sign_in(&running, "decider1").await;
    let page = decider.page(&case).await;
    assert!(page.contains("&#60;b&#62;齐全") || page.contains("&lt;b&gt;齐全"), "what people type is text, not markup");
    let base = value(&page, "input[name=base]");
    let done = decider
        .post(&case, &format!("{case}/decide"), &[("base", &base), ("result", "grant"), ("opinion", "准予")])
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(text(&decider.page(&case).await, "#case-status"), "制证中");
    assert!(decider.page("/licences").await.contains("TW890100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_account_that_reviewed_meets_a_plain_page_when_it_decides() {
    let mut running = start().await;
    let id = running.case();
    let case = format!("/cases/{id}");
    let both = Browser::sign_in(&running, "both1").await;
    for (step, fields) in
        [("accept", [("decision", "accept"), ("opinion", "")]), ("review", [("result", "pass"), ("opinion", "通过")])]
    {
        let base = value(&both.page(&case).await, "input[name=base]");
        let done = both.post(&case, &format!("{case}/{step}"), &[("base", base.as_str()), fields[0], fields[1]]).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{step}");
    }
    let base = value(&both.page(&case).await, "input[name=base]");
    let refused =
        both.post(&case, &format!("{case}/decide"), &[("base", &base), ("result", "grant"), ("opinion", "准予")]).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let page = refused.text().await.unwrap();
    assert!(has(&page, "#refusal-C109") && page.contains("审查和决定不能是同一个人"), "{page}");
    let log = Browser::sign_in(&running, "admin1").await.page("/log").await;
    assert!(log.contains("case.decide") && log.contains("C109"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_this_sessions_token_is_refused_everywhere() {
    let mut running = start().await;
    let id = running.case();
    let browser = Browser::new(running.staff_url(""));
    let fields = [("account", "reviewer1"), ("password", PASSWORD)];
    assert_eq!(browser.post_raw("/login", &fields).await.status(), StatusCode::FORBIDDEN, "sign-in too");
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let others = token(&Browser::sign_in(&running, "decider1").await.page("/cases").await);
    let path = format!("/cases/{id}/accept");
    let version = running.server.centre().cases().verify(id).unwrap().actions.to_string();
    for forged in ["", "00", others.as_str()] {
        let answer = reviewer.post_raw(&path, &[("csrf", forged), ("base", &version), ("decision", "accept")]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(has(&answer.text().await.unwrap(), "#refusal-A106"));
    }
    assert_eq!(text(&reviewer.page(&format!("/cases/{id}")).await, "#case-status"), "已收件", "nothing happened");
    let answer = reviewer.post(&format!("/cases/{id}"), &path, &[("base", &version), ("decision", "accept")]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "negative control");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_opens_after_a_reason_and_plays_without_script() {
    let mut running = start().await;
    let id = running.case();
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let still = format!("/cases/{id}/evidence/still/image");
    assert_eq!(reviewer.get(&still).await.status(), StatusCode::FORBIDDEN);
    assert!(has(&reviewer.page(&format!("/cases/{id}/evidence")).await, "#evidence-locked"));
    let asked =
        reviewer.post(&format!("/cases/{id}"), &format!("/cases/{id}/evidence"), &[("reason", "核对本人")]).await;
    assert_eq!(asked.status(), StatusCode::SEE_OTHER);
    let page = reviewer.page(&format!("/cases/{id}/evidence")).await;
    assert!(has(&page, "#evidence-still") && has(&page, "#evidence-clip") && !page.contains("<script"), "{page}");
    let picture = reviewer.get(&still).await;
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    let mut clip = reviewer.get(&format!("/cases/{id}/evidence/clip")).await;
    assert!(clip.headers()["content-type"].to_str().unwrap().starts_with("multipart/x-mixed-replace"));
    let mut seen = Vec::new();
    while seen.windows(7).filter(|window| window == b"--frame").count() < 3 {
        seen.extend_from_slice(&clip.chunk().await.unwrap().unwrap());
    }
    drop(clip);
    assert!(reviewer.page(&format!("/cases/{id}")).await.contains("核对本人"), "the reason is on the timeline");
    let operator = Browser::sign_in(&running, "operator1").await;
    assert_eq!(operator.get(&still).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn page_images_open_in_the_viewer_and_the_whole_number_needs_a_reason() {
    let mut running = start().await;
    let id = running.case();
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let case = format!("/cases/{id}");
    let page = reviewer.page(&case).await;
    let viewer = {
        let document = scraper::Html::parse_document(&page);
        let selector = scraper::Selector::parse(".thumbs a").unwrap();
        document.select(&selector).next().unwrap().value().attr("href").unwrap().to_owned()
    };
    assert!(has(&reviewer.page(&viewer).await, "#viewer-image"));
    let bound = reviewer.get(&format!("{case}/materials/m02/pdf")).await;
    assert_eq!(bound.headers()["content-type"], "application/pdf");
    assert_eq!(reviewer.get(&format!("{viewer}/image")).await.headers()["content-type"], "image/jpeg");
    let refused = reviewer.post(&case, &format!("{case}/reveal"), &[("reason", "")]).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let told = reviewer.post(&case, &format!("{case}/reveal"), &[("reason", "电话核实")]).await.text().await.unwrap();
    assert_eq!(
        (text(&told, "#case-number"), text(&told, "#case-applicant")),
        ("890102197803150113".into(), "陈建国".into())
    );
    let log = running.server.centre().staff().recent(2).unwrap();
    assert!(log.iter().any(|line| line.action == "identity.reveal" && line.detail == "电话核实"));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_passwords_lock_and_signing_out_ends_the_session() {
    let running = start().await;
    let browser = Browser::new(running.staff_url(""));
    for _ in 0..5 {
        let answer = browser.post("/login", "/login", &[("account", "manager1"), ("password", "no")]).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let answer = browser.post("/login", "/login", &[("account", "manager1"), ("password", PASSWORD)]).await;
    assert!(has(&answer.text().await.unwrap(), "#login-account-locked"));
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    assert_eq!(reviewer.get("/cases").await.status(), StatusCode::OK);
    reviewer.post("/cases", "/logout", &[]).await;
    let after = reviewer.get("/cases").await;
    assert_eq!(after.status(), StatusCode::SEE_OTHER);
    assert_eq!(after.headers()["location"], "/login?why=signin&next=/cases");
    // Another site is no place to go to after signing in.
    let answer = browser
        .post(
            "/login?next=//evil.example",
            "/login",
            &[("account", "decider1"), ("password", PASSWORD), ("next", "//evil.example")],
        )
        .await;
    assert_eq!(answer.headers()["location"], "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers_and_the_cookie_its_flags() {
    let running = start().await;
    let browser = Browser::new(running.staff_url(""));
    for path in ["/login", "/nowhere", "/assets/app.css"] {
        let answer = browser.get(path).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("script-src"),
            "{path}"
        );
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["x-frame-options"], "DENY");
    }
    let token = token(&browser.page("/login").await);
    let answer =
        browser.post_raw("/login", &[("account", "reviewer1"), ("password", PASSWORD), ("csrf", &token)]).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let big = "x".repeat(80 * 1024);
    let answer = browser.post_raw("/login", &[("account", big.as_str()), ("csrf", &token)]).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn citizens_verify_a_licence_and_follow_a_case() {
    let mut running = start().await;
    let id = running.case();
    let centre = running.server.centre().clone();
    let who = |id: &str| centre.staff().get(id).unwrap().unwrap();
    let (reviewer, decider) = (who("reviewer1"), who("decider1"));
    for (member, step) in [
        (&reviewer, Step::Accept),
        (&reviewer, Step::Review { passed: true, opinion: "可以".into() }),
        (&decider, Step::Decide { granted: true, opinion: "准予".into() }),
    ] {
        let version = centre.cases().row(member, id).unwrap().version;
        centre.workflow().step(member, id, version, &step).unwrap();
    }
    let url = centre.licences().list(&decider).unwrap()[0].verify_url.clone();
    let path = url.split_once("/v/").unwrap().1.to_owned();
    let citizen = Browser::new(running.public_url(""));
    let page = citizen.page(&format!("/v/{path}")).await;
    assert_eq!(text(&page, "#verify-state"), "有效");
    assert!(page.contains("陈*国") && !page.contains("陈建国"), "{page}");
    assert_eq!(citizen.get("/v/nothing").await.status(), StatusCode::NOT_FOUND);
    assert!(has(&citizen.page("/v/nothing").await, "#verify-none"));
    let receipt = centre.cases().row(&reviewer, id).unwrap().receipt.unwrap();
    let wrong = citizen.post("/progress", "/progress", &[("receipt", &receipt), ("password", "000000")]).await;
    assert!(has(&wrong.text().await.unwrap(), "#progress-wrong"));
    assert_eq!(
        citizen.post_raw("/progress", &[("receipt", &receipt), ("password", "000000")]).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        citizen.get("/cases").await.status(),
        StatusCode::NOT_FOUND,
        "no staff page is on the citizens' listener"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_sees_who_did_and_who_looked_and_nothing_of_what_the_case_says() {
    let mut running = start().await;
    let (id, receipt, _) = running.case_with_slip();
    let case = format!("/cases/{id}");
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    reviewer.post(&case, &format!("{case}/reveal"), &[("reason", "电话核实")]).await;
    let base = value(&reviewer.page(&case).await, "input[name=base]");
    let done = reviewer.post(&case, &format!("{case}/accept"), &[("base", &base), ("decision", "accept")]).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        reviewer.get(&format!("/audit?q={id}")).await.status(),
        StatusCode::FORBIDDEN,
        "who works on it does not"
    );
    running.add("auditor1", &[Role::Auditor]);
    let auditor = Browser::sign_in(&running, "auditor1").await;
    assert_eq!(auditor.get(&case).await.status(), StatusCode::FORBIDDEN, "the case itself stays shut");
    let page = auditor.page(&format!("/audit?q={receipt}")).await;
    let looks = text(&page, "#audit-looks");
    assert_eq!(looks.matches("查看办件").count(), 1, "twice in an hour is one look: {looks}");
    assert!(looks.contains("reviewer1") && looks.contains("显示全号") && looks.contains("电话核实"), "{looks}");
    assert!(text(&page, "#audit-log").contains("受理"), "{page}");
    let chain = text(&page, "#audit-chain");
    assert!(chain.contains("受理") && page.contains("个动作逐一验签"), "{chain}");
    for secret in ["陈建国", "陈*国", "890102197803150113", "中山街道东口"] {
        assert!(!page.contains(secret), "{secret} is on the page");
    }
    let again = auditor.page(&format!("/audit?q={id}")).await;
    assert!(text(&again, "#audit-looks").contains("查看审计"), "who audits is seen too");
    assert!(has(&auditor.page("/audit?q=89010226030200000000").await, "#audit-none"));
}

/// Sends a form with a photograph.
async fn send_photo(browser: &Browser, case: &str, act: &str, ticks: &[&str], photo: (&str, &[u8])) -> StatusCode {
    let page = browser.page(case).await;
    let (base, csrf) = (value(&page, "input[name=base]"), token(&page));
    let mut fields = vec![("csrf", csrf.as_str()), ("base", base.as_str()), ("act", act)];
    fields.extend(ticks.iter().map(|tick| ("miss", *tick)));
    let files = [(photo.0.to_owned(), photo.1.to_vec())];
    browser.post_files(&format!("{case}/deferral"), &fields, &files).await.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_follow_later_is_promised_on_a_page_seen_by_the_applicant_and_brought() {
    let mut running = start().await;
    let (id, receipt, password) = running.stall_without("m03");
    let case = format!("/cases/{id}");
    running.add("window1", &[Role::Window]);
    let window = Browser::sign_in(&running, "window1").await;
    let page = window.page(&case).await;
    assert!(has(&page, "#defer[enctype=\"multipart/form-data\"]") && has(&page, "#defer-miss-m03"), "{page}");
    let photo = picture(300, 400, 90);
    let no_picture = send_photo(&window, &case, "defer", &["m03"], ("promise", b"<svg/>")).await;
    assert_eq!(no_picture, StatusCode::UNPROCESSABLE_ENTITY, "a promise is a photograph");
    assert_eq!(send_photo(&window, &case, "defer", &["m03"], ("promise", &photo)).await, StatusCode::SEE_OTHER);
    let page = window.page(&case).await;
    assert_eq!(text(&page, "#case-status"), "已受理");
    assert!(text(&page, "#papers").contains("容缺受理通知书") && text(&page, "#handled").contains("待补：卫生承诺书"));
    let citizen = Browser::new(running.public_url(""));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str())];
    let ask = || citizen.post("/progress", "/progress", &slip);
    let seen = ask().await.text().await.unwrap();
    assert!(text(&seen, "#progress-owed").contains("卫生承诺书"), "{seen}");
    let brought = send_photo(&window, &case, "supply_deferred", &[], ("page-m03", &photo)).await;
    assert_eq!(brought, StatusCode::SEE_OTHER);
    assert!(text(&window.page(&case).await, "#handled").contains("已补齐"));
    assert!(!has(&ask().await.text().await.unwrap(), "#progress-owed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_adds_somebody_gives_a_post_and_the_leave_is_seen() {
    let running = start().await;
    let admin = Browser::sign_in(&running, "admin1").await;
    let page = admin.page("/staff").await;
    assert!(has(&page, "#post select[name=staff]") && has(&page, "#member-add"), "{page}");
    let new = [
        ("id", "clerk9"),
        ("name", "欧阳慧敏"),
        ("region", "890102"),
        ("password", PASSWORD),
        ("role", "reviewer"),
        ("role", "window"),
    ];
    assert_eq!(admin.post("/staff", "/staff", &new).await.status(), StatusCode::SEE_OTHER);
    let org = value(&page, "#post-org option:last-child");
    let post = [
        ("staff", "clerk9"),
        ("title", "市场科承办人"),
        ("org", org.as_str()),
        ("items", "street_stall"),
        ("phone", ""),
    ];
    assert_eq!(admin.post("/staff", "/staff/post", &post).await.status(), StatusCode::SEE_OTHER);
    let clerk = Browser::sign_in(&running, "clerk9").await;
    let leave = [
        ("staff", "clerk9"),
        ("deputy", "reviewer1"),
        ("from", "2026-01-01"),
        ("to", "2099-12-31"),
        ("reason", "进修"),
    ];
    assert_eq!(clerk.post("/leave", "/leave", &leave).await.status(), StatusCode::SEE_OTHER);
    let page = admin.page("/staff").await;
    assert_eq!(text(&page, "#member-clerk9-post"), "市场科承办人");
    assert!(text(&page, "#member-clerk9-away").contains("由 reviewer1 代理"), "{page}");
    let elsewhere = [("staff", "clerk9"), ("title", "某某"), ("org", "000"), ("items", ""), ("phone", "")];
    let refused = admin.post("/staff", "/staff/post", &elsewhere).await.status();
    assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY, "a department nobody knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_definition_makes_the_guide_the_web_form_and_the_paper_form() {
    let running = start().await;
    let citizen = Browser::new(running.public_url(""));
    let guide = citizen.page("/guide/jz_first").await;
    assert!(has(&guide, "#guide-form"), "the guide leads to the form");
    let page = citizen.page("/guide/jz_first/form").await;
    let item = running.server.centre().catalogue().latest(&"jz_first".into()).unwrap();
    for field in item.form.fields() {
        assert!(page.contains(&field.label), "{}", field.label);
    }
    let blank = citizen.get("/guide/jz_first/form.pdf").await;
    assert_eq!(blank.headers()["content-type"], "application/pdf");
    assert!(blank.bytes().await.unwrap().starts_with(b"%PDF-"));
    let form = "/guide/street_stall/form";
    let empty = citizen.post(form, form, &[("place", "")]).await.text().await.unwrap();
    assert!(text(&empty, "#faults").contains("地点"), "{empty}");
    let filled = citizen.post(form, form, &[("place", "中山街道东口")]).await;
    assert_eq!(filled.headers()["content-type"], "application/pdf");
    let wrong = citizen.post("/guide/jz_first/form", "/guide/jz_first/form", &[("net_assets", "很多")]).await;
    assert!(text(&wrong.text().await.unwrap(), "#faults").contains("请填写数字"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_claims_an_item_and_a_notice_reaches_the_hall_from_their_pages() {
    let running = start().await;
    let manager = Browser::sign_in(&running, "manager1").await;
    let home = manager.page("/todo").await;
    assert!(has(&home, "#nav-claims") && has(&home, "#nav-audit") && has(&home, "#nav-halls"));
    let claim = [
        ("item", "sp"),
        ("region", "890102"),
        ("address", "中山街道1号"),
        ("hours", "9:00-17:00"),
        ("consult", "0890-1234567"),
        ("window", "W03"),
        ("kiosk", "1"),
    ];
    assert_eq!(manager.post("/claims", "/claims", &claim).await.status(), StatusCode::SEE_OTHER);
    let page = manager.page("/claims").await;
    assert!(text(&page, "#claims").contains("890102") && text(&page, "#claims").contains("自助可办"), "{page}");
    let notice = [("hall", "890102-001"), ("text", "今日系统维护，17 时后暂停取号")];
    assert_eq!(manager.post("/halls", "/halls/notice", &notice).await.status(), StatusCode::SEE_OTHER);
    assert!(text(&manager.page("/halls").await, "#notices").contains("17 时后暂停取号"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rights_review_names_who_holds_too_much_and_who_owns_an_alarm_stands_on_a_page() {
    let running = start().await;
    running.add("security1", &[Role::Security]);
    let security = Browser::sign_in(&running, "security1").await;
    let page = security.page("/rights").await;
    assert!(text(&page, "#rights-both1").contains("审查和决定在同一账号"), "{page}");
    assert!(!text(&page, "#rights-reviewer1").contains("审查和决定在同一账号"), "negative control");
    let manager = Browser::sign_in(&running, "manager1").await;
    let duty = [("alarm", "station_offline"), ("hall", ""), ("owner", "technician1"), ("phone", "0890-1234567")];
    assert_eq!(manager.post("/halls", "/halls/duty", &duty).await.status(), StatusCode::SEE_OTHER);
    let duties = text(&manager.page("/halls").await, "#duties");
    assert!(
        duties.contains("终端离线") && duties.contains("technician1") && duties.contains("0890-1234567"),
        "{duties}"
    );
    // The alarm itself names its owner: a station that is silent, on its own line.
    let alarm = text(&manager.page("/stations").await, "#station-890102-001-K03-alarms");
    assert!(alarm.contains("终端离线：责任人 technician1，电话 0890-1234567"), "{alarm}");
    let beat =
        tongban_protocol::api::Heartbeat { version: "1".into(), queue: 0, devices: vec![], wall_ms: 0, chain: None };
    running.server.centre().stations().heartbeat(&running.kiosk.station.id, &beat).unwrap();
    let alarm = text(&manager.page("/stations").await, "#station-890102-001-K03-alarms");
    assert!(!alarm.contains("终端离线") && alarm.contains("时钟偏差：没有责任人"), "{alarm}");
    let nobody = [("alarm", "station_offline"), ("hall", ""), ("owner", "nobody9"), ("phone", "1")];
    assert_eq!(manager.post("/halls", "/halls/duty", &nobody).await.status(), StatusCode::NOT_FOUND);
}
