//! The key-encrypting key sealed by the machine: a real (software) TPM 2.0, a real systemd credential.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tongban_protocol::system::SystemRng;
use tongban_store::{KekProtection, StationKeys, StoreError, SystemdCreds, Tpm2};

/// A TPM with a state of its own, started as a process.
struct SoftTpm {
    dir: TempDir,
    process: Child,
}

impl SoftTpm {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        let process = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init,startup-clear"])
            .args(["--tpmstate", &format!("dir={}", dir.path().display())])
            .args(["--server", &format!("type=unixio,path={}", path("sock"))])
            .args(["--ctrl", &format!("type=unixio,path={}", path("sock.ctrl"))])
            .spawn()
            .expect("swtpm (package swtpm) starts");
        let began = Instant::now();
        while !dir.path().join("sock").exists() {
            assert!(began.elapsed() < Duration::from_secs(10), "swtpm does not come up");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { dir, process }
    }

    fn protection(&self, pcrs: &str) -> KekProtection {
        let tcti = format!("swtpm:path={}", self.dir.path().join("sock").display());
        KekProtection::Tpm2(Tpm2 { tcti, pcrs: pcrs.to_owned() })
    }

    /// Something else was booted.
    fn extend(&self, register: u8) {
        let digest = format!("{register}:sha256={}", "ab".repeat(32));
        let tcti = format!("swtpm:path={}", self.dir.path().join("sock").display());
        let extended = Command::new("tpm2_pcrextend").arg(digest).env("TPM2TOOLS_TCTI", tcti).status();
        assert!(extended.expect("tpm2_pcrextend (package tpm2-tools)").success());
    }
}

impl Drop for SoftTpm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn load(dir: &Path, protection: &KekProtection) -> Result<StationKeys, StoreError> {
    StationKeys::create_or_load(dir, protection, &SystemRng)
}

fn holds(dir: &Path, secret: &[u8]) -> Vec<PathBuf> {
    let files = crate::support::files_below(dir).into_iter();
    files.filter(|path| std::fs::read(path).unwrap().windows(secret.len()).any(|window| window == secret)).collect()
}

#[test]
fn a_key_sealed_by_the_tpm_opens_on_this_machine_in_this_state_only() {
    let (tpm, dir) = (SoftTpm::start(), tempfile::tempdir().unwrap());
    let protection = tpm.protection("sha256:7");
    let first = load(dir.path(), &protection).unwrap();
    let again = load(dir.path(), &protection).unwrap();
    assert_eq!(first.kek.expose(), again.kek.expose());
    assert_eq!(first.signing.to_bytes(), again.signing.to_bytes());
    assert_eq!((KekProtection::in_force(dir.path()), protection.name()), (Some("tpm2"), "tpm2"));
    assert_eq!(holds(dir.path(), first.kek.expose()), Vec::<PathBuf>::new(), "the key stands in no file");
    assert!(!dir.path().join("scratch.part").exists());

    let other = SoftTpm::start();
    let stolen = load(dir.path(), &other.protection("sha256:7")).unwrap_err();
    assert_eq!(stolen.code().as_str(), "S104", "{stolen:?}");
    tpm.extend(7);
    let changed = load(dir.path(), &protection).unwrap_err();
    assert_eq!(changed.code().as_str(), "S104", "another system was started: {changed:?}");
}

#[test]
fn without_registers_the_key_is_bound_to_the_tpm_alone() {
    let (tpm, dir) = (SoftTpm::start(), tempfile::tempdir().unwrap());
    let protection = tpm.protection("");
    let first = load(dir.path(), &protection).unwrap();
    tpm.extend(7);
    assert_eq!(load(dir.path(), &protection).unwrap().kek.expose(), first.kek.expose());
}

#[test]
fn a_changed_sealed_file_or_a_silent_tpm_gives_no_key_and_makes_no_new_one() {
    let (tpm, dir) = (SoftTpm::start(), tempfile::tempdir().unwrap());
    let protection = tpm.protection("");
    load(dir.path(), &protection).unwrap();
    let file = dir.path().join("kek.tpm2");
    let bytes = std::fs::read(&file).unwrap();
    for at in [0, 7, 12, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&file, changed).unwrap();
        assert!(load(dir.path(), &protection).is_err(), "byte {at}");
    }
    std::fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
    assert!(load(dir.path(), &protection).is_err());
    std::fs::write(&file, &bytes).unwrap();
    load(dir.path(), &protection).unwrap();
    drop(tpm);
    assert!(load(dir.path(), &protection).is_err());
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_key_sealed_as_a_systemd_credential_comes_back_and_only_under_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let protection = KekProtection::SystemdCreds(SystemdCreds { with_key: "host".to_owned() });
    let first = load(dir.path(), &protection).unwrap();
    assert_eq!(load(dir.path(), &protection).unwrap().kek.expose(), first.kek.expose());
    assert_eq!(KekProtection::in_force(dir.path()), Some("systemd-creds"));
    assert_eq!(holds(dir.path(), first.kek.expose()), Vec::<PathBuf>::new());
    let renamed = Command::new("systemd-creds")
        .args(["decrypt", "--name=another"])
        .arg(dir.path().join("kek.creds"))
        .arg("-")
        .output()
        .unwrap();
    assert!(!renamed.status.success());
}

#[test]
fn a_directory_kept_one_way_is_not_opened_another_way() {
    let dir = tempfile::tempdir().unwrap();
    load(dir.path(), &KekProtection::None).unwrap();
    let protection = KekProtection::SystemdCreds(SystemdCreds { with_key: "host".to_owned() });
    assert!(load(dir.path(), &protection).is_err());
    assert!(load(dir.path(), &KekProtection::Passphrase("word".to_owned().into())).is_err());
    load(dir.path(), &KekProtection::None).unwrap();
}

#[test]
fn small_secrets_and_keyed_hashes_need_the_stations_key() {
    let (one, two) = (StationKeys::generate(&SystemRng), StationKeys::generate(&SystemRng));
    let sealed = one.seal_secret("tls", b"PRIVATE KEY", &SystemRng);
    assert_eq!(one.open_secret("tls", &sealed).unwrap().as_slice(), b"PRIVATE KEY");
    assert!(one.open_secret("other", &sealed).is_err() && two.open_secret("tls", &sealed).is_err());
    let number = crate::support::NUMBER;
    assert_eq!(one.attendant_hash(number), one.attendant_hash(&number.to_lowercase()));
    assert_ne!(one.attendant_hash(number), two.attendant_hash(number), "nobody can search a list of another hall");
}
