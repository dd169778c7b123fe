//! A running server with staff, stations and cases, and a browser that has no script.
#![allow(dead_code, reason = "each test file uses its part")]

#[path = "../../../centre/tests/common/mod.rs"]
pub mod hall;

use hall::sample::{begin, construction_case, fill, stall_case, unseen_item};
use hall::{PASSWORD, TestStation, assets, member};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Response};
use std::sync::Arc;
use tempfile::TempDir;
use tongban_domain::event::{Delivery, Event, Value};
use tongban_domain::ids::CaseId;
use tongban_protocol::system::SystemClock;
use tongban_server::centre::handling::Act;
use tongban_server::centre::rights::Role;
use tongban_server::centre::staff::Member;
use tongban_server::{ServerConfig, ServerHandle, launch};

pub struct Running {
    pub dir: TempDir,
    pub server: ServerHandle,
    pub kiosk: TestStation,
    pub window: TestStation,
}

pub const ACCOUNTS: [(&str, &[Role]); 7] = [
    ("reviewer1", &[Role::Reviewer]),
    ("decider1", &[Role::Decider]),
    ("operator1", &[Role::Operator]),
    ("manager1", &[Role::Manager]),
    ("technician1", &[Role::Technician]),
    ("admin1", &[Role::Admin]),
    ("both1", &[Role::Reviewer, Role::Decider]),
];

pub async fn start() -> Running {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let mut config = ServerConfig::local(dir.path().join("centre"), assets());
    config.demo = true;
    let server = launch(config).await.unwrap();
    let centre = server.centre();
    for (id, roles) in ACCOUNTS {
        member(centre, id, roles);
    }
    centre.catalogue().publish("test", &unseen_item()).unwrap();
    let clock = Arc::new(SystemClock);
    let kiosk = TestStation::enrol(centre, &clock, 71, "890102-001-K03", "kiosk", "003");
    let window = TestStation::enrol(centre, &clock, 72, "890102-001-C01", "certificate", "051");
    Running { dir, server, kiosk, window }
}

impl Running {
    /// A small case, received.
    pub fn case(&mut self) -> CaseId {
        let (draft, bundle) = stall_case(self.server.centre(), &mut self.kiosk);
        self.kiosk.upload(self.server.centre(), bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
        draft.id
    }

    /// A small case with its receipt number and the six digits of its slip.
    pub fn case_with_slip(&mut self) -> (CaseId, String, String) {
        let (draft, bundle) = stall_case(self.server.centre(), &mut self.kiosk);
        self.kiosk.upload(self.server.centre(), bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
        let reviewer = self.who("reviewer1");
        let receipt = self.server.centre().cases().row(&reviewer, draft.id).unwrap().receipt.unwrap();
        let password = tongban_protocol::query::query_password(draft.key.expose(), &receipt);
        (draft.id, receipt, password)
    }

    /// A stall whose promise of cleanliness may follow later, filed without one of its materials; receipt number and
    /// the six digits of its slip.
    pub fn stall_without(&mut self, without: &str) -> (CaseId, String, String) {
        let centre = self.server.centre().clone();
        let mut file: serde_json::Value = serde_json::from_str(&unseen_item()).unwrap();
        file["version"] = serde_json::json!(2);
        file["terms"] = serde_json::json!({"deferral": true});
        let later = serde_json::json!({"id": "m03", "name": "卫生承诺书", "necessity": "deferrable", "how": "capture"});
        file["materials"].as_array_mut().unwrap().push(later);
        centre.catalogue().publish("test", &file.to_string()).unwrap();
        let item = centre.catalogue().latest(&"street_stall".into()).unwrap();
        let mut brought = item.as_ref().clone();
        brought.materials.retain(|material| material.id.0 != without);
        let kiosk = &mut self.kiosk;
        let mut draft = begin(kiosk, &item, None);
        fill(kiosk, &mut draft, &brought, &[("place", Value::Text("中山街道东口".into()))]);
        let receipt = kiosk.receipt(&centre);
        draft.say(kiosk, Event::Submitted { receipt: receipt.clone(), delivery: Delivery::Pickup, offline: false });
        let bundle = draft.bundle(kiosk);
        kiosk.upload(&centre, bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
        let password = tongban_protocol::query::query_password(draft.key.expose(), &receipt);
        (draft.id, receipt, password)
    }

    /// An account.
    pub fn who(&self, id: &str) -> Member {
        self.server.centre().staff().get(id).unwrap().unwrap()
    }

    /// One more account.
    pub fn add(&self, id: &str, roles: &[Role]) -> Member {
        member(self.server.centre(), id, roles)
    }

    /// Moves a case a step by somebody, from the page as it is now.
    pub fn act(&self, by: &str, case: CaseId, act: &Act) {
        let (centre, by) = (self.server.centre(), self.who(by));
        let version = centre.cases().row(&by, case).unwrap().version;
        centre.handling().act(&by, case, version, "centre", act).unwrap();
    }

    /// The big one.
    pub fn construction(&mut self) -> CaseId {
        let (draft, bundle) = construction_case(self.server.centre(), &mut self.kiosk);
        self.kiosk.upload(self.server.centre(), bundle.id, &bundle.encode().unwrap(), 1 << 20).unwrap();
        draft.id
    }

    pub fn staff_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.staff_addr)
    }

    pub fn public_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.public_addr)
    }

    pub fn station_url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.server.station_addr.port())
    }

    /// A client of the station listener; with or without a certificate.
    pub fn station_client(&self, station: Option<&TestStation>) -> Client {
        let authority = Certificate::from_pem(self.server.ca_pem.as_bytes()).unwrap();
        let mut builder = Client::builder().no_proxy().tls_certs_only([authority]).pool_max_idle_per_host(0);
        if let Some(station) = station {
            let pem = format!("{}{}", station.tls_key_pem, station.reply.certificate_pem);
            builder = builder.identity(Identity::from_pem(pem.as_bytes()).unwrap());
        }
        builder.build().unwrap()
    }
}

/// A browser: cookies, no redirects followed, no script.
pub struct Browser {
    pub client: Client,
    base: String,
}

impl Browser {
    pub fn new(base: String) -> Self {
        // A connection the server closed in the middle of an upload is not used again.
        let client = Client::builder().no_proxy().cookie_store(true).redirect(Policy::none()).pool_max_idle_per_host(0);
        Self { client: client.build().unwrap(), base }
    }

    pub async fn sign_in(running: &Running, account: &str) -> Self {
        let browser = Self::new(running.staff_url(""));
        let answer =
            browser.post("/login", "/login", &[("account", account), ("password", PASSWORD), ("next", "/")]).await;
        assert_eq!(answer.status(), 303, "{account} signs in");
        browser
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Opens `from`, takes its form token and sends the form.
    pub async fn post(&self, from: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let token = token(&self.page(from).await);
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.post_raw(to, &fields).await
    }

    /// A form with files, as a browser without script sends it.
    pub async fn post_files(&self, to: &str, fields: &[(&str, &str)], files: &[(String, Vec<u8>)]) -> Response {
        let mut body = Vec::new();
        for (name, text) in fields {
            let part = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
            body.extend(part.into_bytes());
        }
        for (name, bytes) in files {
            let head = format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\r\n");
            body.extend(head.into_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let request = self.client.post(self.url(to)).header("content-type", "multipart/form-data; boundary=edge");
        request.body(body).send().await.unwrap()
    }

    pub async fn post_raw(&self, to: &str, fields: &[(&str, &str)]) -> Response {
        self.client.post(format!("{}{to}", self.base)).form(fields).send().await.unwrap()
    }
}

/// The form token of a page.
pub fn token(page: &str) -> String {
    let document = scraper::Html::parse_document(page);
    let selector = scraper::Selector::parse("input[name=csrf]").unwrap();
    document.select(&selector).next().and_then(|input| input.value().attr("value")).unwrap_or_default().to_owned()
}

/// Value of an input.
pub fn value(page: &str, selector: &str) -> String {
    let document = scraper::Html::parse_document(page);
    let selector = scraper::Selector::parse(selector).unwrap();
    document.select(&selector).next().and_then(|input| input.value().attr("value")).unwrap_or_default().to_owned()
}

/// Text of the first match; empty when there is none.
pub fn text(page: &str, selector: &str) -> String {
    let document = scraper::Html::parse_document(page);
    let selector = scraper::Selector::parse(selector).unwrap();
    document
        .select(&selector)
        .next()
        .map(|element| element.text().collect::<String>())
        .unwrap_or_default()
        .trim()
        .to_owned()
}

pub fn has(page: &str, selector: &str) -> bool {
    let document = scraper::Html::parse_document(page);
    document.select(&scraper::Selector::parse(selector).unwrap()).next().is_some()
}
