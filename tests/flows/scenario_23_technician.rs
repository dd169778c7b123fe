//! 23. **Technician.** Given a new kiosk, when F enters a one-time code, picks the hall template, maps devices and
//!     runs the self-test, then certificate is issued, a signed report is on the server, and the kiosk goes live in
//!     ≤30 min; a bad update rolls back by itself.
//!
//! Here: code, certificate, the signed report, life signs and leases at the centre. Not here: the technician's page
//! with devices and their cures (`tongban::faces`, `tongban::plugged`), the suites a technician runs
//! (`tongban-conformance`), and the second slot a bad release falls back from (`tongban::installer`).

use crate::common::{code_of, csr, new_station};
use crate::hall::Hall;
use tongban_centre::rights::Role;
use tongban_centre::stations::CODE_MS;
use tongban_crypto::{SigningKey, WrapSecret};
use tongban_domain::clock::Rng as _;
use tongban_protocol::api::{EnrolRequest, Heartbeat};
use tongban_protocol::self_test::{SELF_TEST_VERSION, SelfTestReport, SelfTestRow};

fn key(hall: &Hall) -> SigningKey {
    SigningKey::generate(&mut |buffer: &mut [u8]| hall.world.rng.fill(buffer))
}

fn request(hall: &Hall, code: &str, signing: &SigningKey) -> EnrolRequest {
    let fill = &mut |buffer: &mut [u8]| hall.world.rng.fill(buffer);
    EnrolRequest {
        one_time_code: code.to_owned(),
        csr_pem: csr().0,
        signing_key_hex: signing.verifying_key().to_hex(),
        wrapping_key_hex: WrapSecret::generate(fill).public().to_hex(),
    }
}

/// Two devices, the second tested with this fault.
fn report(station: &str, fault: Option<&str>) -> SelfTestReport {
    let row = |role: &str, fault: Option<&str>| SelfTestRow {
        role: role.to_owned(),
        driver: "sim".to_owned(),
        port: "0".to_owned(),
        at_ms: 0,
        fault: fault.map(str::to_owned),
    };
    let rows = vec![row("id_card", None), row("camera", fault)];
    SelfTestReport { v: SELF_TEST_VERSION, station: station.into(), version: "1".to_owned(), devices: 2, rows }
}

#[test]
fn scenario_23_a_code_makes_a_station_that_lives_in_half_an_hour() {
    let mut hall = Hall::open(1023, "2026-11-23");
    let technician = hall.hire("technician", &[Role::Technician], "890100", "运维人员");
    let stations = hall.centre().stations();
    assert_eq!(
        code_of(&stations.add_as(&hall.who("window"), &new_station("890102-001-K09", "kiosk", "009")).unwrap_err()),
        "A104",
        "not by anybody"
    );
    let code = stations.add_as(&technician, &new_station("890102-001-K09", "kiosk", "009")).unwrap();
    assert!(stations.get("890102-001-K09").unwrap().unwrap().cert_serial.is_none(), "nothing before the code");

    // The code as a person types it, at the end of its half hour.
    hall.world.clock.advance(u64::try_from(CODE_MS).unwrap() - 60_000);
    let typed = code.to_lowercase().replace('-', " ");
    let signing = key(&hall);
    let reply = stations.enrol(&request(&hall, &typed, &signing)).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(reply.certificate_pem.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    assert_eq!(certificate.subject().iter_common_name().next().unwrap().as_str().unwrap(), "890102-001-K09");
    assert_eq!(code_of(&stations.enrol(&request(&hall, &code, &key(&hall))).unwrap_err()), "N108", "a code works once");

    // Live: signs of life with devices, and numbers to file cases with.
    let station = stations.get("890102-001-K09").unwrap().unwrap();
    let devices = vec![("id_card".to_owned(), "ready".to_owned()), ("camera".to_owned(), "ready".to_owned())];
    let wall_ms = stations.time().wall_ms;
    let beat = Heartbeat { version: "1".into(), queue: 0, devices, wall_ms, chain: None };
    stations.heartbeat(&station.id, &beat).unwrap();
    let lease = hall.centre().numbers().lease(&station, 50).unwrap();
    assert_eq!((lease.station3.as_str(), lease.to - lease.from + 1), ("009", 50));
    let seen = stations.get("890102-001-K09").unwrap().unwrap();
    assert!(seen.state == "enrolled" && seen.devices.unwrap().contains("id_card") && seen.seen_ms.is_some());

    // The self-test's report, as the station signed it; the last one counts.
    let (tests, bad) = (hall.centre().self_tests(), report("890102-001-K09", Some("D104")));
    assert!(tests.all(&technician).unwrap().is_empty());
    tests.keep(&station, &bad.sign(&signing).unwrap()).unwrap();
    assert!(!tests.all(&technician).unwrap().remove(0).report.is_whole(), "a camera that failed");
    let good = report("890102-001-K09", None).sign(&signing).unwrap();
    tests.keep(&station, &good).unwrap();
    let kept = tests.all(&technician).unwrap();
    assert!(kept.len() == 1 && kept[0].signed == good && kept[0].report.is_whole());
    let strange = report("890102-001-K09", None).sign(&key(&hall)).unwrap();
    assert_eq!(code_of(&tests.keep(&station, &strange).unwrap_err()), "S104", "another hand");
    let other = report("890102-001-K03", None).sign(&signing).unwrap();
    assert_eq!(code_of(&tests.keep(&station, &other).unwrap_err()), "S104", "another station");
    assert_eq!(tests.all(&technician).unwrap(), kept);

    // A board is replaced: a new code, and the old certificate opens nothing.
    let old = station.cert_serial.unwrap();
    assert!(stations.authenticate("890102-001-K09", &old).is_ok());
    let again = stations.make_code_as(&technician, "890102-001-K09").unwrap();
    stations.enrol(&request(&hall, &again, &key(&hall))).unwrap();
    assert_eq!(code_of(&stations.authenticate("890102-001-K09", &old).unwrap_err()), "N105");
}
