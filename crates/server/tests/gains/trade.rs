//! Money, parcels, appointments and the hotline on their pages, as the people who work there use them.

use super::common::hall::sample::unseen_item;
use super::common::{Browser, Running, has, start, text, value};
use reqwest::StatusCode;
use tongban_domain::limits::{date_text, local_day};
use tongban_protocol::system::SystemClock;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;

/// The stall at ten yuan.
fn with_fee(running: &Running) {
    let mut file: serde_json::Value = serde_json::from_str(&unseen_item()).unwrap();
    file["version"] = serde_json::json!(2);
    file["fee"] = serde_json::json!({"fen": 1000, "basis": "示范市占道费标准"});
    running.server.centre().catalogue().publish("test", &file.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_seen_reconciled_and_given_back_on_the_cashiers_page() {
    let mut running = start().await;
    with_fee(&running);
    running.add("cashier1", &[Role::Cashier]);
    let case = running.case();
    running.act("reviewer1", case, &Act::Accept);
    let payments = running.server.centre().payments();
    let order = payments.order(case).unwrap().order;
    let cashier = Browser::sign_in(&running, "cashier1").await;
    let page = cashier.page("/payments").await;
    assert!(text(&page, "#payments").contains(&order) && text(&page, "#payments").contains("待缴"), "{page}");
    let reviewer = Browser::sign_in(&running, "reviewer1").await;
    let case_page = reviewer.page(&format!("/cases/{case}")).await;
    assert!(text(&case_page, "#papers").contains("缴款通知书"), "who owes is told on paper");
    payments.paid(&order, "G77", 1000).unwrap();
    assert!(text(&cashier.page("/payments?view=paid").await, "#payments").contains("10.00"));

    let today = date_text(local_day(tongban_domain::clock::Clock::wall(&SystemClock)));
    let statement = |lines: &str| [("day", today.clone()), ("statement", lines.to_owned())];
    let send = |fields: [(&'static str, String); 2]| {
        let cashier = &cashier;
        async move {
            let plain: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            cashier.post("/payments", "/payments/reconcile", &plain).await.text().await.unwrap()
        }
    };
    let page = send(statement(&format!("{order},G77,1000"))).await;
    assert!(text(&page, "#reconciled").contains("一致 1 笔，收入 10.00"), "{page}");
    let page = send(statement(&format!("{order},G77,900\nJK2026999999,G78,500"))).await;
    let result = text(&page, "#reconciliation");
    assert!(result.contains(&order) && result.contains("JK2026999999"), "what differs is named: {result}");
    let back = [("order", order.as_str()), ("reason", "重复缴费")];
    assert_eq!(cashier.post("/payments", "/payments/refund", &back).await.status(), StatusCode::SEE_OTHER);
    assert!(text(&cashier.page("/payments?view=refunding").await, "#payments").contains(&order));
    assert_eq!(reviewer.get("/payments").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_sees_on_a_telephone_what_is_owed_and_that_it_was_paid() {
    let mut running = start().await;
    let (free, number, secret) = running.case_with_slip();
    running.act("reviewer1", free, &Act::Accept);
    let citizen = Browser::new(running.public_url(""));
    let ask = |receipt: &str, password: &str| {
        let fields = [("receipt", receipt.to_owned()), ("password", password.to_owned())];
        let citizen = &citizen;
        async move {
            let plain: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            citizen.post("/pay", "/pay", &plain).await.text().await.unwrap()
        }
    };
    assert!(has(&ask(&number, &secret).await, "#pay-none"), "nothing is owed for what is free");
    with_fee(&running);
    let (case, receipt, password) = running.case_with_slip();
    running.act("reviewer1", case, &Act::Accept);
    let wrong = ask(&receipt, "00000x").await;
    assert!(has(&wrong, "#pay-wrong") && !has(&wrong, "#payment"));
    let page = ask(&receipt, &password).await;
    let owed = text(&page, "#payment");
    assert!(owed.contains("10.00 元") && owed.contains("待缴") && !page.contains("陈建国"), "{page}");
    let order = running.server.centre().payments().order(case).unwrap().order;
    assert!(owed.contains(&order), "the very order the window would name");
    running.server.centre().payments().paid(&order, "G78", 1000).unwrap();
    let page = ask(&receipt, &password).await;
    assert!(text(&page, "#payment").contains("已缴") && page.contains("G78"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_booked_on_the_web_is_called_first_at_the_window() {
    let running = start().await;
    running.add("window1", &[Role::Window]);
    let manager = Browser::sign_in(&running, "manager1").await;
    let seat = [("hall", "890102-001"), ("number", "W01"), ("items", ""), ("on_duty", "window1")];
    assert_eq!(manager.post("/halls", "/halls/window", &seat).await.status(), StatusCode::SEE_OTHER);
    let citizen = Browser::new(running.public_url(""));
    let today = local_day(tongban_domain::clock::Clock::wall(&SystemClock));
    // The next working day of the next two weeks that takes a booking; a full or shut day is refused in words.
    let mut booked = None;
    for ahead in 1..15 {
        let day = date_text(today + time::Duration::days(ahead));
        let fields = [
            ("hall", "890102-001"),
            ("item", "sp"),
            ("day", day.as_str()),
            ("slot", "09:00-10:00"),
            ("name", "陈建国"),
            ("number", "890102197803150113"),
        ];
        let answer = citizen.post("/booking", "/booking", &fields).await;
        if answer.status() == StatusCode::SEE_OTHER {
            let again = citizen.post("/booking", "/booking", &fields).await;
            assert!(has(&again.text().await.unwrap(), "#refusal-C121"), "booked before");
            booked = Some(day);
            break;
        }
        assert!(has(&answer.text().await.unwrap(), "#refusal-C121"), "{day}");
    }
    let day = booked.expect("two weeks have a working day");
    let window = Browser::sign_in(&running, "window1").await;
    let page = window.page("/queue?hall=890102-001").await;
    let list = text(&page, "#bookings-card");
    assert!(list.contains(&day) && list.contains("陈*国") && !list.contains("陈建国"), "{list}");

    let ticket = [("hall", "890102-001"), ("item", "sp"), ("id_number", "890102199001010017")];
    assert_eq!(window.post("/queue", "/queue/check-in", &ticket).await.status(), StatusCode::SEE_OTHER);
    let call = [("hall", "890102-001"), ("window", "W01")];
    assert_eq!(window.post("/queue", "/queue/call", &call).await.status(), StatusCode::SEE_OTHER);
    let line = text(&window.page("/queue?hall=890102-001").await, "#queue");
    assert!(line.contains("A001") && line.contains("W01 叫号"), "{line}");
    let end = [("hall", "890102-001"), ("number", "A001"), ("outcome", "办结")];
    assert_eq!(window.post("/queue", "/queue/end", &end).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_the_hotline_is_answered_from_the_guides_and_followed_to_its_answer() {
    let mut running = start().await;
    running.add("agent1", &[Role::Hotline]);
    let (_, receipt, password) = running.case_with_slip();
    let agent = Browser::sign_in(&running, "agent1").await;
    let found = text(&agent.page("/hotline?q=食品").await, "#answers-card");
    assert!(found.contains("食品经营许可"), "{found}");
    assert!(has(&agent.page("/hotline?q=没有的事").await, "#answers-empty"));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str())];
    let page = agent.post("/hotline", "/hotline", &slip).await.text().await.unwrap();
    assert!(text(&page, "#progress").contains("已收件"), "{page}");
    assert!(!page.contains("890102197803150113") && !page.contains("陈建国"), "no number, no name");
    let wrong = [("receipt", receipt.as_str()), ("password", "000000")];
    assert!(has(&agent.post("/hotline", "/hotline", &wrong).await.text().await.unwrap(), "#progress-wrong"));

    let call = [("kind", "hotline"), ("about", ""), ("text", "窗口排队太久"), ("source", "phone")];
    assert_eq!(agent.post("/hotline", "/tickets", &call).await.status(), StatusCode::SEE_OTHER);
    let ticket = running.server.centre().tickets().all(&running.who("agent1")).unwrap().pop().unwrap();
    assert_eq!((ticket.source.as_str(), ticket.kind.days()), ("phone", (1, 5)));
    let sign = [("id", ticket.id.as_str())];
    assert_eq!(agent.post("/hotline", "/tickets/sign", &sign).await.status(), StatusCode::SEE_OTHER);
    let reply = [("id", ticket.id.as_str()), ("text", "已增开两个窗口"), ("true", "")];
    assert_eq!(agent.post("/hotline", "/tickets/answer", &reply).await.status(), StatusCode::SEE_OTHER);
    let citizen = Browser::new(running.public_url(""));
    let told = citizen.page(&format!("/voice?id={}", ticket.id)).await;
    assert!(text(&told, "#voice-state").contains("已增开两个窗口"), "{told}");
    assert!(value(&told, "input[name=id]").is_empty() || !told.contains("agent1"), "not who answered");
}
