//! 事项目录: item files, every version kept, the latest offered. A file nobody has seen works.

use crate::centre::Centre;
use crate::error::{CentreError, Refusal, Result};
use crate::feed;
use crate::staff::log;
use crate::storage::Db;
use crate::vals;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use tongban_domain::code::ErrorCode;
use tongban_domain::event::Digest;
use tongban_domain::ids::ItemKey;
use tongban_domain::item::ServiceItem;
use tongban_protocol::api::FeedItem;

type Items = BTreeMap<(ItemKey, u32), Arc<ServiceItem>>;

/// All versions in memory.
#[derive(Debug)]
pub struct Catalogue(RwLock<Items>);

impl Catalogue {
    /// Reads every published version.
    pub(crate) fn open(db: &Db) -> Result<Self> {
        Ok(Self(RwLock::new(read_all(db)?)))
    }
}

fn read_all(db: &Db) -> Result<Items> {
    db.read("catalogue", |tx| {
        tx.rows("item.all", vals![])?
            .iter()
            .map(|row| {
                let item = parse(&row.text(2)?)?;
                Ok(((item.key.clone(), item.version), Arc::new(item)))
            })
            .collect()
    })
}

fn parse(json: &str) -> Result<ServiceItem> {
    ServiceItem::from_json(json).map_err(|error| CentreError::invalid(error.code(), format!("item file: {error}")))
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueRoom<'a>(pub(crate) &'a Centre);

impl CatalogueRoom<'_> {
    /// One version of an item.
    #[must_use]
    pub fn item(&self, key: &ItemKey, version: u32) -> Option<Arc<ServiceItem>> {
        let name = (key.clone(), version);
        let held = || self.0.catalogue.0.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let found = held();
        if found.is_some() || !self.0.shared {
            return found;
        }
        // Another server of the city may have published it a moment ago.
        match self.refresh() {
            Ok(()) => held(),
            Err(error) => {
                tracing::warn!(%error, "catalogue not refreshed");
                None
            }
        }
    }

    /// Reads what other servers published.
    pub fn refresh(&self) -> Result<()> {
        let known = self.0.catalogue.0.read().unwrap_or_else(PoisonError::into_inner).len() as u64;
        let count =
            self.0.db.read("catalogue", |tx| tx.row("item.count", vals![])?.map_or(Ok(0), |row| row.uint(0)))?;
        if count != known {
            *self.0.catalogue.0.write().unwrap_or_else(PoisonError::into_inner) = read_all(&self.0.db)?;
        }
        Ok(())
    }

    /// The latest version of an item.
    #[must_use]
    pub fn latest(&self, key: &ItemKey) -> Option<Arc<ServiceItem>> {
        let items = self.0.catalogue.0.read().unwrap_or_else(PoisonError::into_inner);
        items.range((key.clone(), 0)..=(key.clone(), u32::MAX)).next_back().map(|(_, item)| item.clone())
    }

    /// The latest version of every item.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<ServiceItem>> {
        let items = self.0.catalogue.0.read().unwrap_or_else(PoisonError::into_inner);
        let latest: BTreeMap<&ItemKey, &Arc<ServiceItem>> = items.iter().map(|((key, _), item)| (key, item)).collect();
        latest.into_values().cloned().collect()
    }

    /// 发布: stores a version and puts it into the feed. Publishing the same file again
    /// changes nothing; another file under a published version is refused.
    pub fn publish(&self, by: &str, json: &str) -> Result<Arc<ServiceItem>> {
        let centre = self.0;
        let item = Arc::new(parse(json)?);
        let digest = Digest(tongban_crypto::sm3(json.as_bytes()));
        let now = centre.now_ms();
        centre.db.write("publish", |tx| {
            if let Some(row) = tx.row("item.get", vals![&item.key.0, item.version])? {
                if row.digest(1)? == digest {
                    return Ok(());
                }
                return Err(CentreError::refused(
                    Refusal::Conflict,
                    ErrorCode::ConfigInvalid,
                    "this version was published with another content",
                ));
            }
            tx.exec("item.insert", vals![&item.key.0, item.version, json, digest, now])?;
            feed::push(
                tx,
                now,
                None,
                &FeedItem::Item { key: item.key.clone(), version: item.version, json: json.to_owned() },
            )?;
            centre.tell_item(tx, &item)?;
            log(tx, now, by, "catalogue.publish", &format!("{}@{}", item.key, item.version), "ok", &digest.to_string())
        })?;
        let mut items = centre.catalogue.0.write().unwrap_or_else(PoisonError::into_inner);
        items.insert((item.key.clone(), item.version), item.clone());
        Ok(item)
    }

    /// Publishes every `*.json` of a directory; a file that is refused is logged and passed over.
    pub fn load_dir(&self, dir: &Path) -> Result<usize> {
        let Ok(entries) = std::fs::read_dir(dir) else {
            tracing::warn!(dir = %dir.display(), "no catalogue directory");
            return Ok(0);
        };
        let mut files: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"))
            .collect();
        files.sort();
        let mut count = 0;
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(CentreError::file("read item file"))?;
            match self.publish("system", &text) {
                Ok(_) => count += 1,
                Err(CentreError::Refused { detail, .. }) => {
                    tracing::error!(file = %path.display(), detail, "item file refused");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }
}
