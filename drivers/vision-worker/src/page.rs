//! 高拍 in the worker: what the live picture shows of a page, finished pages, and reading them beside the live picture.

use crate::steady::Steady;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use tongban_camera::still::{SMALL_QUALITY, encode_jpeg};
use tongban_device::driver::{Picture, PixelFormat};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Reply, Rgba, Setup};
use tongban_device::page::{PageFinding, PageFlaw, PageHint, PageReport, PageSight, PageStill, ReadTask};
use tongban_device::state::DeviceKind;
use tongban_vision::live::{Hint, Live, Sight};
use tongban_vision::material::{FigureWish, Wish};
use tongban_vision::page::{Calibration, Page, Scanner};
use tongban_vision::quality::{Finding, Flaw, Grade, Quality};
use tongban_vision::{VisionError, barcode, material, ocr, picture, runtime};

/// A page nobody could have made: not read.
const JPEG_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Corners that moved by less are not told again, ten-thousandths.
const TOLD_MOVE: u16 = 25;
/// Resolution that pictures played from files must have; a still at 8 MP shows A4 across with some 190.
const FILES_DPI_MIN: f64 = 180.0;

/// Time between two looks at the live picture while a page is read.
const LOOK_WHILE_READING: Duration = Duration::from_millis(330);

/// An answer of the reading thread: request and report.
pub(crate) type Read = (u64, Result<Reply, DeviceFault>);

/// What a document camera's worker keeps.
pub(crate) struct Paging {
    live: Option<Live>,
    told: Option<PageSight>,
    steady: Steady,
    auto: bool,
    scanner: Scanner,
    models: Option<PathBuf>,
    tasks: Option<Sender<(u64, Box<ReadTask>)>>,
    answers: (Sender<Read>, Receiver<Read>),
    /// Requests with the reading thread, since when, and how long their answers are waited for.
    reading: Vec<(u64, Instant, Duration)>,
    /// When the live picture was last looked at.
    looked: Option<Instant>,
}

impl Paging {
    /// Options: `pixels-per-mm` and `dpi-min` (the station's calibration), `auto` (`on`, `off`), `models`.
    /// Pictures played from files are taken by hand unless `auto` says otherwise.
    pub(crate) fn new(setup: &Setup) -> Self {
        let number = |name: &str| setup.options.get(name).and_then(|text| text.parse::<f64>().ok());
        let files = setup.driver == "files";
        let dpi_min = number("dpi-min").unwrap_or(if files { FILES_DPI_MIN } else { 200.0 });
        let calibration = Calibration { pixels_per_mm: number("pixels-per-mm"), dpi_min };
        let auto = setup.options.get("auto").map_or(!files, |text| text == "on");
        let folder = setup.options.get("models").map(PathBuf::from);
        Self {
            live: (setup.kind == DeviceKind::DocumentCamera).then(Live::default),
            told: None,
            steady: Steady::default(),
            auto,
            scanner: Scanner::new(calibration),
            models: folder.or_else(|| std::env::var_os("TONGBAN_MODELS").map(PathBuf::from)),
            tasks: None,
            answers: channel(),
            reading: Vec::new(),
            looked: None,
        }
    }

    /// What this frame shows, when it is worth telling.
    pub(crate) fn look(&mut self, frame: &Rgba) -> Option<PageSight> {
        let now = Instant::now();
        // The page is being read on the same processor: its outline is followed more slowly meanwhile.
        let soon = self.is_reading() && self.looked.is_some_and(|before| now < before + LOOK_WHILE_READING);
        let reading = self.is_reading();
        let live = self.live.as_mut().filter(|_| !soon)?;
        if !reading && self.steady.spares(frame, self.told.as_ref()) {
            return None;
        }
        live.look_seldom(reading);
        self.looked = Some(now);
        let seen = picture::from_packed(&frame.pixels, frame.width, frame.height, 4).and_then(|mat| live.look(&mat));
        let sight = match seen {
            Ok(sight) => told(&sight, self.auto),
            Err(error) => {
                tracing::warn!(%error, "live page");
                return None;
            }
        };
        let same = self.told.is_some_and(|before| alike(&before, &sight));
        if reading {
            self.steady.forget();
        } else {
            self.steady.searched(same);
        }
        (!same).then(|| {
            self.told = Some(sight);
            sight
        })
    }

    /// The live picture ended: what was told no longer holds.
    pub(crate) fn rest(&mut self) {
        self.told = None;
        self.steady.forget();
        if let Some(live) = &mut self.live {
            live.forget();
        }
    }

    /// Finished pages out of a still.
    pub(crate) fn pages(&mut self, taken: &Picture) -> Result<Reply, DeviceFault> {
        let pages = match taken.format {
            PixelFormat::Jpeg => self.scanner.scan(&taken.bytes),
            PixelFormat::Rgb8 => picture::from_packed(&taken.bytes, taken.width, taken.height, 3)
                .and_then(|mat| self.scanner.scan_picture(&mat)),
            PixelFormat::Rgba8 => picture::from_packed(&taken.bytes, taken.width, taken.height, 4)
                .and_then(|mat| self.scanner.scan_picture(&mat)),
        };
        let pages = pages.map_err(|error| refused(&error))?;
        pages.into_iter().map(packed).collect::<Result<Vec<_>, _>>().map(Reply::Pages)
    }

    /// Gives a page to the reading thread; its answer comes with [`Paging::answer`].
    pub(crate) fn begin_read(
        &mut self,
        request: u64,
        budget: Duration,
        task: Box<ReadTask>,
    ) -> Result<(), DeviceFault> {
        if task.jpeg.len() > JPEG_BYTES_MAX {
            return Err(DeviceFault::Medium("D132".into()));
        }
        if self.tasks.is_none() {
            let (sender, tasks) = channel::<(u64, Box<ReadTask>)>();
            let (answers, models) = (self.answers.0.clone(), self.models.clone());
            let spawned = thread::Builder::new().name("read".into()).spawn(move || {
                let mut reader = Reader::new(models);
                while let Ok((request, task)) = tasks.recv() {
                    let began = Instant::now();
                    let answer = reader.read(&task);
                    tracing::debug!(ms = began.elapsed().as_millis(), ok = answer.is_ok(), "page read");
                    if answers.send((request, answer)).is_err() {
                        return;
                    }
                }
            });
            spawned.map_err(|_| DeviceFault::Worker("no thread to read with".into()))?;
            self.tasks = Some(sender);
        }
        let lost = DeviceFault::Worker("the reading thread ended".into());
        self.tasks.as_ref().ok_or_else(|| lost.clone())?.send((request, task)).map_err(|_| lost)?;
        self.reading.push((request, Instant::now(), budget));
        Ok(())
    }

    /// A page is being read, and its answer is waited for.
    pub(crate) fn is_reading(&self) -> bool {
        !self.reading.is_empty()
    }

    /// Nobody waits for this page any more.
    pub(crate) fn forget(&mut self, request: u64) -> Option<Read> {
        let at = self.reading.iter().position(|(known, ..)| *known == request)?;
        self.reading.remove(at);
        Some((request, Err(DeviceFault::Cancelled)))
    }

    /// The next answer: what was read, or that it took too long. A slow page is no reason to end the camera.
    pub(crate) fn answer(&mut self) -> Option<Read> {
        while let Ok((request, answer)) = self.answers.1.try_recv() {
            if let Some(at) = self.reading.iter().position(|(known, ..)| *known == request) {
                self.reading.remove(at);
                return Some((request, answer));
            }
        }
        let at = self.reading.iter().position(|(_, since, budget)| since.elapsed() >= *budget)?;
        let (request, since, _) = self.reading.remove(at);
        let waited = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        Some((request, Err(DeviceFault::Timeout(waited))))
    }
}

/// Text networks, loaded with the first page.
struct Reader {
    models: Option<PathBuf>,
    ocr: Option<ocr::Ocr>,
}

impl Reader {
    fn new(models: Option<PathBuf>) -> Self {
        Self { models, ocr: None }
    }

    fn ocr(&mut self) -> Result<&mut ocr::Ocr, VisionError> {
        if self.ocr.is_none() {
            let folder = self.models.clone().unwrap_or_else(|| PathBuf::from("models"));
            let opened = runtime::Runtime::open(&folder).and_then(|runtime| ocr::Ocr::open(&runtime));
            self.ocr = Some(opened.inspect_err(|error| tracing::warn!(%error, "no text networks"))?);
        }
        self.ocr.as_mut().ok_or_else(|| VisionError::ModelMissing("ocr".into()))
    }

    fn read(&mut self, task: &ReadTask) -> Result<Reply, DeviceFault> {
        self.report(task).map(|report| Reply::PageRead(Box::new(report))).map_err(|error| refused(&error))
    }

    fn report(&mut self, task: &ReadTask) -> Result<PageReport, VisionError> {
        let page = picture::decode(&task.jpeg)?;
        let text = match self.ocr() {
            Ok(ocr) => Some(ocr.read(&page)?),
            Err(_) => None,
        };
        let judge = match (&self.ocr, &text) {
            (Some(ocr), Some(_)) => format!("tongban-vision {} {}", env!("CARGO_PKG_VERSION"), ocr.version()),
            _ => format!("tongban-vision {} unread", env!("CARGO_PKG_VERSION")),
        };
        let wish = Wish {
            material: task.material.clone(),
            names: task.names.clone(),
            figures: task
                .figures
                .iter()
                .map(|f| FigureWish { figure: f.figure.clone(), label: f.label.clone(), unit: f.unit.clone() })
                .collect(),
        };
        let quality = quality_of(&task.findings);
        let reading = material::judge(&quality, text.as_ref(), material::seal(&page)?, &wish, &judge);
        let codes = barcode::codes(&page)?.into_iter().map(|code| code.text).collect();
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Ok(PageReport {
            verdict: reading.verdict,
            seen: reading.seen,
            named: reading.named,
            codes,
            lines: text.as_ref().map_or(0, |text| count(text.lines.len())),
            confidence_milli: text.as_ref().map_or(0, |text| milli(text.confidence())),
            turn: text.as_ref().map_or(0, |text| text.turn.degrees()),
            unread: text.is_none(),
        })
    }
}

fn refused(error: &VisionError) -> DeviceFault {
    tracing::warn!(%error, "page");
    DeviceFault::Medium(error.code().as_str().into())
}

fn milli(share: f32) -> u16 {
    (share.clamp(0.0, 60.0) * 1000.0).round() as u16
}

fn part(share: f32) -> u16 {
    (share.clamp(0.0, 1.0) * 10_000.0).round() as u16
}

fn told(sight: &Sight, auto: bool) -> PageSight {
    let hint = match sight.hint {
        Hint::LayPage => PageHint::LayPage,
        Hint::Closer => PageHint::Closer,
        Hint::Dark => PageHint::Dark,
        Hint::Cut => PageHint::Cut,
        Hint::Glare => PageHint::Glare,
        Hint::Finger => PageHint::Finger,
        Hint::HoldStill => PageHint::HoldStill,
        Hint::Good => PageHint::Good,
    };
    let quad = sight.quad.map(|corners| corners.map(|[x, y]| [part(x), part(y)]));
    PageSight { quad, hint, page: sight.page, ready: sight.ready && auto }
}

/// Not worth another message.
fn alike(a: &PageSight, b: &PageSight) -> bool {
    let near = match (&a.quad, &b.quad) {
        (None, None) => true,
        (Some(a), Some(b)) => a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| a.abs_diff(*b) <= TOLD_MOVE),
        _ => false,
    };
    near && (a.hint, a.page, a.ready) == (b.hint, b.page, b.ready)
}

const FLAWS: [(Flaw, PageFlaw); 11] = [
    (Flaw::Blurred, PageFlaw::Blurred),
    (Flaw::Dark, PageFlaw::Dark),
    (Flaw::Glare, PageFlaw::Glare),
    (Flaw::Shadow, PageFlaw::Shadow),
    (Flaw::Cut, PageFlaw::Cut),
    (Flaw::Finger, PageFlaw::Finger),
    (Flaw::Coarse, PageFlaw::Coarse),
    (Flaw::Blank, PageFlaw::Blank),
    (Flaw::Double, PageFlaw::Double),
    (Flaw::Turned, PageFlaw::Turned),
    (Flaw::NoSheet, PageFlaw::NoSheet),
];

fn packed(page: Page) -> Result<PageStill, DeviceFault> {
    let (pixels, width, height) = page.thumb;
    let thumb = Rgba { width, height, pixels };
    let findings = page.quality.findings.iter().filter_map(|finding| {
        let (_, flaw) = FLAWS.iter().find(|(flaw, _)| *flaw == finding.flaw)?;
        Some(PageFinding { flaw: *flaw, bad: finding.grade == Grade::Bad, place: finding.place.map(part) })
    });
    Ok(PageStill {
        width: page.size.0,
        height: page.size.1,
        thumb_jpeg: encode_jpeg(&tongban_camera::picture::opaque(&thumb), SMALL_QUALITY)?,
        thumb,
        dpi: page.quality.dpi.round().clamp(0.0, 9999.0) as u16,
        sharpness_milli: milli(page.quality.sharpness),
        findings: findings.collect(),
        jpeg: page.jpeg,
    })
}

/// The findings as the judge of materials knows them.
fn quality_of(findings: &[PageFinding]) -> Quality {
    let findings = findings.iter().filter_map(|finding| {
        let (flaw, _) = FLAWS.iter().find(|(_, flaw)| *flaw == finding.flaw)?;
        let grade = if finding.bad { Grade::Bad } else { Grade::Doubt };
        Some(Finding { flaw: *flaw, grade, place: finding.place.map(|part| f32::from(part) / 10_000.0) })
    });
    Quality::reported(findings.collect())
}
