//! Following the centre's feed: catalogue, notices, and what became of this hall's cases.

use super::lane::{LaneError, blocking};
use super::link::Link;
use super::{SyncConfig, backoff};
use crate::client::{CentreClient, CentreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tongban_protocol::api::{FeedItem, FeedPage};
use tongban_store::{CentreCase, FeedBatch, Store};

/// Name of the feed's position in the store.
const CURSOR: &str = "feed";
/// Status by which the centre says that our place is behind its horizon.
const GONE: u16 = 410;

/// Follows the feed for as long as it is polled.
pub(super) async fn follow(store: Arc<Store>, client: CentreClient, link: Arc<Link>, config: SyncConfig) {
    let mut failures = 0;
    let mut fresh = link.fresh();
    loop {
        let began = Instant::now();
        let pause = match once(&store, &client, &link, config.feed_wait).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => {
                failures = 0;
                // A centre that does not hold back empty pages must not be asked in a circle.
                if began.elapsed() < config.feed_wait / 2 { config.backoff_base } else { Duration::ZERO }
            }
            Err(error) => {
                failures += 1;
                tracing::debug!(code = error.code().as_str(), "feed pauses");
                backoff::wait(config.backoff_base, config.backoff_cap, failures, &**store.rng())
            }
        };
        // A link-up this very call reported is no reason to ask again at once.
        fresh.mark_unchanged();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = fresh.changed() => failures = 0,
        }
    }
}

/// One page; whether it brought anything.
async fn once(store: &Arc<Store>, client: &CentreClient, link: &Arc<Link>, wait: Duration) -> Result<bool, LaneError> {
    let after = blocking(store, |store| store.cursor(CURSOR)).await?;
    // While the link is down a short question tells sooner that it is up.
    let wait = if link.is_online() { wait } else { Duration::ZERO };
    let outcome = client.feed(after, wait).await;
    link.report(&outcome);
    let page = match outcome {
        Err(CentreError::Refused { status: GONE, .. }) => return catch_up(store, client, link, after).await,
        outcome => outcome?,
    };
    if page.next < after || page.entries.iter().any(|entry| entry.seq <= after) {
        return Err(CentreError::Garbage { what: "feed runs backwards" }.into());
    }
    if page.next == after {
        return Ok(false);
    }
    let batch = batch_of(page);
    blocking(store, move |store| store.apply_feed(&batch)).await?;
    link.fed();
    Ok(true)
}

/// The centre no longer keeps what follows our place: what is in force is taken as a whole.
async fn catch_up(store: &Arc<Store>, client: &CentreClient, link: &Arc<Link>, after: u64) -> Result<bool, LaneError> {
    let page = client.snapshot().await?;
    if page.next <= after {
        return Err(CentreError::Garbage { what: "snapshot is older than what is held" }.into());
    }
    tracing::info!(after, next = page.next, "behind the feed's horizon: snapshot taken");
    let batch = batch_of(page);
    blocking(store, move |store| store.apply_feed(&batch)).await?;
    link.fed();
    Ok(true)
}

fn batch_of(page: FeedPage) -> FeedBatch {
    let mut batch = FeedBatch { next: page.next, ..FeedBatch::default() };
    for entry in page.entries {
        match entry.item {
            FeedItem::Item { key, version, json } => batch.items.push((key, version, json)),
            FeedItem::CaseMoved { case, status, case_seq } => {
                batch.cases.push(CentreCase { case, status, case_seq });
            }
            FeedItem::Notice { text } => batch.notices.push((entry.seq, text)),
            // The certificate window asks for its queue; revocations are enforced by the centre's listener.
            FeedItem::LicenceReady { .. } | FeedItem::Revoked { .. } => {}
        }
    }
    batch
}
