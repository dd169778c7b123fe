//! 键盘口扫码器: a scanner that types. The node is grabbed, so its codes never appear as typing.

use crate::codes::{Collector, Marks};
use crate::evdev::{EVENT_BYTES, EventPort, Events, InputEvent};
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CodeScanner, ScannedCode};
use zeroize::Zeroizing;

const EV_KEY: u16 = 1;
/// The kernel lost events because nobody read them.
const SYN_DROPPED: u16 = 3;
const SHIFTS: [u16; 2] = [42, 54];
const READ_SLICE: Duration = Duration::from_millis(100);

/// US layout, which scanners type in unless told otherwise: code, plain, with shift (linux/input-event-codes.h).
const KEYS: &[(u16, u8, u8)] = &[
    (2, b'1', b'!'),
    (3, b'2', b'@'),
    (4, b'3', b'#'),
    (5, b'4', b'$'),
    (6, b'5', b'%'),
    (7, b'6', b'^'),
    (8, b'7', b'&'),
    (9, b'8', b'*'),
    (10, b'9', b'('),
    (11, b'0', b')'),
    (12, b'-', b'_'),
    (13, b'=', b'+'),
    (15, b'\t', b'\t'),
    (16, b'q', b'Q'),
    (17, b'w', b'W'),
    (18, b'e', b'E'),
    (19, b'r', b'R'),
    (20, b't', b'T'),
    (21, b'y', b'Y'),
    (22, b'u', b'U'),
    (23, b'i', b'I'),
    (24, b'o', b'O'),
    (25, b'p', b'P'),
    (26, b'[', b'{'),
    (27, b']', b'}'),
    (28, b'\r', b'\r'),
    (30, b'a', b'A'),
    (31, b's', b'S'),
    (32, b'd', b'D'),
    (33, b'f', b'F'),
    (34, b'g', b'G'),
    (35, b'h', b'H'),
    (36, b'j', b'J'),
    (37, b'k', b'K'),
    (38, b'l', b'L'),
    (39, b';', b':'),
    (40, b'\'', b'"'),
    (41, b'`', b'~'),
    (43, b'\\', b'|'),
    (44, b'z', b'Z'),
    (45, b'x', b'X'),
    (46, b'c', b'C'),
    (47, b'v', b'V'),
    (48, b'b', b'B'),
    (49, b'n', b'N'),
    (50, b'm', b'M'),
    (51, b',', b'<'),
    (52, b'.', b'>'),
    (53, b'/', b'?'),
    (57, b' ', b' '),
    (96, b'\r', b'\r'),
];

/// Turns key events into bytes; without I/O.
#[derive(Debug, Default)]
pub struct Typist {
    shift: bool,
}

impl Typist {
    /// The byte a press stands for; releases, repeats and keys without a sign give none.
    pub fn press(&mut self, event: InputEvent) -> Option<u8> {
        if event.kind != EV_KEY {
            return None;
        }
        if SHIFTS.contains(&event.code) {
            self.shift = event.value != 0;
            return None;
        }
        let (_, plain, shifted) = KEYS.iter().find(|(code, _, _)| *code == event.code)?;
        (event.value == 1).then_some(if self.shift { *shifted } else { *plain })
    }

    /// The events with which a scanner types this text; for simulators. `None` for a sign it has no key for.
    #[must_use]
    pub fn typing(text: &[u8]) -> Option<Vec<InputEvent>> {
        let event = |code, value| InputEvent { ms: 0, kind: EV_KEY, code, value };
        let mut events = Vec::new();
        for sign in text {
            let (code, plain, _) = KEYS.iter().find(|(_, plain, shifted)| plain == sign || shifted == sign)?;
            let shift = plain != sign;
            if shift {
                events.push(event(SHIFTS[0], 1));
            }
            events.extend([event(*code, 1), event(*code, 0)]);
            if shift {
                events.push(event(SHIFTS[0], 0));
            }
        }
        Some(events)
    }
}

/// A scanner that types.
pub struct KeyboardScanner<P> {
    port: P,
    events: Events,
    typist: Typist,
    collector: Collector,
    gap: Duration,
    codes: u32,
}

impl<P: EventPort> KeyboardScanner<P> {
    /// On an opened port; a typing scanner ends its codes with Enter unless told otherwise.
    pub fn new(port: P, mut marks: Marks) -> Self {
        if marks.suffix == Marks::default().suffix {
            marks.suffix = b"\r".to_vec();
        }
        let gap = marks.gap;
        Self {
            port,
            events: Events::default(),
            typist: Typist::default(),
            collector: Collector::new(marks),
            gap,
            codes: 0,
        }
    }

    fn forget(&mut self) -> Result<(), DeviceFault> {
        let mut waste = Zeroizing::new([0_u8; EVENT_BYTES * 64]);
        while self.port.read_events(&mut *waste, Duration::ZERO)? > 0 {}
        self.events.clear();
        self.typist = Typist::default();
        self.collector.clear();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<Option<ScannedCode>, DeviceFault> {
        for event in self.events.push(bytes) {
            if event.kind == 0 && event.code == SYN_DROPPED {
                self.collector.clear();
                return Err(DeviceFault::Protocol("the kernel lost keys".to_owned()));
            }
            if let Some(sign) = self.typist.press(event)
                && let Some(code) = self.collector.push(&[sign])?
            {
                return Ok(Some(code));
            }
        }
        Ok(None)
    }
}

impl<P: EventPort> Device for KeyboardScanner<P> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let mut waste = Zeroizing::new([0_u8; EVENT_BYTES]);
        self.port.read_events(&mut *waste, Duration::ZERO)?;
        if control.cancel.is_cancelled() {
            return Err(DeviceFault::Cancelled);
        }
        Ok(Health::online(Evidence::from([("codes".to_owned(), self.codes.to_string())])))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.forget()?;
        control.check()
    }
}

impl<P: EventPort> CodeScanner for KeyboardScanner<P> {
    fn next_code(&mut self, control: &mut OpControl<'_>) -> Result<ScannedCode, DeviceFault> {
        self.forget()?;
        let mut heard = Instant::now();
        let mut chunk = Zeroizing::new([0_u8; EVENT_BYTES * 64]);
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let count = self.port.read_events(&mut *chunk, control.remaining().min(READ_SLICE).min(self.gap))?;
            let begun = self.collector.is_partial() || self.events.is_partial();
            if count > 0 {
                heard = Instant::now();
                if let Some(code) = self.take(&chunk[..count])? {
                    self.codes += 1;
                    return Ok(code);
                }
            } else if begun && heard.elapsed() >= self.gap {
                let half = self.events.is_partial();
                self.events.clear();
                match self.collector.silence()? {
                    Some(code) => {
                        self.codes += 1;
                        return Ok(code);
                    }
                    None if half => return Err(DeviceFault::Protocol("half an event".to_owned())),
                    None => {}
                }
            } else if control.remaining().is_zero() {
                return Err(DeviceFault::NoMedia);
            }
        }
    }
}
