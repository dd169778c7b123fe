//! In: judged, receipted, stored once; the newest message about a record stands.

use super::{Exchange, Peer, batch_day, known_peer};
use crate::error::{CentreError, Result};
use crate::rights::Action;
use crate::staff::Member;
use crate::storage::Tx;
use crate::vals;
use tongban_domain::code::ErrorCode;
use tongban_protocol::exchange::{
    Envelope, ExchangeFault, MessageKind, Op, Receipt, Received, Verdict, moment, moment_ms, peek, read,
};

const SEALED: &str = "exchange";

/// A message of a partner about a case, in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Message.
    pub id: String,
    /// Type.
    pub kind: String,
    /// When it came, ms.
    pub at_ms: i64,
    /// Its record.
    pub envelope: Envelope,
}

impl Exchange<'_> {
    /// Takes a message in and answers with the signed receipt. A message that is refused gets a
    /// receipt too, as long as it names a partner we know.
    ///
    /// # Errors
    /// `ExchangePeer` when there is nobody to make a receipt out to.
    pub fn receive(&self, bytes: &[u8]) -> Result<(Vec<u8>, Verdict)> {
        let refused = |fault: &ExchangeFault| -> Result<(Vec<u8>, Verdict)> {
            let (id, from) = peek(bytes).ok_or_else(|| {
                CentreError::invalid(fault.code(), format!("exchange message without sender: {fault}"))
            })?;
            let peer = self.0.look(|tx| known_peer(tx, &from))?;
            let digest = hex::encode(tongban_crypto::sm3(bytes));
            let receipt = self.receipt(&peer, &id, &digest, Err((fault.code(), fault.to_string())))?;
            Ok((receipt, Verdict::Refused))
        };
        let received = match read(bytes) {
            Ok(received) => received,
            Err(fault) => return refused(&fault),
        };
        let peer = self.0.look(|tx| known_peer(tx, &received.envelope.from))?;
        let envelope = match received.verify(&peer.key()?) {
            Ok(envelope) => envelope,
            Err(fault) => return refused(&fault),
        };
        if envelope.to != peer.we || envelope.record.kind == MessageKind::Receipt {
            let fault = ExchangeFault::Schema { place: "To".into(), reason: "not for us" };
            return refused(&fault);
        }
        self.stored(&peer, &received, envelope, bytes)
    }

    fn stored(
        &self,
        peer: &Peer,
        received: &Received,
        envelope: &Envelope,
        bytes: &[u8],
    ) -> Result<(Vec<u8>, Verdict)> {
        let centre = self.0;
        centre.db.write("exchange", |tx| {
            if let Some(row) = tx.row("xin.get", vals![&envelope.id])? {
                if row.text(0)? == received.digest {
                    return Ok((centre.keys.open_sealed(SEALED, &row.bytes(1)?)?, Verdict::Repeated));
                }
                let why = (ErrorCode::ExchangeConflict, "the same number came with other content".to_owned());
                return Ok((self.receipt(peer, &envelope.id, &received.digest, Err(why))?, Verdict::Refused));
            }
            let verdict = place(tx, peer, envelope)?;
            if verdict == Verdict::Applied && envelope.record.kind == MessageKind::ResourceQuery {
                self.reply(tx, peer, envelope)?;
            }
            let receipt = self.receipt(peer, &envelope.id, &received.digest, Ok(verdict))?;
            let record = &envelope.record;
            let seal = |bytes: &[u8]| centre.keys.seal(SEALED, bytes, centre.rng.as_ref());
            tx.exec(
                "xin.insert",
                vals![
                    &envelope.id,
                    &peer.code,
                    record.kind.name(),
                    record.get("row_guid"),
                    record.op.letter(),
                    moment_ms(record.get("cd_time")).unwrap_or_default(),
                    record.get("project_no"),
                    batch_day(&envelope.batch),
                    &received.digest,
                    seal(bytes),
                    verdict.word(),
                    seal(&receipt),
                    centre.now_ms()
                ],
            )?;
            Ok((receipt, verdict))
        })
    }

    fn receipt(
        &self,
        peer: &Peer,
        of: &str,
        of_digest: &str,
        done: std::result::Result<Verdict, (ErrorCode, String)>,
    ) -> Result<Vec<u8>> {
        let centre = self.0;
        let now = moment(centre.now());
        let batch = format!("{}-0000", super::compose::compact_day(centre.now()));
        let (verdict, code, detail) = match done {
            Ok(verdict) => (verdict, "0".to_owned(), String::new()),
            Err((code, detail)) => (Verdict::Refused, code.as_str().to_owned(), detail.chars().take(200).collect()),
        };
        let receipt = Receipt { of: of.to_owned(), of_digest: of_digest.to_owned(), code, detail, verdict };
        let id = centre.record_id();
        let envelope = Envelope {
            record: receipt.record(&id, &now, &batch),
            id,
            from: peer.we.clone(),
            to: peer.code.clone(),
            sent_at: now,
            batch,
            item: String::new(),
            case: String::new(),
        };
        let signed = envelope.sign(&centre.keys.signing);
        signed.map(|(bytes, _)| bytes).map_err(|fault| CentreError::invalid(fault.code(), format!("receipt: {fault}")))
    }

    /// What partners told about a case, as it stands.
    pub fn incoming(&self, by: &Member, project_no: &str) -> Result<Vec<Incoming>> {
        by.require(Action::ViewCases)?;
        self.0.look(|tx| {
            let rows = tx.rows("xin.of_case", vals![project_no])?;
            let line = |row: &crate::storage::Row| {
                let document = self.0.keys.open_sealed(SEALED, &row.bytes(2)?)?;
                let received =
                    read(&document).map_err(|fault| CentreError::Damaged(format!("stored message: {fault}")))?;
                Ok(Incoming { id: row.text(0)?, kind: row.text(1)?, at_ms: row.int(3)?, envelope: received.envelope })
            };
            rows.iter().map(line).collect()
        })
    }

    /// Records of partners with their states, one a line, for comparing two runs.
    pub fn incoming_dump(&self) -> Result<Vec<String>> {
        self.0.look(|tx| Ok(tx.rows("xin.dump", vals![])?.iter().map(crate::storage::Row::plain).collect()))
    }
}

/// Settles every message about the record anew, the one that comes among them: the newest by
/// `cd_time` stands as soon as an insertion has come; whatever order, the end is the same.
fn place(tx: &Tx<'_>, peer: &Peer, envelope: &Envelope) -> Result<Verdict> {
    let record = &envelope.record;
    let new = (moment_ms(record.get("cd_time")).unwrap_or_default(), envelope.id.clone());
    let mut all: Vec<((i64, String), bool)> = Vec::new();
    for row in tx.rows("xin.record", vals![&peer.code, record.kind.name(), record.get("row_guid")])? {
        all.push(((row.int(2)?, row.text(0)?), row.text(1)? == Op::Insert.letter()));
    }
    all.push((new.clone(), record.op == Op::Insert));
    all.sort();
    let inserted = all.iter().any(|(_, inserted)| *inserted);
    let newest = all.last().map(|(key, _)| key.clone()).unwrap_or_default();
    let mut verdict = Verdict::Superseded;
    for (key, _) in &all {
        let state = match (*key == newest, inserted) {
            (false, _) => Verdict::Superseded,
            (true, true) => Verdict::Applied,
            (true, false) => Verdict::Early,
        };
        if *key == new {
            verdict = state;
        } else {
            tx.exec("xin.settle", vals![&key.1, state.word()])?;
        }
    }
    Ok(verdict)
}
