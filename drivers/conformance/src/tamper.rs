//! 线上做手脚: counts what passes and does one wrong at one place.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tongban_device::control::CancelFlag;
use tongban_device::transport::ByteLink;

use crate::link::TamperedLink;

/// Noise that is part of no preamble, no status byte and no line of text we know.
const NOISE: [u8; 8] = [0x33, 0xC7, 0x6D, 0x01, 0xB9, 0x4F, 0x81, 0x23];

/// What is done when the place is reached.
#[derive(Debug, Clone)]
pub enum Wrong {
    /// Nothing comes any more.
    Silence,
    /// The caller's flag is raised.
    Cancel(CancelFlag),
    /// The line is gone.
    Unplug,
    /// So many bytes are replaced with noise.
    Garbage(usize),
    /// So many bytes are lost.
    Drop(usize),
    /// This bit of one byte is turned over.
    Flip(u8),
    /// So many bytes of noise come in between.
    Stray(usize),
}

/// The line is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

#[derive(Default)]
struct State {
    armed: Option<(usize, Wrong)>,
    /// Bytes of the device since [`Tamper::begin`].
    place: usize,
    silent: bool,
    raised: bool,
    gone: bool,
    replace: usize,
    lose: usize,
    inject: VecDeque<u8>,
    /// Bytes of the host since [`Tamper::begin`].
    sent_place: usize,
    armed_sent: Option<(usize, Wrong)>,
    stuck: bool,
    struck: bool,
    received: u64,
    sent: u64,
    record: Vec<u8>,
    delivered: Vec<u8>,
    turns: Vec<usize>,
}

/// A handle shared by suite, link and (on pseudo terminals) the simulator's side of the line.
#[derive(Clone, Default)]
pub struct Tamper(Arc<Mutex<State>>);

impl Tamper {
    /// Lets everything through.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The link with this tamper in front of it.
    pub fn on<L: ByteLink>(&self, link: L) -> TamperedLink<L> {
        TamperedLink::new(link, self.clone())
    }

    /// Counts places from here on; with a wrong to be done after `at` bytes of the device.
    pub fn begin(&self, armed: Option<(usize, Wrong)>) {
        let mut state = self.lock();
        *state = State { armed, received: state.received, sent: state.sent, ..State::default() };
        // A cancel at the very beginning comes with the first command, the rest at once.
        if matches!(state.armed, Some((0, Wrong::Silence | Wrong::Unplug))) {
            strike(&mut state);
        }
    }

    /// As [`Tamper::begin`], with a wrong done after `at` bytes of the host: the line is cut
    /// ([`Wrong::Unplug`]) or takes no more ([`Wrong::Silence`]).
    pub fn begin_sent(&self, at: usize, wrong: Wrong) {
        self.begin(None);
        let mut state = self.lock();
        state.armed_sent = Some((at, wrong));
        if at == 0 {
            strike_sent(&mut state);
        }
    }

    /// Bytes of the host since [`Tamper::begin`].
    #[must_use]
    pub fn sent(&self) -> usize {
        self.lock().sent_place
    }

    /// Lets everything through again; a cut line is whole again.
    pub fn end(&self) {
        self.begin(None);
    }

    /// Was the wrong done?
    #[must_use]
    pub fn struck(&self) -> bool {
        self.lock().struck
    }

    /// Was the caller's flag raised? The far side of a line then waits, so that it can be seen.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.lock().raised
    }

    /// Is the line cut?
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.lock().gone
    }

    /// Bytes received and sent since the tamper was made.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let state = self.lock();
        (state.received, state.sent)
    }

    /// What the device sent since [`Tamper::begin`], and where the host spoke in between.
    #[must_use]
    pub fn dialog(&self) -> (Vec<u8>, Vec<usize>) {
        let state = self.lock();
        (state.record.clone(), state.turns.clone())
    }

    /// What reached the host since [`Tamper::begin`], damage included.
    #[must_use]
    pub fn delivered(&self) -> Vec<u8> {
        self.lock().delivered.clone()
    }

    /// The host writes so many bytes: says how many of them get through, and whether the rest is
    /// refused because the line is cut (`Some(true)`) or takes no more (`Some(false)`).
    pub fn written(&self, count: usize) -> (usize, Option<bool>) {
        let mut state = self.lock();
        if state.gone || state.stuck {
            return (0, Some(state.gone));
        }
        let through = match state.armed_sent {
            Some((at, _)) if at < state.sent_place + count => at - state.sent_place,
            _ => count,
        };
        state.sent += through as u64;
        state.sent_place += through;
        let place = state.place;
        if through > 0 && state.turns.last() != Some(&place) {
            state.turns.push(place);
        }
        if matches!(state.armed, Some((0, Wrong::Cancel(_)))) {
            strike(&mut state);
        }
        if state.armed_sent.as_ref().is_some_and(|(at, _)| *at == state.sent_place) {
            strike_sent(&mut state);
        }
        (through, (through < count).then_some(state.gone))
    }

    /// Moves bytes of the device from `raw` into `buffer`, as far as the line lets them.
    ///
    /// # Errors
    /// [`Gone`] when the line is cut.
    pub fn pass(&self, raw: &mut VecDeque<u8>, buffer: &mut [u8]) -> Result<usize, Gone> {
        let mut state = self.lock();
        if state.gone {
            return Err(Gone);
        }
        if state.armed.as_ref().is_some_and(|(at, _)| *at == state.place) && !raw.is_empty() {
            strike(&mut state);
            if state.gone {
                return Err(Gone);
            }
            if state.raised {
                return Ok(0);
            }
        }
        let mut count = 0;
        while count < buffer.len() {
            let Some(byte) = next_byte(&mut state, raw) else { break };
            buffer[count] = byte;
            count += 1;
            if state.armed.as_ref().is_some_and(|(at, _)| *at == state.place) {
                // A raised flag must be seen before the next read; the rest waits for it.
                if matches!(state.armed, Some((_, Wrong::Cancel(_) | Wrong::Unplug))) {
                    strike(&mut state);
                }
                break;
            }
        }
        state.received += count as u64;
        state.delivered.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    /// The host drops its input.
    pub fn flushed(&self) {
        self.lock().inject.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn strike(state: &mut State) {
    let Some((_, wrong)) = state.armed.take() else { return };
    state.struck = true;
    match wrong {
        Wrong::Silence => state.silent = true,
        Wrong::Cancel(flag) => {
            flag.cancel();
            state.raised = true;
        }
        Wrong::Unplug => state.gone = true,
        Wrong::Garbage(count) => state.replace = count,
        Wrong::Drop(count) => state.lose = count,
        Wrong::Flip(bit) => state.armed = Some((usize::MAX, Wrong::Flip(bit))),
        Wrong::Stray(count) => state.inject.extend(NOISE.iter().cycle().take(count)),
    }
}

fn strike_sent(state: &mut State) {
    if let Some((_, wrong)) = state.armed_sent.take() {
        state.struck = true;
        match wrong {
            Wrong::Unplug => state.gone = true,
            _ => (state.stuck, state.silent) = (true, true),
        }
    }
}

fn next_byte(state: &mut State, raw: &mut VecDeque<u8>) -> Option<u8> {
    if let Some(byte) = state.inject.pop_front() {
        return Some(byte);
    }
    loop {
        let byte = raw.pop_front()?;
        let place = state.place;
        state.place += 1;
        state.record.push(byte);
        if state.silent {
            continue;
        }
        if state.lose > 0 {
            state.lose -= 1;
            continue;
        }
        if state.replace > 0 {
            state.replace -= 1;
            return Some(NOISE[place % NOISE.len()]);
        }
        // A struck flip is kept armed at no place until its one byte has passed.
        if let Some((usize::MAX, Wrong::Flip(bit))) = state.armed {
            state.armed = None;
            return Some(byte ^ (1 << (bit % 8)));
        }
        return Some(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(wrong: Wrong, at: usize) -> Result<Vec<u8>, Gone> {
        let tamper = Tamper::new();
        tamper.begin(Some((at, wrong)));
        let mut raw: VecDeque<u8> = (0..10).collect();
        let (mut out, mut buffer) = (Vec::new(), [0; 4]);
        while !raw.is_empty() {
            let count = tamper.pass(&mut raw, &mut buffer)?;
            out.extend_from_slice(&buffer[..count]);
            if count == 0 {
                break;
            }
        }
        Ok(out)
    }

    #[test]
    fn each_wrong_strikes_at_its_byte_and_nowhere_else() {
        let whole: Vec<u8> = (0..10).collect();
        for at in 0..10_usize {
            assert_eq!(through(Wrong::Silence, at), Ok(whole[..at].to_vec()));
            assert_eq!(through(Wrong::Unplug, at), Err(Gone));
            let dropped = through(Wrong::Drop(1), at).expect("the line is there");
            assert_eq!(dropped, [&whole[..at], &whole[at + 1..]].concat());
            let turned = through(Wrong::Flip(0), at).expect("the line is there");
            let differ: Vec<usize> = (0..10).filter(|index| turned[*index] != whole[*index]).collect();
            assert_eq!(differ, [at]);
            let noisy = through(Wrong::Garbage(2), at).expect("the line is there");
            assert_eq!((noisy.len(), &noisy[..at]), (10, &whole[..at]));
            let stray = through(Wrong::Stray(3), at).expect("the line is there");
            assert_eq!((stray.len(), &stray[..at], &stray[at + 3..]), (13, &whole[..at], &whole[at..]));
        }
        assert_eq!(through(Wrong::Unplug, 11), Ok(whole), "beyond the end nothing happens");
    }

    #[test]
    fn the_flag_is_up_before_the_byte_after_its_place_is_given() {
        for at in 1..10 {
            let (tamper, flag) = (Tamper::new(), CancelFlag::new());
            tamper.begin(Some((at, Wrong::Cancel(flag.clone()))));
            let mut raw: VecDeque<u8> = (0..10).collect();
            let mut buffer = [0; 16];
            assert!(!flag.is_cancelled());
            assert_eq!(tamper.pass(&mut raw, &mut buffer), Ok(at));
            assert!(flag.is_cancelled());
        }
    }
}
