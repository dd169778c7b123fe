//! Every transport and every signer against the simulated platform, and every fault with its code and its words.

use rusqlite::Connection;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tongban_connect::{
    Carried, Carrier, Connect, ConnectConfig, DropCarrier, FrontDatabase, HttpCarrier, Lookup, ShareFault, ShareQuery,
    SubjectKind, Told,
};
use tongban_crypto::SigningKey;
use tongban_domain::clock::{BootTime, Clock, Ids, Rng as _, WallTime};
use tongban_domain::event::ShareOutcome;
use tongban_domain::ids::{CaseId, FieldId};
use tongban_partner::{Mode, Partner, folder, router};
use tongban_protocol::seeded::SeededRng;
use uuid::Uuid;

const NOW: i64 = 1_795_397_400_000;
const FIRM: &str = "91890100MA8DEM018P";

struct Fixed;

impl Clock for Fixed {
    fn wall(&self) -> WallTime {
        WallTime(NOW)
    }

    fn boot(&self) -> BootTime {
        BootTime(0)
    }
}

#[derive(Default)]
struct Counted(AtomicU32);

impl Ids for Counted {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/partner")
}

/// The platform with a client that signs by SM2, on HTTP and on a folder.
struct Scene {
    partner: Arc<Partner>,
    address: SocketAddr,
    dir: TempDir,
    key: SigningKey,
    ids: Arc<Counted>,
}

impl Scene {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().expect("a directory");
        let data = dir.path().join("partner");
        std::fs::create_dir(&data).expect("made");
        for entry in std::fs::read_dir(assets()).expect("assets") {
            let path = entry.expect("readable").path();
            std::fs::copy(&path, data.join(path.file_name().expect("a name"))).expect("copied");
        }
        let rng = SeededRng::new(5);
        let key = SigningKey::generate(&mut |buffer: &mut [u8]| rng.fill(buffer));
        let mut clients: Value =
            serde_json::from_slice(&std::fs::read(data.join("clients.json")).expect("read")).expect("JSON");
        let public = key.verifying_key().to_pem().expect("PEM");
        clients
            .as_array_mut()
            .expect("a list")
            .push(json!({"id": "tongban-sm2", "secret": public, "algorithm": "sm2"}));
        std::fs::write(data.join("clients.json"), clients.to_string()).expect("written");
        let partner = Arc::new(Partner::open(&data, "2026-11-23", Arc::new(Fixed)).expect("data"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        tokio::spawn({
            let app = router(partner.clone());
            async move { axum::serve(listener, app).await }
        });
        tokio::spawn(folder::serve_queries(partner.clone(), dir.path().join("drop")));
        Self { partner, address, dir, key, ids: Arc::default() }
    }

    fn config(&self, mapping: &str, client: &str, secret: &str) -> ConnectConfig {
        let url = format!("http://{}", self.address);
        let mut config = ConnectConfig::new(assets().join(mapping), &url, client, secret);
        config.timeouts.try_ = Duration::from_millis(700);
        config.timeouts.total = Duration::from_millis(1500);
        config
    }

    fn connect(&self, config: &ConnectConfig) -> Connect {
        Connect::from_config(config, Arc::new(Fixed), self.ids.clone()).expect("set up")
    }

    /// REST, SOAP with HMAC-SM3, files with SM2.
    fn ways(&self) -> Vec<(&'static str, Connect)> {
        let pem = self.key.to_pem().expect("PEM");
        let mut folder = self.config("mapping-drop.toml", "tongban-sm2", &pem);
        folder.base_url = format!("file://{}", self.dir.path().join("drop").display());
        vec![
            ("rest", self.connect(&self.config("mapping.toml", "tongban-centre", "demo-secret-not-for-any-hall"))),
            ("soap", self.connect(&self.config("mapping-soap.toml", "tongban-sm3", "demo-secret-sm3"))),
            ("file-drop", self.connect(&folder)),
        ]
    }

    fn mode(&self, mode: &str) {
        self.partner.set_mode("*", None, mode.parse::<Mode>().expect("a mode"));
    }
}

fn query(fields: &[&str]) -> ShareQuery {
    ShareQuery {
        resource: "elicence.business_licence".into(),
        subject_kind: SubjectKind::Firm,
        subject: FIRM.into(),
        purpose: "核实<建筑业>企业资质申请材料".into(),
        item: "jz_first".into(),
        case: CaseId(Uuid::from_u128(7)),
        fields: fields.iter().map(|field| FieldId::from(*field)).collect(),
        parameters: vec![("to".into(), "2026-10".into()), ("from".into(), "2026-01".into())],
    }
}

fn values(told: &Told) -> Vec<&str> {
    told.record.fields.iter().map(|(_, value)| value.as_str()).collect()
}

#[tokio::test]
async fn the_same_record_comes_by_every_transport_and_signer() {
    let scene = Scene::new().await;
    for (way, connect) in scene.ways() {
        let told = connect.ask(&query(&["name", "uscc", "founded", "registered_capital_wan"])).await;
        assert_eq!(told.record.outcome, ShareOutcome::Found, "{way}: {:?}", told.fault);
        assert_eq!(values(&told), ["示范市宏远建设有限公司", FIRM, "2015-06-12", "3000"], "{way}");
        let lists = ShareQuery { resource: "housing.constructors".into(), ..query(&["count", "names", "list"]) };
        let told = connect.ask(&lists).await;
        assert_eq!(told.record.outcome, ShareOutcome::Found, "{way}: {:?}", told.fault);
        let rows: Vec<Value> = serde_json::from_str(values(&told)[2]).expect("rows");
        assert_eq!(rows.len().to_string(), values(&told)[0], "{way}");
        let nobody = ShareQuery { subject: "91890100MA8DEM099X".into(), ..query(&["name"]) };
        assert_eq!(connect.ask(&nobody).await.record.outcome, ShareOutcome::NoRecord, "{way}");
    }
    let left: usize = ["request", "reply"]
        .iter()
        .map(|name| std::fs::read_dir(scene.dir.path().join("drop").join(name)).expect("a folder").count())
        .sum();
    assert_eq!(left, 0, "no file with personal data stays behind");
}

#[tokio::test]
async fn a_signature_with_another_key_is_refused_by_every_way() {
    let scene = Scene::new().await;
    let rng = SeededRng::new(6);
    let other = SigningKey::generate(&mut |buffer: &mut [u8]| rng.fill(buffer)).to_pem().expect("PEM");
    let mut folder = scene.config("mapping-drop.toml", "tongban-sm2", &other);
    folder.base_url = scene.dir.path().join("drop").display().to_string();
    for config in [
        scene.config("mapping.toml", "tongban-centre", "wrong"),
        scene.config("mapping-soap.toml", "tongban-sm3", "wrong"),
        scene.config("mapping-old.toml", "tongban-md5", "wrong"),
        folder,
    ] {
        let told = scene.connect(&config).ask(&query(&["name"])).await;
        assert_eq!(told.fault, Some(ShareFault::Denied), "{config:?}");
    }
}

impl Scene {
    /// The mapping of a transport with another signer in its head.
    fn signed(&self, transport: &str, signer: &str) -> PathBuf {
        let own = match transport {
            "soap" => "mapping-soap.toml",
            "file-drop" => "mapping-drop.toml",
            _ => "mapping.toml",
        };
        let text = std::fs::read_to_string(assets().join(own)).expect("read");
        let plain = |line: &&str| {
            !line.starts_with("[connector]") && !line.starts_with("transport") && !line.starts_with("signer")
        };
        let rest: Vec<&str> = text.lines().filter(plain).collect();
        let path = self.dir.path().join(format!("{transport}-{signer}.toml"));
        let head = format!("[connector]\ntransport = \"{transport}\"\nsigner = \"{signer}\"\n");
        std::fs::write(&path, head + &rest.join("\n")).expect("written");
        path
    }
}

/// Every signer over every transport that signs; a front-end database has no messages to sign.
#[tokio::test]
async fn every_transport_carries_every_signer_and_a_wrong_key_is_refused_on_each() {
    let scene = Scene::new().await;
    let pem = scene.key.to_pem().expect("PEM");
    let rng = SeededRng::new(9);
    let other = SigningKey::generate(&mut |buffer: &mut [u8]| rng.fill(buffer)).to_pem().expect("PEM");
    let signers = [
        ("hmac-sha256", "tongban-centre", "demo-secret-not-for-any-hall", "wrong"),
        ("hmac-sm3", "tongban-sm3", "demo-secret-sm3", "wrong"),
        ("sm2", "tongban-sm2", pem.as_str(), other.as_str()),
        ("md5", "tongban-md5", "demo-secret-md5", "wrong"),
    ];
    let mut met = 0;
    for transport in ["rest", "soap", "file-drop"] {
        for (signer, client, secret, wrong) in signers {
            let mapping = scene.signed(transport, signer);
            let asked = async |secret: &str| {
                let mut config = scene.config("mapping.toml", client, secret);
                config.mapping.clone_from(&mapping);
                if transport == "file-drop" {
                    config.base_url = scene.dir.path().join("drop").display().to_string();
                }
                scene.connect(&config).ask(&query(&["name", "founded"])).await
            };
            let told = asked(secret).await;
            assert_eq!(
                (told.fault, values(&told)),
                (None, vec!["示范市宏远建设有限公司", "2015-06-12"]),
                "{transport} {signer}"
            );
            assert_eq!(asked(wrong).await.fault, Some(ShareFault::Denied), "{transport} {signer} with a wrong key");
            met += 1;
        }
    }
    assert_eq!(met, 12);
}

#[tokio::test]
async fn an_old_department_in_gb18030_with_md5_is_understood_when_its_mapping_says_so() {
    let scene = Scene::new().await;
    scene.mode("gb18030");
    let old = scene.connect(&scene.config("mapping-old.toml", "tongban-md5", "demo-secret-md5"));
    let told = old.ask(&query(&["name"])).await;
    assert_eq!((told.fault, values(&told)), (None, vec!["示范市宏远建设有限公司"]));
    // Without the agreement the same answer is not guessed at.
    let told = scene.ways()[0].1.ask(&query(&["name"])).await;
    assert_eq!(told.fault, Some(ShareFault::Encoding));
    // And bytes that are no GB18030 are not taken for it.
    scene.mode("wrong-charset");
    let told = old.ask(&query(&["name"])).await;
    assert!(told.fault.is_some() || values(&told) != ["示范市宏远建设有限公司"], "{:?}", told.fault);
}

#[tokio::test]
async fn every_fault_has_its_code_and_its_words_by_every_transport() {
    let scene = Scene::new().await;
    let texts = std::fs::read_to_string(assets().join("../../i18n/zh-CN/errors.ftl")).expect("texts");
    for (mode, fault, code) in [
        ("timeout", ShareFault::Slow, "X101"),
        ("slow:1200", ShareFault::Slow, "X101"),
        ("dead", ShareFault::Down, "X102"),
        ("error500", ShareFault::Down, "X102"),
        ("garbage", ShareFault::Garbage, "X103"),
        ("oversize", ShareFault::Oversize, "X104"),
        ("wrong-encoding", ShareFault::Encoding, "X105"),
        ("replay", ShareFault::Replay, "X106"),
        ("soap-fault", ShareFault::Soap, "X107"),
        ("refuse", ShareFault::Denied, "X108"),
    ] {
        scene.mode(mode);
        for (way, connect) in scene.ways() {
            // Files know neither connections nor statuses, and only SOAP knows SOAP faults.
            let wanted = match (way, mode) {
                ("file-drop", "dead") => ShareFault::Slow,
                ("file-drop", "error500") | ("file-drop", "soap-fault") => ShareFault::Garbage,
                ("rest", "soap-fault") => ShareFault::Down,
                _ => fault,
            };
            let told = connect.ask(&query(&["name"])).await;
            assert_eq!((told.fault, told.record.outcome), (Some(wanted), wanted.outcome()), "{way} {mode}");
            assert!(told.record.fields.is_empty());
        }
        assert_eq!(fault.code().as_str(), code);
        for reader in ["applicant", "officer", "technician"] {
            assert!(texts.contains(&format!("error-{code}-{reader} =")), "{code} has words for the {reader}");
        }
    }
}

#[tokio::test]
async fn a_file_that_comes_too_late_is_deleted_unread() {
    let scene = Scene::new().await;
    let (_, connect) = scene.ways().remove(2);
    scene.mode("slow:900");
    assert_eq!(connect.ask(&query(&["name"])).await.fault, Some(ShareFault::Slow));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let replies = || std::fs::read_dir(scene.dir.path().join("drop/reply")).expect("a folder").count();
    assert_eq!(replies(), 1, "the answer to the question given up");
    scene.mode("ok");
    assert_eq!(connect.ask(&query(&["name"])).await.record.outcome, ShareOutcome::Found);
    assert_eq!(replies(), 0);
}

/// SQLite as a department's front-end database.
struct Front(Mutex<Connection>);

impl FrontDatabase for Front {
    fn look_up(&self, lookup: &Lookup) -> Result<Option<Map<String, Value>>, String> {
        let held = self.0.lock().map_err(|_| "poisoned")?;
        let sql = format!("SELECT {} FROM {} WHERE {} = ?1", lookup.columns.join(", "), lookup.table, lookup.key);
        let mut statement = held.prepare(&sql).map_err(|error| error.to_string())?;
        let mut rows = statement.query([&lookup.subject]).map_err(|error| error.to_string())?;
        let Some(row) = rows.next().map_err(|error| error.to_string())? else { return Ok(None) };
        let value = |(at, name): (usize, &String)| {
            (name.clone(), row.get::<_, Option<String>>(at).ok().flatten().map_or(Value::Null, Value::String))
        };
        Ok(Some(lookup.columns.iter().enumerate().map(value).collect()))
    }
}

#[tokio::test]
async fn a_front_end_table_gives_one_row_and_only_the_columns_wanted() {
    let scene = Scene::new().await;
    let database = Connection::open_in_memory().expect("a database");
    database.execute_batch(&scene.partner.front_sql()).expect("filled by the department");
    let config = scene.config("mapping-front.toml", "none", "none");
    assert!(Connect::from_config(&config, Arc::new(Fixed), scene.ids.clone()).is_err(), "a database is never guessed");
    let front = Connect::with_front(&config, Arc::new(Front(Mutex::new(database))), Arc::new(Fixed), scene.ids.clone())
        .expect("set up");
    let told = front.ask(&query(&["name", "founded"])).await;
    assert_eq!((told.fault, values(&told)), (None, vec!["示范市宏远建设有限公司", "2015-06-12"]));
    let nobody = ShareQuery { subject: "' OR '1'='1".into(), ..query(&["name"]) };
    assert_eq!(front.ask(&nobody).await.record.outcome, ShareOutcome::NoRecord, "a subject is a value, not a query");
    let gone = Connect::with_front(
        &config,
        Arc::new(Front(Mutex::new(Connection::open_in_memory().expect("empty")))),
        Arc::new(Fixed),
        scene.ids.clone(),
    )
    .expect("set up");
    assert_eq!(gone.ask(&query(&["name"])).await.fault, Some(ShareFault::Down));
}

#[tokio::test]
async fn services_are_ordered_once_whatever_is_sent_twice() {
    let scene = Scene::new().await;
    let (_, connect) = scene.ways().remove(0);
    let order = json!({"number": "JK2026000001", "fen": 8000});
    let first = connect.service("payment/order", &order).await.expect("ordered");
    assert_eq!(connect.service("payment/order", &order).await, Ok(first.clone()));
    assert_eq!(connect.service("payment/pay", &order).await.expect("paid")["state"], "paid");
    let statement = connect.service("payment/statement", &json!({})).await.expect("a statement");
    assert_eq!(
        (statement["lines"][0]["fen"].clone(), statement["lines"][0]["state"].clone()),
        (json!(8000), json!("paid"))
    );
    let parcel = connect.service("courier/order", &json!({"number": "JD1"})).await.expect("ordered");
    assert!(parcel["tracking"].as_str().is_some_and(|number| number.starts_with("KD")));
    let ticket =
        connect.service("hotline/order", &json!({"number": "GD1", "kind": "complaint"})).await.expect("accepted");
    assert_eq!(ticket["state"], "accepted");
    let agencies = connect.service("agency/list", &json!({"material": "水资源论证报告"})).await.expect("a list");
    assert_eq!(agencies["count"], 1);
    assert_eq!(
        connect.service("geography/address", &json!({"address": "示范市城东区建设路1号"})).await.expect("found")["region"],
        "890102"
    );
    assert_eq!(connect.service("lottery/order", &json!({"number": "1"})).await, Err(ShareFault::Denied));
    scene.mode("dead");
    assert_eq!(connect.service("payment/order", &order).await, Err(ShareFault::Down));
}

#[tokio::test]
async fn messages_travel_over_http_and_by_folder() {
    let scene = Scene::new().await;
    let http = HttpCarrier::new(&scene.config("mapping.toml", "c", "s"), "exchange/messages").expect("set up");
    assert_eq!(http.send("a", b"no message").await, Err(ShareFault::Denied), "nothing a receipt could be made out to");
    scene.partner.set_mode("exchange", None, Mode::Oversize);
    assert_eq!(http.send("a", b"x").await, Err(ShareFault::Oversize));
    scene.partner.set_mode("exchange", None, Mode::Timeout);
    assert_eq!(http.send("a", b"x").await, Err(ShareFault::Slow));
    let folder = DropCarrier::new(&scene.dir.path().join("exchange")).expect("folders");
    assert_eq!(folder.send("a", b"<x/>").await, Ok(Carried::Laid));
    assert_eq!(std::fs::read(scene.dir.path().join("exchange/to/a.xml")).expect("laid"), b"<x/>");
    std::fs::write(scene.dir.path().join("exchange/from/r.xml"), b"<y/>").expect("written");
    assert_eq!(folder.collect().await, Ok(vec![("r.xml".to_owned(), b"<y/>".to_vec())]));
    assert_eq!(folder.done("../to/a.xml").await, Err(ShareFault::Denied), "no way out of the folder");
    assert_eq!(folder.done("r.xml").await, Ok(()));
    assert_eq!(folder.collect().await, Ok(vec![]));

    // What the other side says it took of a day: over HTTP, and as a file beside the receipts.
    scene.partner.set_mode("exchange", None, Mode::Ok);
    assert_eq!(http.totals("2026-11-23").await, Ok(Some(std::collections::BTreeMap::new())));
    assert_eq!(http.totals("2026-11-23&x=1").await, Err(ShareFault::Denied), "a day and nothing else");
    assert_eq!(folder.totals("2026-11-23").await, Ok(None), "nothing said yet");
    let book = scene.dir.path().join("exchange/from/totals-2026-11-23.json");
    std::fs::write(&book, br#"{"day": "2026-11-23", "totals": {"Result": 3}}"#).expect("written");
    assert_eq!(
        folder.totals("2026-11-23").await,
        Ok(Some(std::collections::BTreeMap::from([("Result".to_owned(), 3)])))
    );
    std::fs::write(&book, br#"{"day": "2026-11-22", "totals": {}}"#).expect("written");
    assert_eq!(folder.totals("2026-11-23").await, Err(ShareFault::Garbage), "another day's books");
}
