//! 转接续办: a draft begun at a kiosk is gone on with at a window, over the real server, the real stores and mutual TLS.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tongban::service::cases::OpenCase;
use tongban::service::{Cases, Handover};
use tongban_domain::case::{Case, CaseStatus, sign_off_content};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{CardFacts, Channel, Delivery, Digest, Event, PresenceMethod, SignOffMethod, Value};
use tongban_domain::ids::{CaseId, HallId, PageId, StationId};
use tongban_protocol::action::Actor;
use tongban_protocol::handover::{DraftAsk, DraftTake};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};
use tongban_server::{NewStation, ServerConfig, ServerHandle, launch};
use tongban_store::{StationKeys, Store, StoreConfig};
use tongban_sync::{CentreClient, EnrolConfig, SyncConfig, SyncEngine, SyncHandle, Trust, enrol};
use uuid::Uuid;

const ITEM: &str = "jz_first";
const NUMBER: &str = "89010219550820022X";

struct Station {
    _dir: TempDir,
    store: Arc<Store>,
    client: CentreClient,
    handover: Handover,
    cases: Cases,
    sync: SyncHandle,
}

async fn city() -> (TempDir, ServerHandle) {
    let dir = tempfile::tempdir().unwrap();
    let assets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets");
    let server = launch(ServerConfig::local(dir.path().join("centre"), assets)).await.unwrap();
    (dir, server)
}

async fn station(server: &ServerHandle, id: &str, kind: &str) -> Station {
    let (hall, number) = (id.rsplit_once('-').unwrap().0, &id[id.len() - 3..]);
    let new = NewStation {
        id: id.into(),
        hall: hall.into(),
        region: id[..6].into(),
        station3: format!("{:03}", number.bytes().map(u32::from).sum::<u32>() % 900),
        kind: kind.into(),
    };
    let code = server.centre().stations().add("test", &new).unwrap();
    let keys = StationKeys::generate(&SystemRng);
    let config = EnrolConfig {
        enrol_url: format!("http://{}", server.staff_addr),
        one_time_code: code,
        trust: Trust::CaPem(server.ca_pem.clone()),
        timeout: Duration::from_secs(10),
    };
    let enrolment = enrol(&config, &keys).await.unwrap();
    let reply = &enrolment.reply;
    let keys = keys.enrolled(&reply.centre_signing_key_hex, &reply.centre_wrapping_key_hex).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut config = StoreConfig::new(dir.path(), StationId::from(id), HallId::from(hall));
    config.reserve_bytes = 0;
    let store = Store::create_or_open(config, keys, Arc::new(SystemClock), Arc::new(SystemIds), Arc::new(SystemRng));
    let store = Arc::new(store.unwrap());
    let mut client = enrolment.client_config();
    client.station_url = format!("https://localhost:{}", server.station_addr.port());
    let client = CentreClient::new(&client).unwrap();
    let sync = SyncEngine::start(Arc::clone(&store), client.clone(), SyncConfig::default());
    let cases = Cases::new(Arc::clone(&store));
    let handover = Handover::new(cases.clone(), Some(client.clone()));
    Station { _dir: dir, store, client, handover, cases, sync }
}

fn identified() -> Event {
    let card = CardFacts {
        name: "李秀英".to_owned(),
        sex: "女".to_owned(),
        nation: "01".to_owned(),
        birth: "19550820".to_owned(),
        address: "示范市示范区二号".to_owned(),
        number: NUMBER.to_owned(),
        issuer: "示范市公安局".to_owned(),
        valid_from: "20200101".to_owned(),
        valid_to: "长期".to_owned(),
    };
    let (line_sha256, reader) = (Digest([1; 32]), "reader".to_owned());
    Event::Identified { card, line_sha256, reader, expired: false, photo: None, portrait: None }
}

impl Station {
    /// The card is read and the applicant is here; `continues` a draft or not.
    async fn arrive(&self, channel: Channel, continues: Option<CaseId>) -> OpenCase {
        let open = self.cases.begin(channel, identified(), Vec::new(), None).await.unwrap();
        let mut facts: Vec<Event> = continues.map(|case| Event::Continues { case }).into_iter().collect();
        facts.push(Event::ConsentGiven {
            text_version: 1,
            choice: PresenceMethod::Fingerprint,
            evidence_upload: false,
        });
        facts.push(Event::PresenceProved {
            method: PresenceMethod::Fingerprint,
            still: None,
            clip: None,
            score_milli: None,
            decided_by: None,
            reason: None,
        });
        self.cases.record(open.id, facts, Actor::Applicant).await.unwrap()
    }

    /// An item, a form and two pages, one of them thrown away again.
    fn fill(&self, server: &ServerHandle, id: CaseId) -> Case {
        let item = server.centre().catalogue().latest(&ITEM.into()).unwrap();
        let requirement = item.materials.first().map_or_else(|| "m01".into(), |material| material.id.clone());
        let page = |n: u128, content: &[u8]| Event::PageCaptured {
            page: PageId(Uuid::from_u128(n)),
            requirement: requirement.clone(),
            blob: self.store.put_blob(id, "image/jpeg", content).unwrap(),
            thumb: self.store.put_blob(id, "image/jpeg", b"small").unwrap(),
            width: 1000,
            height: 1400,
        };
        let place = ("place".into(), Value::Text("中山街道东口".to_owned()));
        let mut case = None;
        for event in [
            Event::ItemChosen { item: item.key.clone(), version: item.version, firm: None },
            Event::FormFilled { values: [place].into() },
            page(1, b"a page nobody wants"),
            page(2, b"a page that stays"),
            Event::PageRemoved { page: PageId(Uuid::from_u128(1)) },
        ] {
            case = Some(self.store.append(id, event, Actor::Applicant).unwrap());
        }
        case.unwrap()
    }

    async fn signed_for(&self, id: CaseId) {
        self.sync.kick();
        for _ in 0..400 {
            if self.store.is_signed_for(id).unwrap() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the centre never signed for {id}: {:?}", self.store.outbox());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_begun_at_a_kiosk_is_submitted_at_a_window_and_nowhere_else() {
    let (_dir, server) = city().await;
    let kiosk = station(&server, "890102-001-K03", "kiosk").await;
    let window = station(&server, "890102-001-W01", "window").await;
    let begun = kiosk.arrive(Channel::Kiosk, None).await;
    let left = kiosk.fill(&server, begun.id);
    assert!(window.handover.offer(NUMBER.into()).await.is_none(), "a draft never leaves the station by itself");

    kiosk.handover.hand_on(begun.id).await.unwrap();
    assert!(kiosk.store.open_case_for(NUMBER).unwrap().is_none(), "it is not gone on with here");
    kiosk.signed_for(begun.id).await;
    assert!(window.handover.offer("890102197803150113".into()).await.is_none(), "another person's card finds nothing");
    let offer = window.handover.offer(NUMBER.into()).await.expect("the draft waits");
    assert_eq!((offer.case, offer.pages, offer.station.0.as_str()), (begun.id, 1, "890102-001-K03"));

    let open = window.arrive(Channel::Window, Some(offer.case)).await;
    let brought = window.handover.bring(open.clone()).await.unwrap();
    assert_eq!(brought.case.form(), left.form());
    assert_eq!(brought.case.item(), left.item());
    let pages: Vec<_> = brought.case.pages_by_requirement().into_values().flatten().cloned().collect();
    assert_eq!(pages.len(), 1, "what was thrown away stays thrown away");
    assert_eq!(window.store.read_blob(open.id, &pages[0].blob).unwrap(), b"a page that stays");
    assert!(window.store.stale_projections().unwrap().is_empty());
    assert!(window.handover.offer(NUMBER.into()).await.is_none(), "it is taken");
    submit_at(&window, brought).await;
    for (case, chain) in server.centre().cases().verify_all().unwrap() {
        assert!(chain.holds, "{case}: {}", chain.detail);
    }
    assert_eq!(server.centre().cases().verify_all().unwrap().len(), 2, "the draft and the case that goes on with it");
}

/// The window finishes it; the centre has one case of it, with everything.
async fn submit_at(window: &Station, open: OpenCase) {
    let evidence = window.store.put_blob(open.id, "application/octet-stream", b"print").unwrap();
    let digest = Digest(tongban_crypto::sm3(&sign_off_content(&open.case)));
    let signed = Event::SignedOff { method: SignOffMethod::Fingerprint, evidence, quality: 80, digest };
    window.store.append(open.id, signed, Actor::Applicant).unwrap();
    window.sync.kick();
    for _ in 0..200 {
        if window.store.lease_left().unwrap().count > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (case, _) = window.store.submit(open.id, Delivery::Pickup, false).unwrap();
    assert_eq!(case.status(), CaseStatus::Submitted);
    window.signed_for(open.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_cut_off_anywhere_ends_the_same_and_no_second_case_gets_the_draft() {
    let (_dir, server) = city().await;
    let kiosk = station(&server, "890102-001-K03", "kiosk").await;
    let window = station(&server, "890102-001-W01", "window").await;
    let elsewhere = station(&server, "890102-001-W02", "window").await;
    let certificate = station(&server, "890102-001-C01", "certificate").await;
    let far = station(&server, "890202-001-W01", "window").await;
    let begun = kiosk.arrive(Channel::Kiosk, None).await;
    kiosk.fill(&server, begun.id);
    kiosk.handover.hand_on(begun.id).await.unwrap();
    kiosk.signed_for(begun.id).await;
    for (station, what) in [(&certificate, "no applicant stands there"), (&far, "another city")] {
        assert!(station.handover.offer(NUMBER.into()).await.is_none(), "{what}");
    }

    // Taken, then the power went before anything was written.
    let open = window.arrive(Channel::Window, Some(begun.id)).await;
    let take = DraftTake { number: NUMBER.into(), into: open.id };
    let taken = window.client.draft_take(begun.id, &take).await.unwrap();
    let draft = window.store.open_handed(&taken).unwrap();
    assert!(kiosk.store.open_handed(&taken).is_err(), "the key is wrapped for the window alone");
    let file = draft.files()[0].clone();
    assert!(elsewhere.client.draft_file(begun.id, &file.address).await.is_err(), "files are for who took it");
    let mut sealed = window.client.draft_file(begun.id, &file.address).await.unwrap();
    sealed[40] ^= 1;
    assert!(window.store.keep_handed(open.id, &draft, &file, &sealed).is_err(), "a changed file is refused");

    // Another station, and another case of the same station, come too late.
    let other = elsewhere.arrive(Channel::Window, Some(begun.id)).await;
    let late = elsewhere.handover.bring(other).await.unwrap_err();
    assert_eq!(late.code, ErrorCode::StaleVersion);
    let second = window.arrive(Channel::Window, Some(begun.id)).await;
    assert_eq!(window.handover.bring(second).await.unwrap_err().code, ErrorCode::StaleVersion);
    let stranger = DraftTake { number: "890102197803150113".into(), into: open.id };
    assert!(window.client.draft_take(begun.id, &stranger).await.is_err(), "another person's number");
    assert!(window.client.draft_offers(&DraftAsk { number: String::new() }).await.unwrap().is_empty());

    // Begun again it ends as if nothing had happened; once more changes nothing.
    let brought = window.handover.bring(open.clone()).await.unwrap();
    assert_eq!(brought.case.pages_by_requirement().values().map(Vec::len).sum::<usize>(), 1);
    let actions = window.store.actions(open.id).unwrap().len();
    assert!(window.handover.bring(brought).await.is_err(), "the pages are there already");
    assert_eq!(window.store.actions(open.id).unwrap().len(), actions, "nothing is written twice");
}
