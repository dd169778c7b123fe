//! Every file of `kiosk-config/` loads as a station would load it.

use std::path::{Path, PathBuf};
use tongban::config::{self, Face};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("kiosk-config")
}

fn example() -> PathBuf {
    folder().join("station.example.toml")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A file alone names no station; the layer it needs comes from the environment.
fn identity() -> Vec<(String, String)> {
    [("STATION", "890102-001-K01"), ("HALL", "890102-001")]
        .map(|(key, value)| (format!("TONGBAN_IDENTITY__{key}"), value.to_owned()))
        .to_vec()
}

#[test]
fn every_file_loads_over_the_defaults() {
    let all = files(&folder());
    assert!(all.len() >= 3, "{all:?}");
    for file in all {
        let (config, _) = config::load(std::slice::from_ref(&file), &identity())
            .unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        assert_eq!(config.v, 1);
    }
}

#[test]
fn the_example_station_in_each_hall_is_complete_without_the_environment() {
    let halls = files(&folder().join("halls"));
    assert!(!halls.is_empty());
    for hall in halls {
        let (config, explained) = config::load(&[hall.clone(), example()], &[])
            .unwrap_or_else(|error| panic!("{}: {error:?}", hall.display()));
        assert_eq!(config.identity.face, Face::Kiosk);
        assert!(config.devices["reader"].required, "a kiosk without a reader is out of service");
        assert_eq!(explained["identity.hall"].1, hall.display().to_string());
        assert_eq!(explained["identity.station"].1, example().display().to_string());
        assert!(!config.service.demo, "no file of a hall turns the demo mark on");
    }
}

#[test]
fn the_defaults_alone_are_refused_and_say_what_is_missing() {
    let error = config::load(&[], &[]).expect_err("a station has a name").to_string();
    assert!(error.contains("K102") && error.contains("identity.station"), "{error}");
}

#[test]
fn a_planted_key_a_planted_number_port_and_a_planted_version_are_refused() {
    let text = std::fs::read_to_string(example()).expect("the example");
    let damaged = [
        ("[identity]", "[identity]\nstaton = \"x\"", "K102"),
        ("/dev/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0", "/dev/ttyUSB0", "K102"),
        ("v = 1", "v = 2", "K103"),
    ];
    let dir = tempfile::tempdir().expect("a folder");
    for (sound, planted, code) in damaged {
        assert!(text.contains(sound), "{sound}");
        let file = dir.path().join("station.toml");
        std::fs::write(&file, text.replacen(sound, planted, 1)).expect("written");
        let error = config::load(&[file], &identity()).expect_err(planted).to_string();
        assert!(error.contains(code), "{planted}: {error}");
    }
}
