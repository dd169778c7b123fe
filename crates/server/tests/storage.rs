//! Real server processes on one PostgreSQL and one S3 server, one of them killed; what a bundle
//! costs in fsyncs; backup and drill from the command line.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

#[path = "storage/clock.rs"]
mod clock;
#[path = "../../centre/tests/common/mod.rs"]
mod hall;
#[allow(dead_code, reason = "shared with the centre's tests, which need more of it")]
#[path = "../../centre/tests/storage/postgres.rs"]
mod postgres;
#[path = "../../centre/tests/storage/weed.rs"]
mod weed;

use hall::sample::{construction_case, stall_case, unseen_item};
use hall::{TestStation, assets, member};
use postgres::Postgres;
use reqwest::{Certificate, Client, Identity};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tongban_centre::rights::Role;
use tongban_centre::storage::StorageConfig;
use tongban_centre::storage::objects::ObjectKey;
use tongban_centre::workflow::Step;
use tongban_centre::{Centre, CentreConfig};
use tongban_domain::clock::Ids as _;
use tongban_domain::event::Digest;
use tongban_domain::ids::PrintId;
use tongban_protocol::api::{LicenceStep, LicenceStepKind};
use tongban_protocol::system::{SystemClock, SystemIds, SystemRng};
use uuid::Uuid;
use weed::Weed;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tongban-server");

/// The centre in this process: what sets a city up and looks at it afterwards.
fn centre(data: &Path, storage: StorageConfig) -> Centre {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Centre::open(CentreConfig {
        data_dir: data.to_owned(),
        storage,
        assets_dir: assets(),
        public_base_url: String::new(),
        station_url: String::new(),
        demo: true,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        rng: Arc::new(SystemRng),
        departments: None,
    })
    .unwrap()
}

/// A server process.
struct Server {
    child: Child,
    station: u16,
}

impl Server {
    fn start(dir: &Path, words: &[&str], wrapper: &[&str]) -> Self {
        let ports = dir.with_extension("ports.json");
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(PROGRAM);
                command
            }
            None => Command::new(PROGRAM),
        };
        // Without a command `run` is meant.
        command.args(["--demo", "--die-with-parent", "--data"]).arg(dir).args(words).arg("--assets").arg(assets());
        command.arg("--ports-file").arg(&ports).env("AWS_ACCESS_KEY_ID", weed::KEY.0);
        command.env("AWS_SECRET_ACCESS_KEY", weed::KEY.1).env("RUST_LOG", "warn");
        let log = std::fs::File::create(dir.with_extension("log")).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let begun = Instant::now();
        while !ports.exists() {
            let log = std::fs::read_to_string(dir.with_extension("log")).unwrap();
            assert!(begun.elapsed() < Duration::from_secs(40), "no ports file: {log}");
            std::thread::sleep(Duration::from_millis(30));
        }
        let told: Value = serde_json::from_slice(&std::fs::read(&ports).unwrap()).unwrap();
        let station = told["station"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        Self { child, station }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn client(station: &TestStation) -> Client {
    let pem = format!("{}{}", station.tls_key_pem, station.reply.certificate_pem);
    Client::builder()
        .no_proxy()
        .tls_certs_only([Certificate::from_pem(station.reply.ca_pem.as_bytes()).unwrap()])
        .identity(Identity::from_pem(pem.as_bytes()).unwrap())
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

/// Sends a bundle whole; the receipt, or why there is none.
async fn send(client: &Client, port: u16, id: Uuid, bytes: &[u8]) -> Result<Value, String> {
    let answer = client
        .patch(format!("https://localhost:{port}/station/v1/bundles/{id}"))
        .header("upload-offset", "0")
        .header("upload-complete", "?1")
        .body(bytes.to_vec())
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status == 201 { Ok(serde_json::from_str(&text).unwrap()) } else { Err(format!("{status} {text}")) }
}

/// A station with what it will send.
struct Sender {
    station: TestStation,
    client: Client,
    bundles: Vec<(Uuid, Vec<u8>)>,
}

fn senders(centre: &Centre, count: usize, each: usize) -> Vec<Sender> {
    centre.catalogue().publish("test", &unseen_item()).unwrap();
    let one = |number: usize| {
        let (id, station3) = (format!("890102-001-K{number:02}"), format!("{number:03}"));
        let seed = 7_000_003 * number as u64;
        let mut station = TestStation::enrol(centre, &Arc::new(SystemClock), seed, &id, "kiosk", &station3);
        let bundles = (0..each)
            .map(|_| {
                let (_, bundle) = stall_case(centre, &mut station);
                (bundle.id, bundle.encode().unwrap())
            })
            .collect();
        Sender { client: client(&station), station, bundles }
    };
    (1..=count).map(one).collect()
}

/// A city on PostgreSQL and S3 with two server processes.
struct City {
    dir: tempfile::TempDir,
    database: Postgres,
    objects: Weed,
    centre: Centre,
}

impl City {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (database, objects) = (Postgres::start(&[]), Weed::start());
        let storage = StorageConfig {
            database: Some(database.url("city")),
            objects: Some(objects.url("city")),
            objects_key: ObjectKey { id: weed::KEY.0.into(), secret: weed::KEY.1.into() },
            keys_dir: Some(dir.path().join("keys")),
            ..StorageConfig::default()
        };
        let centre = centre(&dir.path().join("office"), storage);
        Self { dir, database, objects, centre }
    }

    fn server(&self, name: &str) -> Server {
        let keys = self.dir.path().join("keys");
        let words = [
            "--database",
            &self.database.url("city"),
            "--objects",
            &self.objects.url("city"),
            "--keys",
            keys.to_str().unwrap(),
        ];
        Server::start(&self.dir.path().join(name), &words, &[])
    }
}

/// Sends everything, turning to the other server whenever one does not answer.
async fn persist(sender: Arc<Sender>, ports: [u16; 2], acknowledged: Arc<AtomicUsize>) -> BTreeMap<Uuid, Value> {
    let mut receipts = BTreeMap::new();
    for (number, (id, bytes)) in sender.bundles.iter().enumerate() {
        let mut turn = number;
        let receipt = loop {
            match send(&sender.client, ports[turn % 2], *id, bytes).await {
                Ok(receipt) => break receipt,
                Err(error) => {
                    assert!(turn < number + 60, "not taken: {error}");
                    turn += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        };
        acknowledged.fetch_add(1, Ordering::SeqCst);
        receipts.insert(*id, receipt);
    }
    receipts
}

async fn leases(sender: Arc<Sender>, ports: [u16; 2]) -> Vec<u64> {
    let mut first = Vec::new();
    for turn in 0..12 {
        let url = format!("https://localhost:{}/station/v1/leases", ports[turn % 2]);
        let asked = serde_json::json!({"count": 3});
        if let Ok(answer) = sender.client.post(url).json(&asked).send().await
            && answer.status() == 200
            && let Ok(lease) = answer.json::<Value>().await
        {
            first.push(lease["from"].as_u64().unwrap());
        }
    }
    first
}

#[test]
fn two_servers_of_one_city_go_on_when_one_is_killed_and_nothing_is_lost_or_done_twice() {
    const STATIONS: usize = 4;
    const EACH: usize = 5;
    let city = City::new();
    let senders: Vec<Arc<Sender>> = senders(&city.centre, STATIONS, EACH).into_iter().map(Arc::new).collect();
    let (mut first, second) = (city.server("first"), city.server("second"));
    let ports = [first.station, second.station];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let (receipts, numbers) = runtime.block_on(async {
        let sending: Vec<_> =
            senders.iter().map(|sender| tokio::spawn(persist(sender.clone(), ports, acknowledged.clone()))).collect();
        let leasing = tokio::spawn(leases(senders[0].clone(), ports));
        while acknowledged.load(Ordering::SeqCst) < STATIONS * EACH / 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // SIGKILL, in the middle of whatever it is doing.
        first.child.kill().unwrap();
        println!("killed after {} receipts", acknowledged.load(Ordering::SeqCst));
        let mut receipts = BTreeMap::new();
        for sent in sending {
            receipts.extend(sent.await.unwrap());
        }
        (receipts, leasing.await.unwrap())
    });
    assert_eq!(receipts.len(), STATIONS * EACH);
    runtime.block_on(async {
        for sender in &senders {
            for (id, bytes) in &sender.bundles {
                let again = send(&sender.client, second.station, *id, bytes).await.unwrap();
                assert_eq!(again, receipts[id], "the receipt told once is the receipt for ever");
            }
        }
    });
    let count = |query: &str| city.database.number("city", query);
    assert_eq!(count("SELECT COUNT(*) FROM bundle"), 20);
    assert_eq!(count("SELECT COUNT(*) FROM case_row WHERE status = 'received'"), 20);
    assert_eq!(count("SELECT COUNT(DISTINCT project_no) FROM case_row"), 20, "each case its own number");
    assert_eq!(count("SELECT COUNT(*) FROM action WHERE kind = 'Received'"), 20, "received once each");
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(distinct.len(), numbers.len(), "no lease given twice");
    let overlap = "SELECT COUNT(*) FROM lease a JOIN lease b ON a.region = b.region AND a.station3 = b.station3 \
        AND a.day = b.day AND a.first < b.first AND a.last >= b.first";
    assert_eq!(count(overlap), 0);
    assert!(city.centre.cases().verify_all().unwrap().iter().all(|(_, state)| state.holds));
}

#[test]
fn a_licence_is_printed_once_whichever_server_is_asked() {
    let city = City::new();
    let mut sender = senders(&city.centre, 1, 0).remove(0);
    let (reviewer, decider) =
        (member(&city.centre, "reviewer1", &[Role::Reviewer]), member(&city.centre, "decider1", &[Role::Decider]));
    let operator = member(&city.centre, "operator1", &[Role::Operator]);
    let clock = Arc::new(SystemClock);
    let window = TestStation::enrol(&city.centre, &clock, 99, "890102-001-C01", "certificate", "051");
    let (draft, bundle) = construction_case(&city.centre, &mut sender.station);
    sender.station.upload(&city.centre, bundle.id, &bundle.encode().unwrap(), 8 << 20).unwrap();
    let version = || city.centre.cases().row(&reviewer, draft.id).unwrap().version;
    city.centre.workflow().step(&reviewer, draft.id, version(), &Step::Accept).unwrap();
    let review = Step::Review { passed: true, opinion: "材料齐全".into() };
    city.centre.workflow().step(&reviewer, draft.id, version(), &review).unwrap();
    let grant = Step::Decide { granted: true, opinion: "准予".into() };
    city.centre.workflow().step(&decider, draft.id, version(), &grant).unwrap();
    city.centre.stock().add("test", "jz_first", "A0000001", "A0000020", &operator.id).unwrap();
    let job = city.centre.licences().queue(&window.station).unwrap().remove(0);

    let servers = [city.server("first"), city.server("second")];
    let client = client(&window);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let intend = |number: u32| LicenceStep {
        idem: window.ids.next(),
        base: job.version,
        operator: operator.id.clone(),
        step: LicenceStepKind::Intend {
            print: PrintId(window.ids.next()),
            serial: format!("A{number:07}"),
            pdf_sha256: Digest([7; 32]),
        },
    };
    // Ten intents with blanks of their own, each sent to both servers at the same moment.
    let steps: Vec<LicenceStep> = (1..=10).map(intend).collect();
    let good = runtime.block_on(async {
        let mut tasks = Vec::new();
        for step in &steps {
            for server in &servers {
                let url = format!("https://localhost:{}/station/v1/licences/{}/steps", server.station, draft.id.0);
                let (client, step) = (client.clone(), step.clone());
                tasks.push(tokio::spawn(async move { client.post(url).json(&step).send().await.unwrap().status() }));
            }
        }
        let mut good = 0;
        for task in tasks {
            good += usize::from(task.await.unwrap() == 200);
        }
        good
    });
    println!("{good} of 20 answers were good");
    assert!((1..=2).contains(&good), "the winner, at one or at both servers: {good}");
    let count = |query: &str| city.database.number("city", query);
    assert_eq!(count("SELECT COUNT(*) FROM stock_use"), 1, "one blank");
    assert_eq!(count("SELECT COUNT(*) FROM action WHERE kind = 'PrintIntended'"), 1);
}

/// Calls the tracer wrote down.
fn calls(trace: &Path) -> usize {
    let text = std::fs::read_to_string(trace).unwrap();
    text.lines().filter(|line| line.contains("sync(") && !line.contains("resumed")).count()
}

#[test]
fn a_bundle_costs_two_fsyncs_and_a_commit_and_those_at_once_share_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let senders: Vec<Arc<Sender>> = {
        let centre = centre(&data, StorageConfig::default());
        senders(&centre, 6, 4).into_iter().map(Arc::new).collect()
    };
    let trace = dir.path().join("trace");
    let to = trace.to_str().unwrap();
    let wrapper = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", to];
    let server = Server::start(&data, &[], &wrapper);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let port = server.station;
    runtime.block_on(async {
        // What a server does once at its start is not a bundle's.
        let (id, bytes) = &senders[0].bundles[0];
        send(&senders[0].client, port, *id, bytes).await.unwrap();
        let before = calls(&trace);
        for (id, bytes) in &senders[0].bundles[1..] {
            send(&senders[0].client, port, *id, bytes).await.unwrap();
        }
        let alone = (calls(&trace) - before) as f64 / 3.0;
        let before = calls(&trace);
        let crowd: Vec<_> = senders[1..]
            .iter()
            .map(|sender| {
                let sender = sender.clone();
                tokio::spawn(async move {
                    for (id, bytes) in &sender.bundles {
                        send(&sender.client, port, *id, bytes).await.unwrap();
                    }
                })
            })
            .collect();
        for task in crowd {
            task.await.unwrap();
        }
        let together = (calls(&trace) - before) as f64 / 20.0;
        println!("fsyncs a bundle: {alone:.2} alone, {together:.2} from five at once");
        // File, folder, commit; the log is folded back now and then, which costs two more.
        assert!(alone <= 3.7, "{alone}");
        assert!(alone >= 3.0, "{alone}: something was acknowledged before it was durable");
        assert!(together <= 3.2, "{together}");
    });
}

#[test]
fn five_hundred_stations_that_come_back_at_once_are_all_served() {
    const CONNECTIONS: usize = 500;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    // Long: every connection is a station of its own; otherwise twenty stations show up again and again.
    let stations = if std::env::var("TONGBAN_LONG").is_ok_and(|long| long == "1") { CONNECTIONS } else { 20 };
    let senders = senders(&centre(&data, StorageConfig::default()), stations, 1);
    let server = Server::start(&data, &[], &[]);
    let port = server.station;
    // Nobody has a connection yet: each pays for a handshake of both sides.
    let clients: Vec<Client> = (0..CONNECTIONS).map(|at| client(&senders[at % stations].station)).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let begun = Instant::now();
    let refused = runtime.block_on(async {
        let come_back = |(at, client): (usize, Client)| {
            let bundle = (at < stations).then(|| senders[at].bundles[0].clone());
            tokio::spawn(async move {
                let time = client.get(format!("https://localhost:{port}/station/v1/time")).send().await;
                time.map_err(|error| error.to_string())?.error_for_status().map_err(|error| error.to_string())?;
                match bundle {
                    Some((id, bytes)) => send(&client, port, id, &bytes).await.map(|_| ()),
                    None => Ok(()),
                }
            })
        };
        let tasks: Vec<_> = clients.into_iter().enumerate().map(come_back).collect();
        let mut refused = Vec::new();
        for task in tasks {
            refused.extend(task.await.unwrap().err());
        }
        refused
    });
    println!("{CONNECTIONS} connections of {stations} stations in {} ms", begun.elapsed().as_millis());
    assert_eq!(refused, Vec::<String>::new());
    assert!(begun.elapsed() < Duration::from_secs(30));
    // Control: a station nobody enrolled does not get in however busy the door is.
    let stranger = {
        let other = centre(&dir.path().join("other"), StorageConfig::default());
        let mut stranger = self::senders(&other, 1, 0).remove(0).station;
        stranger.reply.ca_pem.clone_from(&senders[0].station.reply.ca_pem);
        client(&stranger)
    };
    let url = format!("https://localhost:{port}/station/v1/time");
    assert!(runtime.block_on(async { stranger.get(url).send().await }).is_err());
}

/// Files below a folder that hold one of the texts.
fn holding(dir: &Path, texts: &[&[u8]]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, texts));
        } else if let Ok(bytes) = std::fs::read(&path)
            && texts.iter().any(|text| bytes.windows(text.len()).any(|window| window == *text))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn whoever_steals_the_servers_disk_finds_nobody_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let senders = senders(&centre(&data, StorageConfig::default()), 1, 2);
    let case = hall::sample::card();
    let face = hall::sample::head(3);
    let number16: Vec<u8> = case.number.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // The middle of the face picture: its head is the same in every JPEG.
    let canaries: [&[u8]; 5] =
        [case.number.as_bytes(), case.name.as_bytes(), case.address.as_bytes(), &number16, &face[200..264]];
    {
        let mut server = Server::start(&data, &[], &["env", "RUST_LOG=debug"]);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for (id, bytes) in &senders[0].bundles {
            runtime.block_on(send(&senders[0].client, server.station, *id, bytes)).unwrap();
        }
        // One it must refuse: refusals go into the log.
        let (_, bytes) = &senders[0].bundles[0];
        let mut wrong = bytes.clone();
        let last = wrong.len() - 5;
        wrong[last] ^= 4;
        runtime.block_on(send(&senders[0].client, server.station, Uuid::from_bytes([3; 16]), &wrong)).unwrap_err();
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.child.id())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "no memory is written to a core file: {core}");
        assert_eq!(holding(dir.path(), &canaries), Vec::<PathBuf>::new(), "while it runs, log and WAL included");
        server.child.kill().unwrap();
    }
    assert_eq!(holding(dir.path(), &canaries), Vec::<PathBuf>::new(), "after it died");
    let repository = dir.path().join("repository");
    assert!(tool(&["backup", "--to", repository.to_str().unwrap()], &data, &[]).status.success());
    let out = dir.path().join("export");
    let id = {
        let centre = centre(&data, StorageConfig::default());
        let cases = centre.cases().verify_all().unwrap();
        cases[0].0.to_string()
    };
    let exported = tool(&["export", "--case", &id, "--out", out.to_str().unwrap()], &data, &[]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    assert_eq!(holding(dir.path(), &canaries), Vec::<PathBuf>::new(), "backup and export without a key");
    // Control: the search finds each of them where somebody wrote it down.
    for (number, canary) in canaries.iter().enumerate() {
        std::fs::write(dir.path().join(format!("planted{number}")), [b"before", *canary, b"after"].concat()).unwrap();
    }
    assert_eq!(holding(dir.path(), &canaries).len(), canaries.len());
}

fn tool(words: &[&str], data: &Path, more: &[&str]) -> std::process::Output {
    Command::new(PROGRAM).args(words).arg("--data").arg(data).arg("--assets").arg(assets()).args(more).output().unwrap()
}

#[test]
fn backup_restore_and_drill_are_commands_with_exit_codes() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let data = at("data");
    {
        let centre = centre(&data, StorageConfig::default());
        let sender = &senders(&centre, 1, 2)[0];
        for (id, bytes) in &sender.bundles {
            sender.station.upload(&centre, *id, bytes, 8 << 20).unwrap();
        }
    }
    let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let (repository, scratch) = (text(&at("repository")), text(&at("scratch")));
    let made = tool(&["backup", "--to", &repository], &data, &[]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert!(String::from_utf8_lossy(&made.stderr).contains("objects: 2"), "progress is told");
    let drill = ["drill", "--from", &repository, "--scratch", &scratch];
    let good = tool(&drill, &data, &[]);
    let told: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(good.status.code(), Some(0), "{told}");
    assert_eq!((&told["objects_checked"], &told["chains_checked"]), (&Value::from(2), &Value::from(2)));
    assert!(told["rto_seconds"].as_f64().unwrap() > 0.0);
    assert!(!at("scratch").exists(), "nothing of the drill stays");

    let keys = text(&data.join("keys"));
    let restore = ["restore", "--from", &repository];
    let restored = tool(&restore, &at("restored"), &["--keys", &keys]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert!(!tool(&restore, &at("restored"), &["--keys", &keys]).status.success(), "never over a store");
    assert!(!tool(&restore, &at("without-keys"), &[]).status.success(), "not without the keys");
    let verified = tool(&["verify"], &at("restored"), &["--keys", &keys]);
    assert!(String::from_utf8_lossy(&verified.stdout).contains("cases: sound"));

    // Negative control: a flipped byte ends the drill with 3.
    for folder in std::fs::read_dir(at("repository").join("objects/bundles")).unwrap().flatten() {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let mut bytes = std::fs::read(file.path()).unwrap();
            bytes[100] ^= 1;
            std::fs::write(file.path(), bytes).unwrap();
        }
    }
    assert_eq!(tool(&drill, &data, &[]).status.code(), Some(3));
    assert_eq!(tool(&["drill", "--from", "/nowhere", "--scratch", &scratch], &data, &[]).status.code(), Some(1));
    for command in ["backup", "restore", "drill"] {
        let help = Command::new(PROGRAM).args([command, "--help"]).output().unwrap();
        assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Ends with 0"));
    }
}
