//! Lines to the simulators, files they look at, and the power switch.

use super::Message;
use iced::Task;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a simulator's answer.
const ANSWER: Duration = Duration::from_secs(5);

/// Where the simulators are.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Control socket of the card reader, `TONGBAN_DOCK_READER`.
    pub reader: Option<PathBuf>,
    /// Control socket of the fingerprint module, `TONGBAN_DOCK_FINGER`.
    pub finger: Option<PathBuf>,
    /// Directory the document camera plays, `TONGBAN_DOCK_DOCUMENT`.
    pub document: Option<PathBuf>,
    /// File the printer looks at for faults, `TONGBAN_DOCK_PRINTER`.
    pub printer: Option<PathBuf>,
}

impl Places {
    /// As whoever started the program says.
    pub fn from_environment() -> Self {
        let place = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            reader: place("TONGBAN_DOCK_READER"),
            finger: place("TONGBAN_DOCK_FINGER"),
            document: place("TONGBAN_DOCK_DOCUMENT"),
            printer: place("TONGBAN_DOCK_PRINTER"),
        }
    }
}

/// Runs blocking work beside the interface; `None` when it panicked.
pub async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Says one line to a simulator; an answer with `"ok":true` is success.
///
/// # Errors
/// When nobody listens, nobody answers in five seconds, or the answer is no.
pub fn tell(socket: &Path, command: &str) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    stream.write_all(format!("{command}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    let value: serde_json::Value = serde_json::from_str(&answer).map_err(io::Error::other)?;
    if value["ok"] == serde_json::Value::Bool(true) { Ok(()) } else { Err(io::Error::other("refused")) }
}

/// Lays the next page of the directory under the document camera; its name, `None` when there is none.
pub fn next_page(dir: &Path) -> Option<String> {
    let mut pages: Vec<String> = std::fs::read_dir(dir)
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| [".jpg", ".jpeg", ".png"].iter().any(|end| name.to_ascii_lowercase().ends_with(end)))
        .collect();
    pages.sort();
    let current = std::fs::read_to_string(dir.join("current")).unwrap_or_default();
    let current = current.trim();
    let at = pages.iter().position(|name| name == current).or_else(|| current.parse().ok());
    let next = at.map_or(0, |at| at + 1) % pages.len().max(1);
    let page = pages.get(next)?.clone();
    // Renamed into place: the camera never reads half a name.
    let new = dir.join(".current.new");
    std::fs::write(&new, &page).ok()?;
    std::fs::rename(&new, dir.join("current")).ok()?;
    Some(page)
}

/// 断电: the program ends on the spot, with nothing flushed. Its workers end with it.
pub fn power_cut() -> Task<Message> {
    use rustix::process::{Signal, getpgrp, getpid, kill_process, kill_process_group};
    // A group that somebody else leads holds whoever starts us again.
    let done = if getpgrp() == getpid() {
        kill_process_group(getpgrp(), Signal::KILL)
    } else {
        kill_process(getpid(), Signal::KILL)
    };
    Task::done(Message::Told(done.is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_and_begin_again() {
        let dir = tempfile::tempdir().expect("temp dir");
        for name in ["b.jpg", "a.jpg", "c.PNG", "notes.txt"] {
            std::fs::write(dir.path().join(name), b"x").expect("writes");
        }
        let turned: Vec<_> = (0..4).map(|_| next_page(dir.path()).expect("a page")).collect();
        assert_eq!(turned, ["a.jpg", "b.jpg", "c.PNG", "a.jpg"]);
        std::fs::write(dir.path().join("current"), "0").expect("writes");
        assert_eq!(next_page(dir.path()).as_deref(), Some("b.jpg"), "an index counts as a name does");
        assert_eq!(next_page(Path::new("/nonexistent")), None);
    }

    #[test]
    fn a_simulator_that_says_no_or_nothing_is_not_success() {
        let dir = tempfile::tempdir().expect("temp dir");
        let socket = dir.path().join("sim");
        assert!(tell(&socket, "take").is_err(), "nobody listens");
        let listener = std::os::unix::net::UnixListener::bind(&socket).expect("binds");
        let answers = ["{\"ok\":true}\n", "{\"ok\":false}\n", "what?\n", ""];
        let server = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a visitor");
                let mut line = String::new();
                BufReader::new(stream.try_clone().expect("clones")).read_line(&mut line).expect("reads");
                assert_eq!(line, "put 王明\n");
                stream.write_all(answer.as_bytes()).expect("writes");
            }
        });
        let told: Vec<bool> = answers.iter().map(|_| tell(&socket, "put 王明").is_ok()).collect();
        server.join().expect("the server ends");
        assert_eq!(told, [true, false, false, false]);
    }
}
