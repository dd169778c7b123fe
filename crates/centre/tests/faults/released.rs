//! A centre of the first release, with its cases, its half-sent bundle and its feed: opened by this one.

use crate::city::{self, KIOSK, open, prepare, spool, station, word};
use crate::common::sample::head;
use rusqlite::Connection;
use std::path::Path;
use tongban_centre::evidence::Piece;
use tongban_centre::sync::Upload;
use tongban_domain::ids::CaseId;
use tongban_protocol::api::FeedItem;
use tongban_protocol::bundle::Bundle;
use tongban_sqlite::{Migration, OpenConfig};

const FIRST: Migration = Migration { version: 1, sql: include_str!("../../migrations/0001_centre.sql") };

/// Columns of a table.
fn columns(database: &Connection, table: &str) -> Vec<String> {
    let mut statement = database.prepare("SELECT name FROM pragma_table_info(?1, 'main')").unwrap();
    statement.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// What today's centre in `now` holds, as the first release kept it; the feed's last place.
fn as_first_release(now: &Path, old: &Path) -> u64 {
    std::fs::create_dir_all(old).unwrap();
    city::copy(&now.join("keys"), &old.join("keys"));
    let mut database = tongban_sqlite::open(&old.join("centre.db"), &OpenConfig::default()).unwrap();
    tongban_sqlite::migrate(&mut database, &[FIRST], 1).unwrap();
    database.execute("ATTACH ?1 AS now", [now.join("centre.db").to_str().unwrap()]).unwrap();
    let mut tables = database.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in &tables {
        // The feed had one bucket, the counters one row for it; the schema's own book stays.
        if !["feed", "counter", "upload", "schema_migrations"].contains(&table.as_str()) {
            let columns = columns(&database, table).join(", ");
            let text = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}");
            database.execute(&text, []).unwrap();
        }
    }
    database
        .execute_batch(
            "INSERT INTO main.feed (seq, hall, body, at_ms) \
               SELECT ROW_NUMBER() OVER (ORDER BY hall, place), NULLIF(hall, ''), body, at_ms FROM now.feed_entry; \
             INSERT OR REPLACE INTO main.counter (name, value) \
               SELECT name, value FROM now.counter WHERE name NOT LIKE 'feed/%' AND name NOT LIKE 'journal/%'; \
             UPDATE main.counter SET value = (SELECT MAX(seq) FROM main.feed) WHERE name = 'feed'; \
             UPDATE main.counter SET value = 1000 WHERE name = 'journal';",
        )
        .unwrap();
    let last: i64 = database.query_row("SELECT MAX(seq) FROM main.feed", [], |row| row.get(0)).unwrap();
    last.unsigned_abs()
}

#[test]
fn a_centre_of_the_first_release_opens_with_everything_in_it_and_goes_on() {
    let dir = city::room();
    prepare(dir.path(), 2, false);
    let (now, old) = (dir.path().join("centre"), dir.path().join("old"));
    let waiting = spool(&dir.path().join("spool"));
    let send = |centre: &tongban_centre::Centre, which: usize| {
        let bundle = &waiting[which];
        match centre.sync().append(&station(centre, KIOSK), bundle.id, 0, &bundle.bytes, true).unwrap() {
            Upload::Held(receipt) => word(&receipt),
            other => panic!("{other:?}"),
        }
    };
    let (receipt, dump) = {
        let centre = open(&now).unwrap();
        (send(&centre, 0), centre.cases().dump().unwrap())
    };
    let cursor = as_first_release(&now, &old);
    // It kept every file of a bundle by itself, and pieces under the bundle's bare id.
    for (address, body) in Bundle::decode(&waiting[0].bytes).unwrap().blobs {
        let folder = old.join("blobs").join(&address.to_string()[..2]);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(address.to_string()), body).unwrap();
    }
    std::fs::create_dir_all(old.join("uploads")).unwrap();
    std::fs::write(old.join(format!("uploads/{}.part", waiting[1].id)), &waiting[1].bytes[..1000]).unwrap();
    let database = Connection::open(old.join("centre.db")).unwrap();
    let half = "INSERT INTO upload (id, station, synced, at_ms) VALUES (?1, ?2, 1000, 1)";
    database.execute(half, [waiting[1].id.to_string().as_str(), KIOSK]).unwrap();
    drop(database);

    let centre = open(&old).unwrap();
    assert!(centre.check_statements().unwrap() > 80);
    assert_eq!(send(&centre, 0), receipt, "signed for then, signed for now");
    assert_eq!(centre.cases().dump().unwrap(), dump);
    assert!(centre.cases().verify_all().unwrap().iter().all(|(_, state)| state.holds));
    centre.staff().verify_log().unwrap();
    let hall = &station(&centre, KIOSK).hall;
    let again = centre.feed().after(hall, cursor).unwrap();
    assert!(again.entries.iter().all(|entry| matches!(entry.item, FeedItem::Item { .. })), "no move is told twice");
    let reviewer = centre.staff().get("reviewer1").unwrap().unwrap();
    let case = CaseId(waiting[0].case);
    centre.evidence().view(&reviewer, case, "核对本人").unwrap();
    assert_eq!(centre.evidence().piece(&reviewer, case, Piece::Still).unwrap().bytes, head(3), "out of its own file");
    send(&centre, 1);
    assert_eq!(centre.cases().rebuild().unwrap(), 2);
    assert!(centre.cases().verify_all().unwrap().iter().all(|(_, state)| state.holds));
    let told = centre.feed().after(hall, again.next).unwrap().entries;
    assert!(told.iter().any(|entry| matches!(entry.item, FeedItem::CaseMoved { .. })), "the feed goes on");
}
