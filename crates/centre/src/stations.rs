//! 终端: enrolment by one-time code, certificates, revocation, signs of life.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::feed;
use crate::rights::Action;
use crate::staff::{Member, hash_secret, log, secret_fits};
use crate::storage::{Row, Tx};
use crate::vals;
use tongban_crypto::{VerifyingKey, WrapPublic};
use tongban_domain::clock::WallTime;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::StationId;
use tongban_protocol::api::{CentreTime, EnrolReply, EnrolRequest, FeedItem, Heartbeat, RenewReply, SeenLink};

/// How long a one-time code lives, milliseconds.
pub const CODE_MS: i64 = 30 * 60_000;
/// Wrong tries before it is dead.
pub const CODE_TRIES: i64 = 5;
/// How long a renewed certificate's predecessor stays good, milliseconds.
pub const GRACE_MS: i64 = 7 * 86_400_000;
/// Letters of a code: none that look alike.
const CODE_LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const SELECTOR_CHARS: usize = 4;
const CODE_CHARS: usize = 12;

/// A station to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStation {
    /// For example `890102-001-K03`.
    pub id: String,
    /// For example `890102-001`.
    pub hall: String,
    /// Region, six digits.
    pub region: String,
    /// Number inside receipt numbers, three digits, unique in the region.
    pub station3: String,
    /// `kiosk`, `window`, `certificate` or `technician`.
    pub kind: String,
}

/// A station as known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Id.
    pub id: StationId,
    /// Hall.
    pub hall: String,
    /// Region.
    pub region: String,
    /// Number inside receipt numbers.
    pub station3: String,
    /// `kiosk`, `window`, `certificate`, `technician`.
    pub kind: String,
    /// `new`, `enrolled`, `revoked`.
    pub state: String,
    /// SM2 verifying key, hex.
    pub signing_key: Option<String>,
    /// SM2 key case keys may be wrapped for, hex.
    pub wrapping_key: Option<String>,
    /// Serial of its certificate, hex.
    pub cert_serial: Option<String>,
    /// Certificate's last moment, ms.
    pub cert_until_ms: Option<i64>,
    /// Last sign of life, ms.
    pub seen_ms: Option<i64>,
    /// Program version.
    pub program: Option<String>,
    /// Outbox entries waiting there.
    pub queue: Option<i64>,
    /// Device states as JSON list of pairs.
    pub devices: Option<String>,
    /// Station clock minus centre clock, ms.
    pub skew_ms: Option<i64>,
}

fn station(row: &Row) -> Result<Station> {
    Ok(Station {
        id: StationId(row.text(0)?),
        hall: row.text(1)?,
        region: row.text(2)?,
        station3: row.text(3)?,
        kind: row.text(4)?,
        state: row.text(5)?,
        signing_key: row.opt_text(6)?,
        wrapping_key: row.opt_text(7)?,
        cert_serial: row.opt_text(8)?,
        cert_until_ms: row.opt_int(9)?,
        seen_ms: row.opt_int(10)?,
        program: row.opt_text(11)?,
        queue: row.opt_int(12)?,
        devices: row.opt_text(13)?,
        skew_ms: row.opt_int(14)?,
    })
}

pub(crate) fn find(tx: &Tx<'_>, id: &str) -> Result<Option<Station>> {
    tx.row("station.get", vals![id])?.map(|row| station(&row)).transpose()
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Stations<'a>(pub(crate) &'a Centre);

impl Stations<'_> {
    /// Adds a station and answers its first one-time code. `by` is an account or `cli`.
    pub fn add(&self, by: &str, new: &NewStation) -> Result<String> {
        check_new(new)?;
        let now = self.0.now_ms();
        self.0.db.write("add station", |tx| {
            if find(tx, &new.id)?.is_some()
                || tx.row("station.number_taken", vals![&new.region, &new.station3])?.is_some()
            {
                return Err(CentreError::refused(
                    Refusal::Conflict,
                    ErrorCode::ConfigInvalid,
                    "station or its number is taken",
                ));
            }
            tx.exec("station.insert", vals![&new.id, &new.hall, &new.region, &new.station3, &new.kind, now])?;
            log(tx, now, by, "station.add", &new.id, "ok", &new.kind)
        })?;
        self.make_code(by, &new.id)
    }

    /// A one-time code for a station that may or may not be known yet: what a machine that runs
    /// centre and station together calls on its first start.
    pub fn one_time_code(&self, by: &str, new: &NewStation) -> Result<String> {
        match self.get(&new.id)? {
            Some(_) => self.make_code(by, &new.id),
            None => self.add(by, new),
        }
    }

    /// Adds a station on behalf of a signed-in member.
    pub fn add_as(&self, by: &Member, new: &NewStation) -> Result<String> {
        by.require(Action::ManageStations)?;
        self.add(&by.id.0, new)
    }

    /// A fresh one-time code on behalf of a signed-in member.
    pub fn make_code_as(&self, by: &Member, id: &str) -> Result<String> {
        by.require(Action::ManageStations)?;
        self.make_code(&by.id.0, id)
    }

    /// A fresh one-time code, replacing any older one. Shown once, stored as Argon2id only.
    pub fn make_code(&self, by: &str, id: &str) -> Result<String> {
        let centre = self.0;
        let code: String =
            centre.random::<CODE_CHARS>().iter().map(|byte| char::from(CODE_LETTERS[usize::from(byte & 31)])).collect();
        let (selector, secret) = code.split_at(SELECTOR_CHARS);
        let hash = hash_secret(centre.rng.as_ref(), secret)?;
        let now = centre.now_ms();
        centre.db.write("make code", |tx| {
            find(tx, id)?.ok_or_else(|| CentreError::not_found("station"))?;
            tx.exec("enrol.put", vals![id, selector, &hash, now + CODE_MS, CODE_TRIES, by])?;
            log(tx, now, by, "station.code", id, "ok", "")
        })?;
        Ok(format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]))
    }

    /// 注册: one-time code and CSR against certificate.
    pub fn enrol(&self, request: &EnrolRequest) -> Result<EnrolReply> {
        let centre = self.0;
        let id = self.check_code(&request.one_time_code)?;
        let bad_key = |_| CentreError::invalid(ErrorCode::NetworkIdentity, "SM2 key is no point on the curve");
        let signing = VerifyingKey::from_hex(&request.signing_key_hex).map_err(bad_key)?.to_hex();
        let wrapping = WrapPublic::from_hex(&request.wrapping_key_hex).map_err(bad_key)?.to_hex();
        let now = centre.now();
        let known = self.get(&id)?.ok_or_else(|| CentreError::not_found("station"))?;
        let issued = centre.authority.issue(&request.csr_pem, &id, &known.hall, now, centre.rng.as_ref())?;
        centre.db.write("enrol", |tx| {
            // A station that enrols again (new board, new disk) leaves its old certificate behind.
            if let Some(old) = &known.cert_serial {
                tx.exec("revoked.insert", vals![old, &id, now.0, "superseded"])?;
            }
            tx.exec("revoked.now", vals![&id, now.0])?;
            if tx.exec("enrol.drop", vals![&id])? != 1 {
                return Err(CentreError::refused(
                    Refusal::Conflict,
                    ErrorCode::EnrolCodeRefused,
                    "code was used meanwhile",
                ));
            }
            tx.exec("station.enrolled", vals![&id, now.0, &signing, &wrapping, &issued.serial, issued.until.0])?;
            tx.exec("station.key_add", vals![&id, &signing, now.0])?;
            log(tx, now.0, &format!("station:{id}"), "station.enrol", &id, "ok", &issued.serial)
        })?;
        Ok(EnrolReply {
            station: known.id,
            hall: known.hall,
            certificate_pem: issued.pem,
            ca_pem: centre.authority.pem().to_owned(),
            centre_signing_key_hex: centre.keys.signing.verifying_key().to_hex(),
            centre_wrapping_key_hex: centre.keys.wrapping.public().to_hex(),
            station_url: centre.station_url.clone(),
            until_ms: issued.until.0,
        })
    }

    /// The station a code belongs to. A try is counted before the secret is looked at, so
    /// that parallel guesses cannot outrun the counter.
    fn check_code(&self, code: &str) -> Result<String> {
        let centre = self.0;
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .take(CODE_CHARS + 1)
            .collect();
        let refused = || CentreError::refused(Refusal::Unauthorised, ErrorCode::EnrolCodeRefused, "one-time code");
        let now = centre.now_ms();
        let counted = if code.len() == CODE_CHARS {
            centre.db.write("try code", |tx| {
                let Some(row) = tx.row("enrol.get", vals![&code[..SELECTOR_CHARS]])? else { return Ok(None) };
                let (id, hash, expires) = (row.text(0)?, row.text(1)?, row.int(2)?);
                let counted = tx.exec("enrol.try", vals![&id])? == 1;
                Ok((counted && now < expires).then_some((id, hash)))
            })?
        } else {
            None
        };
        let Some((id, hash)) = counted else {
            let _ = secret_fits(&centre.dummy_hash, "no such code");
            centre.staff().note("anonymous", "station.enrol", "unknown code", "N108", "")?;
            return Err(refused());
        };
        if secret_fits(&hash, &code[SELECTOR_CHARS..]) {
            return Ok(id);
        }
        centre.staff().note("anonymous", "station.enrol", &id, "N108", "")?;
        Err(refused())
    }

    /// The station.
    pub fn get(&self, id: &str) -> Result<Option<Station>> {
        self.0.db.read("get station", |tx| find(tx, id))
    }

    /// All stations.
    pub fn list(&self) -> Result<Vec<Station>> {
        self.0.db.read("list stations", |tx| tx.rows("station.all", vals![])?.iter().map(station).collect())
    }

    /// The station behind a client certificate: enrolled, this very certificate, not revoked.
    pub fn authenticate(&self, id: &str, serial: &str) -> Result<Station> {
        let refused = |why: &str| CentreError::refused(Refusal::Unauthorised, ErrorCode::NetworkIdentity, why);
        let now = self.0.now_ms();
        self.0.db.read("authenticate", |tx| {
            let known = find(tx, id)?.ok_or_else(|| refused("station unknown"))?;
            let until = tx.row("revoked.has", vals![serial])?.map(|row| row.int(1)).transpose()?;
            if until.is_some_and(|until| until <= now) || known.state != "enrolled" {
                return Err(refused("certificate revoked"));
            }
            // One that was renewed is good for a while yet.
            if until.is_none() && known.cert_serial.as_deref() != Some(serial) {
                return Err(refused("another certificate is in force"));
            }
            Ok(known)
        })
    }

    /// 吊销: the certificate is refused from the next handshake and request on.
    pub fn revoke(&self, by: &Member, id: &str, reason: &str) -> Result<()> {
        by.require(Action::ManageStations)?;
        if reason.trim().is_empty() {
            return Err(CentreError::invalid(ErrorCode::ReasonMissing, "reason"));
        }
        let now = self.0.now_ms();
        self.0.db.write("revoke", |tx| {
            let known = find(tx, id)?.ok_or_else(|| CentreError::not_found("station"))?;
            if let Some(serial) = &known.cert_serial {
                tx.exec("revoked.insert", vals![serial, id, now, reason])?;
                feed::push(tx, now, None, &FeedItem::Revoked { serials: vec![serial.clone()] })?;
            }
            tx.exec("revoked.now", vals![id, now])?;
            tx.exec("station.state", vals![id, "revoked"])?;
            tx.exec("enrol.drop", vals![id])?;
            log(tx, now, &by.id.0, "station.revoke", id, "ok", reason)
        })
    }

    /// Revoked serials (hex) with their times.
    pub fn revoked(&self) -> Result<Vec<(String, WallTime)>> {
        self.0.db.read("revoked", |tx| {
            tx.rows("revoked.all", vals![self.0.now_ms()])?
                .iter()
                .map(|row| Ok((row.text(0)?, WallTime(row.int(1)?))))
                .collect()
        })
    }

    /// How many serials are revoked by now; tells the listener cheaply whether its list is old.
    pub fn revoked_count(&self) -> Result<u64> {
        self.0
            .db
            .read("revoked", |tx| tx.row("revoked.count", vals![self.0.now_ms()])?.map_or(Ok(0), |row| row.uint(0)))
    }

    /// The revocation list, DER.
    pub fn revocation_list(&self) -> Result<Vec<u8>> {
        self.0.authority.revocation_list(&self.revoked()?, self.0.now())
    }

    /// The centre's time.
    #[must_use]
    pub fn time(&self) -> CentreTime {
        CentreTime { wall_ms: self.0.now_ms(), stopped: false, seen: None }
    }

    /// The centre's time for a station, and whether it or its hall is stopped (应急停用).
    pub fn time_for(&self, station: &Station) -> Result<CentreTime> {
        let stopped = self.0.operations().stopped(&station.hall, &station.id.0)?.is_some();
        Ok(CentreTime { stopped, ..self.time() })
    }

    /// Sign of life.
    pub fn heartbeat(&self, id: &StationId, beat: &Heartbeat) -> Result<CentreTime> {
        let now = self.0.now_ms();
        let devices: Vec<(String, String)> =
            beat.devices.iter().take(32).map(|(role, state)| (clip(role, 40), clip(state, 60))).collect();
        let devices = serde_json::to_string(&devices).unwrap_or_default();
        self.0.db.write("heartbeat", |tx| {
            tx.exec(
                "station.seen",
                vals![&id.0, now, clip(&beat.version, 40), beat.queue, &devices, beat.wall_ms.saturating_sub(now)],
            )
        })?;
        let known = self.get(&id.0)?.ok_or_else(|| CentreError::not_found("station"))?;
        Ok(CentreTime { seen: self.seen(id)?, ..self.time_for(&known)? })
    }

    /// The highest link of the station's chain held here: what tells a store that was put back.
    fn seen(&self, id: &StationId) -> Result<Option<SeenLink>> {
        self.0.db.read("seen link", |tx| {
            let Some(row) = tx.row("link.last", vals![&id.0])? else { return Ok(None) };
            let epoch = u32::try_from(row.uint(0)?).unwrap_or(u32::MAX);
            Ok(Some(SeenLink { epoch, seq: row.uint(1)?, hash: row.digest(2)? }))
        })
    }

    /// 换证: the next certificate for a station that shows its present one. The present one stays good for
    /// [`GRACE_MS`] more, so that a lost answer locks nobody out.
    pub fn renew(&self, station: &Station, csr_pem: &str) -> Result<RenewReply> {
        let centre = self.0;
        let now = centre.now();
        let id = &station.id.0;
        let issued = centre.authority.issue(csr_pem, id, &station.hall, now, centre.rng.as_ref())?;
        centre.db.write("renew", |tx| {
            let known = find(tx, id)?.ok_or_else(|| CentreError::not_found("station"))?;
            if let Some(old) = &known.cert_serial {
                tx.exec("revoked.insert", vals![old, id, now.0 + GRACE_MS, "renewed"])?;
            }
            tx.exec("station.renewed", vals![id, &issued.serial, issued.until.0])?;
            log(tx, now.0, &format!("station:{id}"), "station.renew", id, "ok", &issued.serial)
        })?;
        Ok(RenewReply { certificate_pem: issued.pem, until_ms: issued.until.0 })
    }
}

fn clip(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn check_new(new: &NewStation) -> Result<()> {
    let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    let plain = |text: &str| {
        !text.is_empty() && text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let good = plain(&new.id)
        && plain(&new.hall)
        && digits(&new.region, 6)
        && digits(&new.station3, 3)
        && matches!(new.kind.as_str(), "kiosk" | "window" | "certificate" | "technician");
    if good {
        Ok(())
    } else {
        Err(CentreError::invalid(ErrorCode::ConfigInvalid, "station id, hall, region, number or kind"))
    }
}
