//! 读卡对话: find, select, read; then presence; SAM identity, health, reset.

use crate::codec::{Answer, CodecFault, Decoder, command};
use crate::photo::PhotoDecoder;
use crate::record;
use crate::status::Status;
use std::time::{Duration, Instant};
use tongban_device::ErrorCode;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health, IdCardReader};
use tongban_device::fault::{DeviceFault, Hint};
use tongban_device::message::CardRead;
use tongban_device::tap::Tap;
use tongban_device::transport::ByteLink;
use zeroize::Zeroizing;

type Words = (u8, u8);

const RESET: Words = (0x10, 0xFF);
const STATUS: Words = (0x11, 0xFF);
const SAM_ID: Words = (0x12, 0xFF);
const FIND: Words = (0x20, 0x01);
const SELECT: Words = (0x20, 0x02);
const READ_TEXT_PHOTO: Words = (0x30, 0x01);
const READ_ALL: Words = (0x30, 0x10);
const READ_NEW_ADDRESS: Words = (0x30, 0x03);

const TEXT_BYTES: usize = 256;
const PHOTO_BYTES: usize = 1024;
/// How often a person is asked to put the card again before it counts as unreadable.
const LIFTS_MAX: u32 = 3;
/// Bytes taken from the line at a time.
const READ_CHUNK: usize = 512;

/// Time budgets, from what drivers in the field use.
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    /// Between two looks for a card.
    pub find_pause: Duration,
    /// For a short answer.
    pub answer: Duration,
    /// For the answer to a read; 2321 bytes take 201 ms at 115200.
    pub read: Duration,
    /// Longest gap inside a frame.
    pub gap: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            find_pause: Duration::from_millis(250),
            answer: Duration::from_millis(800),
            read: Duration::from_secs(3),
            gap: Duration::from_millis(300),
        }
    }
}

impl Timings {
    /// For a line of this speed: a slow one takes its time.
    #[must_use]
    pub fn at_baud(baud: u32) -> Self {
        let mut timings = Self::default();
        // Ten bits a byte; the longest answer is 2321 bytes.
        let longest_ms = 2321 * 10_000 / u64::from(baud.max(1));
        timings.read += Duration::from_millis(longest_ms);
        timings
    }
}

/// 阅读器 behind any link.
pub struct SamReader<L> {
    link: Tap<L>,
    decoder: Decoder,
    timings: Timings,
    photos: Box<dyn PhotoDecoder>,
    sam_id: Option<String>,
    /// The last dialogue broke off: the SAM's state is unknown until it is reset.
    unsettled: bool,
    protocol_faults: u32,
    resends: u32,
}

impl<L: ByteLink> SamReader<L> {
    /// A reader on this link; nothing is sent yet.
    pub fn new(link: L, timings: Timings, photos: Box<dyn PhotoDecoder>) -> Self {
        Self {
            link: Tap::new(link),
            decoder: Decoder::new(),
            timings,
            photos,
            sam_id: None,
            unsettled: false,
            protocol_faults: 0,
            resends: 0,
        }
    }

    /// Sends a command and waits for its answer; a command the reader found damaged is
    /// sent once more.
    fn exchange(&mut self, words: Words, budget: Duration, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        let answer = self.exchange_once(words, budget, control)?;
        if Status::of(answer.sw3) != Status::Damaged {
            return Ok(answer);
        }
        self.resends += 1;
        self.exchange_once(words, budget, control)
    }

    fn exchange_once(
        &mut self,
        words: Words,
        budget: Duration,
        control: &OpControl<'_>,
    ) -> Result<Answer, DeviceFault> {
        self.decoder.clear();
        let sent = Instant::now();
        self.link.write_all(&command(words.0, words.1, &[]), sent + budget)?;
        let until = sent + budget;
        let mut heard = sent;
        let mut chunk = Zeroizing::new([0_u8; READ_CHUNK]);
        loop {
            if control.cancel.is_cancelled() {
                self.unsettled = true;
                return Err(DeviceFault::Cancelled);
            }
            let now = Instant::now();
            let gap_left = self.timings.gap.saturating_sub(now - heard);
            let left = until.saturating_duration_since(now);
            let wait = if self.decoder.is_partial() { gap_left.min(left) } else { left };
            // Read before judging the time: a process that was stalled must not blame the reader.
            let count = self.link.read(&mut *chunk, wait)?;
            if count > 0 {
                heard = Instant::now();
                self.decoder.push(&chunk[..count]);
                if let Some(answer) = self.decoder.next_answer().map_err(|fault| self.broken(fault))? {
                    return Ok(answer);
                }
            } else if left.is_zero() {
                self.unsettled = true;
                self.decoder.silence().map_err(|fault| self.broken(fault))?;
                // Bytes without a frame in them are no silence.
                return Err(if heard > sent { self.broken(CodecFault::Short) } else { timeout(now - sent) });
            } else if self.decoder.is_partial() && gap_left.is_zero() {
                self.decoder.silence().map_err(|fault| self.broken(fault))?;
            }
        }
    }

    fn broken(&mut self, fault: CodecFault) -> DeviceFault {
        self.unsettled = true;
        self.protocol_faults += 1;
        DeviceFault::Protocol(fault.text().to_owned())
    }

    /// A short command that has to end with `90`.
    fn expect_done(&mut self, words: Words, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        let answer = self.exchange(words, self.timings.answer, control)?;
        match Status::of(answer.sw3) {
            Status::Done => Ok(answer),
            other => Err(other.fault()),
        }
    }

    /// After a broken dialogue: drop the rest of it and reset the SAM, which also makes a
    /// card still lying there findable again.
    fn settle(&mut self, control: &OpControl<'_>) -> Result<(), DeviceFault> {
        self.link.flush_input()?;
        if self.unsettled {
            self.drain()?;
            self.expect_done(RESET, control)?;
            self.unsettled = false;
        }
        Ok(())
    }

    /// Reads until the line is quiet for one gap, at most one read budget.
    fn drain(&mut self) -> Result<(), DeviceFault> {
        let until = Instant::now() + self.timings.read;
        let mut chunk = Zeroizing::new([0_u8; READ_CHUNK]);
        let mut heard = Instant::now();
        while Instant::now() < until && heard.elapsed() < self.timings.gap.min(Duration::from_millis(100)) {
            if self.link.read(&mut *chunk, Duration::from_millis(20))? > 0 {
                heard = Instant::now();
            }
        }
        Ok(())
    }

    fn sam_id(&mut self, control: &OpControl<'_>) -> Result<String, DeviceFault> {
        if let Some(known) = &self.sam_id {
            return Ok(known.clone());
        }
        let answer = self.expect_done(SAM_ID, control)?;
        let text = sam_id_text(&answer.data)
            .ok_or_else(|| DeviceFault::Protocol("SAM identity of wrong length".to_owned()))?;
        self.sam_id = Some(text.clone());
        Ok(text)
    }

    /// Polls until a card is found and selected. Starts the evidence window with the
    /// find that succeeds.
    fn select_card(&mut self, lifts: &mut u32, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        loop {
            control.check()?;
            self.link.restart();
            let found = self.exchange(FIND, self.timings.answer, control)?;
            match Status::of(found.sw3) {
                Status::CardFound => {
                    let selected = self.exchange(SELECT, self.timings.answer, control)?;
                    match Status::of(selected.sw3) {
                        Status::Done => return Ok(()),
                        Status::CardTrouble | Status::NoCard => lift(lifts, control)?,
                        other => return Err(other.fault()),
                    }
                }
                Status::NoCard => {}
                Status::CardTrouble => lift(lifts, control)?,
                other => return Err(other.fault()),
            }
            control.pause(self.timings.find_pause)?;
        }
    }

    /// Reads text, photo and fingerprints; readers without fingerprints know `30 01` only.
    fn read_selected(&mut self, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        let answer = self.exchange(READ_ALL, self.timings.read, control)?;
        if Status::of(answer.sw3) == Status::Unknown {
            return self.exchange(READ_TEXT_PHOTO, self.timings.read, control);
        }
        Ok(answer)
    }

    fn card(&mut self, answer: &Answer, sam_id: String) -> Result<CardRead, DeviceFault> {
        let (line_sha256, line_bytes) = self.link.evidence();
        let parts =
            Parts::split(&answer.data).ok_or_else(|| DeviceFault::Protocol("card data of wrong length".to_owned()))?;
        let record = record::parse(parts.text)
            .map_err(|_| DeviceFault::Medium(ErrorCode::CardUnreadable.as_str().to_owned()))?;
        Ok(CardRead {
            facts: record.facts,
            layout: record.layout.name().to_owned(),
            number_ok: record.number_ok,
            text_raw: parts.text.to_vec(),
            photo_wlt: parts.photo.to_vec(),
            photo: self.photos.decode(parts.photo),
            fingerprint: parts.fingerprint.to_vec(),
            line_sha256,
            line_bytes,
            sam_id,
        })
    }

    fn read(&mut self, lifts: &mut u32, control: &mut OpControl<'_>) -> Result<CardRead, DeviceFault> {
        self.settle(control)?;
        let sam_id = self.sam_id(control)?;
        control.prompt(Hint::PutCard);
        loop {
            self.select_card(lifts, control)?;
            let answer = self.read_selected(control)?;
            match Status::of(answer.sw3) {
                Status::Done => return self.card(&answer, sam_id),
                Status::CardTrouble | Status::NoCard => {
                    lift(lifts, control)?;
                    control.pause(self.timings.find_pause)?;
                }
                other => return Err(other.fault()),
            }
        }
    }
}

/// Asks for the card to be put again, three times; then it counts as unreadable.
fn lift(lifts: &mut u32, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
    *lifts += 1;
    if *lifts > LIFTS_MAX {
        return Err(DeviceFault::Medium(ErrorCode::CardUnreadable.as_str().to_owned()));
    }
    control.prompt(Hint::LiftAndPutAgain);
    Ok(())
}

/// Payload of a read: lengths first, then what they announce.
struct Parts<'a> {
    text: &'a [u8],
    photo: &'a [u8],
    fingerprint: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(data: &'a [u8]) -> Option<Self> {
        let length = |at: usize| data.get(at..at + 2).map(|pair| usize::from(u16::from_be_bytes([pair[0], pair[1]])));
        if length(0)? != TEXT_BYTES || length(2)? != PHOTO_BYTES {
            return None;
        }
        let body = TEXT_BYTES + PHOTO_BYTES;
        // `30 01` has two lengths, `30 10` three; which one came shows in the total.
        let (head, fingerprint) = if data.len() == 4 + body { (4, 0) } else { (6, length(4)?) };
        if data.len() != head + body + fingerprint {
            return None;
        }
        let (text, rest) = data[head..].split_at(TEXT_BYTES);
        let (photo, fingerprint) = rest.split_at(PHOTO_BYTES);
        Some(Self { text, photo, fingerprint })
    }
}

/// `%02d.%02d-%d-%010d-%d` of two u16le and three u32le.
fn sam_id_text(bytes: &[u8]) -> Option<String> {
    let bytes: &[u8; 16] = bytes.try_into().ok()?;
    let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let long = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    Some(format!("{:02}.{:02}-{}-{:010}-{}", short(0), short(2), long(4), long(8), long(12)))
}

fn timeout(waited: Duration) -> DeviceFault {
    DeviceFault::Timeout(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX))
}

impl<L: ByteLink> Device for SamReader<L> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        self.settle(control)?;
        let answer = self.exchange(STATUS, self.timings.answer, control)?;
        let mut evidence = Evidence::from([
            ("protocol_faults".to_owned(), self.protocol_faults.to_string()),
            ("resends".to_owned(), self.resends.to_string()),
        ]);
        match Status::of(answer.sw3) {
            Status::Done => {}
            status @ (Status::SelfTest | Status::NotAuthorised) => return Err(status.fault()),
            other => return Err(other.fault()),
        }
        evidence.insert("sam_id".to_owned(), self.sam_id(control)?);
        Ok(Health::online(evidence))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.unsettled = true;
        self.sam_id = None;
        self.settle(control)
    }
}

impl<L: ByteLink> IdCardReader for SamReader<L> {
    fn read_card(&mut self, control: &mut OpControl<'_>) -> Result<CardRead, DeviceFault> {
        let mut lifts = 0;
        match self.read(&mut lifts, control) {
            // The time ran out while the person was asked to put the card again, or none came.
            Err(DeviceFault::Timeout(_)) if control.remaining().is_zero() && lifts > 0 => {
                Err(DeviceFault::Retry(Hint::LiftAndPutAgain))
            }
            Err(DeviceFault::Timeout(_)) if control.remaining().is_zero() => Err(DeviceFault::NoMedia),
            other => other,
        }
    }

    /// A card that was read answers no find until it is lifted; reading its newest address
    /// tells whether it is still there (`90` or `91`).
    fn card_present(&mut self, control: &mut OpControl<'_>) -> Result<bool, DeviceFault> {
        self.link.flush_input()?;
        let answer = self.exchange(READ_NEW_ADDRESS, self.timings.answer, control)?;
        match Status::of(answer.sw3) {
            Status::Done | Status::NoContent => Ok(true),
            status @ (Status::SelfTest | Status::NotAuthorised | Status::Damaged | Status::Unknown) => {
                Err(status.fault())
            }
            _ => Ok(false),
        }
    }
}
