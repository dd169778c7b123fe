//! pouchdb-server (LevelDB), from npm: a document a case, its files as attachments in the same request.

use super::{Process, target};
use anyhow::{Result, ensure};
use base64::Engine as _;
use std::path::Path;
use std::process::Command;

const PACKAGE: &str = "pouchdb-server@4.2.0";

/// The command that serves from `data` on `port`.
pub fn command(data: &Path, port: u16) -> Result<Vec<String>> {
    let home = target("cache/pouchdb-server");
    let program = home.join("node_modules/pouchdb-server/bin/pouchdb-server");
    if !program.exists() {
        std::fs::create_dir_all(&home)?;
        let npm =
            Command::new("npm").args(["install", "--no-audit", "--no-fund", PACKAGE]).current_dir(&home).status()?;
        ensure!(npm.success(), "npm install");
    }
    let words = ["--port", &port.to_string(), "--dir", &data.to_string_lossy(), "--no-stdout-logs"].map(str::to_owned);
    Ok(["node".to_owned(), program.to_string_lossy().into_owned()].into_iter().chain(words).collect())
}

/// Makes the database.
pub async fn set_up(peer: &Process) -> Result<String> {
    super::taken(peer.client.put(format!("{}/cases", peer.base)).send().await?).await?;
    Ok(String::new())
}

/// A case: 4 KB of JSON and its files in base 64, as the server's interface wants them inline.
pub async fn send(peer: &Process, files: &[Vec<u8>], which: usize) -> Result<()> {
    let attachments: serde_json::Map<String, serde_json::Value> = files
        .iter()
        .enumerate()
        .map(|(number, file)| {
            let data = base64::engine::general_purpose::STANDARD.encode(file);
            (format!("{number}.jpg"), serde_json::json!({"content_type": "image/jpeg", "data": data}))
        })
        .collect();
    let json = serde_json::json!({"case": which, "text": "x".repeat(4000), "_attachments": attachments});
    let id = uuid::Uuid::now_v7();
    super::taken(peer.client.put(format!("{}/cases/{id}", peer.base)).json(&json).send().await?).await
}
