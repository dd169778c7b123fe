//! A centre that is not ours, or no longer itself: whatever it says, nothing is lost, believed or run into the ground.

use crate::server::serve;
use crate::station::{Station, client_config, eventually, quick, until};
use crate::tls::Authority;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use hyper::body::Frame;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::ItemKey;
use tongban_protocol::api::{FeedEntry, FeedItem, FeedPage};
use tongban_store::FeedBatch;
use tongban_sync::{CentreClient, SyncConfig, SyncEngine};

async fn client_of(router: Router) -> CentreClient {
    let authority = Authority::new();
    let url = serve(router, authority.server(true)).await;
    CentreClient::new(&client_config(&authority, &url)).unwrap()
}

/// Peak of this process, KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_given_up_by_length_and_by_time() {
    let fast = || async { endless(&[b' '; 1 << 16], Duration::from_micros(10)) };
    let drip = || async { endless(b" ", Duration::from_millis(20)) };
    let router = Router::new().route("/station/v1/time", get(fast)).route("/station/v1/licences", get(drip));
    let client = client_of(router).await;
    let (before, began) = (peak_kib(), Instant::now());
    assert_eq!(client.time().await.unwrap_err().code(), ErrorCode::NetworkGarbage, "longer than any answer");
    assert!(peak_kib() - before < 64 * 1024, "memory grew by {} KiB", peak_kib() - before);
    let late = client.licences().await.unwrap_err();
    assert!(matches!(late.code(), ErrorCode::NetworkTimeout | ErrorCode::NetworkGarbage), "{late:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

/// Pieces for ever, with a wait between.
struct Endless {
    piece: Bytes,
    every: Duration,
    wait: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let every = self.every;
        let wait = self.wait.get_or_insert_with(|| Box::pin(tokio::time::sleep(every)));
        if wait.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.wait = None;
        Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))))
    }
}

fn endless(piece: &'static [u8], every: Duration) -> Body {
    Body::new(Endless { piece: Bytes::from_static(piece), every, wait: None })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed_and_a_page_is_a_portal() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let elsewhere = Router::new().fallback(any(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async { Json(serde_json::json!({ "wall_ms": 1, "stopped": true })) }
    }));
    let other = Authority::new();
    let target = serve(elsewhere, other.server(false)).await;
    let to = target.clone();
    let router = Router::new()
        .route("/station/v1/time", get(move || async move { (StatusCode::FOUND, [(header::LOCATION, to)]) }))
        .route("/station/v1/licences", get(|| async { axum::response::Html("<html>sign in</html>") }))
        .route("/station/v1/heartbeat", any(|| async { StatusCode::NETWORK_AUTHENTICATION_REQUIRED }));
    let client = client_of(router).await;
    assert_eq!(client.time().await.unwrap_err().code(), ErrorCode::NetworkPortal);
    assert_eq!(client.licences().await.unwrap_err().code(), ErrorCode::NetworkPortal);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody was asked at {target}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_in_the_way_is_named_and_nothing_is_lost() {
    let station = Station::new().await;
    let case = station.submitted();
    let portal =
        client_of(Router::new().fallback(any(|| async { axum::response::Html("<html>sign in</html>") }))).await;
    let sync = SyncEngine::start(Arc::clone(&station.store), portal, quick());
    let status = until(&sync, "a portal", |status| status.portal).await;
    assert!(!status.online, "a portal's answer is not the centre's");
    sync.shutdown().await;
    let sync = station.start(quick());
    eventually("the queue drains", || station.store.outbox().unwrap().is_empty()).await;
    until(&sync, "no portal", |status| !status.portal && status.online).await;
    station.assert_same(&[case]);
    sync.shutdown().await;
}

async fn bomb() -> Response {
    // Claims gigabytes, and a nesting no parser should follow.
    let deep = "[".repeat(200_000);
    ([(header::CONTENT_TYPE, "application/json")], deep).into_response()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_are_garbage_and_the_engine_lives() {
    let station = Station::new().await;
    let case = station.submitted();
    let hostile = client_of(Router::new().fallback(any(bomb))).await;
    let before = peak_kib();
    let sync = SyncEngine::start(
        Arc::clone(&station.store),
        hostile,
        SyncConfig { feed_wait: Duration::from_millis(50), lease_min: 5, lease_days_ahead: 0, ..quick() },
    );
    eventually("attempts", || station.store.outbox().unwrap().iter().any(|row| row.tries > 2)).await;
    assert!(station.store.outbox().unwrap().iter().any(|row| row.case == case));
    assert!(peak_kib() - before < 128 * 1024);
    assert!(station.store.check().unwrap().faults.is_empty());
    assert!(station.store.items().unwrap().is_empty());
    sync.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_put_back_to_an_older_version_is_not_taken() {
    let station = Station::new().await;
    let key = ItemKey::from("proof");
    let newer = FeedBatch { items: vec![(key.clone(), 7, "{\"v\":7}".to_owned())], next: 3, ..FeedBatch::default() };
    station.store.apply_feed(&newer).unwrap();
    let older = FeedItem::Item { key: key.clone(), version: 2, json: "{\"v\":2}".to_owned() };
    let page = FeedPage { entries: vec![FeedEntry { seq: 4, item: older }], next: 4 };
    station.centre.with(|world| world.feed = page.entries);
    let sync = station.start(SyncConfig { feed_wait: Duration::from_secs(1), ..quick() });
    eventually("read", || station.store.cursor("feed").unwrap() == 4).await;
    assert_eq!(station.store.items().unwrap(), [(key, 7, "{\"v\":7}".to_owned())]);
    sync.shutdown().await;
}
