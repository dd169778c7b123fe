//! A centre for tests: stores what it is sent, and misbehaves as told.

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tongban_crypto::{SigningKey, VerifyingKey, WrapSecret};
use tongban_domain::clock::{Rng, WallTime};
use tongban_domain::event::Digest;
use tongban_domain::ids::CaseId;
use tongban_protocol::action::SignedAction;
use tongban_protocol::api::{
    CentreTime, FeedEntry, FeedItem, FeedPage, Heartbeat, Lease, LeaseRequest, Problem, RenewReply, RenewRequest,
    SeenLink,
};
use tongban_protocol::bundle::{Bundle, BundleReceipt};
use tongban_protocol::system::SystemRng;
use uuid::Uuid;

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before anything was done.
    CutBefore,
    /// Everything was done, and the connection breaks before the answer.
    CutAfter,
    /// Half of the piece was kept, and the connection breaks.
    CutWithin,
    /// HTTP 500.
    Broken,
    /// An answer that is no answer.
    Garbage,
    /// A receipt signed by somebody else.
    Forged,
    /// Taken back to an earlier place, with its offset.
    Lost,
    /// No answer for longer than anybody waits.
    Silent,
    /// HTTP 422: set aside for good.
    Refused,
}

/// Ends the connection the request came on.
#[derive(Clone, Default)]
pub struct Hangup(Arc<Notify>);

#[derive(Default)]
pub struct World {
    pub faults: VecDeque<Fault>,
    /// Misbehaviour of every upload of this case.
    pub always: HashMap<CaseId, Fault>,
    uploads: HashMap<Uuid, Vec<u8>>,
    whole: HashMap<Uuid, BundleReceipt>,
    /// Actions as they were taken, per case.
    pub actions: BTreeMap<CaseId, Vec<SignedAction>>,
    /// Blobs taken.
    pub blobs: BTreeMap<Digest, Vec<u8>>,
    pub bytes_received: u64,
    /// Uploads break, every other call passes.
    pub uploads_break: bool,
    pub upload_calls: u32,
    /// How often an upload arrived whole that was whole before.
    pub repeats: u32,
    pub feed: Vec<FeedEntry>,
    pub feed_asked: Vec<u64>,
    pub feed_backwards: bool,
    pub day: String,
    pub serials: u16,
    pub leases: u32,
    pub skew_ms: i64,
    pub stopped: bool,
    pub seen: Option<SeenLink>,
    pub beats: Vec<Heartbeat>,
    /// Actions known before, so that their signatures need not be checked again.
    pub trusted: BTreeSet<Digest>,
    /// Receipts by the hash of what they are for: signing the same again gives the same.
    pub receipts_made: Arc<Mutex<HashMap<Digest, BundleReceipt>>>,
    /// Takes what it holds for new: the negative control.
    pub forgetful: bool,
    /// The station was told to begin a new epoch.
    pub new_epoch: bool,
    /// The first thing a careful centre would have refused.
    pub wrong: Option<String>,
    /// What the feed no longer holds: asking for an older place is answered 410.
    pub horizon: u64,
    /// Certificates asked for.
    pub renewals: Vec<String>,
    /// What a renewal answers.
    pub next_certificate: Option<String>,
}

impl World {
    /// Bytes of all uploads as held.
    pub fn held_bytes(&mut self) -> u64 {
        self.uploads.values().map(|bytes| bytes.len() as u64).sum()
    }
}

#[derive(Clone)]
pub struct Centre {
    pub world: Arc<Mutex<World>>,
    pub signing: SigningKey,
    pub wrapping: WrapSecret,
    pub station_key: Arc<Mutex<Option<VerifyingKey>>>,
}

impl Centre {
    pub fn new() -> Self {
        let mut fill = |buffer: &mut [u8]| SystemRng.fill(buffer);
        Self {
            world: Arc::default(),
            signing: SigningKey::generate(&mut fill),
            wrapping: WrapSecret::generate(&mut fill),
            station_key: Arc::default(),
        }
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.world.lock().unwrap())
    }

    /// Takes a whole bundle as a careful centre does.
    fn take(&self, bytes: &[u8]) -> BundleReceipt {
        let bundle = Bundle::decode(bytes).unwrap();
        let actions = bundle.head().check().unwrap();
        let key = self.wrapping.unwrap_key(&bundle.keys[0].sealed).unwrap();
        let signer = self.station_key.lock().unwrap().clone().unwrap();
        self.with(|world| {
            let chain = world.actions.entry(bundle.case).or_default();
            for action in &actions {
                if !world.trusted.contains(&action.hash) {
                    action.verify(&signer).unwrap();
                }
                action.open(&key).unwrap();
                // In a new epoch everything not signed for comes again; what is held already is the same.
                let held = chain.get(action.header.case_seq as usize - 1);
                if world.new_epoch && held.is_some_and(|held| held == action) {
                    continue;
                }
                if action.header.case_seq != chain.len() as u64 + 1 {
                    world.wrong.get_or_insert_with(|| format!("action {} out of order, or twice", action.header.id.0));
                }
                chain.push(action.clone());
            }
            world.blobs.extend(bundle.blobs.iter().cloned());
        });
        let sha256 = Digest(Sha256::digest(bytes).into());
        let made = self.with(|world| Arc::clone(&world.receipts_made));
        if let Some(receipt) = made.lock().unwrap().get(&sha256) {
            return receipt.clone();
        }
        let last = actions.last().unwrap().header.case_seq;
        let receipt = BundleReceipt::for_bundle(&bundle.head(), sha256, last, WallTime(1)).unwrap();
        let receipt = receipt.sign(&self.signing).unwrap();
        made.lock().unwrap().insert(sha256, receipt.clone());
        receipt
    }

    /// Nothing came twice or out of order.
    pub fn assert_careful(&self) {
        assert_eq!(self.with(|world| world.wrong.clone()), None);
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/station/v1/bundles/{id}", patch(append).head(state))
            .route("/station/v1/feed", get(feed))
            .route("/station/v1/snapshot", get(snapshot))
            .route("/station/v1/renew", post(renew))
            .route("/station/v1/leases", post(lease))
            .route("/station/v1/time", get(time))
            .route("/station/v1/heartbeat", post(heartbeat))
            .route("/station/v1/licences", get(licences))
            .with_state(self.clone())
    }
}

/// Serves until the task is dropped with the runtime; the URL.
pub async fn serve(router: Router, tls: Arc<rustls::ServerConfig>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let acceptor = TlsAcceptor::from(tls);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (acceptor, hangup) = (acceptor.clone(), Arc::new(Notify::new()));
            let router = router.clone().layer(Extension(Hangup(Arc::clone(&hangup))));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(socket).await else { return };
                let builder = Builder::new(TokioExecutor::new());
                let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
                tokio::select! { _ = serving => {}, () = hangup.notified() => {} }
            });
        }
    });
    url
}

async fn hang_up(hangup: &Hangup) -> Response {
    hangup.0.notify_one();
    std::future::pending().await
}

fn problem(status: StatusCode, code: &str) -> Response {
    (status, Json(Problem { code: code.to_owned(), detail: String::new() })).into_response()
}

async fn state(State(centre): State<Centre>, Extension(hangup): Extension<Hangup>, Path(id): Path<Uuid>) -> Response {
    if centre.with(|world| {
        world.upload_calls += 1;
        world.uploads_break
    }) {
        return hang_up(&hangup).await;
    }
    let fault = centre.with(|world| match world.faults.front() {
        Some(Fault::CutBefore | Fault::Broken) => world.faults.pop_front(),
        _ => None,
    });
    match fault {
        Some(Fault::CutBefore) => return hang_up(&hangup).await,
        Some(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        None => {}
    }
    centre.with(|world| {
        if world.forgetful && world.whole.contains_key(&id) {
            return StatusCode::NOT_FOUND.into_response();
        }
        if let Some(bytes) = world.uploads.get(&id) {
            let complete = if world.whole.contains_key(&id) { "?1" } else { "?0" };
            let headers = [("upload-offset", bytes.len().to_string()), ("upload-complete", complete.to_owned())];
            return (StatusCode::NO_CONTENT, headers).into_response();
        }
        StatusCode::NOT_FOUND.into_response()
    })
}

async fn append(
    State(centre): State<Centre>,
    Extension(hangup): Extension<Hangup>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    piece: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).unwrap().to_str().unwrap();
    let (offset, last): (usize, bool) = (text("upload-offset").parse().unwrap(), text("upload-complete") == "?1");
    let fault = centre.with(|world| {
        world.bytes_received += piece.len() as u64;
        world.faults.pop_front()
    });
    match fault {
        Some(Fault::CutBefore) => return hang_up(&hangup).await,
        Some(Fault::Broken) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Fault::Silent) => std::future::pending::<()>().await,
        Some(Fault::Lost) => {
            let place = centre.with(|world| {
                let held = world.uploads.entry(id).or_default();
                if !world.whole.contains_key(&id) {
                    held.truncate(held.len() / 2);
                }
                held.len()
            });
            return (StatusCode::CONFLICT, [("upload-offset", place.to_string())]).into_response();
        }
        Some(Fault::CutWithin) if !centre.with(|world| world.whole.contains_key(&id)) => {
            centre.with(|world| {
                let held = world.uploads.entry(id).or_default();
                if held.len() == offset {
                    held.extend_from_slice(&piece[..piece.len() / 2]);
                }
            });
            return hang_up(&hangup).await;
        }
        _ => {}
    }
    let answer = keep(&centre, id, offset, &piece, last, fault);
    match fault {
        Some(Fault::CutAfter | Fault::CutWithin) => hang_up(&hangup).await,
        Some(Fault::Garbage) => (StatusCode::CREATED, Body::from("{\"v\":")).into_response(),
        _ => answer,
    }
}

fn keep(centre: &Centre, id: Uuid, offset: usize, piece: &[u8], last: bool, fault: Option<Fault>) -> Response {
    if centre.with(|world| world.forgetful && offset == 0) {
        centre.with(|world| (world.uploads.remove(&id), world.whole.remove(&id)));
    }
    let held = centre.with(|world| world.uploads.entry(id).or_default().len());
    if held != offset {
        return (StatusCode::CONFLICT, [("upload-offset", held.to_string())]).into_response();
    }
    if let Some(receipt) = centre.with(|world| world.whole.get(&id).cloned()) {
        centre.with(|world| world.repeats += 1);
        return (StatusCode::CREATED, Json(receipt)).into_response();
    }
    let bytes = centre.with(|world| {
        let bytes = world.uploads.entry(id).or_default();
        bytes.extend_from_slice(piece);
        bytes.clone()
    });
    if !last {
        return StatusCode::NO_CONTENT.into_response();
    }
    let case = Bundle::decode(&bytes).unwrap().case;
    let fault = fault.or_else(|| centre.with(|world| world.always.get(&case).copied()));
    if fault == Some(Fault::Refused) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, "S104");
    }
    if fault == Some(Fault::Forged) {
        // The forger has the bytes and names everything rightly; only the key is not the centre's.
        let head = Bundle::decode(&bytes).unwrap().head();
        let sha256 = Digest(Sha256::digest(&bytes).into());
        let forger = SigningKey::generate(&mut |buffer: &mut [u8]| SystemRng.fill(buffer));
        let receipt = BundleReceipt::for_bundle(&head, sha256, u64::MAX >> 1, WallTime(1)).unwrap();
        centre.with(|world| world.uploads.get_mut(&id).unwrap().truncate(offset));
        return (StatusCode::CREATED, Json(receipt.sign(&forger).unwrap())).into_response();
    }
    let receipt = centre.take(&bytes);
    centre.with(|world| world.whole.insert(id, receipt.clone()));
    (StatusCode::CREATED, Json(receipt)).into_response()
}

async fn snapshot(State(centre): State<Centre>) -> Json<FeedPage> {
    Json(
        centre.with(|world| FeedPage {
            entries: world.feed.clone(),
            next: world.feed.last().map_or(0, |entry| entry.seq),
        }),
    )
}

async fn renew(State(centre): State<Centre>, Json(request): Json<RenewRequest>) -> Response {
    let next = centre.with(|world| {
        world.renewals.push(request.csr_pem);
        world.next_certificate.clone()
    });
    match next {
        Some(certificate_pem) => Json(RenewReply { certificate_pem, until_ms: i64::MAX }).into_response(),
        None => problem(StatusCode::INTERNAL_SERVER_ERROR, "S106"),
    }
}

async fn feed(State(centre): State<Centre>, Query(query): Query<HashMap<String, u64>>) -> Response {
    let (after, wait) = (query["after"], query["wait"]);
    if centre.with(|world| after < world.horizon) {
        return problem(StatusCode::GONE, "N104");
    }
    page_of(&centre, after, wait).await.into_response()
}

async fn page_of(centre: &Centre, after: u64, wait: u64) -> Json<FeedPage> {
    let page = |world: &mut World| {
        world.feed_asked.push(after);
        if world.feed_backwards {
            let entry = FeedEntry { seq: after, item: FeedItem::Notice { text: "again".to_owned() } };
            return FeedPage { entries: vec![entry], next: after + 1 };
        }
        let entries: Vec<_> = world.feed.iter().filter(|entry| entry.seq > after).take(2).cloned().collect();
        let next = entries.last().map_or(after, |entry| entry.seq);
        FeedPage { entries, next }
    };
    let first = centre.with(page);
    if first.entries.is_empty() && wait > 0 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        return Json(centre.with(page));
    }
    Json(first)
}

async fn lease(State(centre): State<Centre>, Json(request): Json<LeaseRequest>) -> Json<Lease> {
    Json(centre.with(|world| {
        world.leases += 1;
        let from = world.serials + 1;
        world.serials += request.count;
        let today: u32 = world.day.parse().unwrap();
        let day = format!("{:06}", today + u32::from(request.days_ahead));
        Lease { region: "890102".to_owned(), day, station3: "003".to_owned(), from, to: world.serials }
    }))
}

fn clock(world: &World, here: i64) -> CentreTime {
    CentreTime { wall_ms: here + world.skew_ms, stopped: world.stopped, seen: world.seen }
}

async fn time(State(centre): State<Centre>) -> Json<CentreTime> {
    Json(centre.with(|world| clock(world, 0)))
}

async fn heartbeat(State(centre): State<Centre>, Json(beat): Json<Heartbeat>) -> Json<CentreTime> {
    Json(centre.with(|world| {
        let answer = clock(world, beat.wall_ms);
        world.beats.push(beat);
        answer
    }))
}

async fn licences(State(centre): State<Centre>) -> Response {
    match centre.with(|world| world.faults.pop_front()) {
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Garbage) => "<html>a captive portal</html>".into_response(),
        Some(Fault::Lost) => vec![b' '; 9 * 1024 * 1024].into_response(),
        Some(Fault::Broken) => (StatusCode::INTERNAL_SERVER_ERROR, "boom").into_response(),
        Some(Fault::Refused) => problem(StatusCode::CONFLICT, "C110"),
        Some(Fault::Forged) => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], Body::empty()).into_response(),
        _ => Json(Vec::<u8>::new()).into_response(),
    }
}
