//! 打印机: IPP printers, USB printer-class ports and ESC/POS receipt printers behind one trait.
//!
//! Invariant: a document is handed over at most once per job name; the end of a job is never a guess.
//! An `Err` from `print` means that nothing was handed to the printer.

pub mod escpos;
pub mod ipp;
mod link;
pub mod overprint;
pub mod reason;
pub mod usblp;

use tongban_device::driver::Printer;
use tongban_device::fault::DeviceFault;
use tongban_device::message::Setup;
use tongban_device::transport::ByteLink;

/// Option of a receipt printer: `none` when it does not answer `GS r`.
pub const CONFIRM_OPTION: &str = "confirm";

/// Opens the printer that `setup` names: driver `ipp` (port `ipp://…`), `usblp` (port
/// `/dev/usb/lpN`), `escpos` (port `/dev/usb/lpN` or `tcp://host:9100`; others through [`open_on`]).
///
/// # Errors
/// `Unsupported` for another driver or port form, else what opening the port gave.
pub fn open(setup: &Setup) -> Result<Box<dyn Printer>, DeviceFault> {
    match setup.driver.as_str() {
        "ipp" => Ok(Box::new(ipp::IppPrinter::open(setup)?)),
        "usblp" => Ok(Box::new(usblp::UsbPrinter::open(&setup.port)?)),
        "escpos" => open_on(setup, link::open(&setup.port)?),
        _ => Err(DeviceFault::Unsupported),
    }
}

/// Drives an ESC/POS printer over a link that someone else opened (serial port, memory).
///
/// # Errors
/// `Unsupported` when `setup.driver` is not `escpos`.
pub fn open_on(setup: &Setup, link: Box<dyn ByteLink>) -> Result<Box<dyn Printer>, DeviceFault> {
    match setup.driver.as_str() {
        "escpos" => {
            let printer = escpos::EscPosPrinter::new(link);
            Ok(match setup.options.get(CONFIRM_OPTION).map(String::as_str) {
                Some("none") => Box::new(printer.without_confirmation()),
                _ => Box::new(printer),
            })
        }
        _ => Err(DeviceFault::Unsupported),
    }
}
