//! Cases in the station store, as futures. Every durable call runs off the interface's thread.

use crate::failure::Failure;
use crate::service::upkeep::Waiting;
use std::collections::BTreeMap;
use std::sync::Arc;
use tongban_domain::case::{Case, sign_off_content};
use tongban_domain::event::{BlobRef, Channel, Delivery, Digest, Event};
use tongban_domain::ids::CaseId;
use tongban_protocol::action::Actor;
use tongban_protocol::query::query_password;
use tongban_store::{BundleState, OutboxRow, Store, StoreError};
use uuid::Uuid;

/// The station's cases.
#[derive(Clone)]
pub struct Cases {
    store: Arc<Store>,
}

/// A case together with its id.
#[derive(Debug, Clone)]
pub struct OpenCase {
    /// Its id.
    pub id: CaseId,
    /// Its state.
    pub case: Case,
}

impl Cases {
    /// Wraps the store.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Opens a case and records its first facts. Files are written and fsynced before the facts that name them.
    ///
    /// # Errors
    /// [`Failure`] of the store or of a case rule; nothing of the failed fact is kept.
    pub async fn begin(
        &self,
        channel: Channel,
        first: Event,
        photo: Vec<u8>,
        portrait: Option<Vec<u8>>,
    ) -> Result<OpenCase, Failure> {
        self.blocking(move |store| {
            let id = store.open_case(channel)?;
            let photo = if photo.is_empty() { None } else { Some(store.put_blob(id, "application/x-wlt", &photo)?) };
            let portrait = portrait.map(|png| store.put_blob(id, "image/png", &png)).transpose()?;
            let first = match first {
                Event::Identified { card, line_sha256, reader, expired, .. } => {
                    Event::Identified { card, line_sha256, reader, expired, photo, portrait }
                }
                other => other,
            };
            let case = store.append(id, first, Actor::Applicant)?;
            Ok(OpenCase { id, case })
        })
        .await
    }

    /// Records facts in order; returns the case after the last.
    ///
    /// # Errors
    /// [`Failure`] of the store or of a case rule.
    pub async fn record(&self, id: CaseId, events: Vec<Event>, actor: Actor) -> Result<OpenCase, Failure> {
        self.blocking(move |store| {
            for event in events {
                store.append(id, event, actor.clone())?;
            }
            Ok(OpenCase { id, case: store.case(id)? })
        })
        .await
    }

    /// The store is put to rest: power may go at any moment.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn rest(&self) -> Result<(), Failure> {
        self.blocking(move |store| store.rest()).await
    }

    /// Seals a file of the case and makes it durable.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn put(&self, id: CaseId, media: &'static str, bytes: Vec<u8>) -> Result<BlobRef, Failure> {
        self.blocking(move |store| store.put_blob(id, media, &bytes)).await
    }

    /// Opens a sealed file of the case.
    ///
    /// # Errors
    /// [`Failure`] when it is missing or was changed.
    pub async fn read(&self, id: CaseId, blob: BlobRef) -> Result<Vec<u8>, Failure> {
        self.blocking(move |store| store.read_blob(id, &blob)).await
    }

    /// The case by id.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn case(&self, id: CaseId) -> Result<OpenCase, Failure> {
        self.blocking(move |store| Ok(OpenCase { id, case: store.case(id)? })).await
    }

    /// An unfinished draft of this person at this station.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn unfinished(&self, number: String) -> Result<Option<OpenCase>, Failure> {
        self.blocking(move |store| match store.open_case_for(&number)? {
            Some(id) => Ok(Some(OpenCase { id, case: store.case(id)? })),
            None => Ok(None),
        })
        .await
    }

    /// SM3 over the canonical form and materials: what the applicant signs off.
    #[must_use]
    pub fn sign_off_digest(case: &Case) -> Digest {
        Digest(tongban_crypto::sm3(&sign_off_content(case)))
    }

    /// SM3 of an ID number, lower-case hex: compares cards without keeping the number.
    #[must_use]
    pub fn number_sm3(number: &str) -> String {
        Digest(tongban_crypto::sm3(number.as_bytes())).to_string()
    }

    /// The account of the person who works here, by the own card: found by this station's keyed hash, or by
    /// the plain SM3 of older lists.
    #[must_use]
    pub fn attendant(&self, attendants: &BTreeMap<String, String>, number: &str) -> Option<String> {
        let number = tongban_domain::check::normalise(number);
        let keyed = attendants.get(&self.store.keys().attendant_hash(&number));
        keyed.or_else(|| attendants.get(&Self::number_sm3(&number))).cloned()
    }

    /// Takes a receipt number and submits, in one durable step.
    ///
    /// # Errors
    /// [`Failure`], `S105` when the lease is used up.
    pub async fn submit(&self, id: CaseId, delivery: Delivery, offline: bool) -> Result<(OpenCase, String), Failure> {
        self.blocking(move |store| {
            let (case, receipt) = store.submit(id, delivery, offline)?;
            Ok((OpenCase { id, case }, receipt))
        })
        .await
    }

    /// 查询密码 of a submitted case.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn query_password(&self, id: CaseId, receipt: String) -> Result<String, Failure> {
        self.blocking(move |store| Ok(query_password(store.data_key(id)?.expose(), &receipt))).await
    }

    /// What waits to be sent.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn outbox(&self) -> Result<Vec<OutboxRow>, Failure> {
        self.blocking(|store| store.outbox()).await
    }

    /// What waits to be sent, as a technician reads it.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        self.blocking(|store| {
            let one = |row: OutboxRow| {
                Ok::<_, StoreError>(Waiting {
                    bundle: row.bundle,
                    receipt: store.receipt_of(row.case)?,
                    actions: row.kinds.len(),
                    kib: row.bytes.div_ceil(1024),
                    refused: row.state == BundleState::Quarantined,
                    tries: row.tries,
                    next_try: row.next_try.map(crate::when::clock),
                    code: row.last_error,
                })
            };
            store.outbox()?.into_iter().map(one).collect()
        })
        .await
    }

    /// A refused bundle waits again.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn retry(&self, bundle: Uuid) -> Result<(), Failure> {
        self.blocking(move |store| store.retry(bundle)).await
    }

    /// Marks the visit as alive (idle time is counted from the stored boot time).
    pub async fn touch(&self, step: &'static str) {
        let _ = self.blocking(move |store| store.touch_visit(step)).await;
    }

    /// Starts the visit record of a case.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn begin_visit(&self, id: CaseId, idle_ms: u64) -> Result<(), Failure> {
        self.blocking(move |store| store.begin_visit(id, "", idle_ms)).await
    }

    /// The visit that was open when the program ended, if its idle limit has not passed.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn last_visit(&self) -> Result<Option<(OpenCase, String)>, Failure> {
        self.blocking(|store| match store.last_visit()? {
            Some(visit) => Ok(Some((OpenCase { id: visit.case, case: store.case(visit.case)? }, visit.step))),
            None => Ok(None),
        })
        .await
    }

    /// Ports a technician bound, by role.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn bind(&self, role: String, port: String) -> Result<(), Failure> {
        self.blocking(move |store| store.set_binding(&role, Some(&port))).await
    }

    /// Ends the visit: nothing of it stays but the durable draft.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn end_visit(&self) -> Result<(), Failure> {
        self.blocking(|store| store.end_visit(true)).await
    }

    /// Item files the centre published, as they came.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub async fn items(&self) -> Result<Vec<String>, Failure> {
        self.blocking(|store| Ok(store.items()?.into_iter().map(|(_, _, json)| json).collect())).await
    }

    /// Runs a store call off the interface's thread.
    pub(super) async fn blocking<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = Arc::clone(&self.store);
        let result = tokio::task::spawn_blocking(move || work(&store)).await;
        match result {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::error!(code = error.code().as_str(), error = %chain(&error), "store call failed");
                Err(Failure::new(error.code(), ""))
            }
            Err(_) => Err(Failure::new(tongban_domain::code::ErrorCode::StoreWrite, "worker thread")),
        }
    }
}

/// The whole chain of causes, for the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}
