//! `tongban devices`: a device tried as a whole, its report signed by the station and held against every change.
#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn devices(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tongban"))
        .arg("--config")
        .arg(folder.join("station.toml"))
        .arg("devices")
        .args(words)
        .env("TONGBAN_STATE_DIR", folder.join("state"))
        .env_remove("TONGBAN_KEK")
        .env_remove("TONGBAN_KEK_PASSPHRASE")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_camera_is_tried_as_a_whole_and_its_report_is_signed() {
    let dir = tempfile::tempdir().unwrap();
    let camera = dir.path().join("camera");
    std::fs::create_dir_all(&camera).unwrap();
    let page =
        image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([if (x / 9 + y / 7) % 5 == 0 { 40 } else { 230 }; 3]));
    page.save(camera.join("page.png")).unwrap();
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::write(
        dir.path().join("station.toml"),
        format!(
            "[identity]\nstation = \"890102-001-W03\"\nhall = \"890102-001\"\n\n\
             [paths]\nassets = \"{root}/assets\"\ni18n = \"{root}/i18n\"\n\n\
             [devices.document]\ndriver = \"files\"\nport = \"files:{}\"\n",
            camera.display()
        ),
    )
    .unwrap();
    let report = dir.path().join("report.json");
    let tried = devices(dir.path(), &["conform", "document", "--out", report.to_str().unwrap()]);
    assert!(tried.status.success() && said(&tried).contains("7 rows, 0 failed"), "{}", said(&tried));

    let shown = devices(dir.path(), &["verify", report.to_str().unwrap()]);
    let words = said(&shown);
    assert!(shown.status.success() && words.contains("signed by 890102-001-W03"), "{words}");
    assert!(words.contains("\"live\"") && words.contains("\"not_tried\":[\"time-out"), "{words}");

    let altered = std::fs::read_to_string(&report).unwrap().replace("\\\"failed\\\":0", "\\\"failed\\\":1");
    std::fs::write(&report, altered).unwrap();
    let refused = devices(dir.path(), &["verify", report.to_str().unwrap()]);
    assert!(!refused.status.success(), "{}", said(&refused));
}
