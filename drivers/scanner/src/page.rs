//! 全屏叫号页: a browser in full screen shows the calls; the driver is what it asks.
//!
//! The page stands on this machine alone, for the screen at its second output. It asks twice a second for what
//! is called now, with the number of the call it shows; a call counts as shown once a page has asked for the
//! next with its number, so that a page that hangs or was closed is told from one that shows it.
//!
//! ```text
//! GET /            the page
//! GET /now?N       {"turn":T,"ticket":"A012","window":"3"}; N is the call the page shows, 0 before the first
//! ```

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tongban_device::ErrorCode;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CallDisplay, Notice};
use tongban_device::state::DeviceState;

/// The page itself.
const PAGE: &str = include_str!("page.html");
/// Longest request read.
const REQUEST_BYTES_MAX: usize = 4096;
/// How long a browser may take to say what it wants.
const REQUEST_WAIT: Duration = Duration::from_millis(500);
/// A page that has not asked for so long is gone.
const GONE: Duration = Duration::from_secs(5);
/// Pause between two looks for a browser, and for what a page shows.
const LOOK: Duration = Duration::from_millis(20);
/// Longest number of a ticket or window.
const WORD_CHARS_MAX: usize = 16;

#[derive(Default)]
struct Calls {
    turn: u64,
    notice: Option<Notice>,
    /// The call a page showed when it asked last, and when that was.
    shown: u64,
    asked: Option<Instant>,
    over: bool,
}

/// A call display in a browser.
pub struct CallPage {
    calls: Arc<Mutex<Calls>>,
    answer: Duration,
    address: SocketAddr,
}

impl CallPage {
    /// Serves the page at `address`, a loopback one; `answer` is how long a page may take to show a call.
    ///
    /// # Errors
    /// `Unsupported` for an address that is none or not of this machine, `Busy` when another program has it.
    pub fn serve(address: &str, answer: Duration) -> Result<Self, DeviceFault> {
        let address: SocketAddr = address.parse().map_err(|_| DeviceFault::Unsupported)?;
        if !address.ip().is_loopback() {
            return Err(DeviceFault::Unsupported);
        }
        let listener = TcpListener::bind(address).map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => DeviceFault::Busy,
            ErrorKind::PermissionDenied => DeviceFault::Denied,
            _ => DeviceFault::NoDevice,
        })?;
        let hardware = |error: std::io::Error| DeviceFault::Hardware(error.kind().to_string());
        let address = listener.local_addr().map_err(hardware)?;
        listener.set_nonblocking(true).map_err(hardware)?;
        let calls: Arc<Mutex<Calls>> = Arc::default();
        let there = Arc::clone(&calls);
        std::thread::Builder::new().name("page".into()).spawn(move || attend(&listener, &there)).map_err(hardware)?;
        Ok(Self { calls, answer, address })
    }

    /// Where the page is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for CallPage {
    fn drop(&mut self) {
        lock(&self.calls).over = true;
    }
}

fn lock(calls: &Mutex<Calls>) -> MutexGuard<'_, Calls> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one browser after the other; each request is short.
fn attend(listener: &TcpListener, calls: &Mutex<Calls>) {
    while !lock(calls).over {
        match listener.accept() {
            // A browser that went away, or says nothing, is no matter.
            Ok((stream, _)) => drop(answer(stream, calls)),
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}

fn answer(mut stream: TcpStream, calls: &Mutex<Calls>) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(REQUEST_WAIT))?;
    stream.set_write_timeout(Some(REQUEST_WAIT))?;
    let begun = Instant::now();
    let mut request = Vec::new();
    let mut chunk = [0; 512];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut chunk)?;
        request.extend_from_slice(&chunk[..count]);
        if count == 0 || request.len() > REQUEST_BYTES_MAX || begun.elapsed() > REQUEST_WAIT {
            return Ok(());
        }
    }
    let (status, kind, body) = match asked(&request) {
        Some(Asked::Page) => ("200 OK", "text/html; charset=utf-8", PAGE.to_owned()),
        Some(Asked::Now(shown)) => ("200 OK", "application/json", told(&mut lock(calls), shown)),
        None => ("404 Not Found", "text/plain", String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'self' 'unsafe-inline'\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())
}

/// What a browser wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The page.
    Page,
    /// What is called now; it shows this call.
    Now(u64),
}

/// Reads the first line of a request; without I/O.
#[must_use]
pub fn asked(request: &[u8]) -> Option<Asked> {
    let line = request.split(|byte| *byte == b'\r').next()?;
    let path = std::str::from_utf8(line).ok()?.strip_prefix("GET ")?.split(' ').next()?;
    match path.split_once('?') {
        None if path == "/" => Some(Asked::Page),
        Some(("/now", shown)) => shown.parse().ok().map(Asked::Now),
        _ => None,
    }
}

fn told(calls: &mut Calls, shown: u64) -> String {
    (calls.shown, calls.asked) = (shown, Some(Instant::now()));
    let (ticket, window) =
        calls.notice.as_ref().map_or(("", ""), |notice| (notice.ticket.as_str(), notice.window.as_str()));
    format!("{{\"turn\":{},\"ticket\":\"{ticket}\",\"window\":\"{window}\"}}", calls.turn)
}

impl Device for CallPage {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        control.check()?;
        let calls = lock(&self.calls);
        let evidence = Evidence::from([("calls".to_owned(), calls.turn.to_string())]);
        if calls.asked.is_some_and(|at| at.elapsed() < GONE) {
            return Ok(Health::online(evidence));
        }
        Ok(Health { state: DeviceState::Offline, code: Some(ErrorCode::DeviceTimeout), evidence })
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        control.check()
    }
}

impl CallDisplay for CallPage {
    fn show(&mut self, notice: &Notice, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        // Letters and digits only: nothing that means something in a page or in JSON.
        let word = |text: &str| {
            !text.is_empty() && text.chars().count() <= WORD_CHARS_MAX && text.chars().all(char::is_alphanumeric)
        };
        if !word(&notice.ticket) || !word(&notice.window) {
            return Err(DeviceFault::Unsupported);
        }
        let turn = {
            let mut calls = lock(&self.calls);
            calls.turn += 1;
            calls.notice = Some(notice.clone());
            calls.turn
        };
        let begun = Instant::now();
        while lock(&self.calls).shown != turn {
            if begun.elapsed() > self.answer {
                return Err(DeviceFault::Timeout(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)));
            }
            control.pause(LOOK)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_page_and_the_call_are_to_be_had() {
        assert_eq!(asked(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Some(Asked::Page));
        assert_eq!(asked(b"GET /now?7 HTTP/1.1\r\n\r\n"), Some(Asked::Now(7)));
        for other in
            [&b"GET /now HTTP/1.1\r\n"[..], b"GET /now?x\r\n", b"POST / HTTP/1.1\r\n", b"GET /../etc\r\n", b"\xFF", b""]
        {
            assert_eq!(asked(other), None, "{other:?}");
        }
    }

    #[test]
    fn the_page_is_of_this_machine_alone() {
        for address in ["0.0.0.0:8090", "192.0.2.1:8090", "hall:8090", "[::]:1"] {
            assert!(matches!(CallPage::serve(address, GONE), Err(DeviceFault::Unsupported)), "{address}");
        }
        let page = CallPage::serve("127.0.0.1:0", GONE).unwrap();
        let again = CallPage::serve(&page.address().to_string(), GONE);
        assert!(matches!(again, Err(DeviceFault::Busy)), "one page at an address");
    }
}
