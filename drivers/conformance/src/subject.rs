//! 被测对象: one driver, whatever its trait, seen as a few dialogs with an outcome each.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, FingerprintScanner, Health, IdCardReader, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CallDisplay, CodeScanner, Notice, PowerSupply, SignaturePad, SmartCardReader};
use tongban_device::message::{PrintEnd, PrintJob};

/// A dialog with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialog {
    /// Opening, where that speaks with the device.
    Open,
    /// What the device is there for: read a card, take a print, print a paper.
    Work,
    /// Is the card still there? Follows [`Dialog::Work`].
    Presence,
    /// The cheap poll.
    Health,
    /// Back to a known state.
    Reset,
}

impl Dialog {
    /// All, in the order they are gone through.
    pub const ALL: [Self; 5] = [Self::Open, Self::Work, Self::Presence, Self::Health, Self::Reset];

    /// Name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Work => "work",
            Self::Presence => "presence",
            Self::Health => "health",
            Self::Reset => "reset",
        }
    }
}

/// How a dialog ended well; hashes only, nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// SHA-256 over what was gained.
    Value([u8; 32]),
    /// The driver says the paper is done.
    Printed,
    /// The driver says that nothing was printed.
    NotPrinted,
    /// The driver says that it cannot know.
    Unknown,
}

impl Outcome {
    /// The hash of these parts, each with its length before it.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self::Value(hash.finalize().into())
    }

    fn of_health(health: &Health) -> Self {
        // Counters in the evidence change from call to call; state and code must not.
        Self::of(&[format!("{:?} {:?}", health.state, health.code).as_bytes()])
    }
}

/// A driver under test.
pub trait Subject {
    /// Its dialogs, [`Dialog::Open`] apart.
    fn dialogs(&self) -> &'static [Dialog];
    /// Goes through one of them.
    ///
    /// # Errors
    /// The driver's.
    fn perform(&mut self, dialog: Dialog, control: &mut OpControl<'_>) -> Result<Outcome, DeviceFault>;
}

fn common<D: Device + ?Sized>(
    device: &mut D,
    dialog: Dialog,
    control: &mut OpControl<'_>,
) -> Result<Outcome, DeviceFault> {
    match dialog {
        Dialog::Health => device.health(control).map(|health| Outcome::of_health(&health)),
        Dialog::Reset => device.reset(control).map(|()| Outcome::of(&[])),
        Dialog::Open | Dialog::Work | Dialog::Presence => Err(DeviceFault::Unsupported),
    }
}

const WITH_PRESENCE: &[Dialog] = &[Dialog::Work, Dialog::Presence, Dialog::Health, Dialog::Reset];
/// A device that only speaks when somebody does something has no other dialog.
const WORK_ONLY: &[Dialog] = &[Dialog::Work];
const PLAIN: &[Dialog] = &[Dialog::Work, Dialog::Health, Dialog::Reset];

macro_rules! subject {
    ($(#[$doc:meta])* $name:ident, $device:ident: $trait:ident, $dialogs:expr,
     |$this:ident, $control:ident| $work:expr $(, presence |$here:ident, $flow:ident| $presence:expr)?) => {
        $(#[$doc])*
        pub struct $name(pub Box<dyn $trait>);

        impl Subject for $name {
            fn dialogs(&self) -> &'static [Dialog] {
                $dialogs
            }

            fn perform(&mut self, dialog: Dialog, control: &mut OpControl<'_>) -> Result<Outcome, DeviceFault> {
                match dialog {
                    Dialog::Work => {
                        let ($this, $control) = (self.0.as_mut(), control);
                        $work
                    }
                    $(Dialog::Presence => {
                        let ($here, $flow) = (self.0.as_mut(), control);
                        $presence
                    })?
                    other => common(self.0.as_mut(), other, control),
                }
            }
        }
    };
}

subject!(
    /// 阅读器: reads a card.
    Card, device: IdCardReader, WITH_PRESENCE,
    |reader, control| reader.read_card(control).map(|card| {
        let parts = [&card.text_raw[..], &card.photo_wlt, &card.fingerprint, card.layout.as_bytes(), card.sam_id.as_bytes()];
        Outcome::of(&parts)
    }),
    presence |reader, control| reader.card_present(control).map(|there| Outcome::of(&[&[u8::from(there)]]))
);

subject!(
    /// 指纹仪: takes one print.
    Finger, device: FingerprintScanner, PLAIN,
    |scanner, control| scanner.capture(1, control).map(|image| Outcome::of(&[&image.pixels]))
);

subject!(
    /// 扫码器: takes one code.
    Code, device: CodeScanner, WORK_ONLY,
    |scanner, control| scanner.next_code(control).map(|code| Outcome::of(&[code.bytes()]))
);

subject!(
    /// 读卡器: connects and selects the master file.
    Chip, device: SmartCardReader, PLAIN,
    |reader, control| {
        let answer_to_reset = reader.connect(control)?;
        let answer = reader.transmit(&[0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00], control);
        reader.disconnect();
        Ok(Outcome::of(&[&answer_to_reset, &answer?]))
    }
);

subject!(
    /// 签字板: takes one signature.
    Pad, device: SignaturePad, WORK_ONLY,
    |pad, control| pad.sign(control).map(|signature| {
        let points = signature.strokes.iter().map(|stroke| format!("{stroke:?}")).collect::<String>();
        Outcome::of(&[points.as_bytes()])
    })
);

subject!(
    /// 叫号屏: shows one call.
    Board, device: CallDisplay, PLAIN,
    |board, control| board.show(&Notice { ticket: "A012".to_owned(), window: "3".to_owned() }, control).map(|()| Outcome::of(&[]))
);

subject!(
    /// 不间断电源: asks for its state.
    Power, device: PowerSupply, PLAIN,
    |supply, control| supply.power(control).map(|power| Outcome::of(&[format!("{power:?}").as_bytes()]))
);

/// 打印机: prints one document.
pub struct Paper {
    /// The driver.
    pub printer: Box<dyn Printer>,
    /// What it prints.
    pub job: PrintJob,
}

impl Subject for Paper {
    fn dialogs(&self) -> &'static [Dialog] {
        PLAIN
    }

    fn perform(&mut self, dialog: Dialog, control: &mut OpControl<'_>) -> Result<Outcome, DeviceFault> {
        if dialog != Dialog::Work {
            return common(self.printer.as_mut(), dialog, control);
        }
        self.printer.print(&self.job, control).map(|end| match end {
            PrintEnd::Done { .. } => Outcome::Printed,
            PrintEnd::NotPrinted { .. } => Outcome::NotPrinted,
            PrintEnd::Unknown { .. } => Outcome::Unknown,
        })
    }
}
