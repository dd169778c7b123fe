//! A one-time code becomes a station, and only with the centre that was meant.

use crate::server::{Centre, serve};
use crate::tls::Authority;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use std::sync::Arc;
use std::time::Duration;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StationId;
use tongban_protocol::api::{EnrolReply, EnrolRequest, Problem};
use tongban_protocol::system::SystemRng;
use tongban_store::StationKeys;
use tongban_sync::{CentreClient, EnrolConfig, Trust, enrol};

const CODE: &str = "ABCDE-12345";

type Shared = Arc<(Authority, Centre, String)>;

async fn accept(State(shared): State<Shared>, Json(request): Json<EnrolRequest>) -> Response {
    let (authority, centre, station_url) = &*shared;
    if request.one_time_code != CODE {
        let problem = Problem { code: "N108".to_owned(), detail: String::new() };
        return (StatusCode::FORBIDDEN, Json(problem)).into_response();
    }
    Json(EnrolReply {
        station: StationId::from("890102-001-K03"),
        hall: "890102-001".to_owned(),
        certificate_pem: authority.sign(&request.csr_pem),
        ca_pem: authority.pem.clone(),
        centre_signing_key_hex: centre.signing.verifying_key().to_hex(),
        centre_wrapping_key_hex: centre.wrapping.public().to_hex(),
        station_url: station_url.clone(),
        until_ms: 0,
    })
    .into_response()
}

async fn centre() -> (Shared, String) {
    let (authority, centre) = (Authority::new(), Centre::new());
    let station_url = serve(centre.router(), authority.server(true)).await;
    let tls = authority.server(false);
    let shared = Arc::new((authority, centre, station_url));
    let router = Router::new().route("/enrol/v1", post(accept)).with_state(Arc::clone(&shared));
    let url = serve(router, tls).await;
    (shared, url)
}

fn config(url: &str, code: &str, trust: Trust) -> EnrolConfig {
    EnrolConfig { enrol_url: url.to_owned(), one_time_code: code.to_owned(), trust, timeout: Duration::from_secs(5) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_gives_a_certificate_that_opens_the_station_listener() {
    let (shared, url) = centre().await;
    let keys = StationKeys::generate(&SystemRng);
    let by_fingerprint = Trust::CaFingerprint(shared.0.fingerprint().to_uppercase());
    for trust in [Trust::CaPem(shared.0.pem.clone()), by_fingerprint] {
        let enrolment = enrol(&config(&url, CODE, trust), &keys).await.unwrap();
        let client = CentreClient::new(&enrolment.client_config()).unwrap();
        client.time().await.unwrap();
        let reply = &enrolment.reply;
        keys.clone().enrolled(&reply.centre_signing_key_hex, &reply.centre_wrapping_key_hex).unwrap();
        assert!(!format!("{enrolment:?}").contains("PRIVATE"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_code_and_a_wrong_centre_are_told_apart() {
    let (shared, url) = centre().await;
    let keys = StationKeys::generate(&SystemRng);
    let wrong = enrol(&config(&url, "WRONG", Trust::CaPem(shared.0.pem.clone())), &keys).await.unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::EnrolCodeRefused);
    let stranger = Authority::new();
    for trust in [Trust::CaPem(stranger.pem.clone()), Trust::CaFingerprint(stranger.fingerprint())] {
        let error = enrol(&config(&url, CODE, trust), &keys).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NetworkIdentity, "{error:?}");
    }
    let nonsense = enrol(&config(&url, CODE, Trust::CaFingerprint("12ab".to_owned())), &keys).await.unwrap_err();
    assert_eq!(nonsense.code(), ErrorCode::NetworkIdentity);
}
