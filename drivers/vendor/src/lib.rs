//! 厂商库: makers' closed libraries (`unpack`, `SDT_*`, `CVR_*`, GA/T 1011 and 1012), each call in
//! a process of its own.
//!
//! Such libraries crash, hang, write beyond their buffers and print to standard output. So
//! none is ever loaded into the worker: [`VendorProcess`] starts a short-lived child (this
//! crate's [`serve`]) which loads the library, makes one call into guarded buffers, answers
//! and ends, locked in like a worker. A crash costs a try, never the worker. A worker that is locked
//! in itself has its children started by a [`Launcher`].
//! Invariant: the only `dlopen` of the workspace is in `library.rs`, and only [`serve`] reaches it.

mod bmp;
mod buffer;
mod call;
mod child;
mod collector;
mod launcher;
mod library;
mod parent;
mod photo;
mod reader;

pub use call::{Answer, Call, PhotoAbi, ReaderAbi, What};
pub use child::serve;
pub use collector::VendorCollector;
pub use launcher::{Launcher, serve_launcher};
pub use parent::{Caller, VendorProcess};
pub use photo::VendorPhotos;
pub use reader::VendorReader;
