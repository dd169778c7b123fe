//! One life of one worker: from its start to its end, everything said in between.

use crate::board::Board;
use crate::hotplug::{self, LOOK, Sight};
use crate::link::Link;
use crate::preview::{Frame, Ring};
use crate::spawn::{self, Folder};
use crate::supervisor::{Call, Order, Outcome, Post, Preview};
use std::collections::HashMap;
use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tongban_device::ErrorCode;
use tongban_device::fault::DeviceFault;
use tongban_device::message::{Command, Event, FromWorker, Reply, ToWorker, VERSION_MAX, VERSION_MIN};
use tongban_device::state::DeviceState;

/// How long a worker may take to say hello (libraries and models load before).
const HELLO_WAIT: Duration = Duration::from_secs(15);
/// How far a worker may run over a deadline before it is killed.
const DEADLINE_GRACE: Duration = Duration::from_secs(1);
/// How soon a cancelled request has to end.
const CANCEL_WAIT: Duration = Duration::from_secs(4);
/// After this much silence an idle worker is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(10);
/// How long it may take to answer that: a poll of a slow printer may be under way.
const ALIVE_WAIT: Duration = Duration::from_secs(12);
/// How long a worker told to end may take.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

enum Purpose {
    Call(Call),
    Preview,
    Alive,
}

struct Pending {
    deadline: Instant,
    purpose: Purpose,
}

/// A running worker and what it owes us.
pub(crate) struct Session<'a> {
    index: usize,
    board: &'a Board,
    preview: &'a mut Preview,
    frames: &'a watch::Sender<Option<Frame>>,
    link: Link,
    child: Child,
    /// Kept for its worker; thrown away with it.
    _folder: Folder,
    port: String,
    plugs: watch::Receiver<u64>,
    sight: Option<Sight>,
    looked: Instant,
    /// The worker's last word about its device.
    state: DeviceState,
    pending: HashMap<u64, Pending>,
    next_request: u64,
    ring: Option<Ring>,
    greeted: bool,
    started: Instant,
    heard: Instant,
}

impl<'a> Session<'a> {
    /// Starts the worker and greets it.
    pub(crate) fn start(post: &'a Post, preview: &'a mut Preview) -> io::Result<Self> {
        let Post { index, setup, board, frames, .. } = post;
        let index = *index;
        // Looked at before the worker is: what changes while it starts is seen as a change.
        let sight = hotplug::look(&setup.port);
        let (child, socket, folder) = spawn::worker(&post.folder, &post.program, &post.env)?;
        let link = Link::new(socket)?;
        let hello = ToWorker::Hello { min: VERSION_MIN, max: VERSION_MAX, setup: setup.clone() };
        link.send(&hello).map_err(io::Error::other)?;
        board.worker(index, child.id());
        preview.running = false;
        let now = Instant::now();
        Ok(Self {
            index,
            board,
            preview,
            frames,
            link,
            child,
            _folder: folder,
            port: setup.port.clone(),
            plugs: post.plugs.clone(),
            sight,
            looked: now,
            state: DeviceState::Starting,
            pending: HashMap::new(),
            next_request: 1,
            ring: None,
            greeted: false,
            started: now,
            heard: now,
        })
    }

    /// Serves until the worker ends or is told to.
    pub(crate) async fn serve(mut self, orders: &mut mpsc::UnboundedReceiver<Order>) -> Outcome {
        let outcome = self.converse(orders).await;
        let outcome = match outcome {
            Outcome::Died(reason) => Outcome::Died(self.bury(&reason).await),
            told => {
                let _ = self.link.send(&ToWorker::Shutdown);
                if timeout(SHUTDOWN_WAIT, self.child.wait()).await.is_err() {
                    self.kill().await;
                }
                told
            }
        };
        let fault = match &outcome {
            Outcome::Died(reason) => DeviceFault::Worker(reason.clone()),
            Outcome::Rebound(_) | Outcome::Stop => DeviceFault::Cancelled,
        };
        for (_, pending) in self.pending.drain() {
            if let Purpose::Call(call) = pending.purpose {
                call.finish(Err(fault.clone()));
            }
        }
        self.board.in_call(self.index, false);
        self.board.worker(self.index, None);
        self.frames.send_replace(None);
        self.preview.running = false;
        outcome
    }

    async fn converse(&mut self, orders: &mut mpsc::UnboundedReceiver<Order>) -> Outcome {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let ended = tokio::select! {
                message = self.link.next() => match message {
                    Ok(Some(message)) => self.heed(message),
                    Ok(None) => Some(Outcome::Died(String::new())),
                    Err(error) => Some(Outcome::Died(format!("its messages broke off: {error}"))),
                },
                order = orders.recv() => self.obey(order),
                Ok(()) = self.plugs.changed() => {
                    self.look_at_port();
                    None
                }
                _ = tick.tick() => self.look_at_clock(),
            };
            if let Some(outcome) = ended {
                return outcome;
            }
        }
    }

    fn obey(&mut self, order: Option<Order>) -> Option<Outcome> {
        match order {
            None | Some(Order::Stop) => return Some(Outcome::Stop),
            Some(Order::Rebind(setup)) => return Some(Outcome::Rebound(setup)),
            Some(Order::Call(call)) => self.take_call(call),
            Some(Order::Cancel(id)) => self.cancel(Some(id)),
            Some(Order::CancelAll) => self.cancel(None),
            Some(Order::Preview(wish)) => {
                let restart = self.preview.running && self.preview.wish != Some(wish);
                if self.preview.wish != Some(wish) {
                    // What was seen of a page belongs to the pictures before.
                    self.preview.page = None;
                }
                self.preview.wish = Some(wish);
                if restart {
                    self.request(Command::StopPreview, Duration::from_secs(5), Purpose::Preview);
                    self.preview.running = false;
                }
                self.start_preview();
            }
        }
        None
    }

    fn take_call(&mut self, call: Call) {
        let beside = is_beside(&call.command);
        if self.calls().any(|(_, other)| is_beside(&other.command) == beside) {
            call.finish(Err(DeviceFault::Busy));
            return;
        }
        let left = call.deadline.saturating_duration_since(Instant::now());
        let command = call.command.clone();
        if !beside {
            self.board.in_call(self.index, true);
        }
        self.request(command, left, Purpose::Call(call));
    }

    fn request(&mut self, command: Command, within: Duration, purpose: Purpose) {
        let request = self.next_request;
        self.next_request += 1;
        let deadline_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        match self.link.send(&ToWorker::Command { request, deadline_ms, command }) {
            Ok(()) => {
                self.pending.insert(request, Pending { deadline: Instant::now() + within, purpose });
            }
            Err(error) => {
                if let Purpose::Call(call) = purpose {
                    self.end(call, Err(DeviceFault::Protocol(error.to_string())));
                }
            }
        }
    }

    fn end(&self, call: Call, result: Result<Reply, DeviceFault>) {
        if !is_beside(&call.command) {
            self.board.in_call(self.index, false);
        }
        call.finish(result);
    }

    fn calls(&self) -> impl Iterator<Item = (u64, &Call)> {
        self.pending.iter().filter_map(|(request, pending)| match &pending.purpose {
            Purpose::Call(call) => Some((*request, call)),
            Purpose::Preview | Purpose::Alive => None,
        })
    }

    /// Cancels the call with this id, or every call.
    fn cancel(&mut self, id: Option<u64>) {
        let wanted: Vec<u64> =
            self.calls().filter(|(_, call)| id.is_none_or(|id| call.id == id)).map(|(request, _)| request).collect();
        for request in wanted {
            let _ = self.link.send(&ToWorker::Cancel { request });
            if let Some(pending) = self.pending.get_mut(&request) {
                pending.deadline = pending.deadline.min(Instant::now() + CANCEL_WAIT);
            }
        }
    }

    fn heed(&mut self, message: FromWorker) -> Option<Outcome> {
        self.heard = Instant::now();
        match message {
            FromWorker::Hello { version } if (VERSION_MIN..=VERSION_MAX).contains(&version) => {
                self.greeted = true;
                self.start_preview();
            }
            FromWorker::Hello { version } => return Some(Outcome::Died(format!("speaks version {version}"))),
            FromWorker::Progress { request, progress } => {
                if let Some(Pending { purpose: Purpose::Call(call), .. }) = self.pending.get(&request) {
                    let _ = call.progress.send(progress);
                }
            }
            FromWorker::Done { request, result } => self.done(request, result),
            FromWorker::Event(event) => return self.event(event),
        }
        None
    }

    fn done(&mut self, request: u64, result: Result<Reply, DeviceFault>) {
        match self.pending.remove(&request).map(|pending| pending.purpose) {
            Some(Purpose::Call(call)) => self.end(call, result),
            Some(Purpose::Preview) if result.is_err() => self.preview.running = false,
            Some(Purpose::Preview | Purpose::Alive) | None => {}
        }
    }

    fn event(&mut self, event: Event) -> Option<Outcome> {
        match event {
            Event::State { state, code, evidence } => {
                self.state = state;
                let code = code.as_deref().and_then(ErrorCode::parse);
                self.board.report(self.index, state, code, Some(evidence));
                if matches!(state, DeviceState::Online | DeviceState::Busy) {
                    self.start_preview();
                } else {
                    // A picture of a camera that is gone would be a lie.
                    self.frames.send_replace(None);
                    self.preview.running = false;
                }
            }
            Event::Ring { slots, width, height } => {
                let opened = self
                    .link
                    .take_descriptor()
                    .ok_or_else(|| io::Error::other("ring without descriptor"))
                    .and_then(|descriptor| Ring::open(&descriptor, slots, width, height));
                match opened {
                    Ok(ring) => self.ring = Some(ring),
                    Err(error) => return Some(Outcome::Died(format!("offered a bad ring: {error}"))),
                }
            }
            Event::Frame { slot, seq, width, height } => {
                let mut frame = self.ring.as_ref().and_then(|ring| ring.copy(slot, seq, width, height));
                if let Some(frame) = &mut frame {
                    frame.sight = self.preview.page;
                }
                let _ = self.link.send(&ToWorker::SlotFree { slot });
                if frame.is_some() && self.preview.running {
                    self.frames.send_replace(frame);
                }
            }
            Event::Sight(page) => self.preview.page = Some(page),
        }
        None
    }

    /// Has the worker look at its device at once when its port changed. A running call sees by
    /// itself what becomes of the device; the port is looked at again when it has ended.
    fn look_at_port(&mut self) {
        if !self.greeted || !self.pending.is_empty() {
            return;
        }
        self.looked = Instant::now();
        let sight = hotplug::look(&self.port);
        // Plugged and pulled again between two looks: nothing changed, and yet the word is wrong.
        let unsaid = sight.as_ref().is_some_and(|sight| !sight.is_there())
            && matches!(self.state, DeviceState::Online | DeviceState::Busy | DeviceState::UserError);
        if unsaid || sight != self.sight {
            tracing::debug!(port = %self.port, there = sight.as_ref().map(Sight::is_there), "port changed");
            self.sight = sight;
            self.request(Command::Check, ALIVE_WAIT, Purpose::Alive);
        }
    }

    fn start_preview(&mut self) {
        let Some(wish) = self.preview.wish else { return };
        if self.greeted && !self.preview.running {
            self.preview.running = true;
            self.request(wish.command(), Duration::from_secs(10), Purpose::Preview);
        }
    }

    /// Deadlines, silence, and live pictures nobody looks at any more.
    fn look_at_clock(&mut self) -> Option<Outcome> {
        let now = Instant::now();
        if !self.greeted && now > self.started + HELLO_WAIT {
            return Some(Outcome::Died("did not say hello".to_owned()));
        }
        if self.pending.values().any(|pending| now > pending.deadline + DEADLINE_GRACE) {
            return Some(Outcome::Died("hung: no answer a second after the deadline".to_owned()));
        }
        if now > self.looked + LOOK {
            self.look_at_port();
        }
        if self.greeted && self.pending.is_empty() && now > self.heard + SILENCE {
            self.request(Command::Check, ALIVE_WAIT, Purpose::Alive);
        }
        if self.preview.wish.is_some() && self.frames.receiver_count() == 0 {
            self.preview.wish = None;
            if std::mem::take(&mut self.preview.running) {
                self.request(Command::StopPreview, Duration::from_secs(5), Purpose::Preview);
            }
            self.frames.send_replace(None);
        }
        None
    }

    /// Makes sure the worker is gone and says why.
    async fn bury(&mut self, reason: &str) -> String {
        if reason.is_empty() {
            return match timeout(SHUTDOWN_WAIT, self.child.wait()).await {
                Ok(Ok(status)) => ending(status),
                Ok(Err(error)) => format!("ended, status unknown: {error}"),
                Err(_) => {
                    self.kill().await;
                    "closed its socket and stayed".to_owned()
                }
            };
        }
        self.kill().await;
        reason.to_owned()
    }

    async fn kill(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "a worker could not be killed");
        }
    }
}

/// Work of the worker that leaves its device free for the next call.
fn is_beside(command: &Command) -> bool {
    matches!(command, Command::ReadPage(_))
}

fn ending(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
