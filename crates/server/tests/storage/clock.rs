//! The wall clock of the server's machine: ten years off either way, and backwards while it runs.

use super::{PROGRAM, Sender, Server, assets, centre, client, send, senders};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use tongban_centre::storage::StorageConfig;
use uuid::Uuid;

/// Nine years in ms: less than any shift of ten.
const NINE_YEARS_MS: i64 = 9 * 365 * 86_400_000;

/// The library that fakes the wall clock of a process.
fn library() -> PathBuf {
    let places = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let mut found = places.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1")).filter(|path| path.exists());
    found.next().expect("libfaketime is missing: ./dev setup installs the package faketime")
}

/// What a process is started under: its wall clock follows a file, its monotonic clocks are true.
fn wrapper(file: &Path) -> Vec<String> {
    vec![
        "env".into(),
        format!("LD_PRELOAD={}", library().display()),
        format!("FAKETIME_TIMESTAMP_FILE={}", file.display()),
        "FAKETIME_NO_CACHE=1".into(),
        "FAKETIME_DONT_FAKE_MONOTONIC=1".into(),
        "DONT_FAKE_MONOTONIC=1".into(),
    ]
}

/// Sets the clock: `+0`, `-30m`, `+3650d`.
fn set(file: &Path, shift: &str) {
    let part = file.with_extension("part");
    std::fs::write(&part, shift).unwrap();
    std::fs::rename(part, file).unwrap();
}

/// How far the server's wall clock is from ours, ms.
async fn shift(client: &reqwest::Client, port: u16) -> i64 {
    let asked = client.get(format!("https://localhost:{port}/station/v1/time")).send().await.unwrap();
    let told: Value = asked.json().await.unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    told["wall_ms"].as_i64().unwrap() - i64::try_from(now.as_millis()).unwrap()
}

/// The bundles sent one after the other while the clock does what it likes.
struct Day {
    sender: Sender,
    port: u16,
    receipts: BTreeMap<Uuid, Value>,
    sent: usize,
}

impl Day {
    async fn next(&mut self, client: &reqwest::Client) {
        let (id, bytes) = &self.sender.bundles[self.sent];
        let receipt = send(client, self.port, *id, bytes).await.unwrap();
        self.receipts.insert(*id, receipt);
        self.sent += 1;
    }
}

#[test]
fn a_server_whose_wall_clock_is_ten_years_off_or_runs_backwards_loses_nothing_and_takes_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file) = (dir.path().join("data"), dir.path().join("clock"));
    let sender = senders(&centre(&data, StorageConfig::default()), 1, 6).remove(0);
    set(&file, "+0");
    let words = wrapper(&file);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let server = Server::start(&data, &[], &words);
    let mut day = Day { port: server.station, sender, receipts: BTreeMap::new(), sent: 0 };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // This connection stays; others are made anew, with a handshake at the time of the moment.
        let warm = client(&day.sender.station);
        assert!(shift(&warm, day.port).await.abs() < 60_000);
        day.next(&warm).await;
        set(&file, "-30m");
        day.next(&client(&day.sender.station)).await;
        for (shifted, later) in [("+3650d", true), ("-3650d", false)] {
            set(&file, shifted);
            let off = shift(&warm, day.port).await;
            assert!(off.abs() > NINE_YEARS_MS && (off > 0) == later, "the clock is not off: {off}");
            day.next(&warm).await;
            // No certificate is valid then: nobody new gets in, and whoever is in goes on.
            let fresh = client(&day.sender.station);
            let (id, bytes) = &day.sender.bundles[day.sent];
            let refused = send(&fresh, day.port, *id, bytes).await;
            assert!(refused.is_err(), "{shifted}: a certificate was accepted outside its days");
        }
        set(&file, "+0");
        let fresh = client(&day.sender.station);
        while day.sent < day.sender.bundles.len() {
            day.next(&fresh).await;
        }
        for (id, bytes) in &day.sender.bundles {
            let again = send(&fresh, day.port, *id, bytes).await.unwrap();
            assert_eq!(again, day.receipts[id], "the receipt told before is the one told after");
        }
    });
    drop(server);
    for shifted in ["+3650d", "-3650d"] {
        set(&file, shifted);
        // Starts at a wrong time, too, and everything of before holds.
        drop(Server::start(&data, &[], &words));
        let verify = Command::new(words[0])
            .args(&words[1..])
            .arg(PROGRAM)
            .args(["verify", "--data"])
            .arg(&data)
            .arg("--assets")
            .arg(assets())
            .output();
        let output = verify.unwrap();
        assert!(output.status.success(), "{shifted}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let centre = centre(&data, StorageConfig::default());
    assert_eq!(centre.cases().dump().unwrap().lines().count(), day.sender.bundles.len(), "each case once");
}
