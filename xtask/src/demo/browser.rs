//! Staff pages in a real Chromium, driven through ChromeDriver.

use crate::processes::Process;
use anyhow::{Context, Result, anyhow};
use fantoccini::{Client, ClientBuilder, Locator};
use std::future::Future;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// One browser with its own profile: one person's session.
pub struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Client,
    base: String,
    _driver: Process,
}

impl Browser {
    /// Starts ChromeDriver and a fresh profile.
    pub fn start(name: &str, base: &str, folder: &Path) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let mut driver = Process::start(&format!("chromedriver-{name}"), command, &folder.join("logs"))?;
        driver.wait_until(Duration::from_secs(20), "ChromeDriver", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let profile = folder.join("browser").join(name);
        std::fs::create_dir_all(&profile)?;
        let flags = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--lang=zh-CN",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,1000",
            "--hide-scrollbars",
        ];
        let mut arguments: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".into(), serde_json::json!({"args": arguments}));
        let client = runtime
            .block_on(
                ClientBuilder::new(hyper_util_connector())
                    .capabilities(capabilities)
                    .connect(&format!("http://127.0.0.1:{port}")),
            )
            .context("opening Chromium")?;
        Ok(Self { runtime, client, base: base.to_owned(), _driver: driver })
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, fantoccini::error::CmdError>>) -> Result<T> {
        let limited = async { tokio::time::timeout(Duration::from_secs(30), work).await };
        Ok(self.runtime.block_on(limited).map_err(|_| anyhow!("the browser did not answer in 30 s"))??)
    }

    /// Opens a page of the server.
    pub fn open(&self, path: &str) -> Result<()> {
        self.wait(self.client.goto(&format!("{}{path}", self.base)))
    }

    /// Types into an element by its id.
    pub fn fill(&self, id: &str, text: &str) -> Result<()> {
        self.wait(async {
            let element = self.client.find(Locator::Id(id)).await?;
            element.clear().await?;
            element.send_keys(text).await
        })
        .with_context(|| format!("filling #{id}"))
    }

    /// Clicks an element by its id.
    pub fn click(&self, id: &str) -> Result<()> {
        self.wait(async { self.client.find(Locator::Id(id)).await?.click().await })
            .with_context(|| format!("clicking #{id}"))
    }

    /// Text of an element by its id.
    pub fn text(&self, id: &str) -> Result<String> {
        self.wait(async { self.client.find(Locator::Id(id)).await?.text().await })
            .with_context(|| format!("reading #{id}"))
    }

    /// Is there such an element?
    pub fn has(&self, id: &str) -> Result<bool> {
        Ok(!self.wait(self.client.find_all(Locator::Id(id)))?.is_empty())
    }

    /// Waits for an element: a page may still be on its way.
    pub fn wait_for(&self, id: &str) -> Result<()> {
        for _ in 0..100 {
            if self.has(id).unwrap_or(false) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(anyhow!("#{id} did not appear in 10 s"))
    }

    /// The page's source.
    pub fn source(&self) -> Result<String> {
        self.wait(self.client.source())
    }

    /// A picture of the window.
    pub fn shot(&self, path: &Path) -> Result<()> {
        let png = self.wait(self.client.screenshot())?;
        std::fs::write(path, png)?;
        Ok(())
    }

    /// Sends a form of the page's own origin with its token, as a person could who kept an old page, and
    /// returns the status of the page that came back.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Result<u64> {
        let script = r"
            const [path, fields] = arguments;
            const form = document.createElement('form');
            form.method = 'post'; form.action = path;
            const add = (name, value) => {
                const input = document.createElement('input');
                input.type = 'hidden'; input.name = name; input.value = value; form.append(input);
            };
            for (const [name, value] of fields) add(name, value);
            add('csrf', document.querySelector('input[name=csrf]').value);
            document.body.append(form); form.submit();
        ";
        self.wait(self.client.execute(script, vec![serde_json::json!(path), serde_json::json!(fields)]))?;
        let status = "return location.pathname.endsWith(arguments[0]) ? performance.getEntriesByType('navigation')[0].responseStatus : 0";
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(50));
            let answer = self.wait(self.client.execute(status, vec![serde_json::json!(path)]))?;
            if let Some(status) = answer.as_u64().filter(|status| *status > 0) {
                return Ok(status);
            }
        }
        Err(anyhow!("no page came back from {path}"))
    }

    /// Signs in.
    pub fn sign_in(&self, account: &str, password: &str) -> Result<()> {
        self.open("/login")?;
        self.fill("login-account", account)?;
        self.fill("login-password", password)?;
        self.click("login-submit")?;
        self.wait_for("who").with_context(|| format!("{account} is not signed in"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let client = self.client.clone();
        let close = async { tokio::time::timeout(Duration::from_secs(5), client.close()).await };
        drop(self.runtime.block_on(close));
    }
}

fn hyper_util_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}
