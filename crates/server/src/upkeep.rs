//! What a running server does by itself, whether or not anybody asks for it.

use std::sync::{Arc, Weak};
use std::time::Duration;
use tongban_centre::Centre;
use tongban_centre::exchange::Rounds;

/// How often a server looks for items published by another.
const CATALOGUE_LOOK: Duration = Duration::from_secs(2);
/// How often deadlines, lapses and refunds are gone through.
const ROUND: Duration = Duration::from_secs(60);
/// From one round of the exchange to the next.
const EXCHANGE: Duration = Duration::from_secs(60);
/// After the start, when stations that come back have been served.
const FIRST: Duration = Duration::from_secs(15 * 60);
/// From one compaction of the feed to the next.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Starts the work; it ends with the centre.
pub(crate) fn start(centre: &Arc<Centre>) {
    if centre.is_shared() {
        tokio::spawn(follow(Arc::downgrade(centre)));
    }
    tokio::spawn(round(Arc::downgrade(centre)));
    tokio::spawn(compact_daily(Arc::downgrade(centre), FIRST, DAY));
    tokio::spawn(exchange(Arc::downgrade(centre), EXCHANGE));
    tokio::spawn(nightly(Arc::downgrade(centre), ROUND));
}

/// 数据交换: what moved is queued and sent, what came is taken, yesterday's books are compared.
pub async fn exchange(centre: Weak<Centre>, every: Duration) {
    let runtime = tokio::runtime::Handle::current();
    loop {
        tokio::time::sleep(every).await;
        let Some(centre) = centre.upgrade() else { return };
        let runtime = runtime.clone();
        // The stores are waited for on a thread that may wait.
        let done = tokio::task::spawn_blocking(move || runtime.block_on(centre.exchange().round())).await;
        match done {
            Ok(Ok(rounds)) => told(&rounds),
            Ok(Err(error)) => tracing::error!(%error, "exchange round not finished"),
            Err(error) => tracing::error!(%error, "exchange round ended badly"),
        }
    }
}

fn told(rounds: &Rounds) {
    for (peer, reason) in &rounds.failed {
        tracing::warn!(peer, reason, "exchange partner not served");
    }
    for (peer, day, _) in rounds.compared.iter().filter(|(_, _, agree)| !agree) {
        tracing::warn!(peer, day, "exchange totals differ");
    }
}

/// Looks every so often whether the night's work of this day is still to be done.
pub async fn nightly(centre: Weak<Centre>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let Some(centre) = centre.upgrade() else { return };
        match tokio::task::spawn_blocking(move || centre.lifecycle().night()).await {
            Ok(Ok(Some(night))) if night.broken > 0 => {
                tracing::error!(broken = night.broken, "cases do not verify: blocked, waiting for a person");
            }
            Ok(Ok(Some(night))) => tracing::info!(?night, "night's work done"),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::error!(%error, "night's work not finished"),
            Err(error) => tracing::error!(%error, "night's work ended badly"),
        }
    }
}

/// Looks for items another server of the city published.
async fn follow(centre: Weak<Centre>) {
    loop {
        tokio::time::sleep(CATALOGUE_LOOK).await;
        let Some(centre) = centre.upgrade() else { return };
        let looked = tokio::task::spawn_blocking(move || centre.catalogue().refresh()).await;
        if let Ok(Err(error)) = looked {
            tracing::warn!(%error, "catalogue not refreshed");
        }
    }
}

/// 巡检 once a minute: deemed acceptance, lapses, cards, 督办, refunds; and yesterday's bookings.
async fn round(centre: Weak<Centre>) {
    loop {
        tokio::time::sleep(ROUND).await;
        let Some(centre) = centre.upgrade() else { return };
        let done = tokio::task::spawn_blocking(move || {
            let round = centre.lifecycle().round()?;
            centre.appointments().close_past_days()?;
            Ok::<_, tongban_centre::CentreError>(round)
        })
        .await;
        match done {
            Ok(Ok(round)) if !round.stuck.is_empty() => {
                tracing::warn!(stuck = round.stuck.len(), "cases need a person");
            }
            Ok(Err(error)) => tracing::error!(%error, "round not finished"),
            Ok(Ok(_)) | Err(_) => {}
        }
    }
}

/// Compacts the feed after `first`, then every `every`, until the centre is closed. Servers of one city may
/// each do so: what one threw away the other does not find.
pub async fn compact_daily(centre: Weak<Centre>, first: Duration, every: Duration) {
    let mut pause = first;
    loop {
        tokio::time::sleep(pause).await;
        pause = every;
        let Some(centre) = centre.upgrade() else { return };
        match tokio::task::spawn_blocking(move || centre.feed().compact()).await {
            Ok(Ok(gone)) => tracing::info!(gone, "feed compacted"),
            Ok(Err(error)) => tracing::warn!(%error, "feed not compacted"),
            Err(error) => tracing::error!(%error, "compaction ended badly"),
        }
    }
}
