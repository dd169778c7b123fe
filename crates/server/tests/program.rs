//! The program itself, as its own process.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod common;

use common::hall::assets;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tongban-server");

fn tool(data: &Path, words: &[&str], input: &str) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(words)
        .arg("--data")
        .arg(data)
        .arg("--assets")
        .arg(assets())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A child that is gone when the test is.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_is_set_up_from_the_command_line_serves_and_ends_on_a_signal() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("centre");
    let password = format!("{}\n", common::hall::PASSWORD);
    let fingerprint = good(&tool(&data, &["init"], &password));
    assert_eq!(fingerprint.trim().split(':').count(), 32, "{fingerprint}");
    assert_eq!(good(&tool(&data, &["init"], "")), fingerprint, "a second time changes nothing");
    let reviewer = ["staff", "add", "--id", "li", "--name", "李某", "--role", "reviewer", "--password-stdin"];
    good(&tool(&data, &reviewer, &password));
    assert!(!tool(&data, &reviewer, &password).status.success(), "twice");
    let operator = ["staff", "add", "--id", "wang", "--name", "王某", "--role", "operator", "--password-stdin"];
    good(&tool(&data, &operator, &password));
    let station = [
        "station",
        "add",
        "--id",
        "890102-001-K03",
        "--hall",
        "890102-001",
        "--region",
        "890102",
        "--station3",
        "003",
        "--kind",
        "kiosk",
    ];
    assert_eq!(good(&tool(&data, &station, "")).trim().len(), 14);
    let stock = ["stock", "add", "--type", "jz_first", "--from", "A0000001", "--to", "A0000100", "--operator", "wang"];
    assert_eq!(good(&tool(&data, &stock, "")).trim(), "100");
    assert!(good(&tool(&data, &["verify"], "")).contains("cases: sound"));

    let ports = dir.path().join("ports.json");
    let child = Command::new(PROGRAM)
        .args(["run", "--demo", "--die-with-parent", "--ports-file"])
        .arg(&ports)
        .arg("--data")
        .arg(&data)
        .arg("--assets")
        .arg(assets())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut child = Running(child);
    let began = Instant::now();
    while !ports.exists() {
        assert!(began.elapsed() < Duration::from_secs(20), "no ports file");
        std::thread::sleep(Duration::from_millis(50));
    }
    let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&ports).unwrap()).unwrap();
    let staff = told["staff"].as_str().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let health = runtime
        .block_on(async { client.get(format!("http://{staff}/health")).send().await.unwrap().text().await.unwrap() });
    assert_eq!(health, "ok");
    let pid = rustix::process::Pid::from_child(&child.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(child.0.wait().unwrap().success(), "ends cleanly");
}

#[test]
fn a_wrong_configuration_is_refused_with_its_code() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("server.toml");
    for (text, code) in [("data_dri = \"x\"", "K102"), ("= =", "K102")] {
        std::fs::write(&config, text).unwrap();
        let output = Command::new(PROGRAM).args(["run", "--config"]).arg(&config).output().unwrap();
        assert!(!output.status.success());
        assert!(String::from_utf8_lossy(&output.stderr).contains(code), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let output = Command::new(PROGRAM).args(["run", "--config", "/nowhere.toml"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("K101"));
}

/// In production nobody of the staff works with a password alone: a key in the file, or a flag.
#[test]
fn the_programs_file_asks_everybody_for_a_second_factor() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("centre");
    good(&tool(&data, &["init"], &format!("{}\n", common::hall::PASSWORD)));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    for (flag, led) in [("second_factor = true\n", true), ("second_factor = false\n", false)] {
        let (config, ports) = (dir.path().join("server.toml"), dir.path().join(format!("ports-{led}.json")));
        let text = format!("data_dir = \"{}\"\nassets_dir = \"{}\"\n{flag}", data.display(), assets().display());
        std::fs::write(&config, text).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--die-with-parent", "--config"]).arg(&config).arg("--ports-file").arg(&ports);
        let _child = Running(child_of(&mut command));
        let began = Instant::now();
        while !ports.exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "no ports file");
            std::thread::sleep(Duration::from_millis(50));
        }
        let told: serde_json::Value = serde_json::from_slice(&std::fs::read(&ports).unwrap()).unwrap();
        let browser = common::Browser::new(format!("http://{}", told["staff"].as_str().unwrap()));
        let (home, account) = runtime.block_on(async {
            let fields = [("account", "admin"), ("password", common::hall::PASSWORD), ("next", "/")];
            assert_eq!(browser.post("/login", "/login", &fields).await.status(), 303);
            (browser.get("/staff").await, browser.page("/account").await)
        });
        let to = home.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        assert_eq!(to.as_deref() == Some("/account"), led, "{flag}: {} {to:?}", home.status());
        assert!(account.contains("second-qr"), "the account page delivers the secret as a code to be scanned");
        assert_eq!(account.contains("本系统要求启用"), led, "{flag}");
    }
}

fn child_of(command: &mut Command) -> Child {
    command.stderr(Stdio::null()).spawn().unwrap()
}
