//! 采集对话: wait for a finger, take its picture, keep the best of some tries.

use crate::codec::{CodecFault, Decoder, Packet, Pid, command};
use crate::quality;
use image::{ExtendedColorType, ImageEncoder};
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, FingerprintScanner, Health};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::FingerImage;
use tongban_device::tap::Tap;
use tongban_device::transport::ByteLink;
use zeroize::Zeroizing;

const GEN_IMAGE: &[u8] = &[0x01];
const UP_IMAGE: &[u8] = &[0x0A];
/// Match: the two character buffers.
const MATCH: &[u8] = &[0x03];
const IMAGE_TO_FEATURES: u8 = 0x02;
const UP_FEATURES: u8 = 0x08;
/// Character files are 512 or 768 bytes.
const FEATURES_MAX: usize = 768;
const READ_PARAMETERS: &[u8] = &[0x0F];
/// SetSysPara 4: line speed, 12 × 9600.
const SET_BAUD_115200: &[u8] = &[0x0E, 4, 12];
/// SetSysPara 6: packets of 256 bytes.
const SET_PACKET_256: &[u8] = &[0x0E, 6, 3];

const DONE: u8 = 0x00;
const PACKET_WRONG: u8 = 0x01;
const NO_FINGER: u8 = 0x02;
const IMAGING_FAILED: u8 = 0x03;
const TOO_MESSY: u8 = 0x06;
const TOO_FEW_POINTS: u8 = 0x07;
const NO_MATCH: u8 = 0x08;
const PASSWORD_WRONG: u8 = 0x13;

/// Picture size of the family.
const WIDTH: u32 = 256;
const HEIGHT: u32 = 288;
/// Two pixels a byte.
const IMAGE_BYTES: usize = (WIDTH * HEIGHT / 2) as usize;
const DPI: u32 = 508;
/// Good enough to stop trying.
const QUALITY_GOOD: u8 = 70;
/// Good enough to serve as evidence.
const QUALITY_ACCEPTED: u8 = 40;
const BAUD_DELIVERED: u32 = 57_600;
const BAUD_FAST: u32 = 115_200;
const READ_CHUNK: usize = 512;

/// Time budgets.
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    /// Between two looks for a finger.
    pub find_pause: Duration,
    /// For a short answer; taking a picture takes a module up to half a second.
    pub answer: Duration,
    /// Longest gap inside an answer.
    pub gap: Duration,
    /// For a whole picture; 7 s at 57600.
    pub image: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            find_pause: Duration::from_millis(200),
            answer: Duration::from_millis(1000),
            gap: Duration::from_millis(400),
            image: Duration::from_secs(12),
        }
    }
}

/// What the module says of itself (ReadSysPara).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Parameters {
    capacity: u16,
    security: u16,
    packet_code: u16,
    baud_n: u16,
}

/// 指纹模块 behind any link.
pub struct Ef01Scanner<L> {
    link: Tap<L>,
    decoder: Decoder,
    timings: Timings,
    unsettled: bool,
    protocol_faults: u32,
    captures: u32,
}

impl<L: ByteLink> Ef01Scanner<L> {
    /// A module on this link; nothing is sent yet.
    pub fn new(link: L, timings: Timings) -> Self {
        Self {
            link: Tap::new(link),
            decoder: Decoder::default(),
            timings,
            unsettled: false,
            protocol_faults: 0,
            captures: 0,
        }
    }

    /// Finds the module's speed and sets the longest packets and, if `fast`, 115200 baud,
    /// which halves the seven seconds a picture takes.
    ///
    /// # Errors
    /// The line's faults; `Timeout` when nothing answers at either speed.
    pub fn tune(&mut self, fast: bool, control: &OpControl<'_>) -> Result<(), DeviceFault> {
        let mut parameters = self.parameters(control);
        if matches!(parameters, Err(DeviceFault::Timeout(_) | DeviceFault::Protocol(_))) {
            // Left at the fast speed by an earlier run.
            self.link.set_baud(BAUD_FAST)?;
            parameters = self.parameters(control);
            if parameters.is_err() {
                self.link.set_baud(BAUD_DELIVERED)?;
            }
        }
        let parameters = parameters?;
        if parameters.packet_code != 3 {
            self.expect_done(SET_PACKET_256, control)?;
        }
        if fast && parameters.baud_n != 12 {
            // Modules differ in whether the answer still comes at the old speed; what
            // counts is whether they can be understood at the new one.
            passable(self.exchange(SET_BAUD_115200, control).map(|_| ()))?;
            self.link.set_baud(BAUD_FAST)?;
            let understood = self.parameters(control).map(|_| ());
            if understood.is_err() {
                passable(understood)?;
                self.link.set_baud(u32::from(parameters.baud_n) * 9600)?;
                self.parameters(control)?;
            }
        }
        Ok(())
    }

    fn parameters(&mut self, control: &OpControl<'_>) -> Result<Parameters, DeviceFault> {
        self.settle()?;
        let page = self.expect_done(READ_PARAMETERS, control)?;
        let word = |at: usize| page.get(at..at + 2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        // Status, id, capacity, security, address (4), packet code, speed.
        match (word(4), word(6), word(12), word(14)) {
            (Some(capacity), Some(security), Some(packet_code), Some(baud_n @ 1..=12)) => {
                Ok(Parameters { capacity, security, packet_code, baud_n })
            }
            _ => Err(DeviceFault::Protocol("parameter page cannot be right".to_owned())),
        }
    }

    /// Drops what an earlier dialogue left on the line.
    fn settle(&mut self) -> Result<(), DeviceFault> {
        self.link.flush_input()?;
        self.decoder.clear();
        if std::mem::take(&mut self.unsettled) {
            let until = Instant::now() + self.timings.image;
            let mut heard = Instant::now();
            let mut chunk = Zeroizing::new([0_u8; READ_CHUNK]);
            while Instant::now() < until && heard.elapsed() < self.timings.gap.min(Duration::from_millis(100)) {
                if self.link.read(&mut *chunk, Duration::from_millis(20))? > 0 {
                    heard = Instant::now();
                }
            }
        }
        Ok(())
    }

    /// Confirmation code and what follows it. A command the module found damaged, by noise or by
    /// the rest of an earlier one, is sent once more.
    fn exchange(&mut self, payload: &[u8], control: &OpControl<'_>) -> Result<(u8, Vec<u8>), DeviceFault> {
        match self.exchange_once(payload, control)? {
            (PACKET_WRONG, _) => self.exchange_once(payload, control),
            answer => Ok(answer),
        }
    }

    fn exchange_once(&mut self, payload: &[u8], control: &OpControl<'_>) -> Result<(u8, Vec<u8>), DeviceFault> {
        self.decoder.clear();
        let now = Instant::now();
        self.link.write_all(&command(payload), now + self.timings.answer)?;
        let packet = self.packet(now + self.timings.answer, control)?;
        match (packet.pid, packet.payload.split_first()) {
            (Pid::Ack, Some((code, rest))) => Ok((*code, rest.to_vec())),
            _ => Err(self.broken(CodecFault::Shape)),
        }
    }

    fn expect_done(&mut self, payload: &[u8], control: &OpControl<'_>) -> Result<Vec<u8>, DeviceFault> {
        match self.exchange(payload, control)? {
            (DONE, rest) => Ok(rest),
            (code, _) => Err(refusal(code)),
        }
    }

    fn packet(&mut self, until: Instant, control: &OpControl<'_>) -> Result<Packet, DeviceFault> {
        let begun = Instant::now();
        let mut heard = begun;
        let mut chunk = Zeroizing::new([0_u8; READ_CHUNK]);
        loop {
            if let Some(packet) = self.decoder.next_packet().map_err(|fault| self.broken(fault))? {
                return Ok(packet);
            }
            if control.cancel.is_cancelled() {
                self.unsettled = true;
                return Err(DeviceFault::Cancelled);
            }
            let now = Instant::now();
            let left = until.saturating_duration_since(now);
            // Read before judging the time: a process that was stalled must not blame the module.
            let count = self.link.read(&mut *chunk, left.min(self.timings.gap))?;
            if count > 0 {
                heard = Instant::now();
                self.decoder.push(&chunk[..count]);
                continue;
            }
            let stalled = self.decoder.is_partial() && now - heard > self.timings.gap;
            if left.is_zero() || stalled {
                self.unsettled = true;
                // Bytes without a packet in them are no silence.
                return Err(if heard > begun || stalled {
                    self.broken(CodecFault::Short)
                } else {
                    DeviceFault::Timeout(u64::try_from((now - begun).as_millis()).unwrap_or(u64::MAX))
                });
            }
        }
    }

    fn broken(&mut self, fault: CodecFault) -> DeviceFault {
        self.unsettled = true;
        self.protocol_faults += 1;
        DeviceFault::Protocol(fault.text().to_owned())
    }

    /// Polls until the glass is touched (or free). The evidence window starts with the
    /// look that succeeds.
    fn wait_for_finger(&mut self, wanted: bool, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        let mut hinted = false;
        loop {
            control.check()?;
            self.link.restart();
            match self.exchange(GEN_IMAGE, control)?.0 {
                DONE if wanted => return Ok(()),
                NO_FINGER if !wanted => return Ok(()),
                DONE | NO_FINGER => {}
                IMAGING_FAILED | TOO_MESSY | TOO_FEW_POINTS => {
                    if !hinted {
                        control.prompt(Hint::FingerBetter);
                        hinted = true;
                    }
                }
                code => return Err(refusal(code)),
            }
            control.pause(self.timings.find_pause)?;
        }
    }

    /// The data packets after a good answer, up to the last one; `most` bytes at most.
    fn upload(&mut self, most: usize, control: &OpControl<'_>) -> Result<Zeroizing<Vec<u8>>, DeviceFault> {
        let until = Instant::now() + self.timings.image;
        let mut bytes = Zeroizing::new(Vec::with_capacity(most));
        loop {
            let next = (Instant::now() + self.timings.gap).min(until);
            let packet = match self.packet(next, control) {
                // Silence in the middle of an upload is a broken upload.
                Err(DeviceFault::Timeout(_)) => return Err(self.broken(CodecFault::Short)),
                other => other?,
            };
            bytes.extend_from_slice(&packet.payload);
            match packet.pid {
                Pid::Data if bytes.len() < most => {}
                Pid::Last if bytes.len() <= most => return Ok(bytes),
                _ => return Err(self.broken(CodecFault::Shape)),
            }
        }
    }

    /// Fetches the picture just taken: 4-bit pairs, high nibble first, to 8 bits.
    fn fetch(&mut self, control: &OpControl<'_>) -> Result<Zeroizing<Vec<u8>>, DeviceFault> {
        self.expect_done(UP_IMAGE, control)?;
        let packed = self.upload(IMAGE_BYTES, control)?;
        if packed.len() != IMAGE_BYTES {
            return Err(self.broken(CodecFault::Shape));
        }
        Ok(Zeroizing::new(packed.iter().flat_map(|byte| [(byte >> 4) * 17, (byte & 15) * 17]).collect()))
    }

    /// 特征提取: waits for a finger and takes its features into a buffer of the module, 1 or 2.
    fn features_into(&mut self, buffer: u8, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        control.prompt(Hint::PressFinger);
        self.wait_for_finger(true, control)?;
        self.expect_done(&[IMAGE_TO_FEATURES, buffer], control).map(|_| ())
    }

    /// 指纹特征: waits for a finger and gives the module's character file. Its form is the
    /// maker's own; it can be compared by modules of this family only.
    ///
    /// # Errors
    /// [`DeviceFault::Retry`] when the print gives too few points, `NoMedia` without a finger,
    /// else the line's faults.
    pub fn features(&mut self, control: &mut OpControl<'_>) -> Result<Zeroizing<Vec<u8>>, DeviceFault> {
        self.settle()?;
        vain(self.features_into(1, control), control)?;
        self.expect_done(&[UP_FEATURES, 1], control)?;
        self.upload(FEATURES_MAX, control)
    }

    /// 比对: two presses, with the finger lifted in between, compared by the module.
    /// `Some(score)` when it finds them alike.
    ///
    /// # Errors
    /// As for [`Ef01Scanner::features`].
    pub fn compare_presses(&mut self, control: &mut OpControl<'_>) -> Result<Option<u16>, DeviceFault> {
        self.settle()?;
        vain(self.features_into(1, control), control)?;
        control.prompt(Hint::LiftFinger);
        vain(self.wait_for_finger(false, control), control)?;
        vain(self.features_into(2, control), control)?;
        match self.exchange(MATCH, control)? {
            (DONE, score) => match score.as_slice() {
                [high, low, ..] => Ok(Some(u16::from_be_bytes([*high, *low]))),
                _ => Err(self.broken(CodecFault::Shape)),
            },
            (NO_MATCH, _) => Ok(None),
            (code, _) => Err(refusal(code)),
        }
    }

    fn one_try(&mut self, control: &mut OpControl<'_>) -> Result<FingerImage, DeviceFault> {
        self.wait_for_finger(true, control)?;
        let pixels = self.fetch(control)?;
        let (line_sha256, _) = self.link.evidence();
        self.captures += 1;
        Ok(FingerImage {
            width: WIDTH,
            height: HEIGHT,
            dpi: DPI,
            quality: quality::score(&pixels, WIDTH as usize, HEIGHT as usize),
            png: png(&pixels)?,
            pixels: pixels.to_vec(),
            line_sha256,
        })
    }

    fn best_of(
        &mut self,
        tries: u8,
        best: &mut Option<FingerImage>,
        control: &mut OpControl<'_>,
    ) -> Result<(), DeviceFault> {
        self.settle()?;
        for left in (0..tries.max(1)).rev() {
            control.prompt(Hint::PressFinger);
            let image = self.one_try(control)?;
            let good = image.quality >= QUALITY_GOOD;
            if best.as_ref().is_none_or(|best| image.quality > best.quality) {
                *best = Some(image);
            }
            if good || left == 0 {
                break;
            }
            control.prompt(Hint::FingerBetter);
            control.prompt(Hint::LiftFinger);
            self.wait_for_finger(false, control)?;
        }
        Ok(())
    }
}

/// At the wrong speed a module is silent or talks nonsense; a cancel or a cut line is something else.
fn passable(result: Result<(), DeviceFault>) -> Result<(), DeviceFault> {
    match result {
        Err(DeviceFault::Timeout(_) | DeviceFault::Protocol(_)) => Ok(()),
        other => other,
    }
}

/// Waiting for a finger until the time is over means that there was none.
fn vain<T>(result: Result<T, DeviceFault>, control: &OpControl<'_>) -> Result<T, DeviceFault> {
    match result {
        Err(DeviceFault::Timeout(_)) if control.remaining().is_zero() => Err(DeviceFault::NoMedia),
        other => other,
    }
}

fn refusal(code: u8) -> DeviceFault {
    match code {
        NO_FINGER => DeviceFault::NoMedia,
        IMAGING_FAILED | TOO_MESSY | TOO_FEW_POINTS => DeviceFault::Retry(Hint::FingerBetter),
        PASSWORD_WRONG => DeviceFault::Hardware("the module wants a password".to_owned()),
        code => DeviceFault::Protocol(format!("confirmation code {code:02X}")),
    }
}

fn png(pixels: &[u8]) -> Result<Vec<u8>, DeviceFault> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(pixels, WIDTH, HEIGHT, ExtendedColorType::L8)
        .map_err(|error| DeviceFault::Hardware(format!("PNG: {error}")))?;
    Ok(bytes)
}

impl<L: ByteLink> Device for Ef01Scanner<L> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let parameters = self.parameters(control)?;
        Ok(Health::online(Evidence::from([
            ("capacity".to_owned(), parameters.capacity.to_string()),
            ("security".to_owned(), parameters.security.to_string()),
            ("packet_bytes".to_owned(), (32_u32 << parameters.packet_code.min(3)).to_string()),
            ("baud".to_owned(), (u32::from(parameters.baud_n) * 9600).to_string()),
            ("captures".to_owned(), self.captures.to_string()),
            ("protocol_faults".to_owned(), self.protocol_faults.to_string()),
        ])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.unsettled = true;
        self.parameters(control).map(|_| ())
    }
}

impl<L: ByteLink> FingerprintScanner for Ef01Scanner<L> {
    fn capture(&mut self, tries: u8, control: &mut OpControl<'_>) -> Result<FingerImage, DeviceFault> {
        let mut best = None;
        let outcome = self.best_of(tries, &mut best, control);
        let timed_out = matches!(outcome, Err(DeviceFault::Timeout(_))) && control.remaining().is_zero();
        match (outcome, best) {
            (Ok(()), Some(image)) if image.quality >= QUALITY_ACCEPTED => Ok(image),
            // The time ran out while asking for a better one.
            (Err(_), Some(image)) if timed_out && image.quality >= QUALITY_ACCEPTED => Ok(image),
            (Err(_), None) if timed_out => Err(DeviceFault::NoMedia),
            (Ok(()), _) | (Err(DeviceFault::Timeout(_)), Some(_)) => Err(DeviceFault::Retry(Hint::FingerBetter)),
            (Err(fault), _) => Err(fault),
        }
    }
}
