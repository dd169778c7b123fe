//! File drops (API.md sections 6 and 7): folders looked at again and again.

use crate::api::{Asked, admitted, answered};
use crate::render::Dress;
use crate::sign::{Denial, Stamp};
use crate::state::Partner;
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const LOOK: Duration = Duration::from_millis(30);

#[derive(Deserialize)]
struct Question {
    resource: String,
    client: String,
    timestamp: String,
    nonce: String,
    signature: String,
    request: String,
}

fn waiting(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|known| known == end)).collect();
    paths.sort();
    paths
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, path)
}

/// Answers questions in `folder/request` with files in `folder/reply`, for ever.
///
/// # Errors
/// When a folder cannot be made or written.
pub async fn serve_queries(partner: Arc<Partner>, folder: PathBuf) -> io::Result<()> {
    let (request, reply) = (folder.join("request"), folder.join("reply"));
    std::fs::create_dir_all(&request)?;
    std::fs::create_dir_all(&reply)?;
    loop {
        for path in waiting(&request, "json") {
            let Ok(text) = std::fs::read(&path) else { continue };
            let name = path.file_name().unwrap_or_default().to_owned();
            std::fs::remove_file(&path)?;
            let (partner, reply) = (partner.clone(), reply.clone());
            tokio::spawn(async move {
                if let Some(bytes) = answer(&partner, &text).await {
                    let _ = put(&reply.join(name), &bytes);
                }
            });
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn answer(partner: &Partner, text: &[u8]) -> Option<Vec<u8>> {
    let question: Question = serde_json::from_slice(text).ok()?;
    let stamp = Stamp {
        client: question.client,
        timestamp: question.timestamp,
        nonce: question.nonce,
        signature: question.signature,
    };
    let asked = admitted(partner, &stamp, question.request.as_bytes())
        .and_then(|()| serde_json::from_str::<Asked>(&question.request).map_err(|_| Denial::Malformed));
    let rendered = answered(partner, Dress::Json, &question.resource, asked).await?;
    // A connection that breaks is a file that never comes.
    (!rendered.cut).then_some(rendered.bytes)
}

/// Takes exchange messages from `folder/to` and lays receipts into `folder/from`, for ever.
///
/// # Errors
/// When a folder cannot be made or written.
pub async fn serve_exchange(partner: Arc<Partner>, folder: PathBuf) -> io::Result<()> {
    let (to, from) = (folder.join("to"), folder.join("from"));
    std::fs::create_dir_all(&to)?;
    std::fs::create_dir_all(&from)?;
    loop {
        for path in waiting(&to, "xml") {
            let Ok(document) = std::fs::read(&path) else { continue };
            // A receipt ends an exchange; it is neither counted nor receipted.
            if String::from_utf8_lossy(&document).contains("type=\"Receipt\"") {
                std::fs::remove_file(&path)?;
                continue;
            }
            let taken = partner.exchange().take(&document, partner.time());
            if let Some((receipt, _)) = taken {
                let name = format!("receipt-{}", path.file_name().unwrap_or_default().to_string_lossy());
                put(&from.join(name), receipt.as_bytes())?;
                for (day, totals) in partner.exchange().books() {
                    let text = serde_json::json!({"day": day, "totals": totals}).to_string();
                    put(&from.join(format!("totals-{day}.json")), text.as_bytes())?;
                }
            }
            std::fs::remove_file(&path)?;
        }
        tokio::time::sleep(LOOK).await;
    }
}
