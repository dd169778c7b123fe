//! Messages between the terminal (hub) and one device worker. CONTRACT.
//!
//! Wire: `u32le length ‖ postcard(Envelope)` over a Unix stream socket that the worker
//! inherits as file descriptor 3. Camera frames are not in messages: the worker passes a
//! sealed memfd ring by SCM_RIGHTS together with `Event::Ring` and then names slots.
//! Deadlines travel as remaining milliseconds, since the two clocks need not agree.

use crate::biometric::{FaceReport, FaceTask, FingerReport, FingerTask};
use crate::fault::{DeviceFault, Hint};
use crate::hall::{CardBytes, Notice, PowerState, ScannedCode, Signature};
use crate::page::{PageReport, PageSight, PageStill, ReadTask};
use crate::state::{DeviceKind, DeviceState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroize;

/// Oldest version this build understands.
pub const VERSION_MIN: u16 = 1;
/// Newest version this build understands.
pub const VERSION_MAX: u16 = 1;
/// Longest message accepted, bytes (a still at full resolution fits).
pub const MESSAGE_BYTES_MAX: u32 = 48 * 1024 * 1024;

/// Terminal → worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ToWorker {
    /// First message; the worker answers `Hello` with the version it chose.
    Hello { min: u16, max: u16, setup: Setup },
    /// Do this; `request` is echoed in every answer to it.
    /// `deadline_ms` is what is left of the deadline when the message is sent.
    Command { request: u64, deadline_ms: u64, command: Command },
    /// Stop the request as soon as possible; it still completes, with `Cancelled`.
    Cancel { request: u64 },
    /// A frame slot may be written again.
    SlotFree { slot: u8 },
    /// Close the device and end.
    Shutdown,
}

/// Which device the worker drives and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Kind of device.
    pub kind: DeviceKind,
    /// Driver name: `sam-serial`, `sam-usb`, `sam-hid`, `ef01-serial`, `v4l`, `nokhwa`, `files` (demo only), `ipp`, `usblp`, `escpos`,
    /// `sdt`, `cvr`, `livescan` (makers' libraries), `codes-serial`, `codes-keyboard`, `pcsc`, `pad-evdev`, `led-board`, `window-panel`, `nut`,
    /// `megatec`, `call-page`.
    pub driver: String,
    /// Port: `/dev/serial/by-path/…`, `usb:1-2.3`, `ipp://host:631/ipp/print`, `files:/dir` …
    pub port: String,
    /// Driver options (`baud`, `fps` …).
    pub options: BTreeMap<String, String>,
}

/// A request to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Cheap poll of state and evidence.
    Check,
    /// Reset and reopen.
    Reset,
    /// Wait for a card and read it (text, photo, fingerprint block).
    ReadCard,
    /// Is the card that was read still there?
    CardPresent,
    /// Wait for a finger and take an image; best of `tries`.
    CaptureFinger { tries: u8 },
    /// Start the live picture at most `fps`; answered with `Nothing` as soon as it runs;
    /// frames arrive as events until `StopPreview`, also while other commands run.
    StartPreview { fps: u8 },
    /// Stop the live picture.
    StopPreview,
    /// One still at full resolution.
    Still,
    /// A bounded clip of `ms` milliseconds at `fps` (see `Clip`).
    Clip { ms: u32, fps: u8 },
    /// Print one document and follow it to its end.
    Print(PrintJob),
    /// What became of an earlier job of ours (by job name); after a crash.
    FindJob { job_name: String },
    /// Compare the live face with the card's picture; hints arrive as prompts, the answer at the latest when the
    /// deadline has come.
    CheckFace(FaceTask),
    /// Compare a print with references.
    CompareFinger(FingerTask),
    /// One still, made into finished pages: one, or two when an open book lies there.
    TakePage,
    /// Read a page: kind of document, names, figures, dates, codes. Frames and other calls go on meanwhile.
    ReadPage(Box<ReadTask>),
    /// Wait for the next code.
    ScanCode,
    /// Wait for a smart card and take it; answered with its answer to reset.
    ConnectSmartCard,
    /// One command to the smart card taken, answered with its answer and status word.
    SmartCard(CardBytes),
    /// Let the smart card go.
    ReleaseSmartCard,
    /// Wait for a signature.
    Sign,
    /// Show a call until the next.
    ShowCall(Notice),
    /// How does the power stand?
    ReadPower,
    /// As `StartPreview`, for a picture that is only shown: no larger than it is drawn (at most `width`×`height`,
    /// never enlarged), and without `Sight`: no page is looked for in it.
    ShowPreview { fps: u8, width: u32, height: u32 },
}

/// 打印任务. Debug shows the length of the document only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintJob {
    /// Our own identity for the job, put into IPP `job-name` (a `PrintId` for licences).
    pub job_name: String,
    /// Document bytes.
    pub document: Vec<u8>,
    /// Media type, `application/pdf`.
    pub media_type: String,
    /// IPP media keyword, for example `iso_a4_210x297mm`.
    pub media: String,
    /// Copies.
    pub copies: u8,
}

impl fmt::Debug for PrintJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrintJob({}, {} bytes of {})", self.job_name, self.document.len(), self.media_type)
    }
}

/// Worker → terminal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FromWorker {
    /// Version chosen.
    Hello { version: u16 },
    /// End of a request.
    Done { request: u64, result: Result<Reply, DeviceFault> },
    /// On the way of a request.
    Progress { request: u64, progress: Progress },
    /// Not asked for.
    Event(Event),
}

/// Success of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    /// Done, nothing to say.
    Nothing,
    /// Evidence: short name → short text (firmware, SAM id, modes, counters, paper); no personal data.
    Health(BTreeMap<String, String>),
    /// A card.
    Card(Box<CardRead>),
    /// Card still on the reader?
    Present(bool),
    /// A fingerprint image.
    Finger(FingerImage),
    /// A still.
    Still(Still),
    /// A clip.
    Clip(Clip),
    /// A print job's end.
    Printed(PrintEnd),
    /// What the comparison of faces says.
    Face(Box<FaceReport>),
    /// What the comparison of prints says.
    FingerCompared(FingerReport),
    /// Finished pages.
    Pages(Vec<PageStill>),
    /// What a page says.
    PageRead(Box<PageReport>),
    /// A code.
    Code(ScannedCode),
    /// What a smart card answered.
    SmartCard(CardBytes),
    /// A signature.
    Signed(Signature),
    /// How the power stands.
    Power(PowerState),
}

/// Something to tell the person meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// Put a card, press a finger …
    Prompt(Hint),
    /// Print job accepted; identity for later look-up.
    JobSent { job_id: i32, job_uuid: String },
    /// Print job state, with the standing reason if any (`media-empty`, `media-jam`, …).
    JobState { state: String, reasons: Vec<String>, impressions: Option<u32> },
    /// Share of the work done, 0–100.
    Percent(u8),
}

/// Unsolicited.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// State changed; evidence as in `Reply::Health`, `code` an `ErrorCode` text when not well.
    State { state: DeviceState, code: Option<String>, evidence: BTreeMap<String, String> },
    /// The sealed memfd holds `slots` slots of `width`×`height` RGBA. It travels as the one
    /// descriptor (`SCM_RIGHTS`) of the `sendmsg` that carries the first byte of this message's
    /// length, so the terminal reads its socket with `recvmsg` all the time, queues descriptors
    /// and takes the oldest for a `Ring`. It is sealed against shrinking and growing and mapped
    /// for reading only; a new ring replaces the old one.
    Ring { slots: u8, width: u32, height: u32 },
    /// Slot `slot` holds frame `seq`; only `width`×`height` at its top left, tightly packed rows, are valid.
    Frame { slot: u8, seq: u64, width: u32, height: u32 },
    /// What the next frame shows of a page; sent by document cameras when it changed.
    Sight(PageSight),
}

/// One reading of an ID card. Debug is redacted; personal bytes are overwritten on drop
/// (take a field out with `std::mem::take` or clone it).
#[derive(Clone, Serialize, Deserialize)]
pub struct CardRead {
    /// Parsed text; `number_ok` says whether the number passes GB 11643 and agrees with the birth date.
    pub facts: tongban_domain::event::CardFacts,
    /// Card layout: `citizen`, `hmt`, `foreigner-2017`, `foreigner-2023`.
    pub layout: String,
    /// The number's check digit and date hold.
    pub number_ok: bool,
    /// 256-byte text record as read.
    pub text_raw: Vec<u8>,
    /// 1024-byte WLT photo as read.
    pub photo_wlt: Vec<u8>,
    /// Decoded photo, when a decoder is at hand.
    pub photo: Option<Rgba>,
    /// Fingerprint block, opaque.
    pub fingerprint: Vec<u8>,
    /// SHA-256 of every byte received from the reader for this reading, in order.
    pub line_sha256: [u8; 32],
    /// How many bytes that were.
    pub line_bytes: u64,
    /// SAM identity text.
    pub sam_id: String,
}

impl Drop for CardRead {
    fn drop(&mut self) {
        self.text_raw.zeroize();
        self.photo_wlt.zeroize();
        self.fingerprint.zeroize();
        if let Some(photo) = &mut self.photo {
            photo.pixels.zeroize();
        }
        for text in [&mut self.facts.name, &mut self.facts.number, &mut self.facts.address] {
            text.zeroize();
        }
    }
}

impl fmt::Debug for CardRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardRead({}, redacted, {} line bytes)", self.layout, self.line_bytes)
    }
}

/// Small RGBA picture, rows packed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rgba {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub pixels: Vec<u8>,
}

impl fmt::Debug for Rgba {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rgba({}x{})", self.width, self.height)
    }
}

/// Fingerprint picture, 8-bit grey, rows packed; overwritten on drop (take the PNG with `std::mem::take`).
#[derive(Clone, Serialize, Deserialize)]
pub struct FingerImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Resolution, dots per inch.
    pub dpi: u32,
    /// `width * height` bytes.
    pub pixels: Vec<u8>,
    /// 0–100.
    pub quality: u8,
    /// The picture as PNG, for evidence.
    pub png: Vec<u8>,
    /// SHA-256 of every byte received from the scanner for this capture.
    pub line_sha256: [u8; 32],
}

impl Drop for FingerImage {
    fn drop(&mut self) {
        self.pixels.zeroize();
        self.png.zeroize();
    }
}

impl fmt::Debug for FingerImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FingerImage({}x{}, quality {})", self.width, self.height, self.quality)
    }
}

/// A still at full resolution.
#[derive(Clone, Serialize, Deserialize)]
pub struct Still {
    /// JPEG bytes, EXIF-free.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Small picture for the screen, at most 320 px on the long side.
    pub thumb: Rgba,
    /// The thumb as JPEG, for the store.
    pub thumb_jpeg: Vec<u8>,
    /// Variance of the Laplacian on the 640 px grey picture: larger is sharper.
    pub sharpness: u32,
}

impl fmt::Debug for Still {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Still({}x{}, {} bytes)", self.width, self.height, self.jpeg.len())
    }
}

/// Bounded clip, media type `video/x-tongban-clip`: `"TBCLIP1\n" ‖ u16le fps ‖ u16le frames ‖ (u32le len ‖ JPEG)*`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Clip {
    /// The container bytes.
    pub bytes: Vec<u8>,
    /// Frames per second.
    pub fps: u8,
    /// Number of frames.
    pub frames: u16,
}

impl fmt::Debug for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({} frames at {} fps)", self.frames, self.fps)
    }
}

/// How a print job ended. Never a guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrintEnd {
    /// The device reports completion.
    Done { job_uuid: String, impressions: Option<u32> },
    /// Provably nothing was fed.
    NotPrinted { reason: String },
    /// Cannot be known from here; a person must look at the sheet.
    Unknown { reason: String },
}
