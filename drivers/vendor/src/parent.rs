//! 父进程一侧: starts the child, waits no longer than it may, and names how it ended.

use crate::call::{Answer, Call};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tongban_device::control::OpControl;
use tongban_device::fault::DeviceFault;
use tongban_device::frame;

/// Between two looks at a child, so that a cancel is seen.
const LOOK: Duration = Duration::from_millis(20);
static FOLDERS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

/// Who makes calls into libraries: this process itself, or a launcher for it.
pub trait Caller: Send + Sync {
    /// Makes one call.
    ///
    /// # Errors
    /// As [`VendorProcess::run`].
    fn call(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault>;
}

impl<T: Caller + ?Sized> Caller for std::sync::Arc<T> {
    fn call(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        (**self).call(call, control)
    }
}

impl Caller for VendorProcess {
    fn call(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        self.run(call, control)
    }
}

/// How to start a child.
#[derive(Debug, Clone)]
pub struct VendorProcess {
    program: PathBuf,
    arguments: Vec<String>,
}

/// A child that is ended when nobody waits for it any more, with a folder of its own.
struct Running {
    child: Child,
    folder: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What a library wrote there may be a photo.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl VendorProcess {
    /// `program` with `arguments` calls [`crate::serve`].
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<String>) -> Self {
        Self { program, arguments }
    }

    /// Makes one call.
    ///
    /// # Errors
    /// `Worker` when the child crashed, hung or overran a buffer, `Unsupported` when library or
    /// function is missing, `NoMedia`, `Cancelled`; `Hardware` when the library said no.
    pub fn run(&self, call: &Call, control: &OpControl<'_>) -> Result<Answer, DeviceFault> {
        control.check()?;
        let mut running = self.start()?;
        let mut input = running.child.stdin.take().ok_or_else(|| worker("no standard input"))?;
        let mut output = running.child.stdout.take().ok_or_else(|| worker("no standard output"))?;
        let request = frame::encode(call).map_err(|error| worker(&error.to_string()))?;
        let (tell, told) = mpsc::channel();
        // A child that reads nothing must not hold us up either.
        std::thread::spawn(move || {
            let _ = input.write_all(&request);
            drop(input);
            let _ = tell.send(frame::read_message::<Answer>(&mut output));
        });
        loop {
            match told.recv_timeout(LOOK) {
                Ok(Ok(Some(answer))) => return read(answer),
                Ok(_) => return Err(ended(&mut running.child)),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(worker("the reply was lost")),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            match control.check() {
                Ok(()) => {}
                Err(DeviceFault::Timeout(ms)) => return Err(worker(&format!("library hung, ended after {ms} ms"))),
                Err(fault) => return Err(fault),
            }
        }
    }

    fn start(&self) -> Result<Running, DeviceFault> {
        let turn = FOLDERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("tongban-device-vendor-{}-{turn}", std::process::id()));
        let trouble = |error: std::io::Error| worker(&error.kind().to_string());
        private_folder(&folder).map_err(trouble)?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(&folder)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Ok(Running { child, folder }),
            Err(error) => {
                let _ = std::fs::remove_dir_all(&folder);
                Err(trouble(error))
            }
        }
    }
}

fn private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder)
}

pub(crate) fn worker(text: &str) -> DeviceFault {
    DeviceFault::Worker(text.to_owned())
}

/// The child closed its output without an answer.
fn ended(child: &mut Child) -> DeviceFault {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        match child.try_wait() {
            Ok(Some(status)) => {
                return match status.signal() {
                    Some(signal) => worker(&format!("library crashed with signal {signal}")),
                    None => worker(&format!("library ended the process with {}", status.code().unwrap_or(-1))),
                };
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => break,
        }
    }
    worker("library closed its output")
}

fn read(answer: Answer) -> Result<Answer, DeviceFault> {
    match &answer {
        Answer::NoMedia => Err(DeviceFault::NoMedia),
        Answer::NoLibrary(_) | Answer::NoFunction(_) => Err(DeviceFault::Unsupported),
        Answer::Refused(name, code) => Err(DeviceFault::Hardware(format!("{name} returned {code}"))),
        Answer::Overrun(name) => Err(worker(&format!("{name} wrote outside its buffer"))),
        _ => Ok(answer),
    }
}
