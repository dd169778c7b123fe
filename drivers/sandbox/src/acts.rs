//! 自检: acts a locked-in process must not succeed with, and some it must.

use std::fs::{self, File, OpenOptions};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

/// Name of each act and whether it succeeded. `outside` is a folder of the same user with a file
/// `secret` in it, such as a station's state.
#[must_use]
pub fn attempt(outside: &Path) -> Vec<(&'static str, bool)> {
    let parent = rustix::process::getppid();
    vec![
        ("udp-socket", UdpSocket::bind(("127.0.0.1", 0)).is_ok()),
        ("tcp-socket", TcpListener::bind(("127.0.0.1", 0)).is_ok()),
        ("read-outside", fs::read(outside.join("secret")).is_ok()),
        ("list-outside", fs::read_dir(outside).is_ok()),
        ("write-outside", File::create(outside.join("mark")).is_ok()),
        ("delete-outside", delete(outside)),
        ("start-program", Command::new("/bin/true").status().is_ok()),
        ("signal-parent", parent.is_some_and(|parent| rustix::process::test_kill_process(parent).is_ok())),
        ("write-here", File::create("own-file").is_ok()),
        ("device-node", OpenOptions::new().read(true).write(true).open("/dev/null").is_ok()),
        ("local-socket", UnixStream::pair().is_ok()),
        ("thread", std::thread::Builder::new().spawn(|| {}).is_ok()),
    ]
}

/// Acts that must go on working after the lock.
pub const NEEDED: [&str; 4] = ["write-here", "device-node", "local-socket", "thread"];

fn delete(outside: &Path) -> bool {
    fs::remove_file(outside.join("victim")).is_ok()
}
