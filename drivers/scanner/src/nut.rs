//! 不间断电源: Network UPS Tools, as a client of `upsd` (network protocol of NUT, port 3493).
//!
//! One question, one line: `LIST VAR <ups>` gives `BEGIN LIST VAR …`, one `VAR <ups> <name> "<value>"`
//! a line, `END LIST VAR …`; trouble is `ERR <what>`. Status words: `OL` on line, `OB` on
//! battery, `LB` battery low.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{PowerState, PowerSupply};
use tongban_device::state::DeviceState;
use tongban_device::transport::{ByteLink, LinkError};

/// More than any supply has to say.
const LIST_BYTES_MAX: usize = 64 * 1024;

/// What a list said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Not yet over.
    More,
    /// The whole list: name, value.
    List(Vec<(String, String)>),
    /// `ERR` and why.
    Trouble(String),
}

/// Reads the answer to `LIST VAR <ups>`; without I/O.
///
/// # Errors
/// What is wrong with it.
pub fn read_list(text: &[u8], ups: &str) -> Result<Told, &'static str> {
    if text.len() > LIST_BYTES_MAX {
        return Err("more than a list holds");
    }
    let Some(end) = text.iter().rposition(|byte| *byte == b'\n') else { return Ok(Told::More) };
    let text = std::str::from_utf8(&text[..end]).map_err(|_| "not text")?;
    let (begin, close) = (format!("BEGIN LIST VAR {ups}"), format!("END LIST VAR {ups}"));
    let variable = format!("VAR {ups} ");
    let (mut begun, mut list) = (false, Vec::new());
    for line in text.lines() {
        if let Some(why) = line.strip_prefix("ERR ") {
            return Ok(Told::Trouble(why.chars().filter(char::is_ascii_graphic).take(40).collect()));
        }
        if line == begin {
            (begun, list) = (true, Vec::new());
        } else if line == close && begun {
            return Ok(Told::List(list));
        } else if begun {
            let pair = line.strip_prefix(&variable).and_then(|rest| rest.split_once(" \""));
            let (name, value) = pair.ok_or("a line that is no variable")?;
            list.push((name.to_owned(), unquoted(value).ok_or("a value without its end")?));
        } else {
            return Err("a line before the list");
        }
    }
    Ok(Told::More)
}

/// Backslash before quote and backslash; the closing quote ends it.
fn unquoted(text: &str) -> Option<String> {
    let (mut value, mut letters) = (String::new(), text.chars());
    loop {
        match letters.next()? {
            '\\' => value.push(letters.next()?),
            '"' => return letters.next().is_none().then_some(value),
            letter => value.push(letter),
        }
    }
}

/// What the variables say of the power.
///
/// # Errors
/// When there is no status among them.
pub fn power_of(list: &[(String, String)]) -> Result<PowerState, &'static str> {
    let value = |wanted: &str| list.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let words: Vec<&str> = value("ups.status").ok_or("no status in the list")?.split_whitespace().collect();
    if !words.contains(&"OL") && !words.contains(&"OB") {
        return Err("neither on line nor on battery");
    }
    let number = |name: &str| value(name).and_then(|text| text.split('.').next()).and_then(|text| text.parse().ok());
    Ok(PowerState {
        on_mains: words.contains(&"OL") && !words.contains(&"OB"),
        battery_low: words.contains(&"LB"),
        charge: number("battery.charge")
            .and_then(|charge: u32| u8::try_from(charge).ok())
            .filter(|charge| *charge <= 100),
        runtime_s: number("battery.runtime"),
    })
}

/// A TCP connection as a byte link.
pub struct TcpLink(TcpStream);

impl TcpLink {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// `NoDevice` when nobody listens there.
    pub fn connect(address: &str, wait: Duration) -> Result<Self, LinkError> {
        let target = address.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or(LinkError::NoDevice)?;
        TcpStream::connect_timeout(&target, wait).map(Self).map_err(|_| LinkError::NoDevice)
    }
}

fn io_error(error: &std::io::Error) -> LinkError {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => LinkError::Disconnected,
        kind => LinkError::Other(kind.to_string()),
    }
}

impl ByteLink for TcpLink {
    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkError> {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.0.set_write_timeout(Some(left)).map_err(|error| io_error(&error))?;
        self.0.write_all(bytes).map_err(|error| io_error(&error))
    }

    fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        let wait = wait.clamp(Duration::from_millis(1), Duration::from_millis(200));
        self.0.set_read_timeout(Some(wait)).map_err(|error| io_error(&error))?;
        match self.0.read(buffer) {
            Ok(0) => Err(LinkError::Disconnected),
            Ok(count) => Ok(count),
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) =>
            {
                Ok(0)
            }
            Err(error) => Err(io_error(&error)),
        }
    }

    fn flush_input(&mut self) -> Result<(), LinkError> {
        let mut waste = [0; 512];
        while self.read(&mut waste, Duration::ZERO)? > 0 {}
        Ok(())
    }
}

/// A supply behind `upsd`.
pub struct NutSupply<L> {
    link: L,
    ups: String,
    answer: Duration,
}

impl<L: ByteLink> NutSupply<L> {
    /// The supply of this name; `answer` is how long `upsd` may take.
    ///
    /// # Errors
    /// `Unsupported` for a name that is no word.
    pub fn new(link: L, ups: &str, answer: Duration) -> Result<Self, DeviceFault> {
        let word = !ups.is_empty() && ups.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if word { Ok(Self { link, ups: ups.to_owned(), answer }) } else { Err(DeviceFault::Unsupported) }
    }

    /// Asks; once more when the rest of an earlier question had spoiled this one.
    fn list(&mut self, control: &OpControl<'_>) -> Result<Vec<(String, String)>, DeviceFault> {
        match self.list_once(control)? {
            Err(why) if why == "UNKNOWN-COMMAND" => self.list_once(control)?,
            told => told,
        }
        .map_err(|why| DeviceFault::Hardware(format!("upsd says {why}")))
    }

    /// The list, or why `upsd` gives none.
    fn list_once(&mut self, control: &OpControl<'_>) -> Result<Result<Vec<(String, String)>, String>, DeviceFault> {
        self.link.flush_input()?;
        let sent = Instant::now();
        self.link.write_all(format!("LIST VAR {}\n", self.ups).as_bytes(), sent + self.answer)?;
        let (mut text, mut chunk) = (Vec::new(), [0; 1024]);
        loop {
            if control.cancel.is_cancelled() {
                return Err(DeviceFault::Cancelled);
            }
            let left = self.answer.saturating_sub(sent.elapsed());
            let count = self.link.read(&mut chunk, left)?;
            text.extend_from_slice(&chunk[..count]);
            match read_list(&text, &self.ups).map_err(|text| DeviceFault::Protocol(text.to_owned()))? {
                Told::List(list) => return Ok(Ok(list)),
                Told::Trouble(why) => return Ok(Err(why)),
                Told::More if count == 0 && left.is_zero() && text.is_empty() => {
                    return Err(DeviceFault::Timeout(u64::try_from(sent.elapsed().as_millis()).unwrap_or(u64::MAX)));
                }
                Told::More if count == 0 && left.is_zero() => {
                    return Err(DeviceFault::Protocol("a list without its end".to_owned()));
                }
                Told::More => {}
            }
        }
    }
}

impl<L: ByteLink> Device for NutSupply<L> {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        let power = self.power(control)?;
        let mut evidence = Evidence::from([
            ("mains".to_owned(), power.on_mains.to_string()),
            ("low".to_owned(), power.battery_low.to_string()),
        ]);
        if let Some(charge) = power.charge {
            evidence.insert("charge".to_owned(), charge.to_string());
        }
        let state = if power.on_mains { DeviceState::Online } else { DeviceState::PowerOff };
        Ok(Health { state, code: None, evidence })
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.list(control).map(|_| ())
    }
}

impl<L: ByteLink> PowerSupply for NutSupply<L> {
    fn power(&mut self, control: &mut OpControl<'_>) -> Result<PowerState, DeviceFault> {
        let list = self.list(control)?;
        power_of(&list).map_err(|text| DeviceFault::Protocol(text.to_owned()))
    }
}
