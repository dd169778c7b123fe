//! 智能卡: PC/SC through the system's `libpcsclite`, loaded when a reader is opened.
//!
//! A machine without it starts all the same and says `NoDevice`. Types as in `winscard.h` of
//! PCSC-lite: `LONG` and `DWORD` are C `long`, the handles are `long`.
#![allow(unsafe_code, reason = "calling a C library that may not be there")]

use std::ffi::{CString, c_char, c_long, c_ulong, c_void};
use std::time::Duration;
use tongban_device::control::OpControl;
use tongban_device::driver::{Device, Evidence, Health};
use tongban_device::fault::DeviceFault;
use tongban_device::hall::SmartCardReader;
use zeroize::Zeroize;

/// What the system calls the library.
pub const LIBRARY: &str = "libpcsclite.so.1";
const SCOPE_SYSTEM: c_ulong = 2;
const SHARE_EXCLUSIVE: c_ulong = 1;
const PROTOCOL_T0: c_ulong = 1;
const PROTOCOL_T1: c_ulong = 2;
const LEAVE_CARD: c_ulong = 0;
const RESET_CARD: c_ulong = 1;
/// Extended answers are at most 65 536 bytes and a status word.
const ANSWER_MAX: usize = 65_538;
const READERS_MAX: usize = 4096;
const ATR_MAX: usize = 33;
/// `SCARD_STATE_*` of `pcsclite.h`.
const STATE_EMPTY: c_ulong = 0x0010;
const STATE_PRESENT: c_ulong = 0x0020;
const STATE_EXCLUSIVE: c_ulong = 0x0080;
const STATE_IN_USE: c_ulong = 0x0100;
const STATE_MUTE: c_ulong = 0x0200;
/// Between two looks for a card.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// What the library's return codes mean (`pcsclite.h`).
#[must_use]
pub fn fault_of(code: u32) -> DeviceFault {
    match code {
        0x8010_000C | 0x8010_0066 | 0x8010_0067 => DeviceFault::NoMedia,
        0x8010_000B => DeviceFault::Busy,
        0x8010_0068 | 0x8010_0069 => DeviceFault::Unplugged,
        0x8010_0009 | 0x8010_0017 | 0x8010_001D | 0x8010_001E | 0x8010_002E => DeviceFault::NoDevice,
        0x8010_0002 => DeviceFault::Cancelled,
        0x8010_000A => DeviceFault::Timeout(0),
        0x8010_006A => DeviceFault::Denied,
        code => DeviceFault::Hardware(format!("PC/SC {code:08X}")),
    }
}

/// The names in a multi-string (each ends with a zero, the list with another); without I/O.
#[must_use]
pub fn names(bytes: &[u8]) -> Vec<String> {
    bytes
        .split(|byte| *byte == 0)
        .take_while(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

/// What lies in the reader, in one word: `none`, `present`, `kept` (another program has it for itself), `shared`
/// (another program speaks with it too), `mute` (it does not answer, as a card the wrong way round).
#[must_use]
pub fn card_word(state: c_ulong) -> &'static str {
    let is = |flag| state & flag != 0;
    match () {
        () if is(STATE_EMPTY) => "none",
        () if is(STATE_MUTE) => "mute",
        () if is(STATE_EXCLUSIVE) => "kept",
        () if is(STATE_IN_USE) => "shared",
        () if is(STATE_PRESENT) => "present",
        () => "",
    }
}

/// `SCARD_READERSTATE` of PCSC-lite on Linux, not packed.
#[repr(C)]
struct ReaderState {
    reader: *const c_char,
    user: *mut c_void,
    current: c_ulong,
    event: c_ulong,
    atr_length: c_ulong,
    atr: [u8; ATR_MAX],
}

#[repr(C)]
struct IoRequest {
    protocol: c_ulong,
    length: c_ulong,
}

type Establish = unsafe extern "C" fn(c_ulong, *const c_void, *const c_void, *mut c_long) -> c_long;
type Release = unsafe extern "C" fn(c_long) -> c_long;
type List = unsafe extern "C" fn(c_long, *const c_char, *mut c_char, *mut c_ulong) -> c_long;
type Connect = unsafe extern "C" fn(c_long, *const c_char, c_ulong, c_ulong, *mut c_long, *mut c_ulong) -> c_long;
type Change = unsafe extern "C" fn(c_long, c_ulong, *mut ReaderState, c_ulong) -> c_long;
type Disconnect = unsafe extern "C" fn(c_long, c_ulong) -> c_long;
type Status = unsafe extern "C" fn(
    c_long,
    *mut c_char,
    *mut c_ulong,
    *mut c_ulong,
    *mut c_ulong,
    *mut u8,
    *mut c_ulong,
) -> c_long;
type Transmit =
    unsafe extern "C" fn(c_long, *const IoRequest, *const u8, c_ulong, *mut IoRequest, *mut u8, *mut c_ulong) -> c_long;

/// The functions used, found when the library was loaded. It stays loaded.
struct Functions {
    establish: Establish,
    release: Release,
    list: List,
    change: Change,
    connect: Connect,
    disconnect: Disconnect,
    status: Status,
    transmit: Transmit,
}

impl Functions {
    fn load(library: &str) -> Result<Self, DeviceFault> {
        let name = CString::new(library).map_err(|_| DeviceFault::Unsupported)?;
        // SAFETY: loads the system's own library; its initialisers have no preconditions.
        let handle = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        if handle.is_null() {
            return Err(DeviceFault::NoDevice);
        }
        let find = |symbol: &std::ffi::CStr| -> Result<*mut c_void, DeviceFault> {
            // SAFETY: the handle came from dlopen and is never closed.
            let found = unsafe { libc::dlsym(handle, symbol.as_ptr()) };
            if found.is_null() { Err(DeviceFault::Unsupported) } else { Ok(found) }
        };
        // SAFETY: each symbol has the signature `winscard.h` declares for its name.
        unsafe {
            Ok(Self {
                establish: std::mem::transmute::<*mut c_void, Establish>(find(c"SCardEstablishContext")?),
                release: std::mem::transmute::<*mut c_void, Release>(find(c"SCardReleaseContext")?),
                list: std::mem::transmute::<*mut c_void, List>(find(c"SCardListReaders")?),
                change: std::mem::transmute::<*mut c_void, Change>(find(c"SCardGetStatusChange")?),
                connect: std::mem::transmute::<*mut c_void, Connect>(find(c"SCardConnect")?),
                disconnect: std::mem::transmute::<*mut c_void, Disconnect>(find(c"SCardDisconnect")?),
                status: std::mem::transmute::<*mut c_void, Status>(find(c"SCardStatus")?),
                transmit: std::mem::transmute::<*mut c_void, Transmit>(find(c"SCardTransmit")?),
            })
        }
    }
}

fn checked(code: c_long) -> Result<(), DeviceFault> {
    // The codes are 32 bits wide, whatever a long is.
    match u32::try_from(code & 0xFFFF_FFFF).unwrap_or(u32::MAX) {
        0 => Ok(()),
        code => Err(fault_of(code)),
    }
}

struct Card {
    handle: c_long,
    protocol: c_ulong,
}

/// A reader known to the PC/SC service.
pub struct PcscReader {
    functions: Functions,
    context: c_long,
    reader: CString,
    card: Option<Card>,
    exchanges: u32,
}

impl PcscReader {
    /// The reader whose name begins with `reader`; the first of all when it is empty.
    ///
    /// # Errors
    /// `NoDevice` without library, service or such a reader.
    pub fn open(reader: &str) -> Result<Self, DeviceFault> {
        Self::open_with(LIBRARY, reader)
    }

    /// The same with a library of another name.
    ///
    /// # Errors
    /// As [`PcscReader::open`].
    pub fn open_with(library: &str, reader: &str) -> Result<Self, DeviceFault> {
        let functions = Functions::load(library)?;
        let mut context = 0;
        // SAFETY: both reserved pointers may be null; `context` outlives the call.
        checked(unsafe { (functions.establish)(SCOPE_SYSTEM, std::ptr::null(), std::ptr::null(), &raw mut context) })?;
        let mut opened = Self { functions, context, reader: CString::default(), card: None, exchanges: 0 };
        let found = opened.readers()?.into_iter().find(|name| name.starts_with(reader)).ok_or(DeviceFault::NoDevice)?;
        opened.reader = CString::new(found).map_err(|_| DeviceFault::NoDevice)?;
        Ok(opened)
    }

    fn readers(&self) -> Result<Vec<String>, DeviceFault> {
        let mut buffer = vec![0_u8; READERS_MAX];
        let mut length = READERS_MAX as c_ulong;
        // SAFETY: `length` says how long `buffer` is; both outlive the call; null means all groups.
        checked(unsafe {
            (self.functions.list)(self.context, std::ptr::null(), buffer.as_mut_ptr().cast(), &raw mut length)
        })?;
        let used = usize::try_from(length).unwrap_or(0).min(buffer.len());
        Ok(names(&buffer[..used]))
    }

    /// What lies in the reader now.
    fn inside(&self) -> Result<&'static str, DeviceFault> {
        if self.card.is_some() {
            return Ok("present");
        }
        let mut state = ReaderState {
            reader: self.reader.as_ptr(),
            user: std::ptr::null_mut(),
            current: 0,
            event: 0,
            atr_length: 0,
            atr: [0; ATR_MAX],
        };
        // SAFETY: one state is announced and given; its name is a C string that outlives the call. A time-out of
        // zero answers at once, because the current state is given as not known.
        checked(unsafe { (self.functions.change)(self.context, 0, &raw mut state, 1) })?;
        Ok(card_word(state.event))
    }

    fn take_card(&mut self) -> Result<(), DeviceFault> {
        let (mut handle, mut protocol) = (0, 0);
        // SAFETY: the name is a C string that outlives the call, as do both results.
        checked(unsafe {
            (self.functions.connect)(
                self.context,
                self.reader.as_ptr(),
                SHARE_EXCLUSIVE,
                PROTOCOL_T0 | PROTOCOL_T1,
                &raw mut handle,
                &raw mut protocol,
            )
        })?;
        self.card = Some(Card { handle, protocol });
        Ok(())
    }

    fn answer_to_reset(&self) -> Result<Vec<u8>, DeviceFault> {
        let card = self.card.as_ref().ok_or(DeviceFault::NoMedia)?;
        let mut atr = vec![0_u8; ATR_MAX];
        let mut length = ATR_MAX as c_ulong;
        let (mut name_length, mut state, mut protocol) = (0, 0, 0);
        // SAFETY: a null name with length 0 is allowed; all results outlive the call.
        checked(unsafe {
            (self.functions.status)(
                card.handle,
                std::ptr::null_mut(),
                &raw mut name_length,
                &raw mut state,
                &raw mut protocol,
                atr.as_mut_ptr(),
                &raw mut length,
            )
        })?;
        atr.truncate(usize::try_from(length).unwrap_or(0));
        Ok(atr)
    }

    fn let_go(&mut self, how: c_ulong) {
        if let Some(card) = self.card.take() {
            // SAFETY: the handle came from SCardConnect and is not used again.
            let _ = unsafe { (self.functions.disconnect)(card.handle, how) };
        }
    }
}

impl Drop for PcscReader {
    fn drop(&mut self) {
        self.let_go(RESET_CARD);
        // SAFETY: the context came from SCardEstablishContext and is not used again.
        let _ = unsafe { (self.functions.release)(self.context) };
    }
}

impl Device for PcscReader {
    fn health(&mut self, control: &mut OpControl<'_>) -> Result<Health, DeviceFault> {
        control.check()?;
        let here = self.readers()?.iter().any(|name| name.as_bytes() == self.reader.as_bytes());
        if !here {
            return Err(DeviceFault::Unplugged);
        }
        let evidence = [
            ("exchanges", self.exchanges.to_string()),
            ("reader", self.reader.to_string_lossy().into_owned()),
            ("card", self.inside()?.to_owned()),
        ];
        Ok(Health::online(evidence.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<Evidence>()))
    }

    fn reset(&mut self, control: &mut OpControl<'_>) -> Result<(), DeviceFault> {
        self.let_go(RESET_CARD);
        self.health(control).map(|_| ())
    }
}

impl SmartCardReader for PcscReader {
    fn connect(&mut self, control: &mut OpControl<'_>) -> Result<Vec<u8>, DeviceFault> {
        self.let_go(LEAVE_CARD);
        loop {
            match self.take_card().and_then(|()| self.answer_to_reset()) {
                Ok(answer) => return Ok(answer),
                // A card taken away in this very moment is none, as long as the reader itself is there.
                Err(DeviceFault::NoMedia) => {}
                Err(DeviceFault::Unplugged) if self.health(control).is_ok() => {}
                Err(fault) => return Err(fault),
            }
            self.let_go(LEAVE_CARD);
            match control.pause(LOOK_PAUSE) {
                Err(DeviceFault::Timeout(_)) => return Err(DeviceFault::NoMedia),
                other => other?,
            }
        }
    }

    fn transmit(&mut self, command: &[u8], control: &mut OpControl<'_>) -> Result<Vec<u8>, DeviceFault> {
        control.check()?;
        let card = self.card.as_ref().ok_or(DeviceFault::NoMedia)?;
        let request = IoRequest { protocol: card.protocol, length: size_of::<IoRequest>() as c_ulong };
        let mut answer = vec![0_u8; ANSWER_MAX];
        let mut length = ANSWER_MAX as c_ulong;
        // SAFETY: every pointer outlives the call, and each length says how long its buffer is.
        let code = unsafe {
            (self.functions.transmit)(
                card.handle,
                &raw const request,
                command.as_ptr(),
                command.len() as c_ulong,
                std::ptr::null_mut(),
                answer.as_mut_ptr(),
                &raw mut length,
            )
        };
        let used = usize::try_from(length).unwrap_or(0).min(answer.len());
        if let Err(fault) = checked(code) {
            answer.zeroize();
            return Err(fault);
        }
        answer.truncate(used);
        self.exchanges += 1;
        if used < 2 {
            return Err(DeviceFault::Protocol("an answer without its status word".to_owned()));
        }
        Ok(answer)
    }

    fn disconnect(&mut self) {
        self.let_go(RESET_CARD);
    }
}
