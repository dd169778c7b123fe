//! 大厅其余设备: which module on which port.

use super::{number, opened};
use std::time::Duration;
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CallDisplay, CodeScanner, PowerSupply, SignaturePad, SmartCardReader};
use tongban_device::message::Setup;
use tongban_device::state::DeviceKind;
use tongban_device::transport::ByteLink;
use tongban_id_card::status::BAUD_OPTION;
use tongban_scanner::EvdevPort;
use tongban_scanner::board::LedBoard;
use tongban_scanner::codes::{Marks, SerialScanner};
use tongban_scanner::keyboard::KeyboardScanner;
use tongban_scanner::megatec::MegatecSupply;
use tongban_scanner::nut::{NutSupply, TcpLink};
use tongban_scanner::pad::{EvdevPad, REST};
use tongban_scanner::page::CallPage;
use tongban_scanner::panel::WindowPanel;
use tongban_scanner::pcsc::PcscReader;
use tongban_transport::SerialLink;

/// Line speed of scanners and LED controllers as delivered.
const BAUD: u32 = 9_600;
/// Line speed of supplies that speak Megatec's protocol (its section B).
const MEGATEC_BAUD: u32 = 2_400;
/// How long a LED controller or `upsd` may take to answer.
const ANSWER: Duration = Duration::from_millis(1_500);
/// Reaching a device on the network.
const CONNECT: Duration = Duration::from_secs(2);
/// Where `upsd` listens (assigned by IANA).
const NUT_PORT: u16 = 3493;
/// Options: bytes before and after each code, the pause that ends one, how long a pen rests.
const PREFIX_OPTION: &str = "prefix";
const SUFFIX_OPTION: &str = "suffix";
const GAP_OPTION: &str = "gap_ms";
const REST_OPTION: &str = "rest_ms";
/// Option: which panel on its line.
const ADDRESS_OPTION: &str = "address";

/// One of them, open.
pub(crate) enum HallDevice {
    Codes(Box<dyn CodeScanner>),
    Cards(Box<dyn SmartCardReader>),
    Pad(Box<dyn SignaturePad>),
    Display(Box<dyn CallDisplay>),
    Power(Box<dyn PowerSupply>),
}

/// The byte line of such a device; `None` for those that have none.
pub(crate) fn link(setup: &Setup) -> Result<Option<Box<dyn ByteLink>>, DeviceFault> {
    Ok(match (setup.kind, setup.driver.as_str()) {
        (DeviceKind::CodeScanner, "codes-serial")
        | (DeviceKind::CallDisplay, "led-board" | "window-panel")
        | (DeviceKind::PowerSupply, "megatec") => {
            if setup.port.starts_with('/') {
                let usual = if setup.driver == "megatec" { MEGATEC_BAUD } else { BAUD };
                let baud = number(setup, BAUD_OPTION)?.unwrap_or(usual);
                Some(Box::new(opened(SerialLink::open(&setup.port, baud))?))
            } else {
                // Behind a converter on the network.
                let address = setup.port.strip_prefix("tcp:").unwrap_or(&setup.port);
                Some(Box::new(opened(TcpLink::connect(address.trim_start_matches('/'), CONNECT))?))
            }
        }
        (DeviceKind::PowerSupply, "nut") => {
            let (_, address) = supply(&setup.port)?;
            Some(Box::new(opened(TcpLink::connect(&address, CONNECT))?))
        }
        _ => None,
    })
}

/// Name and address of a supply, in NUT's own notation: `ups@host` or `ups@host:port`.
fn supply(port: &str) -> Result<(&str, String), DeviceFault> {
    let (name, host) = port.split_once('@').ok_or(DeviceFault::Unsupported)?;
    // An IPv6 address has colons of its own, and brackets when a port follows.
    let has_port = host.rsplit_once(':').is_some_and(|(before, _)| !before.contains(':') || before.ends_with(']'));
    Ok((name, if has_port { host.to_owned() } else { format!("{host}:{NUT_PORT}") }))
}

/// The device of a setup on a line that is open.
pub(crate) fn on(setup: &Setup, link: Box<dyn ByteLink>) -> Result<HallDevice, DeviceFault> {
    Ok(match setup.kind {
        DeviceKind::CodeScanner => HallDevice::Codes(Box::new(SerialScanner::new(link, marks(setup)?))),
        DeviceKind::CallDisplay if setup.driver == "window-panel" => {
            let address = number(setup, ADDRESS_OPTION)?.unwrap_or(1);
            let address = u8::try_from(address).map_err(|_| DeviceFault::Unsupported)?;
            HallDevice::Display(Box::new(WindowPanel::new(link, address, ANSWER)?))
        }
        DeviceKind::CallDisplay => HallDevice::Display(Box::new(LedBoard::new(link, ANSWER))),
        DeviceKind::PowerSupply if setup.driver == "megatec" => {
            HallDevice::Power(Box::new(MegatecSupply::new(link, ANSWER)))
        }
        DeviceKind::PowerSupply => HallDevice::Power(Box::new(NutSupply::new(link, supply(&setup.port)?.0, ANSWER)?)),
        _ => return Err(DeviceFault::Unsupported),
    })
}

/// Devices without a byte line: nodes of the input subsystem, the PC/SC service, a page for a browser.
pub(crate) fn open(setup: &Setup) -> Result<HallDevice, DeviceFault> {
    Ok(match (setup.kind, setup.driver.as_str()) {
        (DeviceKind::CodeScanner, "codes-keyboard") => {
            HallDevice::Codes(Box::new(KeyboardScanner::new(opened(EvdevPort::open(&setup.port))?, marks(setup)?)))
        }
        (DeviceKind::SignaturePad, "pad-evdev") => {
            let rest = number(setup, REST_OPTION)?.map_or(REST, |ms| Duration::from_millis(ms.into()));
            HallDevice::Pad(Box::new(EvdevPad::new(opened(EvdevPort::open(&setup.port))?, rest)))
        }
        (DeviceKind::CallDisplay, "call-page") => HallDevice::Display(Box::new(CallPage::serve(&setup.port, ANSWER)?)),
        (DeviceKind::SmartCardReader, "pcsc") => {
            let reader = setup.port.strip_prefix("pcsc:").ok_or(DeviceFault::Unsupported)?;
            HallDevice::Cards(Box::new(PcscReader::open(reader)?))
        }
        _ => return Err(DeviceFault::Unsupported),
    })
}

fn marks(setup: &Setup) -> Result<Marks, DeviceFault> {
    let bytes = |name: &str| {
        let given = setup.options.get(name);
        given.map(|text| Marks::suffix_named(text).ok_or(DeviceFault::Unsupported)).transpose()
    };
    let usual = Marks::default();
    Ok(Marks {
        prefix: bytes(PREFIX_OPTION)?.unwrap_or(usual.prefix),
        suffix: bytes(SUFFIX_OPTION)?.unwrap_or(usual.suffix),
        gap: number(setup, GAP_OPTION)?.map_or(usual.gap, |ms| Duration::from_millis(ms.into())),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_supply_is_named_as_its_own_tools_name_it() {
        for (port, address) in [
            ("hall@ups.hall:4000", "ups.hall:4000"),
            ("hall@localhost", "localhost:3493"),
            ("hall@[fd00::1]:3493", "[fd00::1]:3493"),
            ("hall@[fd00::1]", "[fd00::1]:3493"),
        ] {
            assert_eq!(supply(port).unwrap(), ("hall", address.to_owned()), "{port}");
        }
        assert_eq!(supply("localhost:3493"), Err(DeviceFault::Unsupported));
    }
}
