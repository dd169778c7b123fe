//! How exchange messages travel: posted over HTTP, or laid into a folder.

use crate::config::{ConnectConfig, ConnectError};
use crate::fault::ShareFault;
use crate::rest::{Post, Rest, Silence};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

/// What became of a message on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// The receiver answered with these bytes.
    Answered(Vec<u8>),
    /// Laid down; the receipt comes later by [`Carrier::collect`].
    Laid,
}

type Carrying<'c, T> = Pin<Box<dyn Future<Output = Result<T, ShareFault>> + Send + 'c>>;

/// A way to another authority.
pub trait Carrier: Send + Sync {
    /// Sends one message.
    fn send<'c>(&'c self, id: &'c str, document: &'c [u8]) -> Carrying<'c, Carried>;

    /// What came in since: receipts and messages of theirs, by name. Nothing is taken away.
    fn collect(&self) -> Carrying<'_, Vec<(String, Vec<u8>)>>;

    /// Takes away what [`Carrier::collect`] gave and was stored.
    fn done<'c>(&'c self, name: &'c str) -> Carrying<'c, ()>;

    /// What the other side says it took of a day's batches (`YYYY-MM-DD`), by type; `None` while it does not say.
    fn totals<'c>(&'c self, _day: &'c str) -> Carrying<'c, Option<BTreeMap<String, u64>>> {
        Box::pin(async { Ok(None) })
    }
}

#[derive(serde::Deserialize)]
struct Totals {
    day: String,
    totals: BTreeMap<String, u64>,
}

fn totals_of(day: &str, bytes: &[u8]) -> Result<Option<BTreeMap<String, u64>>, ShareFault> {
    let said: Totals = serde_json::from_slice(bytes).map_err(|_| ShareFault::Garbage)?;
    if said.day == day { Ok(Some(said.totals)) } else { Err(ShareFault::Garbage) }
}

/// `YYYY-MM-DD` and nothing that leads out of a folder or a query.
fn plain_day(day: &str) -> bool {
    day.len() == 10 && day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// Over HTTP; the receipt is the answer.
pub struct HttpCarrier {
    rest: Rest,
    path: String,
    deadline: Duration,
}

impl HttpCarrier {
    /// Posts to `path` below the configuration's base address.
    ///
    /// # Errors
    /// [`ConnectError`]: address, certificates, or no TLS provider installed.
    pub fn new(config: &ConnectConfig, path: &str) -> Result<Self, ConnectError> {
        let deadline = config.timeouts.try_;
        Ok(Self { rest: Rest::new(config)?, path: path.trim_start_matches('/').to_owned(), deadline })
    }
}

impl Carrier for HttpCarrier {
    fn send<'c>(&'c self, _id: &'c str, document: &'c [u8]) -> Carrying<'c, Carried> {
        Box::pin(async move {
            let post = Post {
                path: &self.path,
                media: "application/xml; charset=utf-8",
                headers: Vec::new(),
                body: document.to_vec(),
            };
            let answer = self.rest.post(post, self.deadline).await.map_err(|silence| match silence {
                Silence::Broken => ShareFault::Down,
                Silence::Late => ShareFault::Slow,
            })?;
            match answer.status {
                _ if answer.too_long => Err(ShareFault::Oversize),
                // A refusal is a receipt too.
                200 | 422 => Ok(Carried::Answered(answer.body)),
                500.. => Err(ShareFault::Down),
                _ => Err(ShareFault::Denied),
            }
        })
    }

    fn collect(&self) -> Carrying<'_, Vec<(String, Vec<u8>)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn done<'c>(&'c self, _name: &'c str) -> Carrying<'c, ()> {
        Box::pin(async { Ok(()) })
    }

    fn totals<'c>(&'c self, day: &'c str) -> Carrying<'c, Option<BTreeMap<String, u64>>> {
        Box::pin(async move {
            if !plain_day(day) {
                return Err(ShareFault::Denied);
            }
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = format!("{folder}/totals?day={day}");
            let answer = self.rest.get(&path, self.deadline).await.map_err(|silence| match silence {
                Silence::Broken => ShareFault::Down,
                Silence::Late => ShareFault::Slow,
            })?;
            match answer.status {
                _ if answer.too_long => Err(ShareFault::Oversize),
                200 => totals_of(day, &answer.body),
                // A partner without books of its own.
                404 => Ok(None),
                500.. => Err(ShareFault::Down),
                _ => Err(ShareFault::Denied),
            }
        })
    }
}

/// By folders: we write into `to/`, they into `from/`; names end in `.xml`.
pub struct DropCarrier {
    to: PathBuf,
    from: PathBuf,
}

/// Files read in one go.
const BATCH: usize = 200;

impl DropCarrier {
    /// Makes both folders when they are missing.
    ///
    /// # Errors
    /// [`ConnectError::Address`] when they cannot be made.
    pub fn new(folder: &Path) -> Result<Self, ConnectError> {
        let (to, from) = (folder.join("to"), folder.join("from"));
        for path in [&to, &from] {
            std::fs::create_dir_all(path).map_err(|error| ConnectError::Address {
                url: path.display().to_string(),
                reason: error.to_string(),
            })?;
        }
        Ok(Self { to, from })
    }

    async fn incoming(&self) -> std::io::Result<Vec<(String, Vec<u8>)>> {
        let mut names = Vec::new();
        let mut entries = tokio::fs::read_dir(&self.from).await?;
        while let Some(entry) = entries.next_entry().await? {
            let name = entry.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|end| end == "xml") && entry.file_type().await?.is_file() {
                names.push(name);
            }
        }
        names.sort();
        names.truncate(BATCH);
        let mut files = Vec::new();
        for name in names {
            let path = self.from.join(&name);
            let limit = tongban_protocol::exchange::MESSAGE_LIMIT as u64;
            // What is too long is handed on empty, so that it is refused and taken away.
            let long = tokio::fs::metadata(&path).await?.len() > limit;
            files.push((name, if long { Vec::new() } else { tokio::fs::read(&path).await? }));
        }
        Ok(files)
    }
}

impl Carrier for DropCarrier {
    fn send<'c>(&'c self, id: &'c str, document: &'c [u8]) -> Carrying<'c, Carried> {
        Box::pin(async move {
            let path = self.to.join(format!("{id}.xml"));
            let part = path.with_extension("part");
            let written = async {
                let mut file = tokio::fs::File::create(&part).await?;
                tokio::io::AsyncWriteExt::write_all(&mut file, document).await?;
                file.sync_all().await?;
                tokio::fs::rename(&part, &path).await
            };
            written.await.map(|()| Carried::Laid).map_err(|_| ShareFault::Down)
        })
    }

    fn collect(&self) -> Carrying<'_, Vec<(String, Vec<u8>)>> {
        Box::pin(async move { self.incoming().await.map_err(|_| ShareFault::Down) })
    }

    fn done<'c>(&'c self, name: &'c str) -> Carrying<'c, ()> {
        Box::pin(async move {
            let plain = !name.contains('/') && !name.contains('\0');
            let path = self.from.join(name);
            if plain {
                tokio::fs::remove_file(path).await.map_err(|_| ShareFault::Down)
            } else {
                Err(ShareFault::Denied)
            }
        })
    }

    /// `from/totals-YYYY-MM-DD.json`, written anew by the other side after each message it took.
    fn totals<'c>(&'c self, day: &'c str) -> Carrying<'c, Option<BTreeMap<String, u64>>> {
        Box::pin(async move {
            if !plain_day(day) {
                return Err(ShareFault::Denied);
            }
            match tokio::fs::read(self.from.join(format!("totals-{day}.json"))).await {
                Ok(bytes) => totals_of(day, &bytes),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(_) => Err(ShareFault::Down),
            }
        })
    }
}
