//! 判定: may a call end like this, at this place, in this case?

use crate::case::Case;
use crate::frames::Span;
use crate::rig::{Limits, Traits, Tray};
use crate::subject::Outcome;
use std::time::Duration;
use tongban_device::fault::DeviceFault;

/// One call, as it ended.
pub(crate) struct Ended<'a> {
    pub case: Case,
    /// Opening: it may try again by itself, and whether it came out well shows in the next call.
    pub opening: bool,
    /// Bytes before the wrong, of the host or of the device.
    pub at: usize,
    pub of_host: bool,
    /// As many bytes the undisturbed dialog has; frames of the device in it.
    pub total: usize,
    pub spans: &'a [Span],
    /// The check held over what was received.
    pub unseen: bool,
    /// How the undisturbed dialog ended.
    pub golden: Outcome,
    pub result: &'a Result<Outcome, DeviceFault>,
    pub took: Duration,
    pub tray: Option<Tray>,
    pub traits: Traits,
    pub limits: Limits,
}

/// Says what is wrong with an end.
pub(crate) fn judge(ended: &Ended<'_>) -> Result<(), String> {
    in_time(ended)?;
    paper(ended.result, ended.tray)?;
    match ended.result {
        Ok(Outcome::Value(_) | Outcome::Printed) => success(ended),
        Ok(Outcome::NotPrinted | Outcome::Unknown) => Ok(()),
        Err(fault) => failure(ended, fault),
    }
}

fn in_time(ended: &Ended<'_>) -> Result<(), String> {
    if ended.took > ended.limits.call + ended.limits.slack {
        return Err(format!("over time: {} ms", ended.took.as_millis()));
    }
    // Whoever cancels or pulls the plug does not wait for the deadline.
    let prompt = matches!(ended.case, Case::Cancel | Case::Unplug);
    if prompt && ended.took > ended.limits.slack {
        return Err(format!("{} ms until it was noticed", ended.took.as_millis()));
    }
    Ok(())
}

/// What the driver says of the paper must be what lies in the tray.
pub(crate) fn paper(result: &Result<Outcome, DeviceFault>, tray: Option<Tray>) -> Result<(), String> {
    let Some(tray) = tray else { return Ok(()) };
    match result {
        Ok(Outcome::Printed) if tray.whole != 1 => Err(format!("said to be done, {} in the tray", tray.whole)),
        Ok(Outcome::NotPrinted) if tray.begun != 0 => Err("said not to be printed, but begun".to_owned()),
        Err(fault) if tray.begun != 0 => Err(format!("ended with {fault} after paper was begun")),
        _ if tray.begun > 1 => Err(format!("printed {} times", tray.begun)),
        _ => Ok(()),
    }
}

fn success(ended: &Ended<'_>) -> Result<(), String> {
    let same = *ended.result == Ok(ended.golden);
    // Padding behind the last frame is nobody's loss.
    let needed = if ended.of_host { ended.total } else { ended.spans.last().map_or(0, |span| span.bytes.end) };
    let covered = ended.spans.iter().any(|span| span.bytes.contains(&ended.at) && !span.loose.contains(&ended.at));
    let allowed = match ended.case {
        Case::TimeOut | Case::Cancel | Case::Unplug => ended.at >= needed && same,
        Case::BadChecksum if ended.traits.checked && !ended.opening => same && !covered,
        _ => same || ended.unseen,
    };
    match (allowed, same) {
        (true, _) => Ok(()),
        (false, true) => Err("a success all the same".to_owned()),
        (false, false) => Err("another outcome than undisturbed".to_owned()),
    }
}

fn failure(ended: &Ended<'_>, fault: &DeviceFault) -> Result<(), String> {
    let wrong = || Err(format!("ended with {fault}"));
    match (ended.case, fault) {
        (Case::Cancel, DeviceFault::Cancelled)
        | (Case::Unplug, DeviceFault::Unplugged | DeviceFault::NoDevice)
        | (Case::TimeOut, DeviceFault::Hardware(_))
            if ended.of_host || !matches!(fault, DeviceFault::Hardware(_)) =>
        {
            Ok(())
        }
        (Case::TimeOut, DeviceFault::Timeout(_) | DeviceFault::Protocol(_) | DeviceFault::Worker(_)) => Ok(()),
        // Nothing at all from a device that only speaks when somebody uses it: nobody did.
        (Case::TimeOut, DeviceFault::NoMedia) if ended.at == 0 && !ended.traits.checked => Ok(()),
        (Case::Cancel | Case::Unplug | Case::TimeOut, _) => wrong(),
        (Case::StrayBytes, _)
            if ended.traits.skips_noise && ended.spans.iter().any(|span| span.bytes.start == ended.at) =>
        {
            Err(format!("noise between two frames ended it with {fault}"))
        }
        (_, DeviceFault::Protocol(_) | DeviceFault::Timeout(_) | DeviceFault::Retry(_)) => Ok(()),
        (_, DeviceFault::Hardware(_) | DeviceFault::Medium(_) | DeviceFault::NoMedia) if ended.unseen => Ok(()),
        _ => wrong(),
    }
}
