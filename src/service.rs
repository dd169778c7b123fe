//! Handles the screens may use. Each turns a store, hub or server call into a future or
//! stream of plain values; only `boot` constructs them.

pub mod cases;
pub mod catalogue;
pub mod centre;
pub mod devices;
pub mod handover;
pub mod help;
pub mod making;
pub mod matcher;
pub mod papers;
pub mod queue;
pub mod receipts;
pub mod self_tests;
pub mod situations;
pub mod speech;
pub mod upkeep;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tongban_domain::clock::{Clock, Ids};
use tongban_ui::keyboard::pinyin::Pinyin;

pub use cases::Cases;
pub use catalogue::Catalogue;
pub use centre::Centre;
pub use devices::Devices;
pub use handover::Handover;
pub use help::HelpLine;
pub use making::Making;
pub use matcher::Matcher;
pub use papers::Papers;
pub use queue::QueueLine;
pub use self_tests::SelfTests;
pub use situations::Situations;
pub use speech::Speech;
pub use upkeep::Upkeep;

/// All handles; cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Cases and visits in the station store.
    pub cases: Cases,
    /// Devices through the hub.
    pub devices: Devices,
    /// The centre, as far as it can be reached.
    pub centre: Centre,
    /// Drafts left at one station and gone on with at another.
    pub handover: Handover,
    /// Calls for a person between kiosk and window.
    pub help: HelpLine,
    /// Places in the hall's queue.
    pub queue: QueueLine,
    /// What a technician's tests found.
    pub self_tests: SelfTests,
    /// Questions that lead to an item.
    pub situations: Situations,
    /// The voice of a kiosk.
    pub speech: Speech,
    /// Items on offer.
    pub catalogue: Catalogue,
    /// Papers made at the station.
    pub papers: Papers,
    /// Licences: making and handing over.
    pub making: Making,
    /// Faces and prints compared.
    pub matcher: Matcher,
    /// The machine's own state.
    pub upkeep: Upkeep,
    /// Dictionary of the on-screen keyboard.
    pub pinyin: Option<Arc<Pinyin>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New identifiers.
    pub ids: Arc<dyn Ids>,
    /// 自动拍摄: a page is taken as it lies still. The officer may switch it off; it stays so while the program runs.
    pub by_itself: Arc<AtomicBool>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Services")
    }
}
