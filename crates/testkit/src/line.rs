//! 坏线路: a byte stream with something wrong with it, for tests in virtual time.
//!
//! [`Line::connect`] stands between a client and a server that speak over in-memory streams. Each
//! connection meets one fault chosen from the seed while the weather is bad, none when it is good.

use crate::Seed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::sleep;

/// What goes wrong with one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// 拒绝: no connection at all.
    Refused,
    /// 黑洞: the connection stands, nothing passes, nobody hangs up.
    HalfOpen,
    /// After so many bytes of the request both ends are cut.
    ResetRequest(u64),
    /// After so many bytes of the answer both ends are cut; the request was carried out.
    ResetAnswer(u64),
    /// The answer ends early as if it were whole.
    Truncate(u64),
    /// Both directions wait this long first.
    Delay(Duration),
    /// A few bytes at a time.
    SlowLoris {
        /// Bytes at a time.
        bytes: u64,
        /// Wait between.
        every: Duration,
    },
    /// The request arrives twice; the second answer is the one that counts.
    Twice,
    /// The request is held back and arrives long after the client gave up, behind later ones.
    Late(Duration),
    /// 强制门户: somebody else answers 200 with a page of his own.
    Portal,
}

impl Fault {
    /// A fault for one connection, as the seed says.
    pub fn any(seed: &mut Seed) -> Self {
        let bytes = 1 + seed.below(2_500);
        match seed.below(12) {
            0 => Self::Refused,
            1 => Self::HalfOpen,
            2 | 3 => Self::ResetRequest(bytes),
            4 => Self::ResetAnswer(1 + seed.below(400)),
            5 => Self::Truncate(1 + seed.below(400)),
            6 => Self::Delay(Duration::from_millis(seed.below(30_000))),
            7 => Self::SlowLoris { bytes: 1 + seed.below(64), every: Duration::from_millis(1 + seed.below(400)) },
            8 => Self::Twice,
            9 => Self::Late(Duration::from_millis(1_000 + seed.below(90_000))),
            10 => Self::Portal,
            _ => Self::None,
        }
    }
}

/// The page a captive portal answers with.
pub const PORTAL: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 43\r\nconnection: close\r\n\r\n\
<html><body>Please sign in.</body></html>\r\n";

/// Attends one stream as the server.
pub type Serve = Arc<dyn Fn(DuplexStream) + Send + Sync>;

#[derive(Debug)]
struct Weather {
    seed: Seed,
    /// Faults in a hundred connections.
    bad: u64,
    down: bool,
    met: Vec<Fault>,
}

/// A line whose weather can be changed; clones share it.
#[derive(Debug, Clone)]
pub struct Line(Arc<Mutex<Weather>>);

impl Line {
    /// A line on which `bad` of a hundred connections meet a fault.
    #[must_use]
    pub fn new(seed: Seed, bad: u64) -> Self {
        Self(Arc::new(Mutex::new(Weather { seed, bad, down: false, met: Vec::new() })))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Weather) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the share of bad connections.
    pub fn weather(&self, bad: u64) {
        self.with(|weather| weather.bad = bad);
    }

    /// Takes the line down, or up again; connections that stand are not touched.
    pub fn down(&self, down: bool) {
        self.with(|weather| weather.down = down);
    }

    /// Faults met so far.
    #[must_use]
    pub fn met(&self) -> Vec<Fault> {
        self.with(|weather| weather.met.clone())
    }

    fn next(&self) -> Fault {
        self.with(|weather| {
            let fault = if weather.down {
                *weather.seed.pick(&[Fault::Refused, Fault::Refused, Fault::HalfOpen])
            } else {
                let bad = weather.bad;
                if weather.seed.chance(bad) { Fault::any(&mut weather.seed) } else { Fault::None }
            };
            weather.met.push(fault);
            fault
        })
    }

    /// A connection to a server that `serve` attends, once for each stream it is given. `None` when refused.
    pub fn connect(&self, serve: Serve) -> Option<DuplexStream> {
        let fault = self.next();
        if fault == Fault::Refused {
            return None;
        }
        let (client, near) = duplex(64 * 1024);
        tokio::spawn(carry(fault, near, serve));
        Some(client)
    }
}

fn open(serve: &Serve) -> DuplexStream {
    let (far, server) = duplex(64 * 1024);
    serve(server);
    far
}

async fn carry(fault: Fault, mut near: DuplexStream, serve: Serve) {
    match fault {
        Fault::Refused => {}
        Fault::HalfOpen => {
            // Until the client gives up; nothing it says arrives.
            while matches!(near.read(&mut [0; 4096]).await, Ok(n) if n > 0) {}
        }
        Fault::Portal => {
            let mut request = [0; 4096];
            let _ = near.read(&mut request).await;
            let _ = near.write_all(PORTAL).await;
            let _ = near.shutdown().await;
            while matches!(near.read(&mut request).await, Ok(n) if n > 0) {}
        }
        Fault::Twice | Fault::Late(_) => replay(fault, near, &serve).await,
        Fault::Delay(wait) => {
            sleep(wait).await;
            let mut far = open(&serve);
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        }
        Fault::None => {
            let mut far = open(&serve);
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        }
        Fault::ResetRequest(_) | Fault::ResetAnswer(_) | Fault::Truncate(_) | Fault::SlowLoris { .. } => {
            let far = open(&serve);
            limited(fault, near, far).await;
        }
    }
}

/// Passes bytes with a limit on one direction, or slowly on both.
async fn limited(fault: Fault, near: DuplexStream, far: DuplexStream) {
    let (up, down) = match fault {
        Fault::ResetRequest(bytes) => (bytes, u64::MAX),
        Fault::ResetAnswer(bytes) | Fault::Truncate(bytes) => (u64::MAX, bytes),
        _ => (u64::MAX, u64::MAX),
    };
    let slow = match fault {
        Fault::SlowLoris { bytes, every } => Some((bytes, every)),
        _ => None,
    };
    let (near_in, near_out) = tokio::io::split(near);
    let (far_in, far_out) = tokio::io::split(far);
    let up = pass(near_in, far_out, up, slow);
    let down = pass(far_in, near_out, down, slow);
    // Whichever direction ends first ends the connection, as a reset does.
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

async fn pass(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    mut left: u64,
    slow: Option<(u64, Duration)>,
) {
    let mut buffer = vec![0; 4096];
    loop {
        let room = slow.map_or(4096, |(bytes, _)| bytes.min(4096)) as usize;
        let Ok(read) = from.read(&mut buffer[..room]).await else { return };
        if read == 0 {
            // The end of one direction is passed on; the other may still have something to say.
            let _ = to.shutdown().await;
            return std::future::pending().await;
        }
        let pass = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        if to.write_all(&buffer[..pass]).await.is_err() {
            return;
        }
        left -= pass as u64;
        if left == 0 {
            return;
        }
        if let Some((_, every)) = slow {
            sleep(every).await;
        }
    }
}

/// Takes the whole request first, then delivers it late or twice.
async fn replay(fault: Fault, mut near: DuplexStream, serve: &Serve) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    // A request is taken to be whole when nothing comes for a moment: the client waits for its answer then.
    while let Ok(Ok(read)) = tokio::time::timeout(Duration::from_millis(50), near.read(&mut piece)).await {
        if read == 0 {
            break;
        }
        request.extend_from_slice(&piece[..read]);
    }
    if let Fault::Late(wait) = fault {
        drop(near);
        sleep(wait).await;
        let mut far = open(serve);
        if far.write_all(&request).await.is_ok() {
            let _ = tokio::time::timeout(Duration::from_secs(5), far.read(&mut piece)).await;
        }
        return;
    }
    let mut first = open(serve);
    if first.write_all(&request).await.is_ok() {
        let _ = tokio::time::timeout(Duration::from_secs(5), first.read(&mut piece)).await;
    }
    drop(first);
    let mut second = open(serve);
    if second.write_all(&request).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut near, &mut second).await;
    }
}
