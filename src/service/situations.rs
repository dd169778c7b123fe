//! 场景式服务 at a station: the same file as the centre's, held against the items in force.

use super::Catalogue;
use std::path::Path;
use std::sync::Arc;
use tongban_domain::situation::Situations as Trees;

/// The trees of questions; none where the installation has none. Cheap to clone.
#[derive(Clone, Default)]
pub struct Situations {
    trees: Option<Arc<Trees>>,
}

impl Situations {
    /// Reads the installation's file; one that contradicts the catalogue is logged and left out.
    #[must_use]
    pub fn load(path: &Path, catalogue: &Catalogue) -> Self {
        let Ok(text) = std::fs::read_to_string(path) else { return Self::default() };
        let items = catalogue.newest();
        match Trees::from_json(&text, |key| items.get(key).map(AsRef::as_ref)) {
            Ok(trees) => Self { trees: Some(Arc::new(trees)) },
            Err(error) => {
                tracing::error!(%error, "situations left out");
                Self::default()
            }
        }
    }

    /// The trees, if there are any to offer.
    #[must_use]
    pub fn trees(&self) -> Option<&Arc<Trees>> {
        self.trees.as_ref().filter(|trees| !trees.situations.is_empty())
    }
}
