//! The program itself: ports, exit codes, its end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tongban-partner"));
    command.arg("--data").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/partner"));
    command.stderr(Stdio::null());
    command
}

fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !ready() {
        assert!(Instant::now() < until, "{what} within ten seconds");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("listening");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\r\n").expect("sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("answered");
    reply
}

fn exit_code(mut child: Child) -> Option<i32> {
    let mut code = None;
    wait_for("an exit", || {
        code = child.try_wait().expect("waited");
        code.is_some()
    });
    code.and_then(|status| status.code())
}

#[test]
fn it_writes_its_ports_serves_and_ends_on_a_signal() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("ports.json");
    let child = program().arg("--ports-file").arg(&file).spawn().expect("started");
    wait_for("the ports file", || file.exists());
    let ports: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("whole")).expect("JSON");
    let reply = get(ports["admin"].as_str().expect("an address"), "/_sim/calls");
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("\"total\":0"), "{reply}");
    let reply = get(ports["http"].as_str().expect("an address"), "/_sim/calls");
    assert!(reply.starts_with("HTTP/1.1 404"), "administration is not on the platform's port");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signalled");
    assert_eq!(exit_code(child), Some(0));
}

#[test]
fn it_ends_with_its_parent() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("ports.json");
    let exe = env!("CARGO_BIN_EXE_tongban-partner");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/partner");
    // The shell is the parent; it prints the child's id and waits to be killed.
    let mut shell = Command::new("sh")
        .args(["-c", "\"$0\" --data \"$1\" --ports-file \"$2\" 2>/dev/null & echo $!; wait"])
        .arg(exe)
        .arg(&data)
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    wait_for("the ports file", || file.exists());
    let mut line = [0; 16];
    let length = shell.stdout.as_mut().expect("piped").read(&mut line).expect("an id");
    let pid: u32 = std::str::from_utf8(&line[..length]).expect("digits").trim().parse().expect("an id");
    let alive = || {
        // A dead child of nobody may stand as a zombie until it is reaped.
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    };
    assert!(alive());
    shell.kill().expect("killed");
    shell.wait().expect("reaped");
    wait_for("the child's end", || !alive());
}

#[test]
fn wrong_arguments_data_and_ports_have_their_own_exit_codes() {
    assert_eq!(exit_code(program().args(["--today", "yesterday"]).spawn().expect("started")), Some(3));
    assert_eq!(exit_code(program().arg("--frobnicate").spawn().expect("started")), Some(2));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    assert_eq!(exit_code(program().args(["--bind", &address]).spawn().expect("started")), Some(4));
    let help = program().arg("--help").output().expect("run");
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--ports-file"));
}
