//! 网上补交 on pages: the applicant shows the slip, brings photographs, and a person at a desk looks.

use super::common::hall::sample::picture;
use super::common::{Browser, has, start, text, token, value};
use reqwest::{Response, StatusCode};
use tongban_domain::event::Missing;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;

/// Sends a form of the page with files.
async fn send(browser: &Browser, to: &str, fields: &[(&str, &str)], files: &[(String, Vec<u8>)]) -> Response {
    let csrf = token(&browser.page("/supply").await);
    browser.post_files(to, &[fields, &[("csrf", csrf.as_str())]].concat(), files).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_brought_on_the_citizens_page_and_the_case_is_back_at_the_desk() {
    let mut running = start().await;
    let (case, receipt, password) = running.stall_without("m02");
    running.add("window1", &[Role::Window]);
    let missing =
        vec![Missing { requirement: "m02".into(), name: "摊位位置图".into(), why: "请补位置图".into() }];
    running.act("window1", case, &Act::AskCorrection { missing, approval: None });
    let citizen = Browser::new(running.public_url(""));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str()), ("tail", "150113")];
    let wrong = [slip[0], slip[1], ("tail", "000000")];
    let page = citizen.post("/supply", "/supply", &wrong).await.text().await.unwrap();
    assert!(has(&page, "#supply-wrong") && !page.contains("摊位位置图"), "{page}");
    let page = citizen.post("/supply", "/supply", &slip).await.text().await.unwrap();
    let owing = text(&page, "#owing-card");
    assert!(owing.contains("摊位位置图") && owing.contains("待补交") && !page.contains("<script"), "{page}");
    assert!(has(&page, "#bring[enctype=\"multipart/form-data\"]"), "{page}");

    let name = format!("page-{case}-m02");
    let declared = [slip[0], slip[1], slip[2], ("declared", "yes")];
    let photo = picture(640, 900, 90);
    let one = |bytes: Vec<u8>| vec![(name.clone(), bytes)];
    for (bytes, words) in [
        (b"%PDF-1.7".to_vec(), "不是 JPEG"),
        (picture(300, 400, 90), "太小"),
        (photo[..5000].to_vec(), "没有传完整"),
        ([photo.clone(), vec![0; 9 << 20]].concat(), "超过 8 MB"),
    ] {
        let page = send(&citizen, "/supply/bring", &declared, &one(bytes)).await.text().await.unwrap();
        assert!(text(&page, "#supply-unfit").contains(words), "{words}: {page}");
    }
    let huge = send(&citizen, "/supply/bring", &declared, &one(vec![0; 33 << 20])).await;
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let page = send(&citizen, "/supply/bring", &slip, &one(photo.clone())).await.text().await.unwrap();
    assert!(has(&page, "#supply-undeclared"), "{page}");
    let stranger = vec![(format!("page-{}-m02", uuid::Uuid::nil()), photo.clone())];
    let status = send(&citizen, "/supply/bring", &declared, &stranger).await.status();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "somebody else's case");

    let page = send(&citizen, "/supply/bring", &declared, &one(photo)).await.text().await.unwrap();
    assert!(text(&page, "#supply-taken").contains("已回到受理窗口"), "{page}");
    let number = value(&page, "#supply-receipt-0 input[name=number]");
    let pdf = citizen.post("/supply", "/supply/receipt", &[slip[0], slip[1], slip[2], ("number", &number)]).await;
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF"));
    let window = Browser::sign_in(&running, "window1").await;
    let page = window.page(&format!("/cases/{case}")).await;
    assert_eq!(text(&page, "#case-status"), "已收件");
    assert!(page.contains("网上声明") && text(&page, "#papers").contains("补交材料收件凭证"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_material_is_brought_on_the_web_and_taken_or_sent_back_at_a_desk() {
    let mut running = start().await;
    let (case, receipt, password) = running.stall_without("m03");
    running.add("window1", &[Role::Window]);
    running.act("window1", case, &Act::Defer { missing: vec!["m03".into()], promise: picture(300, 400, 80) });
    let citizen = Browser::new(running.public_url(""));
    let slip = [("receipt", receipt.as_str()), ("password", password.as_str()), ("tail", "150113")];
    let declared = [slip[0], slip[1], slip[2], ("declared", "yes")];
    let files =
        vec![(format!("page-{case}-m03"), picture(640, 900, 90)), (format!("page-{case}-m03"), picture(620, 880, 70))];
    let page = send(&citizen, "/supply/bring", &declared, &files).await.text().await.unwrap();
    assert!(text(&page, "#supply-taken").contains("卫生承诺书 2 页"), "{page}");
    assert!(text(&page, "#owing-card").contains("等待查看") && !has(&page, "#bring"), "{page}");

    let window = Browser::sign_in(&running, "window1").await;
    assert!(text(&window.page("/todo").await, "#todo-brought-list-card").contains("卫生承诺书"));
    let at = format!("/cases/{case}");
    let page = window.page(&at).await;
    let shown = text(&page, "#brought-card");
    assert!(shown.contains("卫生承诺书 第 2/2 页") && shown.contains("等待查看"), "{page}");
    let link = {
        let document = scraper::Html::parse_document(&page);
        let selector = scraper::Selector::parse("#brought-card a").unwrap();
        document.select(&selector).next().unwrap().value().attr("href").unwrap().to_owned()
    };
    let file = window.get(&link).await;
    assert_eq!(file.headers()["content-type"], "image/jpeg");
    let record = value(&page, "#brought-card input[name=record]");
    let send_back = [("record", record.as_str()), ("act", "send-back"), ("reason", "第 2 页看不清，请重拍")];
    assert_eq!(window.post(&at, &format!("{at}/brought"), &send_back).await.status(), StatusCode::SEE_OTHER);
    let page = citizen.post("/supply", "/supply", &slip).await.text().await.unwrap();
    assert!(text(&page, "#owing-card").contains("请重交：第 2 页看不清"), "{page}");

    send(&citizen, "/supply/bring", &declared, &files).await;
    let records = window.page(&at).await;
    let record = value(&records, "#brought-card input[name=record]");
    let take = [("record", record.as_str()), ("act", "take")];
    assert_eq!(window.post(&at, &format!("{at}/brought"), &take).await.status(), StatusCode::SEE_OTHER);
    assert!(text(&window.page(&at).await, "#handled").contains("已补齐"));
    let page = citizen.post("/supply", "/supply", &slip).await.text().await.unwrap();
    assert!(text(&page, "#owing-card").contains("现在不需要补交"), "{page}");
    let stranger = Browser::sign_in(&running, "operator1").await;
    assert_eq!(stranger.get(&link).await.status(), StatusCode::FORBIDDEN);
}
