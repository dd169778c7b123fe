//! A stick between a station with a dead line and one with a good one.

use crate::station::Station;
use std::path::Path;
use tongban_domain::code::ErrorCode;
use tongban_sync::{CarryError, export, import};

fn files(dir: &Path, ending: &str) -> usize {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(ending)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bundles_go_out_on_a_stick_and_receipts_come_back() {
    let station = Station::new().await;
    let cases: Vec<_> = (0..2).map(|_| station.submitted()).collect();
    let stick = tempfile::tempdir().unwrap();
    // Several bundles a case: one of each travels at a time, in order, as on the line.
    for round in 1.. {
        let report = export(&station.store, stick.path()).unwrap();
        if report.written == 0 {
            break;
        }
        assert!(round < 20);
        // At a station with a line, any enrolled one: here the same centre hears it.
        let without = import(&station.store, None, stick.path()).await.unwrap();
        assert_eq!((without.signed, without.left.len()), (0, report.written), "no receipt yet, nothing marked");
        let carried = import(&station.store, Some(&station.client), stick.path()).await.unwrap();
        assert_eq!((carried.delivered, carried.signed), (report.written, report.written), "{carried:?}");
        assert_eq!(files(stick.path(), ".bundle"), files(stick.path(), ".receipt"));
        // The same stick once more changes nothing.
        let again = import(&station.store, Some(&station.client), stick.path()).await.unwrap();
        assert_eq!((again.delivered, again.signed), (0, report.written));
    }
    assert!(station.store.outbox().unwrap().is_empty());
    station.assert_same(&cases);
    assert!(station.store.audit(0, 1000).unwrap().iter().any(|entry| entry.action == "bundles.exported"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stick_somebody_changed_is_refused_and_a_forged_receipt_marks_nothing() {
    let station = Station::new().await;
    station.submitted();
    let stick = tempfile::tempdir().unwrap();
    export(&station.store, stick.path()).unwrap();
    let bundle = std::fs::read_dir(stick.path()).unwrap().map(|entry| entry.unwrap().path());
    let bundle = bundle.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "bundle")).unwrap();
    let whole = std::fs::read(&bundle).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    std::fs::write(&bundle, changed).unwrap();
    let refused = import(&station.store, Some(&station.client), stick.path()).await.unwrap_err();
    assert!(matches!(refused, CarryError::Unsound(_)), "{refused:?}");
    assert_eq!(refused.code(), ErrorCode::StoreDamaged);
    std::fs::write(&bundle, &whole).unwrap();
    std::fs::write(bundle.with_extension("receipt"), "{}").unwrap();
    let forged = import(&station.store, None, stick.path()).await.unwrap();
    assert_eq!((forged.signed, forged.left.len()), (0, 1));
    assert!(!station.store.outbox().unwrap().is_empty());
    // A link instead of a file leads nowhere.
    std::fs::remove_file(bundle.with_extension("receipt")).unwrap();
    std::fs::remove_file(&bundle).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &bundle).unwrap();
    assert!(import(&station.store, Some(&station.client), stick.path()).await.is_err());
    std::fs::write(stick.path().join("manifest.json"), "[".repeat(100_000)).unwrap();
    assert!(matches!(import(&station.store, None, stick.path()).await, Err(CarryError::Unsound(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_stands_on_the_stick() {
    let station = Station::new().await;
    station.submitted();
    let stick = tempfile::tempdir().unwrap();
    export(&station.store, stick.path()).unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(stick.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        seen += bytes.len();
        for planted in ["李秀英", "89010219550820022X", "thumb"] {
            assert!(!bytes.windows(planted.len()).any(|window| window == planted.as_bytes()), "{planted}");
        }
    }
    assert!(seen > 5_000);
}
