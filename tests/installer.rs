//! 安装: a release goes onto a machine beside the one that runs; whatever happens, a whole one is in force.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_tongban")).parent().unwrap().to_owned()
}

fn installer(root: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("installer/install.sh"));
    command.args(words).arg("--root").arg(root.path());
    command
}

fn run(root: &TempDir, words: &[&str]) -> Output {
    installer(root, words).output().unwrap()
}

fn install(root: &TempDir) -> Output {
    run(root, &["station", "--programs", programs().to_str().unwrap()])
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn in_force(root: &TempDir) -> String {
    let link = std::fs::read_link(root.path().join("usr/lib/tongban/current")).unwrap();
    link.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_release_is_installed_beside_the_one_in_force_and_can_be_gone_back_to() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(code(&run(&root, &["status", "station"])), 1, "nothing is installed yet");
    let first = install(&root);
    assert_eq!(code(&first), 0, "{}", told(&first));
    assert_eq!(code(&run(&root, &["rollback", "station"])), 1, "there is nothing to go back to");
    let program = Command::new(root.path().join("usr/bin/tongban")).arg("--version").output().unwrap();
    assert!(program.status.success(), "the link leads to a program that starts");
    for file in ["usr/share/tongban/assets/models/models.toml", "usr/share/tongban/i18n", "usr/lib/tongban/session"] {
        assert!(root.path().join(file).exists(), "{file}");
    }
    let own = root.path().join("etc/tongban/station.toml");
    std::fs::write(&own, "# the hall's own words\n").unwrap();
    assert_eq!(code(&install(&root)), 0);
    assert_eq!(in_force(&root), "b");
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "# the hall's own words\n");
    assert_eq!(code(&run(&root, &["rollback", "station"])), 0);
    assert_eq!(in_force(&root), "a");

    // A changed file is named; a damaged release is never gone back to.
    let text = root.path().join("usr/lib/tongban/slots/b/share/i18n/zh-CN/common.ftl");
    std::fs::write(&text, "x").unwrap();
    assert_eq!(code(&run(&root, &["rollback", "station"])), 1);
    assert_eq!(in_force(&root), "a");
    let model = root.path().join("usr/share/tongban/assets/models/models.toml");
    std::fs::write(&model, "v = 1").unwrap();
    let status = run(&root, &["status", "station"]);
    assert_eq!(code(&status), 1);
    assert!(told(&status).contains("models.toml"), "{}", told(&status));
    assert_eq!(code(&run(&root, &["station", "--programs", "/nonexistent"])), 2);
    assert_eq!(code(&run(&root, &["window"])), 2);
}

#[test]
fn an_installer_killed_at_any_moment_leaves_a_whole_release_in_force() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(code(&install(&root)), 0);
    let mut cut_off = 0;
    for wait in [40_u64, 250, 600, 1_100, 1_700, 2_500] {
        let mut command = installer(&root, &["station", "--programs", programs().to_str().unwrap()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        cut_off += usize::from(!child.wait().unwrap().success());
        let status = run(&root, &["status", "station"]);
        assert_eq!(code(&status), 0, "after {wait} ms: {}", told(&status));
    }
    assert!(cut_off > 0, "no installation was cut off: nothing was tried");
    assert_eq!(code(&install(&root)), 0, "and it can be begun again");
}
