//! 文件交换: questions and answers as files in two folders both sides reach.
//!
//! `request/NONCE.json` appears whole (written beside, then renamed); the department answers with
//! `reply/NONCE.json`. Whatever was read or given up is deleted, for both hold personal data.

use crate::config::ConnectError;
use crate::reply::Answer;
use crate::rest::{ANSWER_LIMIT, Silence};
use crate::sign::Stamp;
use serde_json::json;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the reply folder is looked at.
const LOOK: Duration = Duration::from_millis(40);

/// The two folders.
pub struct FileDrop {
    request: PathBuf,
    reply: PathBuf,
    /// Nonces given up, whose replies may still come.
    given_up: Mutex<HashSet<String>>,
}

impl FileDrop {
    /// Makes the folders when they are missing.
    pub fn new(folder: &Path) -> Result<Self, ConnectError> {
        let (request, reply) = (folder.join("request"), folder.join("reply"));
        for path in [&request, &reply] {
            std::fs::create_dir_all(path).map_err(|error| ConnectError::Address {
                url: path.display().to_string(),
                reason: error.to_string(),
            })?;
        }
        Ok(Self { request, reply, given_up: Mutex::default() })
    }

    /// Puts a question and waits for its answer.
    pub async fn ask(&self, resource: &str, stamp: &Stamp, body: &[u8], deadline: Duration) -> Result<Answer, Silence> {
        let until = Instant::now() + deadline;
        self.sweep().await;
        let name = format!("{}.json", stamp.nonce);
        let (asked, answered) = (self.request.join(&name), self.reply.join(&name));
        let text = json!({
            "resource": resource, "client": stamp.client, "timestamp": stamp.timestamp, "nonce": stamp.nonce,
            "signature": stamp.signature, "request": String::from_utf8_lossy(body),
        });
        put(&asked, text.to_string().as_bytes()).await.map_err(|_| Silence::Broken)?;
        loop {
            if let Ok(metadata) = tokio::fs::metadata(&answered).await {
                let answer = taken(&answered, metadata.len()).await;
                // Deleted in any case: what was read once is of no use to anybody.
                let _ = tokio::fs::remove_file(&answered).await;
                let _ = tokio::fs::remove_file(&asked).await;
                return answer.map_err(|_| Silence::Broken);
            }
            let now = Instant::now();
            if now >= until {
                let _ = tokio::fs::remove_file(&asked).await;
                self.given_up.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
                return Err(Silence::Late);
            }
            tokio::time::sleep(LOOK.min(until - now)).await;
        }
    }

    /// Deletes answers that came after we had given up.
    async fn sweep(&self) {
        let waiting: Vec<String> = {
            let given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
            given_up.iter().filter(|name| self.reply.join(name).exists()).cloned().collect()
        };
        for name in waiting {
            if tokio::fs::remove_file(self.reply.join(&name)).await.is_ok() {
                self.given_up.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
            }
        }
    }
}

/// Writes a file that is seen whole or not at all.
async fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(&part, path).await
}

async fn taken(path: &Path, length: u64) -> io::Result<Answer> {
    let too_long = length > ANSWER_LIMIT as u64;
    let body = if too_long { Vec::new() } else { tokio::fs::read(path).await? };
    Ok(Answer { status: 200, media: "application/json".into(), charset: String::new(), body, too_long })
}
