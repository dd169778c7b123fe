//! Calls to the hall's smaller devices.

use super::{Claim, wrong_reply};
use crate::cancel::CancelToken;
use std::time::Duration;
use tongban_device::fault::DeviceFault;
use tongban_device::hall::{CardBytes, Notice, PowerState, ScannedCode, Signature};
use tongban_device::message::{Command, Reply};

impl Claim {
    /// Waits for the next code; what was scanned before nobody gets.
    ///
    /// # Errors
    /// `NoMedia` when none came in time, `Cancelled`, or the line's faults.
    pub async fn scan_code(&self, deadline: Duration, cancel: CancelToken) -> Result<ScannedCode, DeviceFault> {
        match self.call(Command::ScanCode, deadline, cancel, |_| {}).await? {
            Reply::Code(code) => Ok(code),
            _ => Err(wrong_reply()),
        }
    }

    /// Waits for a smart card and takes it; gives its answer to reset.
    ///
    /// # Errors
    /// `NoMedia` when none was put in time, `Busy` when another program has it.
    pub async fn connect_smart_card(&self, deadline: Duration, cancel: CancelToken) -> Result<CardBytes, DeviceFault> {
        match self.call(Command::ConnectSmartCard, deadline, cancel, |_| {}).await? {
            Reply::SmartCard(answer) => Ok(answer),
            _ => Err(wrong_reply()),
        }
    }

    /// One command to the smart card taken, one answer with its status word.
    ///
    /// # Errors
    /// `NoMedia` without a card, `Unplugged` when it went away.
    pub async fn smart_card(&self, command: CardBytes, deadline: Duration) -> Result<CardBytes, DeviceFault> {
        match self.call(Command::SmartCard(command), deadline, CancelToken::new(), |_| {}).await? {
            Reply::SmartCard(answer) => Ok(answer),
            _ => Err(wrong_reply()),
        }
    }

    /// Lets the smart card go; harmless without one.
    ///
    /// # Errors
    /// As for the other calls.
    pub async fn release_smart_card(&self, deadline: Duration) -> Result<(), DeviceFault> {
        self.call(Command::ReleaseSmartCard, deadline, CancelToken::new(), |_| {}).await.map(|_| ())
    }

    /// Takes a signature from a pad.
    ///
    /// # Errors
    /// `NoMedia` when nobody wrote in time, `Cancelled`, or the line's faults.
    pub async fn sign(&self, deadline: Duration, cancel: CancelToken) -> Result<Signature, DeviceFault> {
        match self.call(Command::Sign, deadline, cancel, |_| {}).await? {
            Reply::Signed(signature) => Ok(signature),
            _ => Err(wrong_reply()),
        }
    }

    /// Shows a call on a display.
    ///
    /// # Errors
    /// `Timeout` when the display does not confirm, or the line's faults.
    pub async fn show_call(&self, notice: Notice, deadline: Duration) -> Result<(), DeviceFault> {
        self.call(Command::ShowCall(notice), deadline, CancelToken::new(), |_| {}).await.map(|_| ())
    }

    /// How the power stands.
    ///
    /// # Errors
    /// The line's faults; `Hardware` when the supply cannot be reached.
    pub async fn read_power(&self, deadline: Duration) -> Result<PowerState, DeviceFault> {
        match self.call(Command::ReadPower, deadline, CancelToken::new(), |_| {}).await? {
            Reply::Power(power) => Ok(power),
            _ => Err(wrong_reply()),
        }
    }
}
