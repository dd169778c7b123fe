//! Somebody with the disk in hand and without the keys: every change is found and located, and nothing
//! changed is worked with.

use crate::support::*;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tongban_domain::event::Digest;
use tongban_domain::ids::{PrintId, StaffId};
use tongban_protocol::system::{SystemIds, SystemRng};
use tongban_store::{CheckReport, LedgerState, Note, PrintRow, SealFault, SealFaultKind, Store, StoreError};
use tongban_testkit::{Seed, is_long};
use uuid::Uuid;

/// A small store with something in every table that a morning fills.
fn small() -> (Station, Store) {
    let station = Station::new();
    let store = station.open();
    let (sent, waits) = (submitted(&store), submitted(&store));
    let bundle = store.next_bundle(sent).unwrap().unwrap();
    store.acknowledge(&station.centre.receipt(&std::fs::read(&bundle.path).unwrap())).unwrap();
    store.next_bundle(waits).unwrap().unwrap();
    let print = PrintRow {
        print: PrintId(Uuid::now_v7()),
        case: sent,
        serial: "A0001".to_owned(),
        pdf_sha256: Digest([1; 32]),
        operator: StaffId::from("operator1"),
        state: LedgerState::Intended,
        spoiled: false,
        job_uuid: None,
        note: None,
    };
    store.intend_print(&print).unwrap();
    store.begin_visit(waits, "form", 60_000).unwrap();
    store.set_binding("reader", Some("usb:1")).unwrap();
    store.put_item(&"proof".into(), 1, "{}").unwrap();
    store.set_cursor("feed", 9).unwrap();
    store.append_once(Uuid::now_v7(), waits, proof(), tongban_protocol::action::Actor::System).unwrap();
    store.note(&Note { actor: "staff:chen", action: "evidence.viewed", object: "x", result: "ok" }).unwrap();
    (station, store)
}

fn proof() -> tongban_domain::event::Event {
    tongban_domain::event::Event::ProofIssued {
        number: "1".to_owned(),
        verify_token: "t".to_owned(),
        pdf_sha256: Digest([2; 32]),
    }
}

/// The intruder's connection: no checks, no flushes.
fn intruder(dir: &Path) -> Connection {
    let conn = Connection::open(dir.join("station.db")).unwrap();
    conn.execute_batch("PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA ignore_check_constraints=ON").unwrap();
    conn
}

/// Table, its columns, and every row with its number.
type Tables = BTreeMap<String, (Vec<String>, Vec<(i64, Vec<Value>)>)>;

fn tables(conn: &Connection) -> Tables {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN
               ('row_seal', 'seal_total', 'seal', 'schema_migrations') AND name NOT LIKE 'sqlite_%'";
    let names: Vec<String> =
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    names
        .into_iter()
        .map(|name| {
            let mut statement = conn.prepare(&format!("SELECT rowid, * FROM {name}")).unwrap();
            let columns: Vec<String> = statement.column_names().skip(1).map(str::to_owned).collect();
            let count = columns.len();
            let rows = statement
                .query_map([], |row| {
                    let values = (1..=count).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>()?;
                    Ok((row.get(0)?, values))
                })
                .unwrap()
                .collect::<Result<Vec<_>, _>>()
                .unwrap();
            (name, (columns, rows))
        })
        .collect()
}

fn put(conn: &Connection, table: &str, columns: &[String], row: i64, values: &[Value]) {
    // Text goes in as bytes, so that a flipped bit may leave it no text at all.
    let list = columns.join(", ");
    let marks = (0..columns.len()).map(|at| match &values[at] {
        Value::Text(_) => format!("CAST(?{} AS TEXT)", at + 2),
        _ => format!("?{}", at + 2),
    });
    let marks = marks.collect::<Vec<_>>().join(", ");
    let mut all = vec![Value::Integer(row)];
    all.extend(values.iter().cloned().map(|value| match value {
        Value::Text(text) => Value::Blob(text.into_bytes()),
        other => other,
    }));
    conn.execute(
        &format!("INSERT OR REPLACE INTO {table} (rowid, {list}) VALUES (?1, {marks})"),
        rusqlite::params_from_iter(all),
    )
    .unwrap();
}

fn set_column(conn: &Connection, table: &str, column: &str, row: i64, value: &Value, text: bool) {
    let mark = if text { "CAST(?1 AS TEXT)" } else { "?1" };
    conn.execute(&format!("UPDATE {table} SET {column} = {mark} WHERE rowid = ?2"), (value, row)).unwrap();
}

fn is_located(faults: &[SealFault], table: &str, row: i64) -> bool {
    faults.iter().any(|fault| fault.table == table && (fault.row == row || fault.row == 0))
}

#[test]
fn every_byte_of_every_record_is_under_seal() {
    let (station, store) = small();
    let conn = intruder(&station.config.dir);
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    let stride = if is_long() { 1 } else { 23 };
    let mut left = Seed::new(seed).below(stride);
    let (mut flips, mut skipped) = (0, 0);
    assert_eq!(store.seal_faults().unwrap(), []);
    for (table, (columns, rows)) in tables(&conn) {
        for (row, values) in rows {
            for (column, value) in columns.iter().zip(&values) {
                let (bytes, text) = match value {
                    Value::Blob(bytes) => (bytes.clone(), false),
                    Value::Text(text) => (text.clone().into_bytes(), true),
                    Value::Integer(number) => (number.to_be_bytes().to_vec(), false),
                    _ => continue,
                };
                for at in 0..bytes.len() {
                    if left > 0 {
                        (left, skipped) = (left - 1, skipped + 1);
                        continue;
                    }
                    left = stride - 1;
                    let mut changed = bytes.clone();
                    changed[at] ^= 1 << (at % 8);
                    let (wrong, right) = match value {
                        Value::Integer(_) => {
                            (Value::Integer(i64::from_be_bytes(changed.try_into().unwrap())), value.clone())
                        }
                        _ => (Value::Blob(changed), Value::Blob(bytes.clone())),
                    };
                    set_column(&conn, &table, column, row, &wrong, text);
                    let faults = store.seal_faults().unwrap();
                    let rowid = if let Value::Integer(number) = &wrong { *number } else { row };
                    assert!(
                        is_located(&faults, &table, row),
                        "seed {seed}: {table} {row} {column} byte {at}: {faults:?}"
                    );
                    // A changed row number moves the row itself.
                    let now_at = conn
                        .query_row(&format!("SELECT rowid FROM {table} WHERE rowid = ?1"), [row], |r| {
                            r.get::<_, i64>(0)
                        })
                        .unwrap_or(rowid);
                    set_column(&conn, &table, column, now_at, &right, text);
                    flips += 1;
                }
            }
        }
    }
    eprintln!("seed {seed}: {flips} bytes flipped, {skipped} passed over");
    assert_eq!(store.seal_faults().unwrap(), [], "every flip was undone");
    assert!(flips > 300);
}

#[test]
fn a_record_deleted_put_in_or_swapped_is_found_and_named() {
    let (station, store) = small();
    let conn = intruder(&station.config.dir);
    let mut seen = 0;
    for (table, (columns, rows)) in tables(&conn) {
        for (row, values) in &rows {
            conn.execute(&format!("DELETE FROM {table} WHERE rowid = ?1"), [row]).unwrap();
            let faults = store.seal_faults().unwrap();
            let named = faults.iter().any(|f| f.table == table && f.row == *row && f.kind == SealFaultKind::Deleted);
            assert!(named, "{table} {row} deleted: {faults:?}");
            // Its seal deleted with it: the table's total tells.
            let mac: Vec<u8> = conn
                .query_row("SELECT mac FROM row_seal WHERE tbl = ?1 AND row = ?2", (&table, row), |r| r.get(0))
                .unwrap();
            conn.execute("DELETE FROM row_seal WHERE tbl = ?1 AND row = ?2", (&table, row)).unwrap();
            let faults = store.seal_faults().unwrap();
            assert!(faults.iter().any(|f| f.table == table && f.kind == SealFaultKind::Total), "{table}: {faults:?}");
            conn.execute("INSERT INTO row_seal (tbl, row, mac) VALUES (?1, ?2, ?3)", (&table, row, mac)).unwrap();
            put(&conn, &table, &columns, *row, values);
            seen += 1;
        }
        inserted(&conn, &store, &table, &columns, &rows);
        swapped(&conn, &store, &table, &columns, &rows);
    }
    assert_eq!(store.seal_faults().unwrap(), []);
    assert!(seen > 50, "{seen} records");
}

/// A copy of a row under another number and other keys.
fn inserted(conn: &Connection, store: &Store, table: &str, columns: &[String], rows: &[(i64, Vec<Value>)]) {
    let Some((row, values)) = rows.last() else { return };
    let other: Vec<Value> = values
        .iter()
        .map(|value| match value {
            Value::Integer(number) => Value::Integer(number + 1000),
            Value::Text(text) => Value::Text(format!("{text}x")),
            Value::Blob(bytes) => Value::Blob(bytes.iter().map(|byte| byte ^ 0x55).collect()),
            other => other.clone(),
        })
        .collect();
    let at = row + 1000;
    put(conn, table, columns, at, &other);
    let faults = store.seal_faults().unwrap();
    let named = faults.iter().any(|f| f.table == table && f.kind == SealFaultKind::Inserted);
    assert!(named, "{table}: {faults:?}");
    conn.execute(&format!("DELETE FROM {table} WHERE rowid NOT IN (SELECT row FROM row_seal WHERE tbl = ?1)"), [table])
        .unwrap();
}

/// Two rows change places: each has the other's content.
fn swapped(conn: &Connection, store: &Store, table: &str, columns: &[String], rows: &[(i64, Vec<Value>)]) {
    for pair in rows.windows(2) {
        let ((a, left), (b, right)) = (&pair[0], &pair[1]);
        let same_key = |values: &[Value], row: i64| values.first() == Some(&Value::Integer(row));
        if same_key(left, *a) && same_key(right, *b) {
            // The row's number is its key; the contents behind it change places.
            let cross = |key: i64, values: &[Value]| {
                let mut crossed = values.to_vec();
                crossed[0] = Value::Integer(key);
                crossed
            };
            conn.execute(&format!("DELETE FROM {table} WHERE rowid IN (?1, ?2)"), [a, b]).unwrap();
            put(conn, table, columns, *a, &cross(*a, right));
            put(conn, table, columns, *b, &cross(*b, left));
        } else {
            conn.execute(&format!("DELETE FROM {table} WHERE rowid IN (?1, ?2)"), [a, b]).unwrap();
            put(conn, table, columns, *a, right);
            put(conn, table, columns, *b, left);
        }
        let faults = store.seal_faults().unwrap();
        assert!(is_located(&faults, table, *a) && is_located(&faults, table, *b), "{table} {a} {b}: {faults:?}");
        conn.execute(&format!("DELETE FROM {table} WHERE rowid IN (?1, ?2)"), [a, b]).unwrap();
        put(conn, table, columns, *a, left);
        put(conn, table, columns, *b, right);
    }
}

fn inspect(station: &Station, dir: &Path) -> Result<CheckReport, StoreError> {
    let mut config = station.config.clone();
    config.dir = dir.to_owned();
    Store::inspect(config, station.keys(), station.clock.clone(), Arc::new(SystemIds), Arc::new(SystemRng))
}

fn copy(from: &Path, to: &Path) {
    let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_flipped_byte_anywhere_in_the_database_file_is_found_or_means_nothing() {
    let (station, store) = small();
    drop(store);
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("sound");
    copy(&station.config.dir, &sound);
    assert_eq!(inspect(&station, &sound).unwrap().faults, Vec::<String>::new(), "control");
    let before = tables(&Connection::open(sound.join("station.db")).unwrap());
    let bytes = std::fs::read(sound.join("station.db")).unwrap();
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    let (mut choices, count) = (Seed::new(seed), if is_long() { 3000 } else { 80 });
    let (mut refused, mut found, mut nothing) = (0, 0, 0);
    for _ in 0..count {
        let at = choices.below(bytes.len() as u64) as usize;
        let mut changed = bytes.clone();
        changed[at] ^= 1 << choices.below(8);
        std::fs::write(sound.join("station.db"), &changed).unwrap();
        match inspect(&station, &sound) {
            Err(_) => refused += 1,
            Ok(report) if !report.faults.is_empty() => found += 1,
            Ok(_) => {
                let after = tables(&Connection::open(sound.join("station.db")).unwrap());
                assert!(after == before, "seed {seed}: byte {at} changed a record and nobody saw it");
                nothing += 1;
            }
        }
        for name in ["station.db-wal", "station.db-shm"] {
            let _ = std::fs::remove_file(sound.join(name));
        }
    }
    eprintln!("seed {seed}: {count} flips, {refused} refused, {found} found, {nothing} in unused bytes");
    assert!(refused + found > 0);
}

#[test]
fn a_changed_schema_is_found_above_all_a_trigger_that_would_have_the_program_do_it() {
    let (station, store) = small();
    drop(store);
    let changes = [
        ("CREATE TRIGGER t AFTER INSERT ON receipt BEGIN UPDATE lease SET next_serial = 1; END", "DROP TRIGGER t"),
        ("CREATE TABLE extra (x)", "DROP TABLE extra"),
        ("DROP INDEX print_serial", ""),
    ];
    for (change, undo) in changes {
        let conn = intruder(&station.config.dir);
        conn.execute_batch(change).unwrap();
        drop(conn);
        let refused = station.try_open(station.keys());
        assert!(matches!(refused, Err(StoreError::Evidence(_))), "{change}: {refused:?}");
        if !undo.is_empty() {
            intruder(&station.config.dir).execute_batch(undo).unwrap();
            drop(station.open());
        }
    }
}

#[test]
fn a_store_changed_past_the_program_is_not_worked_with_and_not_repaired() {
    let (station, store) = small();
    drop(store);
    let conn = intruder(&station.config.dir);
    conn.execute("UPDATE lease SET next_serial = next_serial - 1", []).unwrap();
    drop(conn);
    let refused = station.try_open(station.keys()).unwrap_err();
    assert!(matches!(&refused, StoreError::Evidence(faults) if faults[0].contains("lease row 1")), "{refused:?}");
    assert_eq!(refused.code().as_str(), "S102");
    let report = inspect(&station, &station.config.dir).unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("lease row 1")) && report.repairable.is_empty());
    let keys = station.keys();
    let mend =
        Store::mend(station.config.clone(), keys, station.clock.clone(), Arc::new(SystemIds), Arc::new(SystemRng));
    assert!(
        matches!(mend.unwrap_err(), StoreError::BeyondRepair(faults) if faults.iter().any(|f| f.contains("lease")))
    );
    let after = inspect(&station, &station.config.dir).unwrap();
    assert_eq!(after, report, "a refused repair changes nothing");
}

#[test]
fn what_follows_from_sound_evidence_is_repaired() {
    let (station, store) = small();
    let waiting = store.outbox().unwrap().into_iter().find_map(|row| row.bundle).unwrap();
    let file = station.config.dir.join("bundles").join(format!("{waiting}.bundle"));
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for broken in [Some(&whole[..10]), Some(&flipped[..]), None] {
        match broken {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let report = store.check().unwrap();
        assert_eq!((report.faults.len(), report.repairable.len()), (1, 1), "{report:?}");
        assert_eq!(store.repair().unwrap().mended, report.repairable);
        assert_eq!(std::fs::read(&file).unwrap(), whole, "the same bytes again");
    }
    assert_sound(&store);
    assert_eq!(store.repair().unwrap().mended, Vec::<String>::new(), "nothing left to mend");
}

#[test]
fn a_page_changed_in_any_byte_is_found_and_nothing_is_sent_of_it() {
    let station = Station::new();
    let store = station.open();
    let case = submitted(&store);
    let pages = files_below(&station.config.dir.join("blobs"));
    for page in &pages {
        let bytes = std::fs::read(page).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len().div_ceil(40)) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            std::fs::write(page, changed).unwrap();
            let name = page.file_name().unwrap().to_string_lossy().into_owned();
            let mut faults = Vec::new();
            if at == 0 {
                faults = store.check().unwrap().faults;
                assert!(faults.iter().any(|fault| fault.contains(&name)), "{faults:?}");
            }
            assert!(store.next_bundle(case).is_err(), "a changed page is not sealed into a bundle ({faults:?})");
        }
        std::fs::write(page, bytes).unwrap();
    }
    store.next_bundle(case).unwrap().unwrap();
}

#[test]
fn the_audit_names_the_first_entry_that_does_not_hold() {
    let station = Station::new();
    let store = station.open();
    for number in 0..30 {
        station.clock.advance(60_000);
        let object = number.to_string();
        store.note(&Note { actor: "station", action: "test", object: &object, result: "ok" }).unwrap();
    }
    let report = store.verify_audit().unwrap();
    assert!(report.broken_at.is_none() && report.entries == 31 && report.checkpoints >= 3, "{report:?}");
    let conn = intruder(&station.config.dir);
    let broken = |sql: &str, undo: &str| {
        conn.execute_batch(sql).unwrap();
        let at = store.verify_audit().unwrap().broken_at;
        conn.execute_batch(undo).unwrap();
        at.map(|(n, _)| n)
    };
    conn.execute_batch("CREATE TABLE kept AS SELECT * FROM audit").unwrap();
    let back = "DELETE FROM audit; INSERT INTO audit SELECT n, bytes, hash FROM kept";
    assert_eq!(broken("DELETE FROM audit WHERE n = 12", back), Some(13));
    assert_eq!(broken("UPDATE audit SET bytes = zeroblob(9) WHERE n = 12", back), Some(12));
    assert_eq!(broken("UPDATE audit SET bytes = (SELECT bytes FROM kept WHERE n = 5) WHERE n = 12", back), Some(12));
    assert_eq!(broken("UPDATE audit SET hash = randomblob(32) WHERE n = 12", back), Some(12));
    assert!(broken("DELETE FROM audit WHERE n >= 12", back).is_some(), "a cut tail was signed for");
    assert_eq!(store.verify_audit().unwrap(), report);
}
