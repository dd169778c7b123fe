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

/// Loads a profile in a network of its own and knocks at `ports` from another one; which opened.
fn knocked(profile: &Path, ports: &[u16]) -> Vec<u16> {
    let list = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let script = format!(
        r#"set -e
        unshare -n sleep 60 & other=$!
        trap 'kill $other' EXIT
        while [ "$(readlink /proc/$other/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
        ip link set lo up
        ip link add here type veth peer name there netns $other
        ip addr add 10.9.0.1/24 dev here && ip link set here up
        nsenter -t $other -n ip addr add 10.9.0.2/24 dev there && nsenter -t $other -n ip link set there up
        nft -f {profile}
        python3 -c 'import socket, sys, time
held = [socket.create_server(("10.9.0.1", int(port))) for port in sys.argv[1:]]
time.sleep(60)' {list} & server=$!
        trap 'kill $other $server' EXIT
        for port in {list}; do while ! ss -ltn | grep -q ":$port "; do sleep 0.02; done; done
        nsenter -t $other -n python3 -c 'import socket, sys, concurrent.futures as futures
def knock(port):
    try:
        socket.create_connection(("10.9.0.1", int(port)), 0.5).close()
        return True
    except OSError:
        return False
with futures.ThreadPoolExecutor() as pool:
    opened = list(pool.map(knock, sys.argv[1:]))
[print(port) for port, there in zip(sys.argv[1:], opened) if there]' {list}"#,
        profile = profile.display()
    );
    let output = Command::new("unshare").args(["-rn", "bash", "-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| line.parse().ok()).collect()
}

#[test]
fn the_firewall_profiles_open_what_they_name_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("installer/firewall");
    let ports = [22, 443, 631, 5432, 8443, 8444];
    assert_eq!(
        knocked(&folder.join("centre.nft"), &ports),
        [443, 8443, 8444],
        "10.9.0.2 is an office, not an operator"
    );
    assert_eq!(knocked(&folder.join("station.nft"), &ports), [0_u16; 0], "nobody calls a station");
    let root = tempfile::tempdir().unwrap();
    let changed = |name: &str, old: &str, new: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(old));
        let path = root.path().join(name);
        std::fs::write(&path, text.replace(old, new)).unwrap();
        path
    };
    let ours = changed("station.nft", "192.0.2.0/24", "10.9.0.0/24");
    assert_eq!(knocked(&ours, &ports), [22], "who looks after it comes in");
    let far = changed("centre.nft", "10.0.0.0/8, ", "");
    assert_eq!(knocked(&far, &ports), [443, 8443], "staff pages are for offices alone");
    let open = changed("station.nft", "policy drop", "policy accept");
    assert_eq!(knocked(&open, &ports), ports, "the control: without the rule every port opens");
}

#[test]
fn the_services_name_programs_the_installer_brings_and_the_systems_own_checker_agrees() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(code(&install(&root)), 0);
    assert!(root.path().join("etc/tongban/firewall.nft").exists());
    std::fs::write(root.path().join("etc/tongban/firewall.nft"), "# the hall's own\n").unwrap();
    assert_eq!(code(&install(&root)), 0);
    let kept = std::fs::read_to_string(root.path().join("etc/tongban/firewall.nft")).unwrap();
    assert_eq!(kept, "# the hall's own\n", "what stands there is never overwritten");
    let units = root.path().join("etc/systemd/system");
    for unit in ["tongban-kiosk.service", "tongban-firewall.service"] {
        assert!(units.join(unit).exists(), "{unit}");
    }
    let verify = |path: &Path| Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(path).output().unwrap();
    let missing = |output: &Output| {
        let faults = told(output);
        // The programs themselves are below another root here.
        let known = |line: &&str| line.contains("is not executable") || line.trim().is_empty();
        faults.lines().filter(|line| !known(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("installer/systemd");
    for unit in ["tongban-kiosk.service", "tongban-server.service", "tongban-firewall.service"] {
        assert_eq!(missing(&verify(&folder.join(unit))), Vec::<String>::new(), "{unit}");
    }
    let text = std::fs::read_to_string(folder.join("tongban-server.service")).unwrap();
    let wrong = root.path().join("tongban-server.service");
    std::fs::write(&wrong, text.replace("ProtectSystem=strict", "ProtectSystem=strickt")).unwrap();
    assert!(!missing(&verify(&wrong)).is_empty(), "the control: a misspelt word is found");
}
