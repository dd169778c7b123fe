//! The station listener over real TLS sockets.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::hall::sample::stall_case;
use common::hall::{TestStation, csr, new_station};
use common::{Browser, Running, start};
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use tongban_centre::workflow::Step;
use tongban_protocol::api::{CentreTime, FeedPage, Lease, LicenceJob, Problem};
use tongban_protocol::bundle::BundleReceipt;
use tongban_protocol::system::SystemClock;

async fn code(answer: Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let problem: Problem = answer.json().await.unwrap();
    (status, problem.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_client_certificate_no_request_gets_in() {
    let running = start().await;
    let url = running.station_url("/station/v1/time");
    assert!(running.station_client(None).get(&url).send().await.is_err(), "no certificate");
    // A certificate of another authority under the same name.
    let mut stranger =
        TestStation::enrol(running.server.centre(), &Arc::new(SystemClock), 5, "890102-001-K05", "kiosk", "005");
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "890102-001-K05");
    stranger.reply.certificate_pem = params.self_signed(&key).unwrap().pem();
    stranger.tls_key_pem = key.serialize_pem();
    assert!(running.station_client(Some(&stranger)).get(&url).send().await.is_err(), "own authority");
    // Negative control.
    let time: CentreTime =
        running.station_client(Some(&running.kiosk)).get(&url).send().await.unwrap().json().await.unwrap();
    assert!(time.wall_ms > 0 && !time.stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_is_refused_at_the_next_handshake_and_on_an_open_connection() {
    let running = start().await;
    let url = running.station_url("/station/v1/time");
    let authority = reqwest::Certificate::from_pem(running.server.ca_pem.as_bytes()).unwrap();
    let pem = format!("{}{}", running.kiosk.tls_key_pem, running.kiosk.reply.certificate_pem);
    let identity = reqwest::Identity::from_pem(pem.as_bytes()).unwrap();
    let kept_open =
        reqwest::Client::builder().no_proxy().tls_certs_only([authority]).identity(identity).build().unwrap();
    assert_eq!(kept_open.get(&url).send().await.unwrap().status(), StatusCode::OK);
    let technician = running.server.centre().staff().get("technician1").unwrap().unwrap();
    running.server.centre().stations().revoke(&technician, "890102-001-K03", "被盗").unwrap();
    if let Ok(answer) = kept_open.get(&url).send().await {
        assert_eq!(code(answer).await, (401, "N105".to_owned()), "the open connection knows it too");
    }
    assert!(running.station_client(Some(&running.kiosk)).get(&url).send().await.is_err(), "handshake");
    assert_eq!(
        running.station_client(Some(&running.window)).get(&url).send().await.unwrap().status(),
        StatusCode::OK,
        "others go on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_certificate_of_a_station_enrolled_anew_is_refused() {
    let running = start().await;
    let centre = running.server.centre();
    let code = centre.stations().make_code("test", "890102-001-K03").unwrap();
    let (csr_pem, _) = csr();
    let request = serde_json::json!({
        "one_time_code": code, "csr_pem": csr_pem,
        "signing_key_hex": running.kiosk.signing.verifying_key().to_hex(),
        "wrapping_key_hex": running.kiosk.wrapping.public().to_hex(),
    });
    let browser = Browser::new(running.staff_url(""));
    let answer = browser.client.post(running.staff_url("/enrol/v1")).json(&request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let url = running.station_url("/station/v1/time");
    assert!(running.station_client(Some(&running.kiosk)).get(&url).send().await.is_err());
    // A wrong code says N108, in JSON.
    let again = browser.client.post(running.staff_url("/enrol/v1")).json(&request).send().await.unwrap();
    assert_eq!(self::code(again).await, (401, "N108".to_owned()));
}

async fn patch(
    running: &Running,
    station: &TestStation,
    id: uuid::Uuid,
    offset: usize,
    chunk: &[u8],
    last: bool,
) -> Response {
    running
        .station_client(Some(station))
        .patch(running.station_url(&format!("/station/v1/bundles/{id}")))
        .header("Upload-Offset", offset.to_string())
        .header("Upload-Complete", if last { "?1" } else { "?0" })
        .body(chunk.to_vec())
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_resumed_by_the_drafts_headers() {
    let mut running = start().await;
    let (draft, bundle) = stall_case(running.server.centre(), &mut running.kiosk);
    let bytes = bundle.encode().unwrap();
    let url = running.station_url(&format!("/station/v1/bundles/{}", bundle.id));
    let client = running.station_client(Some(&running.kiosk));
    assert_eq!(client.head(&url).send().await.unwrap().status(), StatusCode::NOT_FOUND, "never seen");
    let half = bytes.len() / 2;
    let answer = patch(&running, &running.kiosk, bundle.id, 0, &bytes[..half], false).await;
    assert_eq!(
        (answer.status(), answer.headers()["upload-offset"].to_str().unwrap()),
        (StatusCode::NO_CONTENT, half.to_string().as_str())
    );
    let answer = patch(&running, &running.kiosk, bundle.id, half + 3, &bytes[half + 3..], true).await;
    assert_eq!(answer.headers()["upload-offset"].to_str().unwrap(), half.to_string());
    assert_eq!(code(answer).await, (409, "N110".to_owned()));
    let head = client.head(&url).send().await.unwrap();
    assert_eq!(
        (head.headers()["upload-offset"].to_str().unwrap(), head.headers()["upload-complete"].to_str().unwrap()),
        (half.to_string().as_str(), "?0")
    );
    let stranger = client_head_as_other(&running, &url).await;
    assert_eq!(stranger, StatusCode::NOT_FOUND, "another station's upload is its own");
    let answer = patch(&running, &running.kiosk, bundle.id, half, &bytes[half..], true).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let receipt: BundleReceipt = answer.json().await.unwrap();
    let key = tongban_crypto::VerifyingKey::from_hex(&running.kiosk.reply.centre_signing_key_hex).unwrap();
    receipt.verify(&key).unwrap();
    assert_eq!(receipt.case, draft.id);
    let again = patch(&running, &running.kiosk, bundle.id, bytes.len(), &[], true).await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert_eq!(again.json::<BundleReceipt>().await.unwrap(), receipt);
    let head = client.head(&url).send().await.unwrap();
    assert_eq!(head.headers()["upload-complete"].to_str().unwrap(), "?1");
}

async fn client_head_as_other(running: &Running, url: &str) -> StatusCode {
    running.station_client(Some(&running.window)).head(url).send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_bundle_is_answered_with_its_code_and_nothing_of_the_inside() {
    let mut running = start().await;
    let (_, bundle) = stall_case(running.server.centre(), &mut running.kiosk);
    let mut bytes = bundle.encode().unwrap();
    let at = bytes.len() - 5;
    bytes[at] ^= 4;
    let answer = patch(&running, &running.kiosk, bundle.id, 0, &bytes, true).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text.contains("N103") && !text.contains("/centre") && !text.contains("sqlite"), "{text}");
    let huge = vec![0_u8; 8 * 1024 * 1024 + 1];
    let client = running.station_client(Some(&running.kiosk));
    let sent = client
        .patch(running.station_url(&format!("/station/v1/bundles/{}", uuid::Uuid::now_v7())))
        .header("Upload-Offset", "0")
        .body(huge)
        .send()
        .await;
    if let Ok(answer) = sent {
        assert_eq!(code(answer).await, (413, "N111".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_feed_licences_and_heartbeat_speak_the_contract() {
    let mut running = start().await;
    let client = running.station_client(Some(&running.kiosk));
    let lease: Lease = client
        .post(running.station_url("/station/v1/leases"))
        .json(&serde_json::json!({"count": 20}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!((lease.from, lease.to, lease.station3.as_str()), (1, 20, "003"));
    let page: FeedPage =
        client.get(running.station_url("/station/v1/feed?after=0")).send().await.unwrap().json().await.unwrap();
    assert!(page.entries.len() >= 9, "the catalogue is in the feed");
    let began = std::time::Instant::now();
    let idle: FeedPage = client
        .get(running.station_url(&format!("/station/v1/feed?after={}&wait=1", page.next)))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(idle.entries.is_empty() && began.elapsed().as_millis() > 500, "a long poll waits");
    running.kiosk.used = 30;
    let beat = serde_json::json!({"version": "0.1.0", "queue": 2, "devices": [["reader", "Online"]], "wall_ms": 0});
    assert_eq!(
        client.post(running.station_url("/station/v1/heartbeat")).json(&beat).send().await.unwrap().status(),
        StatusCode::OK
    );
    assert_eq!(
        code(client.get(running.station_url("/station/v1/licences")).send().await.unwrap()).await,
        (403, "A104".to_owned()),
        "a kiosk makes no licences"
    );
    let window = running.station_client(Some(&running.window));
    let jobs: Vec<LicenceJob> =
        window.get(running.station_url("/station/v1/licences")).send().await.unwrap().json().await.unwrap();
    assert!(jobs.is_empty());
    let garbage = client
        .post(running.station_url("/station/v1/leases"))
        .body("{")
        .header("content-type", "application/json")
        .send()
        .await
        .unwrap();
    assert_eq!(code(garbage).await, (400, "N103".to_owned()));
    assert_eq!(code(client.get(running.station_url("/nowhere")).send().await.unwrap()).await, (404, "C111".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_of_no_enrolment_yet_gets_its_code_from_the_staff_page() {
    let running = start().await;
    let browser = Browser::sign_in(&running, "technician1").await;
    let new = new_station("890102-001-K09", "kiosk", "009");
    let fields = [
        ("id", new.id.as_str()),
        ("hall", &new.hall),
        ("region", &new.region),
        ("station3", &new.station3),
        ("kind", &new.kind),
    ];
    let page = browser.post("/stations", "/stations", &fields).await.text().await.unwrap();
    let code = common::text(&page, "#station-code");
    assert_eq!(code.len(), 14, "{page}");
    assert!(!common::has(&browser.page("/stations").await, "#station-code"), "shown once");
    let (csr_pem, _) = csr();
    let request = serde_json::json!({"one_time_code": code, "csr_pem": csr_pem,
        "signing_key_hex": running.kiosk.signing.verifying_key().to_hex(), "wrapping_key_hex": running.kiosk.wrapping.public().to_hex()});
    let answer = browser.client.post(running.staff_url("/enrol/v1")).json(&request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_throws_away_what_the_feed_says_twice() {
    let mut running = start().await;
    let case = running.construction();
    let centre = running.server.centre().clone();
    let reviewer = centre.staff().get("reviewer1").unwrap().unwrap();
    let version = || centre.cases().row(&reviewer, case).unwrap().version;
    let review = Step::Review { passed: true, opinion: "材料齐全".into() };
    for step in [Step::Accept, review] {
        centre.workflow().step(&reviewer, case, version(), &step).unwrap();
    }
    let hall = "890102-001";
    let told = || centre.feed().after(hall, 0).unwrap();
    let before = told();
    let whole = centre.feed().snapshot(hall).unwrap();
    assert!(before.entries.len() > whole.entries.len(), "the case moved more than once");
    let (soon, often) = (Duration::from_millis(10), Duration::from_millis(50));
    let upkeep = tokio::spawn(tongban_server::upkeep::compact_daily(Arc::downgrade(&centre), soon, often));
    let begun = std::time::Instant::now();
    while told().entries.len() > whole.entries.len() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody compacted the feed");
        tokio::time::sleep(often).await;
    }
    assert_eq!(centre.feed().snapshot(hall).unwrap(), whole, "what is in force is still told");
    assert_eq!(told().next, before.next, "whoever stands at the end hears nothing twice");
    let url = running.station_url("/station/v1/feed?after=0");
    let answer = running.station_client(Some(&running.kiosk)).get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::GONE, "whoever is behind takes the snapshot");
    upkeep.abort();
}
