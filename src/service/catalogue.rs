//! Items on offer: what the centre published, before it what the installation brought.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, RwLock};
use tongban_domain::ids::ItemKey;
use tongban_domain::item::{KioskScope, ServiceItem, search};

use crate::config::Face;

/// Items by key and version; cheap to clone.
#[derive(Clone, Default)]
pub struct Catalogue {
    items: Arc<RwLock<Items>>,
}

/// Every version of every item.
type Items = BTreeMap<(ItemKey, u32), Arc<ServiceItem>>;

impl Catalogue {
    /// Loads every `*.json` of a directory; a file that breaks its format is logged and left out.
    #[must_use]
    pub fn load(directory: &Path) -> Self {
        let catalogue = Self::default();
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "json")) {
            match std::fs::read_to_string(&path) {
                Ok(json) => drop(catalogue.publish(&json)),
                Err(error) => tracing::error!(path = %path.display(), %error, "catalogue file cannot be read"),
            }
        }
        catalogue
    }

    /// Adds one item file; older versions stay for the cases that keep them.
    pub fn publish(&self, json: &str) -> Option<ItemKey> {
        match ServiceItem::from_json(json) {
            Ok(item) => {
                let key = item.key.clone();
                let mut items = self.items.write().unwrap_or_else(std::sync::PoisonError::into_inner);
                items.insert((key.clone(), item.version), Arc::new(item));
                Some(key)
            }
            Err(error) => {
                tracing::error!(%error, "item file refused");
                None
            }
        }
    }

    /// The item in exactly this version.
    #[must_use]
    pub fn item(&self, key: &ItemKey, version: u32) -> Option<Arc<ServiceItem>> {
        let items = self.items.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        items.get(&(key.clone(), version)).cloned()
    }

    /// The newest version of the item of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Arc<ServiceItem>> {
        let items = self.items.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        items.values().rfind(|item| item.name == name).cloned()
    }

    /// The newest version of every item.
    #[must_use]
    pub fn newest(&self) -> BTreeMap<ItemKey, Arc<ServiceItem>> {
        let items = self.items.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Later versions stand behind earlier ones and take their place.
        items.iter().map(|((key, _), item)| (key.clone(), Arc::clone(item))).collect()
    }

    /// The newest version of every item this face may offer.
    #[must_use]
    pub fn offered(&self, face: Face, allowed: &[String]) -> Vec<Arc<ServiceItem>> {
        let items = self.items.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut newest: BTreeMap<&ItemKey, &Arc<ServiceItem>> = BTreeMap::new();
        for ((key, _), item) in items.iter() {
            newest.insert(key, item);
        }
        let here = |item: &ServiceItem| match face {
            Face::Kiosk => item.channels.kiosk != KioskScope::None,
            Face::Window | Face::Certificate | Face::Technician => item.channels.window,
        };
        let listed = |item: &ServiceItem| allowed.iter().any(|key| key == "*" || *key == item.key.0);
        let mut offered: Vec<_> = newest.into_values().filter(|item| here(item) && listed(item)).cloned().collect();
        // What can be finished on the spot comes first; within that, by name.
        offered.sort_by_key(|item| (item.channels.kiosk != KioskScope::Complete, item.name.clone()));
        offered
    }

    /// Offered items that match what was typed.
    #[must_use]
    pub fn search(&self, face: Face, allowed: &[String], text: &str) -> Vec<Arc<ServiceItem>> {
        let offered = self.offered(face, allowed);
        if text.trim().is_empty() {
            return offered;
        }
        let found = search(offered.iter().map(AsRef::as_ref), text);
        found.iter().filter_map(|item| offered.iter().find(|o| o.key == item.key).cloned()).collect()
    }
}
