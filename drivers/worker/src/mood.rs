//! What a fault says about the device, as opposed to the call it ended.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tongban_device::ErrorCode;
use tongban_device::fault::DeviceFault;
use tongban_device::state::DeviceState;

/// Pauses between attempts to open a device that is not there.
const BACKOFF: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];
/// Broken dialogues in a row before the device is reset.
const PROTOCOL_FAULTS_MAX: u32 = 3;
/// Unanswered polls in a row before the port is opened anew.
const SILENCES_MAX: u32 = 3;
/// Resets within [`RESET_WINDOW`] before the device counts as broken.
const RESETS_MAX: usize = 3;
const RESET_WINDOW: Duration = Duration::from_secs(600);

/// What to do after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// The device is well; the call was not.
    None,
    /// Reset it.
    Reset,
    /// Let go of the port and open it anew, with back-off.
    Reopen,
}

/// Counts what went wrong in a row.
#[derive(Default)]
pub(crate) struct Mood {
    protocol_faults: u32,
    silences: u32,
    resets: VecDeque<Instant>,
    attempts: usize,
}

impl Mood {
    /// A call or poll went well.
    pub(crate) fn well(&mut self) {
        self.protocol_faults = 0;
        self.silences = 0;
        self.attempts = 0;
    }

    /// How long to wait before the next attempt to open.
    pub(crate) fn backoff(&mut self) -> Duration {
        let pause = BACKOFF[self.attempts.min(BACKOFF.len() - 1)];
        self.attempts += 1;
        pause
    }

    /// The device was reset; true when it was reset too often.
    pub(crate) fn reset(&mut self, now: Instant) -> bool {
        self.protocol_faults = 0;
        self.resets.push_back(now);
        while self.resets.front().is_some_and(|at| now > *at + RESET_WINDOW) {
            self.resets.pop_front();
        }
        self.resets.len() >= RESETS_MAX
    }

    /// State, code and remedy for a fault; `None` when it says nothing about the device.
    pub(crate) fn judge(&mut self, fault: &DeviceFault) -> Option<(DeviceState, ErrorCode, Remedy)> {
        match fault {
            DeviceFault::Retry(_)
            | DeviceFault::Cancelled
            | DeviceFault::NoMedia
            | DeviceFault::Unsupported
            | DeviceFault::Medium(_) => None,
            DeviceFault::Timeout(_) => {
                self.silences += 1;
                let remedy = if self.silences >= SILENCES_MAX { Remedy::Reopen } else { Remedy::None };
                Some((DeviceState::Offline, ErrorCode::DeviceTimeout, remedy))
            }
            DeviceFault::Protocol(_) => {
                self.protocol_faults += 1;
                let remedy = if self.protocol_faults >= PROTOCOL_FAULTS_MAX { Remedy::Reset } else { Remedy::None };
                Some((DeviceState::Online, ErrorCode::DeviceProtocol, remedy))
            }
            DeviceFault::NoDevice | DeviceFault::Unplugged => {
                Some((DeviceState::NoDevice, ErrorCode::DeviceAbsent, Remedy::Reopen))
            }
            DeviceFault::Denied => Some((DeviceState::Denied, ErrorCode::DeviceDenied, Remedy::Reopen)),
            // Another program has the port.
            DeviceFault::Busy => Some((DeviceState::Offline, ErrorCode::DeviceBusy, Remedy::Reopen)),
            DeviceFault::Hardware(_) | DeviceFault::Worker(_) => {
                Some((DeviceState::HardwareError, ErrorCode::DeviceHardware, Remedy::Reopen))
            }
        }
    }
}
