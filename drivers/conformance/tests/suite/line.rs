//! A peer behind a pseudo terminal, with the tamper on the peer's side of the line: a cut line
//! is a closed terminal, not a pretended one.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tongban_conformance::{Stage, Tamper};
use tongban_device::fault::DeviceFault;
use tongban_sim::peer::Peer;
use tongban_sim::pty::Pty;

/// How long the line rests after something was done to it.
const HOLD: Duration = Duration::from_millis(350);
const PATIENCE: Duration = Duration::from_secs(10);

struct Shared<P> {
    peer: P,
    pty: Option<Pty>,
    /// On its way to the host.
    raw: VecDeque<u8>,
    /// Past the tamper, not yet taken by the line: it holds 4 KiB for a host that does not read.
    unsent: VecDeque<u8>,
    /// Nothing more is sent before this: a caller that gave up gets the time to notice.
    held: Option<Instant>,
}

pub struct Line<P> {
    shared: Arc<Mutex<Shared<P>>>,
    tamper: Tamper,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    folder: TempDir,
}

impl<P: Peer + 'static> Line<P> {
    pub fn new(peer: P) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pty = Pty::plug(&folder.path().join("port")).unwrap();
        let shared = Arc::new(Mutex::new(Shared {
            peer,
            pty: Some(pty),
            raw: VecDeque::new(),
            unsent: VecDeque::new(),
            held: None,
        }));
        let (tamper, stop) = (Tamper::new(), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::spawn({
            let (shared, tamper, stop) = (Arc::clone(&shared), tamper.clone(), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::SeqCst) {
                    if !serve(&mut shared.lock().unwrap(), &tamper) {
                        std::thread::sleep(Duration::from_micros(300));
                    }
                }
            }
        });
        Self { shared, tamper, stop, thread: Some(thread), folder }
    }

    pub fn tamper(&self) -> Tamper {
        self.tamper.clone()
    }

    pub fn port(&self) -> String {
        self.place().to_str().unwrap().to_owned()
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("port")
    }

    /// Before the next call: the line is whole and quiet, the peer as `act` leaves it.
    pub fn stage(&self, stage: Stage, act: impl FnOnce(&mut P)) -> Result<(), DeviceFault> {
        let begun = Instant::now();
        let mut shared = self.shared.lock().unwrap();
        shared.raw.clear();
        shared.unsent.clear();
        shared.held = None;
        if shared.pty.is_none() || stage == Stage::Replug {
            shared.pty = None;
            shared.pty = Some(Pty::plug(&self.place()).map_err(|error| DeviceFault::Hardware(error.to_string()))?);
            shared.peer.power_off();
        }
        act(&mut shared.peer);
        drop(shared);
        while !self.place().exists() {
            assert!(begun.elapsed() < PATIENCE, "the line does not come back");
        }
        Ok(())
    }
}

/// One look at the line; false when nothing happened.
fn serve<P: Peer>(shared: &mut Shared<P>, tamper: &Tamper) -> bool {
    let Shared { peer, pty, raw, unsent, held } = shared;
    let Some(line) = pty else { return false };
    let mut buffer = [0; 1024];
    let count = line.read(&mut buffer).unwrap_or(0);
    if count > 0 {
        let before = tamper.raised();
        let (through, _) = tamper.written(count);
        raw.extend(peer.receive(&buffer[..through]).bytes);
        if tamper.raised() && !before {
            *held = Some(Instant::now() + HOLD);
        }
    }
    if held.is_some_and(|until| Instant::now() < until) {
        return count > 0;
    }
    let (before, mut out) = (tamper.raised(), [0; 1024]);
    if unsent.is_empty() {
        let Ok(moved) = tamper.pass(raw, &mut out) else {
            *pty = None;
            return true;
        };
        if tamper.raised() && !before {
            *held = Some(Instant::now() + HOLD);
        }
        unsent.extend(&out[..moved]);
    }
    // A host that gave up reads nothing more: what is left waits for the next stage, not for it.
    let waiting = unsent.len();
    let sent = line.write(unsent.make_contiguous()).unwrap_or(waiting);
    unsent.drain(..sent);
    if tamper.is_gone() {
        // What was sent is still in the line; give the host a moment to read it, as a wire would.
        std::thread::sleep(Duration::from_millis(2));
        *pty = None;
    }
    count > 0 || sent > 0
}

impl<P> Drop for Line<P> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
