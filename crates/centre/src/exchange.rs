//! 数据交换: what happened in cases, as signed messages to other authorities, each receipted; and theirs to us.
//!
//! A message is stored before it is sent and sent as stored, however often. Its receipt is checked
//! (signature, message, digest) and kept. Both directions know a record by its `row_guid`: the same
//! message twice changes nothing, and whatever order they come in, the newest stands.

mod asked;
mod beside;
mod compose;
mod inward;
mod monitor;
mod outward;
mod round;

pub use inward::Incoming;
pub use monitor::{DayReport, Difference, ExchangeDay, MessageLine};
pub use outward::Pumped;
pub use round::Rounds;

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, EVER, Place};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use serde::{Deserialize, Serialize};
use tongban_crypto::VerifyingKey;
use tongban_domain::code::ErrorCode;

const PEERS: &str = "exchange_peer";

/// 对接单位.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Code in the envelope: digits and capitals.
    pub code: String,
    /// 名称.
    pub name: String,
    /// Our code there.
    pub we: String,
    /// SM2 key it signs with, 130 hex digits.
    pub key_hex: String,
    /// `http` or `drop`.
    pub carrier: String,
    /// Base address or folder.
    pub address: String,
    /// Message types it gets; empty for all.
    pub kinds: Vec<String>,
    /// Resources it answers for when its connector was silent: it gets a `ResourceQuery`.
    #[serde(default)]
    pub provides: Vec<String>,
    /// Resources of ours it may ask for, as an authorisation says.
    #[serde(default)]
    pub may_ask: Vec<String>,
}

impl Peer {
    fn key(&self) -> Result<VerifyingKey> {
        VerifyingKey::from_hex(&self.key_hex)
            .map_err(|_| CentreError::invalid(ErrorCode::ConfigInvalid, "key of the exchange partner"))
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a>(pub(crate) &'a Centre);

impl Exchange<'_> {
    /// Enters a partner, or changes it.
    pub fn put_peer(&self, by: &Member, peer: &Peer) -> Result<()> {
        by.require(Action::RunExchange)?;
        peer.key()?;
        let code = |text: &str| {
            (1..=32).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        };
        if !code(&peer.code) || !code(&peer.we) || !matches!(peer.carrier.as_str(), "http" | "drop") {
            return Err(CentreError::invalid(ErrorCode::FieldInvalid, "codes or carrier of the partner"));
        }
        self.0.office(|tx| {
            let now = self.0.now_ms();
            let place = Place { room: PEERS, id: &peer.code, a: "", b: "", state: "in_force", at_ms: now };
            office::put(tx, place, peer)?;
            self.0.tell_items(tx, peer)?;
            log(tx, now, &by.id.0, "exchange.peer", &peer.code, "ok", &peer.carrier)
        })
    }

    /// Everybody we exchange with.
    pub fn peers(&self, by: &Member) -> Result<Vec<Peer>> {
        by.require(Action::ViewSharing)?;
        self.0.look(|tx| office::list(tx, PEERS, EVER))
    }
}

fn known_peer(tx: &Tx<'_>, code: &str) -> Result<Peer> {
    office::get(tx, PEERS, code)?
        .ok_or_else(|| CentreError::forbidden(ErrorCode::ExchangePeer, "exchange partner is not known"))
}

/// `YYYY-MM-DD` of a batch `YYYYMMDD-NNNN`.
fn batch_day(batch: &str) -> String {
    match (batch.get(..4), batch.get(4..6), batch.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => String::new(),
    }
}

impl Centre {
    /// PEM of the key the centre signs with, for partners.
    pub fn signing_key_pem(&self) -> Result<String> {
        self.keys.signing.verifying_key().to_pem().map_err(CentreError::crypto("signing key"))
    }
}
