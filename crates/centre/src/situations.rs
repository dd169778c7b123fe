//! 场景式服务: the city's trees of questions, held against the items in force.

use crate::centre::Centre;
use crate::error::{CentreError, Result};
use crate::office::{self, Place};
use std::path::Path;
use std::sync::Arc;
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::ItemKey;
use tongban_domain::item::ServiceItem;
use tongban_domain::situation::Situations as Trees;

const ROOM: &str = "situations";
const CURRENT: &str = "current";

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Situations<'a>(pub(crate) &'a Centre);

impl Centre {
    /// 场景式服务.
    #[must_use]
    pub const fn situations(&self) -> Situations<'_> {
        Situations(self)
    }
}

impl Situations<'_> {
    /// Takes the file of the installation; one that contradicts the catalogue is logged and passed over.
    pub(crate) fn load(&self, path: &Path) -> Result<()> {
        let Ok(text) = std::fs::read_to_string(path) else { return Ok(()) };
        match self.checked(&text) {
            Ok(trees) => self.0.office(|tx| {
                let place = Place { room: ROOM, id: CURRENT, a: "", b: "", state: "in_force", at_ms: self.0.now_ms() };
                office::put(tx, place, &trees)
            }),
            Err(error) => {
                tracing::error!(%error, "situations refused");
                Ok(())
            }
        }
    }

    fn checked(&self, text: &str) -> Result<Trees> {
        let items: Vec<Arc<ServiceItem>> = self.0.catalogue().all();
        let find = |key: &ItemKey| items.iter().find(|item| &item.key == key).map(AsRef::as_ref);
        Trees::from_json(text, find)
            .map_err(|error| CentreError::invalid(ErrorCode::ConfigInvalid, format!("situations: {error}")))
    }

    /// The trees in force; none when the installation has none.
    pub fn all(&self) -> Result<Option<Trees>> {
        self.0.look(|tx| office::get(tx, ROOM, CURRENT))
    }
}
