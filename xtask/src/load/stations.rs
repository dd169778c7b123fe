//! Stations: enrolled before the server starts, with everything sealed that they will send.

use super::hall::common::sample::{begin, stall_case, unseen_item};
use super::hall::common::{Draft, TestStation};
use super::server::Where;
use anyhow::{Context as _, Result, anyhow, bail};
use reqwest::{Certificate, Client, Identity};
use std::sync::Arc;
use tongban_centre::Centre;
use tongban_domain::clock::{Ids as _, Rng as _};
use tongban_domain::event::Event;
use tongban_domain::ids::PageId;
use tongban_domain::item::How;
use tongban_protocol::system::SystemClock;
use uuid::Uuid;

/// Threads that seal.
const SEALERS: usize = 2;

/// One station and what it sends.
pub struct Sender {
    client: Client,
    /// Ids and bytes, sealed beforehand.
    pub bundles: Vec<(Uuid, Vec<u8>)>,
}

impl Sender {
    fn new(station: &TestStation, bundles: Vec<(Uuid, Vec<u8>)>) -> Result<Self> {
        let pem = format!("{}{}", station.tls_key_pem, station.reply.certificate_pem);
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([Certificate::from_pem(station.reply.ca_pem.as_bytes())?])
            .identity(Identity::from_pem(pem.as_bytes())?)
            .build()?;
        Ok(Self { client, bundles })
    }

    /// Asks for the time: a handshake when there is no connection yet.
    pub async fn time(&self, port: u16) -> Result<()> {
        let answer = self.client.get(format!("https://localhost:{port}/station/v1/time")).send().await?;
        answer.error_for_status()?.bytes().await?;
        Ok(())
    }

    /// Sends one bundle in one request and waits for the receipt.
    pub async fn send(&self, port: u16, which: usize) -> Result<()> {
        let (id, bytes) = self.bundles.get(which).ok_or_else(|| anyhow!("nothing left to send"))?;
        let answer = self
            .client
            .patch(format!("https://localhost:{port}/station/v1/bundles/{id}"))
            .header("upload-offset", "0")
            .header("upload-complete", "?1")
            .body(bytes.clone())
            .send()
            .await?;
        let status = answer.status();
        let body = answer.text().await?;
        if status != 201 {
            bail!("{status}: {body}");
        }
        serde_json::from_str::<serde_json::Value>(&body).context("receipt")?;
        Ok(())
    }
}

/// Enrols `count` stations and seals `each` small submissions for every one of them.
pub fn prepare(place: &Where, count: usize, each: usize) -> Result<Vec<Sender>> {
    let centre = place.open()?;
    centre.catalogue().publish("load", &unseen_item())?;
    let small = |station: &mut TestStation| {
        let (_, bundle) = stall_case(&centre, station);
        Ok((bundle.id, bundle.encode()?))
    };
    enrol(&centre, count, |_, station| (0..each).map(|_| small(station)).collect())
}

/// Enrols a station for each number of cases and seals that many, each of three files of `file_bytes`.
pub fn prepare_large(place: &Where, cases: &[usize], file_bytes: usize) -> Result<Vec<Sender>> {
    let centre = place.open()?;
    enrol(&centre, cases.len(), |number, station| {
        (0..cases[number]).map(|_| large(&centre, station, file_bytes)).collect()
    })
}

/// A case with three pages, as they come from a window while the applicant is there.
fn large(centre: &Centre, station: &mut TestStation, file_bytes: usize) -> Result<(Uuid, Vec<u8>)> {
    let item = centre.catalogue().latest(&"jz_first".into()).context("item jz_first")?;
    let mut draft: Draft = begin(station, &item, Some(super::hall::common::FIRM));
    let requirement =
        item.materials.iter().find(|material| matches!(material.how, How::Capture)).context("captured material")?;
    for _ in 0..3 {
        let mut plain = vec![0; file_bytes];
        station.rng.fill(&mut plain);
        let (blob, thumb) =
            (draft.blob(station, &plain, "image/jpeg"), draft.blob(station, &plain[..2048], "image/jpeg"));
        let page = PageId(station.ids.next());
        let id = requirement.id.clone();
        draft.say(station, Event::PageCaptured { page, requirement: id, blob, thumb, width: 700, height: 990 });
    }
    let bundle = draft.bundle(station);
    Ok((bundle.id, bundle.encode()?))
}

fn enrol(
    centre: &Centre,
    count: usize,
    seal: impl Fn(usize, &mut TestStation) -> Result<Vec<(Uuid, Vec<u8>)>> + Sync,
) -> Result<Vec<Sender>> {
    let clock = Arc::new(SystemClock);
    let one = |number: usize| -> Result<Sender> {
        let (id, station3) = (format!("890102-001-K{:03}", number + 1), format!("{:03}", number + 1));
        // Seeds far apart: ids of two stations must not meet.
        let seed = 1_000_003 * (number as u64 + 1);
        let mut station = TestStation::enrol(centre, &clock, seed, &id, "kiosk", &station3);
        let bundles = seal(number, &mut station)?;
        Sender::new(&station, bundles)
    };
    let share = |first: usize| (first..count).step_by(SEALERS).map(&one).collect::<Result<Vec<_>>>();
    let senders = std::thread::scope(|scope| {
        let share = &share;
        let threads: Vec<_> = (0..SEALERS).map(|first| scope.spawn(move || share(first))).collect();
        threads.into_iter().map(|thread| thread.join()).collect::<Vec<_>>()
    });
    let mut all = Vec::with_capacity(count);
    for part in senders {
        all.extend(part.map_err(|_| anyhow!("a sealing thread panicked"))??);
    }
    Ok(all)
}
