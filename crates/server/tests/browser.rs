//! The pages in a real Chromium: every office page at desk and telephone width, no sideways
//! scrolling, forms filled from the keyboard; pictures of all of them stay in `target/pages/`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;
#[path = "browser/words.rs"]
mod words;

use common::hall::PASSWORD;
use common::{Running, start};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tongban_server::centre::handling::Act;
use tongban_server::centre::operations::{Duty, Window};
use tongban_server::centre::ratings::{Grade, NewRating};
use tongban_server::centre::rights::Role;
use tongban_server::centre::tickets::TicketKind;

/// Widths of a desk and of a telephone.
const WIDTHS: [u32; 2] = [1280, 390];

/// ChromeDriver with one browser; both end with the test.
struct Chrome {
    client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

/// A test that fails leaves no browser behind.
impl Drop for Chrome {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Chrome {
    async fn open() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed by ./dev setup");
        let profile = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--lang=zh-CN",
            "--hide-scrollbars",
            "--disable-background-networking",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), serde_json::json!({ "args": arguments }));
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { client, driver, _profile: profile }
    }

    async fn close(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }

    async fn sign_in(&self, running: &Running, account: &str) {
        self.client.delete_all_cookies().await.unwrap();
        self.client.goto(&running.staff_url("/login")).await.unwrap();
        let field = self.client.find(Locator::Id("login-account")).await.unwrap();
        field.send_keys(account).await.unwrap();
        // On by the keyboard alone.
        let tab: char = Key::Tab.into();
        let enter: char = Key::Enter.into();
        field.send_keys(&tab.to_string()).await.unwrap();
        self.client.active_element().await.unwrap().send_keys(&format!("{PASSWORD}{enter}")).await.unwrap();
        self.client.wait().for_element(Locator::Id("logout")).await.unwrap();
    }

    /// Opens a page at both widths, looks at its breadth, leaves a picture.
    async fn look(&self, url: &str, name: &str) {
        for width in WIDTHS {
            self.client.set_window_size(width, 1000).await.unwrap();
            self.client.goto(url).await.unwrap();
            let script = "return [document.documentElement.scrollWidth, window.innerWidth, document.documentElement.scrollHeight]";
            let sizes = self.client.execute(script, Vec::new()).await.unwrap();
            let size = |n: usize| sizes[n].as_u64().unwrap();
            let title = self.client.title().await.unwrap();
            assert!(!title.contains("没有找到") && !title.contains("岗位不能"), "{name}: {title}");
            self.client.set_window_size(width, u32::try_from(size(2)).unwrap().clamp(800, 6000) + 150).await.unwrap();
            std::fs::write(shots().join(format!("{name}-{width}.png")), self.client.screenshot().await.unwrap())
                .unwrap();
            assert!(size(0) <= size(1), "{name} at {width}: {} wide in {}", size(0), size(1));
        }
    }
}

fn shots() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/pages");
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The hours of a hall, with a closed day that has a long reason.
fn opening(running: &Running, hall: &str) {
    let period = |line: &str| tongban_server::centre::hours::Period::line(line).unwrap();
    let hours = tongban_server::centre::hours::Hours {
        hall: hall.into(),
        working: period("09:00-12:00 14:00-17:00"),
        saturday: period("09:30-11:30"),
        sunday: vec![],
        closures: vec![tongban_server::centre::hours::Closure {
            from: "2027-01-04".into(),
            to: "2027-01-05".into(),
            why: "政务服务中心供电线路改造，期间请到城东区便民服务中心或者网上办理".into(),
        }],
    };
    let manager = running.who("manager1");
    running.server.centre().operations().set_hours(&manager, &hours).unwrap();
}

/// A day at the hall: cases at every step, cards, ratings, tickets, windows, drafts.
fn day(running: &mut Running) -> Vec<String> {
    let mut ids = vec![running.construction()];
    ids.extend((0..5).map(|_| running.case()));
    for id in [ids[0], ids[2], ids[3], ids[4]] {
        running.act("reviewer1", id, &Act::Accept);
    }
    let step =
        |name: &str| Act::Step {
            step: name.into(), passed: true, opinion: "材料齐全，指标符合三级标准。".into()
        };
    running.act("reviewer1", ids[0], &step("审查"));
    running.act("reviewer1", ids[3], &step("审查"));
    running.act("decider1", ids[3], &Act::Decide { granted: true, opinion: "准予许可".into() });
    let special = Act::Suspend {
        kind: tongban_domain::event::SpecialKind::Other,
        name: "现场核查".into(),
        days: 5,
        reason: "核对摊位位置".into(),
    };
    running.act("reviewer1", ids[4], &special);
    running.act("reviewer1", ids[5], &Act::Withdraw { reason: "申请人改换地点".into() });
    let centre = running.server.centre();
    let manager = running.who("manager1");
    centre.supervision().spot_check(&manager, ids[1], "未在 5 个工作日内告知", true).unwrap();
    let card = centre.supervision().of_case(&manager, ids[1]).unwrap().remove(0);
    centre.supervision().appeal(&manager, &card.id, "当日已电话告知申请人").unwrap();
    for (n, grade) in [Grade::VerySatisfied, Grade::Satisfied, Grade::Dissatisfied].into_iter().enumerate() {
        let new = NewRating {
            case: ids[n],
            occasion: "end",
            channel: "kiosk",
            place: "890102-001-K03",
            staff: Some("reviewer1"),
            grade,
            tags: &["办事效率".to_owned()],
            text: "窗口说得清楚",
        };
        centre.ratings().rate(&new).unwrap();
    }
    centre.tickets().open(TicketKind::Complaint, &ids[1].to_string(), "窗口要求重复提交材料", "kiosk").unwrap();
    centre.tickets().open(TicketKind::Question, "", "食品经营许可要带什么", "phone").unwrap();
    let hall = "890102-001";
    for (number, on_duty, paused) in
        [("W01", Some("reviewer1"), false), ("W02", None, false), ("W03", Some("reviewer1"), true)]
    {
        let window = Window {
            hall: hall.into(),
            number: number.into(),
            items: vec![],
            on_duty: on_duty.map(Into::into),
            paused,
        };
        centre.operations().set_window(&manager, &window).unwrap();
    }
    let duty = Duty {
        alarm: "station_offline".into(),
        hall: hall.into(),
        owner: "technician1".into(),
        phone: "0890-1234567".into(),
    };
    centre.operations().set_duty(&manager, &duty).unwrap();
    centre.operations().stop(&manager, hall, "890102-001-K03", "设备检修，请到窗口办理").unwrap();
    for number in ["890102197803150113", "890102199001010017"] {
        centre.appointments().check_in(number, hall, &"sp".into()).unwrap();
    }
    opening(running, hall);
    centre.stock().add("test", "street_stall", "T0000001", "T0000100", &"operator1".into()).unwrap();
    ids.iter().map(ToString::to_string).collect()
}

/// Pages of the staff that need no case, for somebody who may see all of them.
const OFFICE_PAGES: &[&str] = &[
    "library",
    "library/sp",
    "library/sp/guide",
    "payments",
    "parcels",
    "archive",
    "rights",
    "account",
    "leave",
    "stations",
    "staff",
    "stock",
    "log",
    "licences",
    "resources",
    "calls",
    "exchange",
    "performance",
    "intermediaries",
    "consultations",
    "knowledge",
    "messages",
    "seals",
    "upkeep",
    "upkeep?view=findings",
];

/// Pages anybody may open.
const CITIZEN_PAGES: &[&str] = &[
    "",
    "guide",
    "guide/jz_first",
    "guide/jz_first/form",
    "looks",
    "voice",
    "rate",
    "booking",
    "supply",
    "progress",
    "v",
    "situation",
    "situation?s=shop&a=.1.0",
    "agencies",
    "notices",
    "open",
    "consult",
    "pay",
    "guide?q=摊位",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_office_page_fits_a_desk_and_a_telephone() {
    let mut running = start().await;
    let ids = day(&mut running);
    let draft = {
        let editor = running.add("editor1", &[Role::Editor]);
        let item = running.server.centre().catalogue().latest(&"sp".into()).unwrap();
        let mut file: serde_json::Value = serde_json::from_str(&item.to_json().unwrap()).unwrap();
        file["version"] = serde_json::json!(item.version + 1);
        file["guide"]["consult"] = serde_json::json!("");
        running.server.centre().library().draft(&editor, &file.to_string()).unwrap()
    };
    assert_eq!(draft.id, "sp@2");
    let (survey, hearing) = words::fill(&running);
    running.add("everyone", &Role::ALL);
    running.add("checker1", &[Role::Checker]);
    let chrome = Chrome::open().await;
    chrome.look(&running.staff_url("/login"), "login").await;
    for (account, pages) in [
        ("reviewer1", vec![("todo-reviewer".to_owned(), "/todo".to_owned()), ("cases".into(), "/cases".into())]),
        ("checker1", vec![("library-checker".into(), "/library".into())]),
    ] {
        chrome.sign_in(&running, account).await;
        for (name, path) in pages {
            chrome.look(&running.staff_url(&path), &name).await;
        }
    }
    chrome.sign_in(&running, "reviewer1").await;
    for (name, n) in [("case-received", 1), ("case-review", 0), ("case-suspended", 4), ("case-granted", 3)] {
        chrome.look(&running.staff_url(&format!("/cases/{}", ids[n])), name).await;
    }
    chrome.sign_in(&running, "manager1").await;
    for page in
        ["todo", "supervision", "ratings", "tickets", "hotline?q=食品", "statistics", "halls", "queue", "claims"]
    {
        let name = page.split('?').next().unwrap();
        chrome.look(&running.staff_url(&format!("/{page}")), name).await;
    }
    chrome.sign_in(&running, "everyone").await;
    for page in OFFICE_PAGES {
        let name = page.replace(['/', '?', '='], "-");
        chrome.look(&running.staff_url(&format!("/{page}")), &name).await;
    }
    chrome.look(&running.staff_url(&format!("/audit?q={}", ids[0])), "audit").await;
    chrome.look(&running.staff_url(&format!("/consultations/{hearing}")), "consultation").await;
    for (name, id) in [("survey", survey), ("hearing", hearing)] {
        chrome.look(&running.public_url(&format!("/consult/{id}")), &format!("citizen-consult-{name}")).await;
    }
    for page in CITIZEN_PAGES {
        chrome
            .look(
                &running.public_url(&format!("/{page}")),
                &format!("citizen-{}", page.replace(['/', '?', '&', '='], "-")),
            )
            .await;
    }
    chrome.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_decided_by_two_people_in_a_browser_and_the_first_is_refused() {
    let mut running = start().await;
    let id = running.case();
    let chrome = Chrome::open().await;
    let client = &chrome.client;
    let case = running.staff_url(&format!("/cases/{id}"));
    chrome.sign_in(&running, "both1").await;
    client.goto(&case).await.unwrap();
    client.find(Locator::Id("accept-accept")).await.unwrap().click().await.unwrap();
    client.find(Locator::Id("accept-submit")).await.unwrap().click().await.unwrap();
    client.wait().for_element(Locator::Id("review-pass")).await.unwrap().click().await.unwrap();
    client.find(Locator::Id("review-opinion")).await.unwrap().send_keys("材料齐全").await.unwrap();
    client.find(Locator::Id("review-submit")).await.unwrap().click().await.unwrap();
    client.wait().for_element(Locator::Id("decide-grant")).await.unwrap().click().await.unwrap();
    client.find(Locator::Id("decide-opinion")).await.unwrap().send_keys("准予").await.unwrap();
    client.find(Locator::Id("decide-submit")).await.unwrap().click().await.unwrap();
    client.wait().for_element(Locator::Id("refusal-C109")).await.unwrap();
    chrome.sign_in(&running, "decider1").await;
    client.goto(&case).await.unwrap();
    client.find(Locator::Id("decide-grant")).await.unwrap().click().await.unwrap();
    client.find(Locator::Id("decide-opinion")).await.unwrap().send_keys("准予").await.unwrap();
    client.find(Locator::Id("decide-submit")).await.unwrap().click().await.unwrap();
    client.wait().for_element(Locator::Id("case-status")).await.unwrap();
    let status = client.find(Locator::Id("case-status")).await.unwrap().text().await.unwrap();
    assert_eq!(status, "制证中");
    chrome.close().await;
}

impl Chrome {
    /// Presses Tab until the focus is where `script` says; every stop on the way shows that it has the focus.
    async fn tab_to(&self, script: &str, most: usize) -> usize {
        let tab: char = Key::Tab.into();
        for pressed in 0..most {
            let found = self.client.execute(&format!("return {script}"), Vec::new()).await.unwrap();
            if found.as_bool() == Some(true) {
                return pressed;
            }
            self.client.active_element().await.unwrap().send_keys(&tab.to_string()).await.unwrap();
            let seen = "const e = document.activeElement; if (!e || e === document.body) return true;\
                        const s = getComputedStyle(e); const r = e.getBoundingClientRect();\
                        return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 && r.width > 0 && r.height > 0";
            let seen = self.client.execute(seen, Vec::new()).await.unwrap();
            let at = "const e = document.activeElement; return e.tagName + '#' + e.id + ' ' + (e.href || e.name || '')";
            let at = self.client.execute(at, Vec::new()).await.unwrap();
            assert_eq!(seen.as_bool(), Some(true), "the focus is not to be seen at {at}");
        }
        panic!("{script} is not reached in {most} presses of Tab");
    }

    async fn press(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// From the top of the page over the link 跳到正文 to its text.
    async fn skip(&self) {
        let enter: char = Key::Enter.into();
        self.tab_to("document.activeElement.className === 'skip'", 3).await;
        self.press(&enter.to_string()).await;
    }
}

fn focused(id: &str) -> String {
    format!("document.activeElement.id === '{id}'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_taken_reviewed_and_decided_from_the_keyboard_alone_with_the_focus_in_sight() {
    let mut running = start().await;
    let id = running.case();
    let chrome = Chrome::open().await;
    let client = &chrome.client;
    let enter: char = Key::Enter.into();
    let enter = enter.to_string();
    client.set_window_size(1280, 1000).await.unwrap();
    for (account, radio, opinion, submit) in [
        ("reviewer1", "accept-accept", "", "accept-submit"),
        ("reviewer1", "review-pass", "review-opinion", "review-submit"),
        ("decider1", "decide-grant", "decide-opinion", "decide-submit"),
    ] {
        chrome.sign_in(&running, account).await;
        // From the list of what waits to the case, past the bar of links in one press.
        client.goto(&running.staff_url("/todo")).await.unwrap();
        chrome.skip().await;
        let link = format!("(document.activeElement.href || '').endsWith('/cases/{id}')");
        let stops = chrome.tab_to(&link, 30).await;
        assert!(stops < 25, "{account}: {stops} presses to the case");
        chrome.press(&enter).await;
        client.wait().for_element(Locator::Id("case-status")).await.unwrap();
        chrome.skip().await;
        let stops = chrome.tab_to(&focused(radio), 12).await;
        assert!(stops < 12, "{account}: {stops} presses to {radio}: what is to be done comes first");
        chrome.press(" ").await;
        if !opinion.is_empty() {
            chrome.tab_to(&focused(opinion), 4).await;
            chrome.press("材料齐全，符合条件").await;
        }
        chrome.tab_to(&focused(submit), 4).await;
        chrome.press(&enter).await;
        // The page comes anew; the card of what was done is gone.
        let gone = format!("return !document.getElementById('{submit}')");
        for _ in 0..100 {
            if client.execute(&gone, Vec::new()).await.is_ok_and(|found| found.as_bool() == Some(true)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    client.wait().for_element(Locator::Id("case-status")).await.unwrap();
    let status = client.find(Locator::Id("case-status")).await.unwrap().text().await.unwrap();
    assert_eq!(status, "制证中");
    chrome.close().await;
}
