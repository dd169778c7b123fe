//! 录制: what a worker does with its device, for a fault to be played again.

use std::time::Duration;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Setup};
use tongban_transport::record::{Consent, Header, RECORDING_VERSION, Recorder, What};

/// Name of the file in the worker's own folder.
pub const FILE: &str = "recording.jsonl";
/// Option that asks for a recording: `lengths`, or the JSON of a [`Consent`] for the content too.
pub const OPTION: &str = "record";

/// Begins a recording when the setup asks for one.
pub(crate) fn begin(setup: &Setup) -> Option<Recorder> {
    let wish = setup.options.get(OPTION)?;
    let consent = match wish.as_str() {
        "lengths" => None,
        consent => Some(serde_json::from_str::<Consent>(consent).ok()?),
    };
    let mut options = setup.options.clone();
    options.remove(OPTION);
    let header = Header {
        v: RECORDING_VERSION,
        kind: format!("{:?}", setup.kind),
        driver: setup.driver.clone(),
        port: setup.port.clone(),
        options,
        consent,
    };
    let begun = std::fs::OpenOptions::new()
        .create_new(true)
        .append(true)
        .open(FILE)
        .and_then(|file| Recorder::begin(Box::new(file), &header));
    match begun {
        Ok(recorder) => Some(recorder),
        Err(error) => {
            tracing::warn!(%error, "no recording");
            None
        }
    }
}

/// Does something and notes how it began and ended.
pub(crate) fn noted<T>(
    recorder: Option<&Recorder>,
    name: &str,
    budget: Duration,
    act: impl FnOnce() -> Result<T, DeviceFault>,
) -> Result<T, DeviceFault> {
    let Some(recorder) = recorder else { return act() };
    recorder.note(What::Begin(name.to_owned(), u64::try_from(budget.as_millis()).unwrap_or(u64::MAX)), &[]);
    let outcome = act();
    recorder.note(What::End(word(&outcome)), &[]);
    outcome
}

/// How it ended, in the words of a recording. Times waited are not the same twice.
pub(crate) fn word<T>(outcome: &Result<T, DeviceFault>) -> String {
    match outcome {
        Ok(_) => "ok".to_owned(),
        Err(DeviceFault::Timeout(_)) => "D104 timed out".to_owned(),
        Err(fault) => format!("{} {fault}", fault.code().as_str()),
    }
}

/// Name of a command in a recording.
pub(crate) fn name(command: &Command) -> &'static str {
    match command {
        Command::ReadCard => "read-card",
        Command::CardPresent => "card-present",
        Command::CaptureFinger { .. } => "capture-finger",
        Command::Print(_) => "print",
        Command::FindJob { .. } => "find-job",
        Command::ScanCode => "scan-code",
        Command::ConnectSmartCard => "connect-smart-card",
        Command::SmartCard(_) => "smart-card",
        Command::ReleaseSmartCard => "release-smart-card",
        Command::Sign => "sign",
        Command::ShowCall(_) => "show-call",
        Command::ReadPower => "read-power",
        _ => "other",
    }
}

/// The command of a name, where one can be given again.
pub(crate) fn command(name: &str) -> Option<Command> {
    Some(match name {
        "read-card" => Command::ReadCard,
        "card-present" => Command::CardPresent,
        "capture-finger" => Command::CaptureFinger { tries: 1 },
        _ => return None,
    })
}
