//! Out: queued once, sent as stored until it is receipted or given up.

use super::compose::{Composed, compact_day};
use super::{Exchange, PEERS, Peer, batch_day, known_peer};
use crate::error::{CentreError, Refusal, Result};
use crate::office::{self, EVER};
use crate::rights::Action;
use crate::staff::{Member, log};
use crate::storage::Tx;
use crate::vals;
use tongban_connect::{Carried, Carrier};
use tongban_crypto::sm3;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_protocol::exchange::{Envelope, ExchangeFault, MessageKind, Receipt, Record, Verdict, moment, read};

/// A message is given up to people after so many tries.
pub const TRIES: u64 = 12;
const MINUTE_MS: i64 = 60_000;
/// A message laid into a folder is laid again when no receipt came.
const RECEIPT_WAIT_MS: i64 = 10 * MINUTE_MS;
const SEALED: &str = "exchange";

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pumped {
    /// Sent or laid.
    pub sent: u64,
    /// Receipted.
    pub acked: u64,
    /// Refused by the partner, or given up.
    pub failed: u64,
    /// To be tried again.
    pub later: u64,
    /// Messages of theirs taken in.
    pub received: u64,
}

/// A record on its way to a partner.
pub(super) struct Post<'r> {
    /// The case it is shown under; may be empty.
    pub case: String,
    /// What is sent.
    pub one: &'r Composed,
    /// What makes it one message: the record's id, and for a change of it when and what.
    pub key: String,
}

impl Peer {
    /// Whether a record concerns this partner.
    pub(super) fn gets(&self, record: &Record) -> bool {
        match record.kind {
            MessageKind::ResourceQuery => self.provides.iter().any(|known| known == record.get("resource")),
            MessageKind::ResourceReply => false,
            kind => self.kinds.is_empty() || self.kinds.iter().any(|known| known == kind.name()),
        }
    }
}

enum Settled {
    Acked,
    Failed,
}

/// 2, 4, 8 … minutes, an hour at most.
fn back_off(tries: u64) -> i64 {
    MINUTE_MS * 2_i64.pow(u32::try_from(tries.min(6)).unwrap_or(6)).min(60)
}

impl Exchange<'_> {
    /// Queues everything of a case that is not queued yet, for every partner; answers how many messages are new.
    pub fn queue_case(&self, id: CaseId) -> Result<usize> {
        self.0.db.write("exchange", |tx| self.queue_in(tx, id))
    }

    pub(super) fn queue_in(&self, tx: &Tx<'_>, id: CaseId) -> Result<usize> {
        let peers: Vec<Peer> = office::list(tx, PEERS, EVER)?;
        let composed = self.0.composed(tx, id)?;
        let mut new = 0;
        for peer in &peers {
            let mut batch = None;
            for one in composed.iter().filter(|one| peer.gets(&one.record)) {
                let post = Post { case: id.to_string(), one, key: one.record.get("row_guid").to_owned() };
                new += usize::from(self.queue(tx, peer, &post, &mut batch)?);
            }
        }
        Ok(new)
    }

    /// The number of the message that brings a record to a partner for the first time, or a later one by its key.
    pub(super) fn number(peer: &Peer, kind: &str, key: &str) -> String {
        hex::encode(&sm3(format!("{}|{kind}|{key}", peer.code).as_bytes())[..16])
    }

    /// Signs a message and puts it into the queue; `false` when it is there.
    pub(super) fn queue(&self, tx: &Tx<'_>, peer: &Peer, post: &Post<'_>, batch: &mut Option<String>) -> Result<bool> {
        let (centre, now, one) = (self.0, self.0.now(), post.one);
        let kind = one.record.kind.name();
        // The same record for the same partner is the same message, in whatever run it is made.
        let id = Self::number(peer, kind, &post.key);
        if tx.row("xout.get", vals![&id])?.is_some() {
            return Ok(false);
        }
        let batch = match batch {
            Some(batch) => batch.clone(),
            None => {
                let day = compact_day(now);
                let count = tx.count(&format!("exchange/{}/{day}", peer.code))?;
                batch.insert(format!("{day}-{count:04}")).clone()
            }
        };
        let mut record = one.record.clone().set("cd_time", &moment(one.at)).set("cd_batch", &batch);
        // The schema is a sequence: in whatever order a record was composed, it leaves in the table's.
        let table = record.kind.fields();
        record.fields.sort_by_key(|(name, _)| table.iter().position(|field| field.name == name.as_str()));
        let envelope = Envelope {
            id: id.clone(),
            from: peer.we.clone(),
            to: peer.code.clone(),
            sent_at: moment(now),
            batch: batch.clone(),
            item: one.item.clone(),
            case: one.project_no.clone(),
            record,
        };
        let fault = |fault: ExchangeFault| CentreError::invalid(fault.code(), format!("{kind}: {fault}"));
        let (document, digest) = envelope.sign(&centre.keys.signing).map_err(fault)?;
        let sealed = centre.keys.seal(SEALED, &document, centre.rng.as_ref());
        let day = batch_day(&batch);
        tx.exec("xout.insert", vals![&id, &peer.code, kind, &post.key, &post.case, &day, &digest, sealed, now.0])?;
        Ok(true)
    }

    /// One round with a partner: what is due goes out, what came in is taken.
    pub async fn pump(&self, code: &str, carrier: &dyn Carrier) -> Result<Pumped> {
        let centre = self.0;
        let peer = centre.look(|tx| known_peer(tx, code))?;
        let due = centre.look(|tx| {
            let rows = tx.rows("xout.due", vals![code, centre.now_ms()])?;
            rows.iter()
                .map(|row| {
                    let document = centre.keys.open_sealed(SEALED, &row.bytes(1)?)?;
                    Ok((row.text(0)?, document, row.uint(3)?))
                })
                .collect::<Result<Vec<_>>>()
        })?;
        let mut done = Pumped::default();
        for (id, document, tries) in due {
            match carrier.send(&id, &document).await {
                Ok(Carried::Answered(receipt)) => {
                    done.sent += 1;
                    self.settled(&peer, Some(&id), &receipt, tries, &mut done)?;
                }
                Ok(Carried::Laid) => {
                    done.sent += 1;
                    let again = centre.now_ms() + RECEIPT_WAIT_MS;
                    centre.db.write("exchange", |tx| tx.exec("xout.laid", vals![&id, again]))?;
                }
                Err(fault) => {
                    self.postponed(&id, tries, fault.code(), "not carried", &mut done)?;
                }
            }
        }
        self.collected(&peer, carrier, &mut done).await?;
        Ok(done)
    }

    async fn collected(&self, peer: &Peer, carrier: &dyn Carrier, done: &mut Pumped) -> Result<()> {
        for (name, bytes) in carrier.collect().await.unwrap_or_default() {
            let receipt = read(&bytes).ok().is_some_and(|got| Receipt::of(&got.envelope).is_some());
            if receipt {
                self.settled(peer, None, &bytes, 0, done)?;
            } else if let Ok((answer, _)) = self.receive(&bytes) {
                done.received += 1;
                let id = name.trim_end_matches(".xml");
                if carrier.send(&format!("receipt-{id}"), &answer).await.is_err() {
                    // Left where it is: taken again next time, and receipted the same.
                    continue;
                }
            } else {
                tracing::warn!(peer = peer.code, "a file that is neither message nor receipt was set aside");
            }
            if carrier.done(&name).await.is_err() {
                tracing::warn!(peer = peer.code, "a file could not be taken away");
            }
        }
        Ok(())
    }

    fn postponed(&self, id: &str, tries: u64, code: ErrorCode, detail: &str, done: &mut Pumped) -> Result<()> {
        let now = self.0.now_ms();
        let code = code.as_str();
        self.0.db.write("exchange", |tx| {
            if tries + 1 >= TRIES {
                return tx.exec("xout.failed", vals![id, code, detail, Option::<Vec<u8>>::None, now]);
            }
            tx.exec("xout.later", vals![id, now + back_off(tries), code, detail])
        })?;
        if tries + 1 >= TRIES {
            done.failed += 1;
        } else {
            done.later += 1;
        }
        Ok(())
    }

    /// Holds a receipt against the message; what does not hold is no receipt.
    fn settled(&self, peer: &Peer, id: Option<&str>, bytes: &[u8], tries: u64, done: &mut Pumped) -> Result<()> {
        match self.receipted(peer, id, bytes) {
            Ok(Settled::Acked) => done.acked += 1,
            Ok(Settled::Failed) => done.failed += 1,
            Err(CentreError::Refused { code, detail, .. }) => match id {
                Some(id) => self.postponed(id, tries, code, &detail, done)?,
                None => tracing::warn!(peer = peer.code, code = code.as_str(), "a receipt was not accepted"),
            },
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn receipted(&self, peer: &Peer, id: Option<&str>, bytes: &[u8]) -> Result<Settled> {
        let centre = self.0;
        let fault = |fault: ExchangeFault| CentreError::invalid(fault.code(), format!("receipt: {fault}"));
        let received = read(bytes).map_err(fault)?;
        let envelope = received.verify(&peer.key()?).map_err(fault)?;
        let refused = |detail: &str| CentreError::invalid(ErrorCode::ExchangeSignature, format!("receipt: {detail}"));
        let receipt = Receipt::of(envelope).ok_or_else(|| refused("another type"))?;
        if id.is_some_and(|id| id != receipt.of) || envelope.from != peer.code || envelope.to != peer.we {
            return Err(refused("of another message or another partner"));
        }
        let sealed = centre.keys.seal(SEALED, bytes, centre.rng.as_ref());
        centre.db.write("exchange", |tx| {
            let row = tx.row("xout.get", vals![&receipt.of])?.ok_or_else(|| refused("of a message never sent"))?;
            if row.text(0)? != peer.code || row.text(2)? != receipt.of_digest {
                return Err(refused("of other bytes than were sent"));
            }
            let now = centre.now_ms();
            // What is laid down was counted then; what is answered at once is counted with its answer.
            if id.is_some() {
                tx.exec("xout.tried", vals![&receipt.of])?;
            }
            if receipt.verdict == Verdict::Refused {
                let detail: String = receipt.detail.chars().take(200).collect();
                tx.exec("xout.failed", vals![&receipt.of, &receipt.code, detail, sealed.clone(), now])?;
                return Ok(Settled::Failed);
            }
            tx.exec("xout.acked", vals![&receipt.of, receipt.verdict.word(), sealed.clone(), now])?;
            Ok(Settled::Acked)
        })
    }

    /// 重发 of a message that was given up.
    pub fn retry(&self, by: &Member, id: &str) -> Result<()> {
        by.require(Action::RunExchange)?;
        self.0.db.write("exchange", |tx| {
            let now = self.0.now_ms();
            if tx.exec("xout.again", vals![id, now])? == 0 {
                let detail = "message is not among the failed";
                return Err(CentreError::refused(Refusal::Conflict, ErrorCode::GrantState, detail));
            }
            log(tx, now, &by.id.0, "exchange.retry", id, "ok", "")
        })
    }

    /// A sent message and its receipt, as they went and came.
    pub fn documents(&self, by: &Member, id: &str) -> Result<(Vec<u8>, Option<Vec<u8>>)> {
        by.require(Action::RunExchange)?;
        self.0.db.write("exchange", |tx| {
            let row = tx.row("xout.documents", vals![id])?.ok_or_else(|| CentreError::not_found("message"))?;
            log(tx, self.0.now_ms(), &by.id.0, "exchange.view", id, "ok", "")?;
            let open = |sealed: Vec<u8>| self.0.keys.open_sealed(SEALED, &sealed);
            Ok((open(row.bytes(0)?)?, row.opt_bytes(1)?.map(open).transpose()?))
        })
    }
}
