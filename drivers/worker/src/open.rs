//! Which driver on which link: the only place that names concrete drivers.

use std::time::Duration;
use tongban_device::control::{CancelFlag, OpControl};
use tongban_device::driver::{Device, FingerprintScanner, IdCardReader, Printer};
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Reply, Setup};
use tongban_device::state::DeviceKind;
use tongban_device::transport::{ByteLink, LinkError};
use tongban_fingerprint::Ef01Scanner;
use tongban_id_card::photo::PhotoDecoder;
use tongban_id_card::{SamReader, Timings, status};
use tongban_transport::{HidrawLink, SerialLink, UsbBulkLink};

/// Line speed of a fingerprint module as delivered.
const EF01_BAUD: u32 = 57_600;
/// Finding out and setting a module's speed.
const TUNE_WAIT: Duration = Duration::from_secs(6);
/// Line speed of serial receipt printers.
const ESCPOS_BAUD: u32 = 9_600;

/// A device, open.
pub(crate) enum Opened {
    Reader(Box<dyn IdCardReader>),
    Scanner(Box<dyn FingerprintScanner>),
    Printer(Box<dyn Printer>),
}

impl Opened {
    pub(crate) fn device(&mut self) -> &mut dyn Device {
        match self {
            Self::Reader(reader) => reader.as_mut(),
            Self::Scanner(scanner) => scanner.as_mut(),
            Self::Printer(printer) => printer.as_mut(),
        }
    }

    /// Carries out what only this kind of device can.
    pub(crate) fn perform(&mut self, command: &Command, control: &mut OpControl<'_>) -> Result<Reply, DeviceFault> {
        match (self, command) {
            (Self::Reader(reader), Command::ReadCard) => {
                reader.read_card(control).map(|card| Reply::Card(Box::new(card)))
            }
            (Self::Reader(reader), Command::CardPresent) => reader.card_present(control).map(Reply::Present),
            (Self::Scanner(scanner), Command::CaptureFinger { tries }) => {
                scanner.capture(*tries, control).map(Reply::Finger)
            }
            (Self::Printer(printer), Command::Print(job)) => printer.print(job, control).map(Reply::Printed),
            (Self::Printer(printer), Command::FindJob { job_name }) => {
                printer.find_job(job_name, control).map(Reply::Printed)
            }
            _ => Err(DeviceFault::Unsupported),
        }
    }
}

/// Opens the device a setup names.
///
/// # Errors
/// `Unsupported` for an unknown driver or one that does not fit the kind, else the port's fault.
pub(crate) fn open(setup: &Setup) -> Result<Opened, DeviceFault> {
    match setup.kind {
        DeviceKind::IdCardReader => reader(setup).map(Opened::Reader),
        DeviceKind::FingerprintScanner => scanner(setup).map(Opened::Scanner),
        DeviceKind::DocumentPrinter | DeviceKind::CertificatePrinter => printer(setup).map(Opened::Printer),
        DeviceKind::DocumentCamera | DeviceKind::FaceCamera => Err(DeviceFault::Unsupported),
    }
}

fn reader(setup: &Setup) -> Result<Box<dyn IdCardReader>, DeviceFault> {
    let baud = status::baud(setup)?;
    let link: Box<dyn ByteLink> = match setup.driver.as_str() {
        "sam-serial" => Box::new(opened(SerialLink::open(&setup.port, baud))?),
        "sam-usb" => Box::new(opened(setup.port.parse().and_then(|port| UsbBulkLink::open(&port)))?),
        "sam-hid" => Box::new(opened(HidrawLink::open(&setup.port))?),
        _ => return Err(DeviceFault::Unsupported),
    };
    Ok(Box::new(SamReader::new(link, Timings::at_baud(baud), photos())))
}

fn scanner(setup: &Setup) -> Result<Box<dyn FingerprintScanner>, DeviceFault> {
    if setup.driver != "ef01-serial" {
        return Err(DeviceFault::Unsupported);
    }
    // A speed given is kept; otherwise the module is set to the faster one.
    let given = number(setup, status::BAUD_OPTION)?;
    let link = opened(SerialLink::open(&setup.port, given.unwrap_or(EF01_BAUD)))?;
    let mut scanner = Ef01Scanner::new(link, tongban_fingerprint::Timings::default());
    let mut silent = |_| {};
    scanner.tune(given.is_none(), &OpControl::new(TUNE_WAIT, CancelFlag::new(), &mut silent))?;
    Ok(Box::new(scanner))
}

fn printer(setup: &Setup) -> Result<Box<dyn Printer>, DeviceFault> {
    let serial = setup.driver == "escpos" && (setup.port.contains("/tty") || setup.port.contains("/serial/"));
    if !serial {
        return tongban_printer::open(setup);
    }
    let baud = number(setup, status::BAUD_OPTION)?.unwrap_or(ESCPOS_BAUD);
    let link = opened(SerialLink::open(&setup.port, baud))?;
    tongban_printer::open_on(setup, Box::new(link))
}

fn number(setup: &Setup, name: &str) -> Result<Option<u32>, DeviceFault> {
    setup.options.get(name).map(|text| text.parse().map_err(|_| DeviceFault::Unsupported)).transpose()
}

/// A port that goes away while being opened is simply not there.
fn opened<T>(link: Result<T, LinkError>) -> Result<T, DeviceFault> {
    link.map_err(|error| match error {
        LinkError::Disconnected => DeviceFault::NoDevice,
        other => other.into(),
    })
}

/// The simulator's pictures can be decoded in the demonstration only.
#[cfg(feature = "demo")]
fn photos() -> Box<dyn PhotoDecoder> {
    struct SimulatedPhotos;
    impl PhotoDecoder for SimulatedPhotos {
        fn decode(&mut self, wlt: &[u8]) -> Option<tongban_device::message::Rgba> {
            tongban_sim::wlt::decode(wlt)
        }
    }
    Box::new(SimulatedPhotos)
}

#[cfg(not(feature = "demo"))]
fn photos() -> Box<dyn PhotoDecoder> {
    Box::new(tongban_id_card::photo::NoDecoder)
}
