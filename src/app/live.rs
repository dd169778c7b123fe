//! Streams into the interface: devices, link, pictures, ticks.

use crate::apply::context::{DeviceGlance, Picture};
use crate::service::Services;
use crate::service::devices::Scanned;
use futures::{SinkExt, Stream, StreamExt};
use iced::Subscription;
use std::hash::{Hash, Hasher};
use tokio::sync::watch;
use tongban_hub::{DeviceView, Frame, Wish};
use tongban_sync::SyncStatus;

/// Something changed by itself.
#[derive(Debug, Clone)]
pub enum Change {
    /// Devices.
    Devices(Vec<DeviceGlance>),
    /// Link to the centre.
    Link(SyncStatus),
    /// A new picture of a camera.
    Picture(&'static str, Picture),
    /// A code was scanned while a page has a field for it.
    Scanned(Scanned),
}

/// Pictures a second.
pub const FPS: u8 = 15;

/// Identity of a stream: iced keeps one per key, and per size of a picture.
#[derive(Clone)]
struct Source {
    key: &'static str,
    within: Option<(u32, u32)>,
    services: Services,
}

impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.key, self.within).hash(state);
    }
}

/// Devices and link, always.
pub fn always(services: &Services) -> Subscription<Change> {
    let source = |key| Source { key, within: None, services: services.clone() };
    Subscription::batch([
        Subscription::run_with(source("devices"), |source: &Source| {
            follow(source.services.devices.watch(), |views: &Vec<DeviceView>| {
                Some(Change::Devices(views.iter().map(glance).collect()))
            })
        }),
        Subscription::run_with(source("link"), |source: &Source| {
            follow(source.services.centre.watch(), |status: &SyncStatus| Some(Change::Link(status.clone())))
        }),
    ])
}

/// Pictures of one camera, only while a screen shows them; `within` is the size it draws them in, where
/// they are only shown.
pub fn pictures(services: &Services, role: &'static str, within: Option<(u32, u32)>) -> Subscription<Change> {
    Subscription::run_with(Source { key: role, within, services: services.clone() }, |source: &Source| {
        let (role, wish) = (source.key, Wish { fps: FPS, shown_within: source.within });
        let (mut shown, mut missed, mut last) = (0, 0, None);
        follow(source.services.devices.preview_as(role, wish), move |frame: &Option<Frame>| {
            let frame = frame.as_ref()?;
            // A worker that was replaced counts from the beginning.
            missed += last.map_or(0, |last| frame.seq.saturating_sub(last + 1));
            (shown, last) = (shown + 1, Some(frame.seq));
            Some(Change::Picture(role, Picture { shown, missed, ..picture(frame) }))
        })
    })
}

/// Codes of the scanner, only while a page has a field for them.
pub fn codes(services: &Services) -> Subscription<Change> {
    let source = Source { key: crate::service::devices::CODES, within: None, services: services.clone() };
    Subscription::run_with(source, |source: &Source| source.services.devices.codes().map(Change::Scanned))
}

/// Every value of a watch channel, the present one first.
fn follow<T, F>(mut receiver: watch::Receiver<T>, mut map: F) -> impl Stream<Item = Change>
where
    T: Send + Sync + 'static,
    F: FnMut(&T) -> Option<Change> + Send + 'static,
{
    iced::stream::channel(4, async move |mut output: futures::channel::mpsc::Sender<Change>| {
        loop {
            let change = map(&receiver.borrow_and_update());
            if let Some(change) = change
                && output.send(change).await.is_err()
            {
                return;
            }
            if receiver.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    })
}

fn glance(view: &DeviceView) -> DeviceGlance {
    DeviceGlance {
        role: view.role.clone(),
        kind: view.kind,
        driver: view.driver.clone(),
        port: view.port.clone(),
        state: view.state,
        code: view.code,
        evidence: view.evidence.iter().map(|(name, text)| (name.clone(), text.clone())).collect(),
        restarts: view.restarts,
        required: view.required,
        since: view.since,
    }
}

fn picture(frame: &Frame) -> Picture {
    let handle = iced::widget::image::Handle::from_rgba(frame.width, frame.height, frame.pixels.clone());
    Picture { seq: frame.seq, handle, width: frame.width, height: frame.height, shown: 0, missed: 0 }
}
