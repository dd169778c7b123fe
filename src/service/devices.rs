//! Device calls as streams: prompts on the way, one result at the end.

mod codes;
mod upkeep;

use crate::failure::Failure;
use futures::channel::mpsc;
use futures::{SinkExt, Stream, StreamExt};
use std::time::Duration;
use tokio::sync::watch;
use tongban_device::biometric::{FaceReport, FaceTask, FingerReport, FingerTask};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{Notice, Signature};
use tongban_device::message::{CardRead, Clip, FingerImage, PrintEnd, PrintJob, Progress, Still};
use tongban_device::page::{PageReport, PageStill, ReadTask};
use tongban_domain::code::ErrorCode;
use tongban_domain::ids::CaseId;
use tongban_hub::{CancelToken, Claim, DeviceView, Frame, Hub, Wish};

pub use codes::{ROLE as CODES, Scanned};
pub use upkeep::Tested;

/// How long reading a page may take.
const READ_WAIT: Duration = Duration::from_secs(60);
/// How long a display may take to confirm a call.
const SHOW_WAIT: Duration = Duration::from_secs(4);
/// How long a page waits for its turn to be read, and how often it looks.
const TURN_WAIT: Duration = Duration::from_secs(120);
/// See [`TURN_WAIT`].
const TURN_LOOK: Duration = Duration::from_millis(60);

/// A step of a device call.
#[derive(Debug, Clone)]
pub enum Call<T> {
    /// Something to tell the person meanwhile.
    Progress(Progress),
    /// The end.
    Done(Result<T, Failure>),
}

/// Devices by role.
#[derive(Clone)]
pub struct Devices {
    hub: Hub,
}

impl Devices {
    /// Wraps the hub.
    #[must_use]
    pub fn new(hub: Hub) -> Self {
        Self { hub }
    }

    /// State of every device, now and on every change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<DeviceView>> {
        self.hub.watch()
    }

    /// State of every device now.
    #[must_use]
    pub fn views(&self) -> Vec<DeviceView> {
        self.hub.devices()
    }

    /// Live picture of a camera.
    #[must_use]
    pub fn preview(&self, role: &str, fps: u8) -> watch::Receiver<Option<Frame>> {
        self.hub.preview(role, fps)
    }

    /// The same as it is wished for.
    #[must_use]
    pub fn preview_as(&self, role: &str, wish: Wish) -> watch::Receiver<Option<Frame>> {
        self.hub.preview_as(role, wish)
    }

    /// Waits for a card and reads it. A card is boxed: it is many times the size of any other message.
    pub fn read_card(&self, case: Option<CaseId>, wait: Duration) -> impl Stream<Item = Call<Box<CardRead>>> + use<> {
        self.call("reader", case, move |claim, cancel, on| {
            Box::pin(async move { claim.read_card(wait, cancel, on).await.map(Box::new) })
        })
    }

    /// Takes a fingerprint, best of three.
    pub fn capture_finger(&self, case: CaseId, wait: Duration) -> impl Stream<Item = Call<FingerImage>> + use<> {
        self.call("finger", Some(case), move |claim, cancel, on| {
            Box::pin(async move { claim.capture_finger(3, wait, cancel, on).await })
        })
    }

    /// Waits for a signature on the pad.
    pub fn sign(&self, case: CaseId, wait: Duration) -> impl Stream<Item = Call<Signature>> + use<> {
        self.call("pad", Some(case), move |claim, cancel, _on| Box::pin(async move { claim.sign(wait, cancel).await }))
    }

    /// Shows a call on the hall's display, until the next.
    ///
    /// # Errors
    /// [`Failure`] of the display; one that did not confirm may show it or not.
    pub async fn show_call(&self, ticket: &str, window: &str) -> Result<(), Failure> {
        let role = "call-display";
        let notice = Notice { ticket: ticket.to_owned(), window: window.to_owned() };
        let shown = async { self.hub.claim(role, None)?.show_call(notice, SHOW_WAIT).await };
        shown.await.map_err(|fault| named(role, &fault))
    }

    /// Takes a still with a camera.
    pub fn still(&self, role: &'static str, case: CaseId) -> impl Stream<Item = Call<Still>> + use<> {
        self.call(role, Some(case), |claim, cancel, _on| {
            Box::pin(async move { claim.still(Duration::from_secs(20), cancel).await })
        })
    }

    /// Takes a still and makes finished pages of it.
    pub fn page(&self, role: &'static str, case: CaseId) -> impl Stream<Item = Call<Vec<PageStill>>> + use<> {
        self.call(role, Some(case), |claim, cancel, _on| {
            Box::pin(async move { claim.take_page(Duration::from_secs(20), cancel).await })
        })
    }

    /// Reads a page that was taken, beside the camera's pictures. Pages are read one after the other: a page whose
    /// turn has not come waits.
    pub fn read_page(&self, role: &'static str, task: ReadTask) -> impl Stream<Item = Call<PageReport>> + use<> {
        let hub = self.hub.clone();
        let cancel = CancelToken::new();
        let guard = CancelOnDrop(cancel.clone());
        let drive = async move {
            let began = std::time::Instant::now();
            let result = loop {
                match hub.read_page(role, task.clone(), READ_WAIT, cancel.clone()).await {
                    Err(DeviceFault::Busy) if began.elapsed() < TURN_WAIT => tokio::time::sleep(TURN_LOOK).await,
                    other => break other,
                }
            };
            Call::Done(result.map_err(|fault| named(role, &fault)))
        };
        futures::stream::once(drive).map(move |item| {
            let _held = &guard;
            item
        })
    }

    /// Compares the live face with the card's picture, for so long before a person is asked.
    pub fn check_face(
        &self,
        case: CaseId,
        task: FaceTask,
        wait: Duration,
    ) -> impl Stream<Item = Call<FaceReport>> + use<> {
        self.call("face", Some(case), move |claim, cancel, on| {
            Box::pin(async move { claim.check_face(task, wait, cancel, on).await })
        })
    }

    /// Compares a print with references, in the worker of this camera.
    pub fn compare_finger(
        &self,
        role: &'static str,
        case: CaseId,
        task: FingerTask,
    ) -> impl Stream<Item = Call<FingerReport>> + use<> {
        self.call(role, Some(case), move |claim, _cancel, _on| {
            Box::pin(async move { claim.compare_finger(task, Duration::from_secs(4)).await })
        })
    }

    /// Records a bounded clip.
    pub fn clip(&self, role: &'static str, case: CaseId, ms: u32, fps: u8) -> impl Stream<Item = Call<Clip>> + use<> {
        self.call(role, Some(case), move |claim, cancel, _on| {
            Box::pin(async move { claim.clip(ms, fps, cancel).await })
        })
    }

    /// Prints one document and follows it to its end.
    pub fn print(
        &self,
        role: &'static str,
        case: Option<CaseId>,
        job: PrintJob,
    ) -> impl Stream<Item = Call<PrintEnd>> + use<> {
        self.call(role, case, move |claim, cancel, on| {
            Box::pin(async move { claim.print(job, Duration::from_secs(600), cancel, on).await })
        })
    }

    /// What became of an earlier job of ours.
    pub fn find_job(&self, role: &'static str, name: String) -> impl Stream<Item = Call<PrintEnd>> + use<> {
        self.call(role, None, move |claim, _cancel, _on| {
            Box::pin(async move { claim.find_job(&name, Duration::from_secs(10)).await })
        })
    }

    /// Is the card that was read still on the reader?
    ///
    /// # Errors
    /// [`Failure`] of the reader.
    pub async fn card_present(&self) -> Result<bool, Failure> {
        let claim = self.hub.claim("reader", None)?;
        Ok(claim.card_present(Duration::from_secs(2)).await?)
    }

    /// Binds a role to another port; the caller persists it.
    ///
    /// # Errors
    /// [`Failure`] when the role is unknown.
    pub fn rebind(&self, role: &str, port: &str) -> Result<(), Failure> {
        Ok(self.hub.rebind(role, port)?)
    }

    /// Ports where a device of this role could be.
    #[must_use]
    pub fn candidates(&self, view: &DeviceView) -> Vec<String> {
        tongban_hub::candidates(view.kind)
    }

    fn call<T, F>(&self, role: &'static str, case: Option<CaseId>, work: F) -> impl Stream<Item = Call<T>> + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(Claim, CancelToken, OnProgress) -> Work<T> + Send + 'static,
    {
        let hub = self.hub.clone();
        let (mut sender, receiver) = mpsc::channel(16);
        let cancel = CancelToken::new();
        let guard = CancelOnDrop(cancel.clone());
        let drive = async move {
            let mut prompts = sender.clone();
            let on: OnProgress = Box::new(move |progress| drop(prompts.try_send(Call::Progress(progress))));
            let result = match hub.claim(role, case.map(|case| case.to_string())) {
                Ok(claim) => work(claim, cancel, on).await,
                Err(fault) => Err(fault),
            };
            let _ = sender.send(Call::Done(result.map_err(|fault| named(role, &fault)))).await;
        };
        // Dropping the stream (the screen left) raises the cancel token; the call then ends by itself.
        futures::stream::select(receiver, futures::stream::once(drive).filter_map(|()| async { None })).map(
            move |item| {
                let _held = &guard;
                item
            },
        )
    }
}

/// Follows a device call to its end, without the prompts on the way.
///
/// # Errors
/// [`Failure`] of the device.
pub async fn finish<T>(stream: impl Stream<Item = Call<T>>) -> Result<T, Failure> {
    futures::pin_mut!(stream);
    while let Some(call) = stream.next().await {
        if let Call::Done(result) = call {
            return result;
        }
    }
    Err(Failure::new(ErrorCode::DeviceWorker, ""))
}

type OnProgress = Box<dyn FnMut(Progress) + Send>;
type Work<T> = std::pin::Pin<Box<dyn Future<Output = Result<T, DeviceFault>> + Send>>;

fn named(role: &str, fault: &DeviceFault) -> Failure {
    tracing::warn!(role, %fault, code = fault.code().as_str(), "device call failed");
    Failure::new(fault.code(), role)
}

struct CancelOnDrop(CancelToken);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
