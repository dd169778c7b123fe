//! 状态字 SW3 and what it means for the person at the reader.

use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;

/// Meaning of SW3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `90`: done.
    Done,
    /// `9F`: a card is in the field.
    CardFound,
    /// `91`: the card has no such content.
    NoContent,
    /// `80`: no card, the usual idle answer.
    NoCard,
    /// `10`, `11`: the command came damaged; send it again.
    Damaged,
    /// `21`: command or parameter unknown.
    Unknown,
    /// `31 32 33 40 41 47 81`: the card must be lifted and put again.
    CardTrouble,
    /// `60`: self test failed, the reader takes no command.
    SelfTest,
    /// `66`: the SAM is not authorised or its time is over.
    NotAuthorised,
    /// `24` and everything no document names.
    Other(u8),
}

impl Status {
    /// From the byte.
    #[must_use]
    pub const fn of(sw3: u8) -> Self {
        match sw3 {
            0x90 => Self::Done,
            0x9F => Self::CardFound,
            0x91 => Self::NoContent,
            0x80 => Self::NoCard,
            0x10 | 0x11 => Self::Damaged,
            0x21 => Self::Unknown,
            0x31 | 0x32 | 0x33 | 0x40 | 0x41 | 0x47 | 0x81 => Self::CardTrouble,
            0x60 => Self::SelfTest,
            0x66 => Self::NotAuthorised,
            other => Self::Other(other),
        }
    }

    /// The fault when this status came where another was needed.
    #[must_use]
    pub fn fault(self) -> DeviceFault {
        match self {
            Self::SelfTest => DeviceFault::Hardware("SAM self test failed (60)".to_owned()),
            Self::NotAuthorised => DeviceFault::Hardware("SAM not authorised or expired (66)".to_owned()),
            Self::NoCard => DeviceFault::NoMedia,
            Self::Done | Self::CardFound | Self::NoContent => DeviceFault::Protocol("status out of place".to_owned()),
            Self::Damaged => DeviceFault::Protocol("reader finds our command damaged".to_owned()),
            Self::Unknown => DeviceFault::Protocol("reader does not know the command (21)".to_owned()),
            Self::CardTrouble => DeviceFault::Retry(tongban_device::fault::Hint::LiftAndPutAgain),
            Self::Other(sw3) => DeviceFault::Protocol(format!("status {sw3:02X}")),
        }
    }
}

/// The option of [`Setup`] that names the line speed.
pub const BAUD_OPTION: &str = "baud";
/// GA/T 467 default.
pub const BAUD_DEFAULT: u32 = 115_200;

/// Line speed asked for.
///
/// # Errors
/// [`DeviceFault::Unsupported`] when it is not one a SAM can be set to.
pub fn baud(setup: &Setup) -> Result<u32, DeviceFault> {
    match setup.options.get(BAUD_OPTION).map(String::as_str) {
        None => Ok(BAUD_DEFAULT),
        Some("115200") => Ok(115_200),
        Some("57600") => Ok(57_600),
        Some("38400") => Ok(38_400),
        Some("19200") => Ok(19_200),
        Some("9600") => Ok(9_600),
        Some(_) => Err(DeviceFault::Unsupported),
    }
}
