//! Kinto with attachments, from PyPI: records in memory (which favours it), files on disk, one request a file.

use super::{Process, target};
use anyhow::{Result, ensure};
use std::path::Path;
use std::process::Command;

const PACKAGES: [&str; 4] = ["kinto==26.5.0", "kinto-attachment==8.0.0", "waitress", "setuptools<81"];
const ACCOUNT: (&str, &str) = ("bench", "only-for-this-bench");
const BOUNDARY: &str = "----tongban-bench";

/// The command that serves from `data` on `port`.
pub fn command(data: &Path, port: u16) -> Result<Vec<String>> {
    let venv = target("cache/kinto");
    let serve = venv.join("bin/pserve");
    if !serve.exists() {
        ensure!(Command::new("python3").args(["-m", "venv"]).arg(&venv).status()?.success(), "venv");
        let pip = Command::new(venv.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES)
            .status()?;
        ensure!(pip.success(), "pip install");
    }
    let config = data.join("kinto.ini");
    let files = data.join("files");
    std::fs::create_dir_all(&files)?;
    let text = format!(
        "[server:main]\nuse = egg:waitress#main\nhost = 127.0.0.1\nport = {port}\nthreads = 8\n\
         [app:main]\nuse = egg:kinto\nkinto.storage_backend = kinto.core.storage.memory\n\
         kinto.cache_backend = kinto.core.cache.memory\nkinto.permission_backend = kinto.core.permission.memory\n\
         kinto.includes = kinto_attachment\nmultiauth.policies = basicauth\n\
         kinto.bucket_create_principals = system.Authenticated\nkinto.userid_hmac_secret = bench\n\
         kinto.attachment.base_path = {}\nkinto.attachment.base_url = http://127.0.0.1/\n\
         kinto.attachment.extensions = any\n",
        files.display()
    );
    std::fs::write(&config, text)?;
    Ok(vec![serve.to_string_lossy().into_owned(), config.to_string_lossy().into_owned()])
}

/// Makes bucket and collection.
pub async fn set_up(peer: &Process) -> Result<String> {
    for place in ["buckets/hall", "buckets/hall/collections/cases"] {
        let url = format!("{}/v1/{place}", peer.base);
        let answer = peer.client.put(url).basic_auth(ACCOUNT.0, Some(ACCOUNT.1)).send().await?;
        super::taken(answer).await?;
    }
    Ok(String::new())
}

/// A case: a record a file, the first with 4 KB of JSON.
pub async fn send(peer: &Process, files: &[Vec<u8>], which: usize) -> Result<()> {
    for (number, file) in files.iter().enumerate() {
        let text = if number == 0 { "x".repeat(4000) } else { String::new() };
        let json = serde_json::json!({"case": which, "text": text}).to_string();
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"data\"\r\n\r\n{json}\r\n--{BOUNDARY}\r\n\
             content-disposition: form-data; name=\"attachment\"; filename=\"{which}-{number}.jpg\"\r\n\
             content-type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let id = uuid::Uuid::now_v7();
        let answer = peer
            .client
            .post(format!("{}/v1/buckets/hall/collections/cases/records/{id}/attachment", peer.base))
            .basic_auth(ACCOUNT.0, Some(ACCOUNT.1))
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(body)
            .send()
            .await?;
        super::taken(answer).await?;
    }
    Ok(())
}
