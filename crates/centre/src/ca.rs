//! The centre's certificate authority: station certificates from CSRs, the listener's own
//! certificate, and the revocation list.

use crate::error::{CentreError, Refusal, Result};
use crate::keys::{load_or, text};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertificateSigningRequestParams,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams, SerialNumber,
};
use std::path::Path;
use time::{Duration, OffsetDateTime};
use tongban_domain::clock::{Rng, WallTime};
use tongban_domain::code::ErrorCode;

/// Validity of a station certificate.
pub const STATION_DAYS: i64 = 90;
/// Validity of the listener's certificate.
const SERVER_DAYS: i64 = 825;
/// Validity of the authority.
const CA_DAYS: i64 = 3650;

/// A certificate given to a station.
#[derive(Debug, Clone)]
pub struct Issued {
    /// PEM.
    pub pem: String,
    /// Serial, lower-case hex without leading zeroes.
    pub serial: String,
    /// Last moment of validity.
    pub until: WallTime,
}

/// The listener's identity.
pub struct ServerIdentity {
    /// PEM certificate.
    pub certificate_pem: String,
    /// PEM private key (PKCS#8).
    pub key_pem: String,
}

impl std::fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerIdentity(redacted)")
    }
}

/// The authority.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(redacted)")
    }
}

fn fault(operation: &'static str) -> impl FnOnce(rcgen::Error) -> CentreError {
    move |source| CentreError::Crypto(format!("{operation}: {source}"))
}

fn instant(wall: WallTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(wall.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn serial(rng: &dyn Rng) -> (SerialNumber, String) {
    let mut bytes = [0_u8; 16];
    rng.fill(&mut bytes);
    // Positive and without leading zero, so that every tool prints the same digits.
    bytes[0] = (bytes[0] & 0x3f) | 0x40;
    (SerialNumber::from_slice(&bytes), hex::encode(bytes))
}

impl Authority {
    /// Opens the authority, making it on the first start.
    pub fn open(dir: &Path, now: WallTime) -> Result<Self> {
        let key = load_or(&dir.join("ca.key.pem"), || {
            Ok(KeyPair::generate().map_err(fault("authority key"))?.serialize_pem().into_bytes())
        })?;
        let pair = KeyPair::from_pem(&text(&key)?).map_err(fault("authority key"))?;
        let certificate = load_or(&dir.join("ca.pem"), || {
            let mut params = CertificateParams::new(Vec::new()).map_err(fault("authority"))?;
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
            params.distinguished_name.push(DnType::CommonName, "tongban station authority");
            params.not_before = instant(now) - Duration::days(1);
            params.not_after = instant(now) + Duration::days(CA_DAYS);
            Ok(params.self_signed(&pair).map_err(fault("authority"))?.pem().into_bytes())
        })?;
        let pem = text(&certificate)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, pair).map_err(fault("authority"))?;
        Ok(Self { pem, issuer })
    }

    /// PEM of the authority's certificate.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Signs a station's CSR. Only its key is taken over; names and uses are ours.
    pub fn issue(&self, csr_pem: &str, station: &str, hall: &str, now: WallTime, rng: &dyn Rng) -> Result<Issued> {
        let mut request = CertificateSigningRequestParams::from_pem(csr_pem).map_err(|_| {
            CentreError::refused(Refusal::Invalid, ErrorCode::NetworkIdentity, "CSR does not parse or verify")
        })?;
        let (number, serial) = serial(rng);
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, station);
        name.push(DnType::OrganizationalUnitName, hall);
        let until = WallTime(now.0 + STATION_DAYS * 86_400_000);
        let mut params = CertificateParams::new(Vec::new()).map_err(fault("station certificate"))?;
        params.distinguished_name = name;
        params.serial_number = Some(number);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = instant(now) - Duration::hours(1);
        params.not_after = instant(until);
        request.params = params;
        let certificate = request.signed_by(&self.issuer).map_err(fault("station certificate"))?;
        Ok(Issued { pem: certificate.pem(), serial, until })
    }

    /// The listener's certificate, made anew at each start for the names given.
    pub fn server_identity(&self, names: &[String], now: WallTime, rng: &dyn Rng) -> Result<ServerIdentity> {
        let key = KeyPair::generate().map_err(fault("listener key"))?;
        let mut params = CertificateParams::new(names.to_vec()).map_err(fault("listener certificate"))?;
        params.distinguished_name.push(DnType::CommonName, "tongban centre");
        params.serial_number = Some(serial(rng).0);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = instant(now) - Duration::days(1);
        params.not_after = instant(now) + Duration::days(SERVER_DAYS);
        let certificate = params.signed_by(&key, &self.issuer).map_err(fault("listener certificate"))?;
        Ok(ServerIdentity { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
    }

    /// The revocation list (DER) over serials in hex.
    pub fn revocation_list(&self, revoked: &[(String, WallTime)], now: WallTime) -> Result<Vec<u8>> {
        let entries = revoked
            .iter()
            .filter_map(|(serial, at)| hex::decode(serial).ok().map(|bytes| (bytes, *at)))
            .map(|(bytes, at)| RevokedCertParams {
                serial_number: SerialNumber::from_slice(&bytes),
                revocation_time: instant(at),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            })
            .collect();
        let list = CertificateRevocationListParams {
            this_update: instant(now) - Duration::hours(1),
            next_update: instant(now) + Duration::days(3650),
            crl_number: SerialNumber::from(u64::try_from(now.0).unwrap_or(1)),
            issuing_distribution_point: None,
            revoked_certs: entries,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer).map_err(fault("revocation list"))?.der().to_vec())
    }
}
