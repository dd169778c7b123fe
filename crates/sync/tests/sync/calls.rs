//! Every way a call can fail has its own code.

use crate::server::{Fault, serve};
use crate::station::{Station, client_config};
use crate::tls::Authority;
use std::time::Duration;
use tokio::net::TcpListener;
use tongban_domain::code::ErrorCode;
use tongban_sync::{CentreClient, CentreError};

async fn after(fault: Fault) -> CentreError {
    let station = Station::new().await;
    station.centre.with(|world| world.faults.push_back(fault));
    station.client.licences().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_none_are_told_apart() {
    let slow = after(Fault::Silent).await;
    assert_eq!((slow.code(), slow.is_transient()), (ErrorCode::NetworkTimeout, true));
    assert_eq!(after(Fault::Garbage).await.code(), ErrorCode::NetworkGarbage);
    let long = after(Fault::Lost).await;
    assert!(matches!(long, CentreError::Garbage { what: "answer is too long" }), "{long:?}");
    let broken = after(Fault::Broken).await;
    assert_eq!((broken.code(), broken.is_transient()), (ErrorCode::CentreInternal, true));
    let stale = after(Fault::Refused).await;
    assert_eq!((stale.code(), stale.is_transient()), (ErrorCode::StaleVersion, false));
    let busy = after(Fault::Forged).await;
    assert_eq!((busy.code(), busy.is_transient()), (ErrorCode::TooManyRequests, true));
    assert_eq!(busy.retry_after(), Some(Duration::from_secs(7)));
    let station = Station::new().await;
    assert!(station.client.licences().await.unwrap().is_empty(), "control: without a fault the call answers");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_unreachable() {
    let authority = Authority::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let config = client_config(&authority, &url);
    let client = CentreClient::new(&config).unwrap();
    // Accepts connections into the backlog and never speaks.
    let mute = client.time().await.unwrap_err();
    assert!(matches!(mute.code(), ErrorCode::NetworkDown | ErrorCode::NetworkTimeout), "{mute:?}");
    drop(listener);
    let gone = client.time().await.unwrap_err();
    assert_eq!((gone.code(), gone.is_transient(), gone.is_answer()), (ErrorCode::NetworkDown, true, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_refused_on_either_side_is_a_matter_of_identity() {
    let station = Station::new().await;
    let stranger = Authority::new();
    // The centre shows a certificate of an authority we do not trust.
    let mut config = client_config(&station.authority, &station.url);
    config.ca_pem.clone_from(&stranger.pem);
    let error = CentreClient::new(&config).unwrap().time().await.unwrap_err();
    // To a station that knows its centre that is somebody else's answer, and may be over in a minute.
    assert_eq!((error.code(), error.is_transient()), (ErrorCode::NetworkPortal, true), "{error:?}");
    // We show a certificate of an authority the centre does not trust.
    let mut config = client_config(&stranger, &station.url);
    config.ca_pem.clone_from(&station.authority.pem);
    let error = CentreClient::new(&config).unwrap().time().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NetworkIdentity, "{error:?}");
    // Files that are no certificates.
    config.identity_pem = "nothing".to_owned().into();
    assert_eq!(CentreClient::new(&config).unwrap_err().code(), ErrorCode::NetworkIdentity);
    station.client.time().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_for_an_answer_never_do_more_than_garbage() {
    use axum::Router;
    use axum::routing::get;
    use tongban_domain::clock::Rng;
    use tongban_protocol::seeded::SeededRng;
    let authority = Authority::new();
    let rng = std::sync::Arc::new(SeededRng::new(11));
    let answer = move || {
        let rng = std::sync::Arc::clone(&rng);
        async move {
            let mut len = [0; 1];
            rng.fill(&mut len);
            let mut body = vec![0; usize::from(len[0])];
            rng.fill(&mut body);
            body
        }
    };
    let router = Router::new().route("/station/v1/time", get(answer.clone())).route("/station/v1/feed", get(answer));
    let url = serve(router, authority.server(true)).await;
    let client = CentreClient::new(&client_config(&authority, &url)).unwrap();
    for _ in 0..60 {
        assert_eq!(client.time().await.unwrap_err().code(), ErrorCode::NetworkGarbage);
        assert_eq!(client.feed(0, Duration::ZERO).await.unwrap_err().code(), ErrorCode::NetworkGarbage);
    }
}

#[test]
fn debug_output_shows_no_key() {
    let authority = Authority::new();
    let config = client_config(&authority, "https://localhost:1");
    let client = CentreClient::new(&config).unwrap();
    let shown = format!("{config:?} {client:?}");
    assert!(!shown.contains("PRIVATE") && !shown.contains("BEGIN"), "{shown}");
}
