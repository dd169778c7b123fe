//! The widgets screens are made of.
//!
//! Functions take the [`Ui`](crate::Ui), a stable [`Id`](crate::Id) where
//! something can be pressed or must be found, and texts already resolved.

pub mod bar;
pub mod busy;
pub mod button;
pub mod card;
pub mod chip;
pub mod device;
pub mod dialog;
pub mod field;
pub mod leaves;
pub mod list;
pub mod notice;
pub mod outline;
pub mod page;
pub mod picture;
pub mod progress;
pub mod signature;
pub mod stepper;
pub mod table;
pub mod text;
pub mod tile;

pub use bar::{BottomBar, Link, TopBar, bottom_bar, top_bar};
pub use busy::busy;
pub use button::{Button, danger, primary, quiet, secondary};
pub use card::{card, divider, labelled, panel, sunk};
pub use chip::{chip, chip_with};
pub use device::{DeviceLine, DeviceTone, device_row};
pub use dialog::{dialog, idle_dialog, overlay};
pub use field::{FieldRow, InputBox, check, choice, field_row, input_box, text_field};
pub use leaves::{Leafed, Leaves, leaves};
pub use list::{ListRow, Paging, list_row, paged, pager};
pub use notice::{Audience, Banner, Level, banner, empty, fault_banner};
pub use outline::{Outline, live_view};
pub use page::{actions, demo_ribbon, page, page_low, page_open, panes, with_actions};
pub use picture::{pictogram, picture, qr, thumb};
pub use progress::{Progress, ProgressState, progress_row};
pub use signature::{Ink, Strokes, signature};
pub use stepper::stepper;
pub use table::{Column, table};
pub use text::{body, caption, display, heading, headline, icon, label, strong, tinted, title};
pub use tile::{Tile, paired_height, tile, tiles};
