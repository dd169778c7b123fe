//! 帮助呼叫 over the wire: kiosk → window of the same hall → kiosk, and the staff page.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use common::{Browser, start};
use tongban_domain::ids::StaffId;
use tongban_protocol::help::{HelpAnswer, HelpAsk, HelpCall};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_reaches_the_window_and_its_answer_the_kiosk_and_the_staff_page_shows_both() {
    let running = start().await;
    let (kiosk, window) = (running.station_client(Some(&running.kiosk)), running.station_client(Some(&running.window)));
    let url = |path: &str| running.station_url(&format!("/station/v1/help{path}"));
    let ask = HelpAsk { call: Uuid::from_u128(7), ended: false };
    let open = async || window.get(url("")).send().await.unwrap().json::<Vec<HelpCall>>().await.unwrap();
    assert!(open().await.is_empty(), "nobody called yet");
    let told: HelpCall = kiosk.post(url("")).json(&ask).send().await.unwrap().json().await.unwrap();
    assert!(told.answer.is_none());
    let calls = open().await;
    assert_eq!(calls.len(), 1);
    let page = Browser::sign_in(&running, "technician1").await.page("/stations").await;
    assert!(page.contains("请求帮助，已等"), "the staff page shows who waits");
    let going = HelpAnswer { by: StaffId("C301".into()), name: "孙丽".into() };
    let path = format!("/{}/answer", ask.call);
    assert_eq!(kiosk.post(url(&path)).json(&going).send().await.unwrap().status(), 403, "a kiosk answers nobody");
    assert_eq!(window.post(url(&path)).json(&going).send().await.unwrap().status(), 200);
    assert_eq!(window.post(url("")).json(&ask).send().await.unwrap().status(), 403, "a window does not call");
    let told: HelpCall = kiosk.post(url("")).json(&ask).send().await.unwrap().json().await.unwrap();
    assert_eq!(told.answer, Some(going), "the kiosk can say that somebody is coming");
    let ended = HelpAsk { ended: true, ..ask };
    assert_eq!(kiosk.post(url("")).json(&ended).send().await.unwrap().status(), 200);
    assert!(open().await.is_empty());
    let log = running.server.centre().staff().recent(20).unwrap();
    assert!(log.iter().any(|line| line.action == "help.answer" && line.detail == "C301"), "who went is kept");
}
