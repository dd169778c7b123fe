//! The desks over real forms: what one person may start, another must finish, and nobody alone.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::hall::PASSWORD;
use common::{Browser, Running, has, start, text, value};
use reqwest::StatusCode;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;

/// Sends a form of a case's page with its version.
async fn act(browser: &Browser, id: &str, kind: &str, fields: &[(&str, &str)]) -> StatusCode {
    let case = format!("/cases/{id}");
    let base = value(&browser.page(&case).await, "input[name=base]");
    let mut all = vec![("base", base.as_str())];
    all.extend(fields);
    browser.post(&case, &format!("{case}/{kind}"), &all).await.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_missing_is_told_at_once_on_a_paper_and_a_third_thing_needs_a_head() {
    let mut running = start().await;
    let id = running.case().to_string();
    running.add("window1", &[Role::Window]);
    let window = Browser::sign_in(&running, "window1").await;
    let page = window.page(&format!("/cases/{id}")).await;
    assert!(has(&page, "#correction-miss-m01") && has(&page, "#correction-miss-m02"), "every material can be named");
    assert!(!has(&page, "#suspend") && !has(&page, "#decide-form"), "a window neither stops clocks nor decides");
    let nothing = act(&window, &id, "intake", &[("act", "correction")]).await;
    assert_eq!(nothing, StatusCode::UNPROCESSABLE_ENTITY, "a notice names something");
    let two = [
        ("act", "correction"),
        ("miss", "m01"),
        ("why-m01", "证件照片不清"),
        ("miss", "m02"),
        ("why-m02", "位置图没有比例尺"),
    ];
    assert_eq!(act(&window, &id, "intake", &two).await, StatusCode::SEE_OTHER);
    let page = window.page(&format!("/cases/{id}")).await;
    assert_eq!(text(&page, "#case-status"), "补正");
    assert!(text(&page, "#handled").contains("居民身份证、摊位位置图"), "{}", text(&page, "#handled"));
    assert!(text(&page, "#papers").contains("一次性告知书"));
    let href = {
        let document = scraper::Html::parse_document(&page);
        let links = scraper::Selector::parse("#papers a").unwrap();
        document.select(&links).next_back().unwrap().value().attr("href").unwrap().to_owned()
    };
    let pdf = window.get(&href).await;
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF"));
    let operator = Browser::sign_in(&running, "operator1").await;
    assert_eq!(operator.get(&href).await.status(), StatusCode::FORBIDDEN, "papers are for who sees cases");
    let sent = act(&window, &id, "handle", &[("act", "reject"), ("reason", "x")]).await;
    assert_eq!(sent, StatusCode::FORBIDDEN, "an act sent to another door is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn rejection_and_return_leave_their_stamped_papers() {
    let mut running = start().await;
    let (rejected, returned) = (running.construction().to_string(), running.case().to_string());
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let reason = [("act", "reject"), ("reason", "不属于本机关职权范围"), ("competent", "示范市交通运输局")];
    assert_eq!(act(&reviewer, &rejected, "intake", &reason).await, StatusCode::SEE_OTHER);
    let page = reviewer.page(&format!("/cases/{rejected}")).await;
    assert_eq!(text(&page, "#case-status"), "不予受理");
    assert!(text(&page, "#papers").contains("不予受理决定书"));
    let blank = act(&reviewer, &returned, "accept", &[("decision", "return"), ("opinion", "")]).await;
    assert_eq!(blank, StatusCode::UNPROCESSABLE_ENTITY);
    let back = act(&reviewer, &returned, "accept", &[("decision", "return"), ("opinion", "申请人另行准备")]).await;
    assert_eq!(back, StatusCode::SEE_OTHER);
    assert!(text(&reviewer.page(&format!("/cases/{returned}")).await, "#papers").contains("退件通知"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_stops_on_a_written_notice_only_and_is_extended_with_a_heads_consent_only() {
    let mut running = start().await;
    let case = running.case();
    let id = case.to_string();
    running.act("reviewer1", case, &Act::Accept);
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let stop = |days: &'static str| {
        [("act", "suspend"), ("kind", "2"), ("name", "现场核查"), ("days", days), ("reason", "核对现场")]
    };
    assert_eq!(act(&reviewer, &id, "handle", &stop("0")).await, StatusCode::UNPROCESSABLE_ENTITY, "days are told");
    assert_eq!(act(&reviewer, &id, "handle", &stop("5")).await, StatusCode::SEE_OTHER);
    let page = reviewer.page(&format!("/cases/{id}")).await;
    assert_eq!(text(&page, "#case-status"), "挂起");
    assert!(text(&page, "#papers").contains("特别程序告知书") && text(&page, "#clocks").contains("计时暂停"), "{page}");
    assert_eq!(act(&reviewer, &id, "handle", &[("act", "resume"), ("result", "符合")]).await, StatusCode::SEE_OTHER);
    let extend = |approval: &str| {
        vec![("act", "extend"), ("days", "5"), ("reason", "情况复杂"), ("approval", approval.to_owned().leak() as &str)]
    };
    let alone = act(&reviewer, &id, "handle", &extend("nobody")).await;
    assert_eq!(alone, StatusCode::NOT_FOUND, "no consent was given");
    let decider = Browser::sign_in(&running, "decider1").await;
    let agreed =
        decider.post(&format!("/cases/{id}"), &format!("/cases/{id}/approve"), &[("reason", "同意延期")]).await;
    assert_eq!(agreed.status(), StatusCode::SEE_OTHER);
    let page = reviewer.page(&format!("/cases/{id}")).await;
    let approval = value(&page, "#extend-approval option");
    assert!(!approval.is_empty(), "{page}");
    assert_eq!(act(&reviewer, &id, "handle", &extend(&approval)).await, StatusCode::SEE_OTHER);
    assert!(text(&reviewer.page(&format!("/cases/{id}")).await, "#papers").contains("延期告知书"));
    assert_eq!(act(&reviewer, &id, "handle", &extend(&approval)).await, StatusCode::UNPROCESSABLE_ENTITY, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_goes_from_draft_to_page_through_three_people_and_shows_its_findings() {
    let running = start().await;
    for (id, roles) in [
        ("editor1", &[Role::Editor][..]),
        ("checker1", &[Role::Checker]),
        ("publisher1", &[Role::Publisher]),
        ("twohands", &[Role::Editor, Role::Checker]),
    ] {
        running.add(id, roles);
    }
    let editor = Browser::sign_in(&running, "twohands").await;
    let page = editor.page("/library/sp").await;
    let json = value(&page, "input[name=json]");
    let mut fields: Vec<(String, String)> = vec![("way".into(), "guide".into()), ("json".into(), json)];
    let document = page.clone();
    for name in [
        "name",
        "statutory_days",
        "visits_max",
        "statutory_note",
        "promised_note",
        "fee_note",
        "address",
        "hours",
        "complain",
        "review_org",
        "review_address",
        "review_within",
        "litigation_org",
        "litigation_address",
        "litigation_within",
        "bookings_a_day",
    ] {
        fields.push((name.into(), value(&document, &format!("#guide-{name}"))));
    }
    for name in ["conditions", "rights", "duties"] {
        fields.push((name.into(), text(&document, &format!("#guide-{name}"))));
    }
    fields.extend([("promised_days".into(), "4".into()), ("consult".into(), String::new())]);
    let plain: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let saved = editor.post("/library/sp", "/library/sp", &plain).await;
    assert_eq!(saved.status(), StatusCode::SEE_OTHER, "{}", saved.text().await.unwrap());
    let page = editor.page("/library/sp").await;
    let findings = text(&page, "#findings");
    for told in ["请填写能打通的咨询电话", "各环节时限合计 5 个工作日，超过承诺时限"] {
        assert!(findings.contains(told), "{told}: {findings}");
    }
    let checker = Browser::sign_in(&running, "checker1").await;
    let refused = checker.post("/library", "/library/approve", &[("id", "sp@2")]).await;
    assert!(has(&refused.text().await.unwrap(), "#refusal-C124"));
    let mut mended: Vec<(&str, &str)> = plain.clone();
    mended.retain(|(name, _)| !matches!(*name, "consult" | "promised_days"));
    let consult = value(&document, "#guide-consult");
    mended.extend([("consult", consult.as_str()), ("promised_days", "6")]);
    assert_eq!(editor.post("/library/sp", "/library/sp", &mended).await.status(), StatusCode::SEE_OTHER);
    let page = editor.page("/library/sp").await;
    assert!(!text(&page, "#findings").contains("须改"), "nothing is left to mend: {}", text(&page, "#findings"));
    let own = editor.post("/library", "/library/approve", &[("id", "sp@2")]).await;
    assert!(has(&own.text().await.unwrap(), "#refusal-A108"), "not one's own draft");
    let approved = checker.post("/library", "/library/approve", &[("id", "sp@2")]).await;
    assert_eq!(approved.status(), StatusCode::SEE_OTHER, "{}", approved.text().await.unwrap());
    let publisher = Browser::sign_in(&running, "publisher1").await;
    assert_eq!(publisher.post("/library", "/library/publish", &[("id", "sp@2")]).await.status(), StatusCode::SEE_OTHER);
    let citizen = Browser::new(running.public_url(""));
    let guide = citizen.page("/guide/sp").await;
    assert!(guide.contains(&consult) && text(&guide, "#guide").contains("承诺 6 个工作日"), "{guide}");
}

/// The code an authenticator shows for a secret now, or a step from now.
fn code(secret: &str, shift: i64) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for letter in secret.chars().filter(|c| !c.is_whitespace()) {
        bits = bits << 5 | u32::try_from(letters.find(letter).unwrap()).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    tongban_server::centre::second::otp(&bytes, i64::try_from(now).unwrap() / 30 + shift)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_factor_a_password_alone_opens_nothing_and_a_code_counts_once() {
    let running = start().await;
    running.add("security1", &[Role::Security]);
    let browser = Browser::sign_in(&running, "manager1").await;
    let page = browser.page("/account").await;
    assert!(has(&page, "#second-qr svg") && !page.contains("<script"));
    let caption = text(&page, "#second-qr figcaption");
    let secret: String = caption.rsplit('：').next().unwrap().to_owned();
    let wrong = browser.post("/account", "/account/second", &[("code", "000000")]).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let first = code(&secret, 0);
    assert_eq!(browser.post("/account", "/account/second", &[("code", &first)]).await.status(), StatusCode::SEE_OTHER);

    let again = Browser::new(running.staff_url(""));
    let half = again.post("/login", "/login", &[("account", "manager1"), ("password", PASSWORD), ("next", "/")]).await;
    assert!(half.headers()["location"].to_str().unwrap().starts_with("/login/code"));
    assert_eq!(again.get("/todo").await.headers()["location"], "/login?why=signin&next=/todo", "half is not in");
    let replay = again.post("/login/code", "/login/code", &[("code", &first)]).await;
    assert!(has(&replay.text().await.unwrap(), "#code-wrong"), "the same code a second time");
    let next = code(&secret, 1);
    assert_eq!(again.post("/login/code", "/login/code", &[("code", &next)]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(again.get("/todo").await.status(), StatusCode::OK);

    let security = Browser::sign_in(&running, "security1").await;
    let reset = security.post("/rights", "/rights/reset", &[("staff", "manager1"), ("reason", "手机丢失")]).await;
    assert_eq!(reset.status(), StatusCode::SEE_OTHER);
    Browser::sign_in(&running, "manager1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_appealed_by_one_and_answered_by_another_and_never_deleted() {
    let mut running = start().await;
    let id = running.case().to_string();
    let manager = Browser::sign_in(&running, "manager1").await;
    let check = [("case", id.as_str()), ("finding", "未在 5 日内告知"), ("result", "fault")];
    assert_eq!(manager.post("/supervision", "/supervision/check", &check).await.status(), StatusCode::SEE_OTHER);
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let page = reviewer.page(&format!("/cases/{id}")).await;
    assert!(text(&page, "#cards").contains("红牌"), "{page}");
    let card = value(&page, "#appeal input[name=id]");
    let appeal = [("id", card.as_str()), ("text", "当日已电话告知"), ("back", "https://evil.example/")];
    let answer = reviewer.post(&format!("/cases/{id}"), "/supervision/appeal", &appeal).await;
    assert_eq!(answer.headers()["location"], "/todo", "another site is no place to go back to");
    assert_eq!(text(&manager.page("/todo").await, "#todo-appeals b"), "1");
    let revoke = [("id", card.as_str()), ("revoke", "yes"), ("reason", "申诉成立")];
    assert_eq!(
        reviewer.post(&format!("/cases/{id}"), "/supervision/answer", &revoke).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(manager.post("/supervision", "/supervision/answer", &revoke).await.status(), StatusCode::SEE_OTHER);
    let page = manager.page("/supervision").await;
    assert!(text(&page, "#cards").contains("已撤销") && text(&page, "#cards").contains("申诉成立"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deputy_gets_through_for_the_days_of_the_leave_and_not_before() {
    let mut running = start().await;
    let id = running.case().to_string();
    let operator = Browser::sign_in(&running, "operator1").await;
    assert_eq!(operator.get(&format!("/cases/{id}")).await.status(), StatusCode::FORBIDDEN);
    let decider = Browser::sign_in(&running, "decider1").await;
    let leave = |from: &'static str, to: &'static str| {
        [("staff", "decider1"), ("deputy", "operator1"), ("from", from), ("to", to), ("reason", "出差")]
    };
    assert_eq!(
        decider.post("/leave", "/leave", &leave("2099-01-01", "2099-01-02")).await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(operator.get(&format!("/cases/{id}")).await.status(), StatusCode::FORBIDDEN, "not yet");
    assert_eq!(
        decider.post("/leave", "/leave", &leave("2020-01-01", "2099-01-01")).await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(operator.get(&format!("/cases/{id}")).await.status(), StatusCode::OK);
    let others = decider
        .post(
            "/leave",
            "/leave",
            &[
                ("staff", "reviewer1"),
                ("deputy", "operator1"),
                ("from", "2020-01-01"),
                ("to", "2099-01-01"),
                ("reason", "x"),
            ],
        )
        .await;
    assert_eq!(others.status(), StatusCode::FORBIDDEN, "only a head sends others on leave");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_opens_calls_and_pauses_and_a_stop_is_lifted_by_who_may() {
    let running = start().await;
    running.add("window1", &[Role::Window]);
    let (manager, window) = (Browser::sign_in(&running, "manager1").await, Browser::sign_in(&running, "window1").await);
    let hall = "890102-001";
    let seat = |paused: &'static str| {
        [("hall", hall), ("number", "W01"), ("items", ""), ("on_duty", "window1"), ("paused", paused)]
    };
    assert_eq!(window.post("/todo", "/halls/window", &seat("")).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(manager.post("/halls", "/halls/window", &seat("")).await.status(), StatusCode::SEE_OTHER);
    let number = [("hall", hall), ("item", "sp"), ("id_number", "890102197803150113")];
    assert_eq!(window.post("/queue", "/queue/check-in", &number).await.status(), StatusCode::SEE_OTHER);
    let call = [("hall", hall), ("window", "W01")];
    assert_eq!(window.post("/queue", "/queue/call", &call).await.status(), StatusCode::SEE_OTHER);
    let page = window.page("/queue").await;
    assert!(text(&page, "#queue").contains("W01 叫号") && !page.contains("890102197803150113"), "{page}");
    assert_eq!(manager.post("/halls", "/halls/window", &seat("1")).await.status(), StatusCode::SEE_OTHER);
    assert!(has(&window.post("/queue", "/queue/call", &call).await.text().await.unwrap(), "#refusal-C123"));
    let stop = [("target", "890102-001-K03"), ("notice", "设备检修")];
    assert_eq!(window.post("/queue", "/halls/stop", &stop).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(manager.post("/halls", "/halls/stop", &stop).await.status(), StatusCode::SEE_OTHER);
    let stopped = || running.server.centre().operations().stopped(hall, "890102-001-K03").unwrap();
    assert_eq!(stopped().unwrap().notice, "设备检修");
    assert_eq!(
        manager.post("/halls", "/halls/resume", &[("target", "890102-001-K03")]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(stopped().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn citizens_ask_rate_once_and_see_who_asked_about_them() {
    let mut running = start().await;
    let (_, receipt, password) = running.case_with_slip();
    let citizen = Browser::new(running.public_url(""));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str())];
    let page = citizen.post("/looks", "/looks", &slip).await.text().await.unwrap();
    assert!(has(&page, "#own-calls-card") && has(&page, "#own-looks-card"), "{page}");
    let wrong = citizen.post("/looks", "/looks", &[("receipt", &receipt), ("password", "99999x")]).await;
    assert!(has(&wrong.text().await.unwrap(), "#looks-wrong"));
    let rating = |grade: &'static str| {
        vec![slip[0], slip[1], ("grade", grade), ("tag", "办事效率"), ("tag", "别的"), ("text", "等了太久")]
    };
    assert!(has(&citizen.post("/rate", "/rate", &rating("4")).await.text().await.unwrap(), "#rate-done"));
    assert!(has(&citizen.post("/rate", "/rate", &rating("1")).await.text().await.unwrap(), "#refusal-C120"), "once");
    let manager = Browser::sign_in(&running, "manager1").await;
    let ratings = manager.page("/ratings").await;
    assert!(ratings.contains("等了太久") && ratings.contains("办事效率") && !ratings.contains("别的、"), "{ratings}");
    assert!(!ratings.contains("陈建国") && !ratings.contains("陈*国"), "never who");
    let asked = citizen.post("/voice", "/voice", &[("kind", "complaint"), ("text", "窗口要求重复提交")]).await;
    let to = asked.headers()["location"].to_str().unwrap().to_owned();
    let number = to.split('=').nth(1).unwrap().to_owned();
    assert!(has(&citizen.page(&to).await, "#voice-taken"));
    let signed = manager.post("/tickets", "/tickets/sign", &[("id", &number)]).await;
    assert_eq!(signed.status(), StatusCode::SEE_OTHER);
    let reply = [("id", number.as_str()), ("text", "已核实并道歉"), ("true", "no")];
    assert_eq!(manager.post("/tickets", "/tickets/answer", &reply).await.status(), StatusCode::SEE_OTHER);
    assert!(citizen.page(&format!("/voice?id={number}")).await.contains("已核实并道歉"));
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_reconcile_and_are_drawn_without_script() {
    let mut running = start().await;
    let (first, _second) = (running.case(), running.case());
    running.act("reviewer1", first, &Act::Accept);
    let manager = Browser::sign_in(&running, "manager1").await;
    let page = manager.page("/statistics").await;
    assert!(
        text(&page, "#reconcile").starts_with("核对一致：受理 1 = 办结 0 + 在办 1"),
        "{}",
        text(&page, "#reconcile")
    );
    assert_eq!(text(&page, "#figure-received b"), "2");
    assert!(has(&page, "#chart-flow svg rect") && has(&page, "#chart-items svg rect") && !page.contains("<script"));
    assert!(text(&page, "#by-item").contains("临时摊位设置许可"), "{page}");
    let csv = manager.page("/statistics.csv").await;
    assert!(csv.contains("办件量,1,,"), "{csv}");
    let old = manager.page("/statistics?from=2020-01-01&to=2020-01-31").await;
    assert_eq!(text(&old, "#figure-accepted b"), "0", "negative control");
}

fn closed_case(running: &mut Running) -> String {
    let case = running.case();
    running.act("reviewer1", case, &Act::Withdraw { reason: "不办了".into() });
    case.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_case_is_archived_with_its_hashes_and_an_open_one_is_not() {
    let mut running = start().await;
    let (open, closed) = (running.case().to_string(), closed_case(&mut running));
    running.add("archivist1", &[Role::Archivist]);
    let archivist = Browser::sign_in(&running, "archivist1").await;
    assert!(has(&archivist.page("/archive").await, &format!("form[id=\"package-{closed}\"]")));
    let too_soon = archivist.post("/archive", "/archive", &[("case", &open)]).await;
    assert_eq!(too_soon.status(), StatusCode::CONFLICT);
    assert_eq!(archivist.post("/archive", "/archive", &[("case", &closed)]).await.status(), StatusCode::SEE_OTHER);
    let page = archivist.page("/archive").await;
    assert!(text(&page, "#packages").contains("完整"), "{page}");
}
