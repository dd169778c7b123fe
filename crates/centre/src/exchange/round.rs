//! 定时交换: cases that moved are queued, every partner is served, yesterday is held against its books.

use super::{Exchange, PEERS, Peer, Pumped};
use crate::cases::Loaded;
use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, EVER, Key, Place};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use time::Duration;
use tongban_connect::{Carrier, ConnectConfig, ConnectError, DropCarrier, HttpCarrier};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_domain::limits::{date_text, local_day, local_time};

/// Cases that moved since they were queued last.
const MOVED: &str = "exchange_moved";
/// Cases queued in one round.
const CASES: usize = 200;
/// Yesterday is compared from this hour on, when its last batches have been receipted.
const COMPARE_FROM: u8 = 2;
/// Days that did not agree are compared again for so long.
const COMPARE_DAYS: i64 = 3;

#[derive(Serialize, Deserialize)]
struct Moved {
    case: CaseId,
}

/// What a round did, by partner; a partner that cannot be served has its reason.
#[derive(Debug, Default)]
pub struct Rounds {
    /// Messages queued from cases that moved.
    pub queued: usize,
    /// By partner.
    pub pumped: BTreeMap<String, Pumped>,
    /// Partners that could not be served, and why.
    pub failed: BTreeMap<String, String>,
    /// Days compared: partner, day, and whether they agree.
    pub compared: Vec<(String, String, bool)>,
}

impl Centre {
    /// Marks a case for the next round, where anybody listens.
    pub(crate) fn moved(&self, tx: &Tx<'_>, loaded: &Loaded) -> Result<()> {
        if loaded.case.project_no().is_none() || office::list::<Peer>(tx, PEERS, EVER)?.is_empty() {
            return Ok(());
        }
        self.mark(tx, loaded.id(), "moved")
    }

    fn mark(&self, tx: &Tx<'_>, case: CaseId, state: &str) -> Result<()> {
        let id = case.to_string();
        let place = Place { room: MOVED, id: &id, a: "", b: "", state, at_ms: self.now_ms() };
        office::put(tx, place, &Moved { case })
    }
}

/// The way to a partner: `address` is a base address, or a folder for `drop`.
fn carrier(peer: &Peer) -> std::result::Result<Box<dyn Carrier>, ConnectError> {
    if peer.carrier == "drop" {
        return Ok(Box::new(DropCarrier::new(Path::new(&peer.address))?));
    }
    let config = ConnectConfig::new(PathBuf::new(), &peer.address, &peer.we, "");
    Ok(Box::new(HttpCarrier::new(&config, "exchange/messages")?))
}

impl Exchange<'_> {
    /// Queues what moved in cases; answers how many messages are new. A case that cannot be put into the
    /// exchange's form waits for a person and does not hold up the others.
    pub fn queue_moved(&self) -> Result<usize> {
        let moved: Vec<Moved> = self.0.look(|tx| office::list(tx, MOVED, Key::State("moved")))?;
        let mut new = 0;
        for Moved { case } in moved.into_iter().take(CASES) {
            let queued = self.0.db.write("exchange", |tx| {
                self.0.mark(tx, case, "queued")?;
                self.queue_in(tx, case)
            });
            match queued {
                Ok(count) => new += count,
                Err(CentreError::Refused { code, detail, .. }) => {
                    self.0.stuck(case, code.as_str(), &format!("数据交换：{detail}"))?;
                    self.0.db.write("exchange", |tx| self.0.mark(tx, case, "unfit"))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(new)
    }

    /// One round with everybody. A partner that cannot be served does not hold up the others.
    pub async fn round(&self) -> Result<Rounds> {
        let mut rounds = Rounds { queued: self.queue_moved()?, ..Rounds::default() };
        let peers: Vec<Peer> = self.0.look(|tx| office::list(tx, PEERS, EVER))?;
        for peer in &peers {
            match self.serve(peer, &mut rounds).await {
                Ok(()) => {}
                Err(CentreError::Refused { detail, .. }) => {
                    rounds.failed.insert(peer.code.clone(), detail);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(rounds)
    }

    async fn serve(&self, peer: &Peer, rounds: &mut Rounds) -> Result<()> {
        let way = carrier(peer).map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, error.to_string()))?;
        let pumped = self.pump(&peer.code, way.as_ref()).await?;
        rounds.pumped.insert(peer.code.clone(), pumped);
        for day in self.days_to_compare(peer)? {
            let Ok(Some(theirs)) = way.totals(&day).await else { continue };
            let report = self.compared("system", &peer.code, &day, &theirs)?;
            rounds.compared.push((peer.code.clone(), day, report.differ.is_empty()));
        }
        Ok(())
    }

    /// Days of this partner that still have to be compared: not at all yet, or once a day while they differ.
    fn days_to_compare(&self, peer: &Peer) -> Result<Vec<String>> {
        let now = self.0.now();
        let today = local_day(now);
        if local_time(now).hour() < COMPARE_FROM {
            return Ok(Vec::new());
        }
        let mut days = Vec::new();
        for back in 1..=COMPARE_DAYS {
            let day = date_text(today - Duration::days(back));
            let known = self.report_of(&peer.code, &day)?;
            let done = |report: &super::DayReport| {
                report.differ.is_empty() || local_day(tongban_domain::clock::WallTime(report.at_ms)) == today
            };
            if !known.as_ref().is_some_and(done) {
                days.push(day);
            }
        }
        Ok(days)
    }
}
