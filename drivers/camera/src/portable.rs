//! UVC cameras through nokhwa. The library blocks without a limit, so it lives on a thread of its
//! own and the trait only waits for what that thread sends.

use crate::raw::yuyv_to_rgb;
use nokhwa::Camera as Backend;
use nokhwa::NokhwaError;
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType, Resolution};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Camera, Device, Health, Picture, PixelFormat};
use tongban_device::fault::DeviceFault;

/// What the camera may send; JPEG first, since large pictures come no other way over USB 2.
const FORMATS: &[FrameFormat] = &[FrameFormat::MJPEG, FrameFormat::YUYV, FrameFormat::RAWRGB, FrameFormat::GRAY];
/// Pictures thrown away after a change of size, while exposure settles.
const SETTLE: usize = 3;
/// Longest wait for the thread's answer to an order.
const ANSWER: Duration = Duration::from_secs(6);
/// Longest wait for the thread to let go of the camera.
const LET_GO: Duration = Duration::from_secs(2);

enum Order {
    Start { width_max: u32, fps: u8, done: Sender<Result<(), DeviceFault>> },
    Stop,
    Still { done: Sender<Result<Picture, DeviceFault>> },
}

/// A camera at a stable port path.
pub struct PortableCamera {
    port: String,
    name: String,
    orders: Sender<Order>,
    frames: Receiver<Result<Picture, DeviceFault>>,
}

impl PortableCamera {
    /// Opens the camera at `/dev/v4l/by-path/…` (or the node such a link leads to).
    ///
    /// # Errors
    /// `NoDevice`, `Denied` or `Busy` from the port, `Timeout` when the camera does not answer.
    pub fn open(port: &str) -> Result<Self, DeviceFault> {
        let index = node_index(Path::new(port))?;
        let (orders, inbox) = channel();
        let (outbox, frames) = sync_channel(1);
        let (opened, opening) = channel();
        let spawned = thread::Builder::new().name("camera".into()).spawn(move || run(index, &opened, &inbox, &outbox));
        spawned.map_err(|e| DeviceFault::Hardware(format!("thread: {}", e.kind())))?;
        let name = opening.recv_timeout(ANSWER).map_err(|_| DeviceFault::Timeout(6000))??;
        Ok(Self { port: port.to_owned(), name, orders, frames })
    }

    fn order(&self, order: Order) -> Result<(), DeviceFault> {
        // The thread ends only when the camera is gone.
        self.orders.send(order).map_err(|_| DeviceFault::Unplugged)
    }
}

impl Drop for PortableCamera {
    /// Whoever opens the camera next must not find it busy with our thread.
    fn drop(&mut self) {
        // The thread ends when nobody can order it any more, and its end of the box goes with it.
        self.orders = channel().0;
        let until = Instant::now() + LET_GO;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if matches!(self.frames.recv_timeout(left), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
        }
    }
}

/// N of the `/dev/videoN` a port path leads to.
fn node_index(port: &Path) -> Result<u32, DeviceFault> {
    let node = port.canonicalize().map_err(|e| match e.kind() {
        std::io::ErrorKind::PermissionDenied => DeviceFault::Denied,
        _ => DeviceFault::NoDevice,
    })?;
    let name = node.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_prefix("video").and_then(|n| n.parse().ok()).ok_or(DeviceFault::Unsupported)
}

fn fault(error: &NokhwaError) -> DeviceFault {
    // The library keeps the system's words only.
    let text = error.to_string();
    let has = |part: &str| text.contains(part);
    if has("No such device") {
        DeviceFault::Unplugged
    } else if has("No such file") {
        DeviceFault::NoDevice
    } else if has("Permission denied") {
        DeviceFault::Denied
    } else if has("busy") {
        DeviceFault::Busy
    } else {
        DeviceFault::Hardware(text.chars().take(120).collect())
    }
}

fn wanted(kind: RequestedFormatType) -> RequestedFormat<'static> {
    RequestedFormat::with_formats(kind, FORMATS)
}

fn run(
    index: u32,
    opened: &Sender<Result<String, DeviceFault>>,
    inbox: &Receiver<Order>,
    outbox: &SyncSender<Result<Picture, DeviceFault>>,
) {
    let made = Backend::new(CameraIndex::Index(index), wanted(RequestedFormatType::AbsoluteHighestResolution));
    let mut camera = match made {
        Ok(camera) => camera,
        Err(error) => {
            let _told = opened.send(Err(fault(&error)));
            return;
        }
    };
    if opened.send(Ok(camera.info().human_name())).is_err() {
        return;
    }
    let mut preview: Option<CameraFormat> = None;
    loop {
        let order = if preview.is_some() {
            match inbox.try_recv() {
                Ok(order) => Some(order),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return,
            }
        } else {
            match inbox.recv() {
                Ok(order) => Some(order),
                Err(_) => return,
            }
        };
        if let Some(order) = order {
            obey(&mut camera, order, &mut preview);
            continue;
        }
        let taken = take(&mut camera);
        let gone = matches!(taken, Err(DeviceFault::Unplugged | DeviceFault::NoDevice));
        // A full box means that nobody looked since the last picture; this one is dropped.
        let _sent = outbox.try_send(taken);
        if gone {
            return;
        }
    }
}

fn obey(camera: &mut Backend, order: Order, preview: &mut Option<CameraFormat>) {
    match order {
        Order::Start { width_max, fps, done } => {
            let result = start(camera, width_max, fps);
            *preview = result.as_ref().ok().copied();
            let _told = done.send(result.map(drop));
        }
        Order::Stop => {
            let _stopped = camera.stop_stream();
            *preview = None;
        }
        Order::Still { done } => {
            let result = still(camera);
            if let Some(format) = *preview {
                let again = camera.set_camera_requset(wanted(RequestedFormatType::Closest(format)));
                if again.and_then(|_| camera.open_stream()).is_err() {
                    *preview = None;
                }
            }
            let _told = done.send(result);
        }
    }
}

fn start(camera: &mut Backend, width_max: u32, fps: u8) -> Result<CameraFormat, DeviceFault> {
    let _stopped = camera.stop_stream();
    let formats = camera.compatible_camera_formats().map_err(|e| fault(&e))?;
    // The smallest mode that still fills the preview; else the largest there is.
    let usable = |f: &&CameraFormat| FORMATS.contains(&f.format()) && f.frame_rate() >= u32::from(fps).min(5);
    let rank = |f: &&CameraFormat| {
        let fills = f.width() >= width_max;
        (
            !fills,
            if fills { i64::from(f.width()) } else { -i64::from(f.width()) },
            FORMATS.iter().position(|k| *k == f.format()),
        )
    };
    let best = formats.iter().filter(usable).min_by_key(rank).copied();
    let best = best.unwrap_or_else(|| CameraFormat::new(Resolution::new(640, 480), FrameFormat::YUYV, 15));
    camera.set_camera_requset(wanted(RequestedFormatType::Closest(best))).map_err(|e| fault(&e))?;
    camera.open_stream().map_err(|e| fault(&e))?;
    Ok(camera.camera_format())
}

fn still(camera: &mut Backend) -> Result<Picture, DeviceFault> {
    let _stopped = camera.stop_stream();
    camera.set_camera_requset(wanted(RequestedFormatType::AbsoluteHighestResolution)).map_err(|e| fault(&e))?;
    camera.open_stream().map_err(|e| fault(&e))?;
    let mut last = take(camera);
    for _ in 0..SETTLE {
        last = take(camera);
    }
    let _stopped = camera.stop_stream();
    last
}

fn take(camera: &mut Backend) -> Result<Picture, DeviceFault> {
    let buffer = camera.frame().map_err(|e| fault(&e))?;
    let size = buffer.resolution();
    picture(size.width(), size.height(), buffer.source_frame_format(), buffer.buffer())
}

/// Brings a raw buffer into one of the formats the rest of the crate reads.
fn picture(width: u32, height: u32, format: FrameFormat, bytes: &[u8]) -> Result<Picture, DeviceFault> {
    let pixels = width as usize * height as usize;
    let whole = |count: usize| bytes.get(..count).ok_or_else(|| DeviceFault::Medium("D132".into()));
    let rgb = match format {
        FrameFormat::MJPEG => return Ok(Picture { width, height, format: PixelFormat::Jpeg, bytes: bytes.to_vec() }),
        FrameFormat::RAWRGB => whole(pixels * 3)?.to_vec(),
        FrameFormat::GRAY => whole(pixels)?.iter().flat_map(|y| [*y; 3]).collect(),
        FrameFormat::YUYV => yuyv_to_rgb(whole(pixels * 2)?),
        _ => return Err(DeviceFault::Unsupported),
    };
    Ok(Picture { width, height, format: PixelFormat::Rgb8, bytes: rgb })
}

impl Device for PortableCamera {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        control.check()?;
        node_index(Path::new(&self.port))?;
        Ok(Health::online(BTreeMap::from([
            ("driver".to_owned(), "nokhwa".to_owned()),
            ("name".to_owned(), self.name.chars().take(64).collect()),
        ])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        control.check()?;
        self.order(Order::Stop)
    }
}

impl Camera for PortableCamera {
    fn start(&mut self, width_max: u32, fps: u8) -> Result<(), DeviceFault> {
        let (done, answer) = channel();
        self.order(Order::Start { width_max, fps, done })?;
        answer.recv_timeout(ANSWER).map_err(|_| DeviceFault::Timeout(6000))?
    }

    fn frame(&mut self, wait: Duration) -> Result<Option<Picture>, DeviceFault> {
        match self.frames.recv_timeout(wait) {
            Ok(taken) => taken.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(DeviceFault::Unplugged),
        }
    }

    fn stop(&mut self) -> Result<(), DeviceFault> {
        self.order(Order::Stop)
    }

    fn still(&mut self, control: &mut OpControl<'_>) -> Result<Picture, DeviceFault> {
        let (done, answer) = channel();
        self.order(Order::Still { done })?;
        loop {
            match answer.recv_timeout(Duration::from_millis(100).min(control.remaining())) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Timeout) => control.check()?,
                Err(RecvTimeoutError::Disconnected) => return Err(DeviceFault::Unplugged),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_without_a_camera_is_no_device() {
        assert!(matches!(PortableCamera::open("/dev/v4l/by-path/none-video-index0"), Err(DeviceFault::NoDevice)));
        assert!(matches!(PortableCamera::open("/dev/null"), Err(DeviceFault::Unsupported)));
    }

    #[test]
    fn raw_pixels_become_the_colours_they_mean_and_short_buffers_are_refused() {
        // Black, white, and BT.601 red (Y 81, U 90, V 240).
        assert_eq!(yuyv_to_rgb(&[16, 128, 235, 128]), [0, 0, 0, 255, 255, 255]);
        assert_eq!(yuyv_to_rgb(&[81, 90, 81, 240])[..3], [255, 0, 0]);
        assert!(picture(4, 4, FrameFormat::YUYV, &[0; 31]).is_err());
        assert!(picture(4, 4, FrameFormat::YUYV, &[0; 32]).is_ok());
    }
}
