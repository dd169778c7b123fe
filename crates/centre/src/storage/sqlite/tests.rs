use super::*;
use crate::storage::Db;
use crate::vals;
use std::sync::Barrier;

fn db() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::new(Box::new(Sqlite::open(&dir.path().join("a.db"), 1).unwrap()));
    (dir, db)
}

#[test]
fn every_named_statement_fits_the_schema() {
    let (_dir, db) = db();
    assert!(db.check_statements().unwrap() > 80);
}

#[test]
fn a_failed_transaction_leaves_no_trace_and_no_gap_in_the_counter() {
    let (_dir, db) = db();
    let failed: Result<()> = db.write("note", |tx| {
        tx.count("journal")?;
        Err(CentreError::not_found("on purpose"))
    });
    assert!(failed.is_err());
    assert_eq!(db.write("note", |tx| tx.count("journal")).unwrap(), 1);
    assert_eq!(db.write("note", |tx| tx.count("journal")).unwrap(), 2);
}

/// Threads that all want to write at the same moment.
fn crowd(db: &Db, threads: u64, work: impl Fn(&Tx<'_>, u64) -> Result<u64> + Sync) -> Vec<Result<u64>> {
    let barrier = Barrier::new(usize::try_from(threads).unwrap());
    let run = |index: u64| {
        barrier.wait();
        db.write("note", |tx| work(tx, index))
    };
    std::thread::scope(|scope| {
        let run = &run;
        let handles: Vec<_> = (0..threads).map(|index| scope.spawn(move || run(index))).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    })
}

#[test]
fn those_who_wait_share_a_commit_and_every_one_is_kept() {
    let (_dir, db) = db();
    let slow = |tx: &Tx<'_>, _| {
        std::thread::sleep(std::time::Duration::from_millis(2));
        tx.count("journal")
    };
    let mut numbers: Vec<u64> = crowd(&db, 40, slow).into_iter().map(Result::unwrap).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>(), "each number once, no gap");
    let counts = db.engine().counts();
    assert_eq!(counts.writes, 40);
    assert!(counts.commits <= 10, "{} commits for 40 transactions", counts.commits);
    assert_eq!(db.read("counter", |tx| tx.row("counter.read", vals!["journal"])?.unwrap().int(0)).unwrap(), 40);
}

#[test]
fn a_refusal_inside_a_group_takes_back_its_own_work_only() {
    let (_dir, db) = db();
    let odd_ones_refuse = |tx: &Tx<'_>, index: u64| {
        std::thread::sleep(std::time::Duration::from_millis(1));
        let number = tx.count("journal")?;
        if index % 2 == 1 { Err(CentreError::not_found("odd")) } else { Ok(number) }
    };
    let answers = crowd(&db, 30, odd_ones_refuse);
    let mut kept: Vec<u64> = answers.into_iter().filter_map(Result::ok).collect();
    kept.sort_unstable();
    assert_eq!(kept, (1..=15).collect::<Vec<_>>());
}

#[test]
fn a_panic_in_one_transaction_leaves_the_store_usable() {
    let (_dir, db) = db();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: Result<()> = db.write("note", |tx| {
            tx.count("journal")?;
            panic!("on purpose");
        });
    }));
    assert!(caught.is_err());
    assert_eq!(db.write("note", |tx| tx.count("journal")).unwrap(), 1, "what it had done is gone");
}
