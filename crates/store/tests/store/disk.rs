//! A disk that is really full: a small tmpfs, filled to the last block.

use crate::support::*;
use std::path::{Path, PathBuf};
use std::process::Command;
use tongban_domain::code::ErrorCode;
use tongban_domain::event::{Channel, Digest, Event, SignOffMethod};
use tongban_protocol::action::Actor;

/// A file system of a few megabytes, gone with the value. Needs the right to mount.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn on(dir: &Path, size: &str) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let options = format!("size={size},mode=0700");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir).status().unwrap();
        assert!(mount.success(), "this test mounts a tmpfs and needs to run as root");
        Self(dir.to_owned())
    }

    /// Takes every free block.
    fn fill(&self) {
        let mut piece = 1 << 20;
        for number in 0.. {
            let file = self.0.join(format!("filler{number}"));
            if std::fs::write(&file, vec![1; piece]).is_err() {
                // What was written of it stays and fills the disk further.
                piece /= 2;
                if piece < 512 {
                    return;
                }
            }
        }
    }

    fn clear(&self) {
        for entry in std::fs::read_dir(&self.0).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("filler") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn on_a_full_disk_the_open_case_is_finished_from_the_reserve_and_new_cases_stop() {
    let mut station = Station::new();
    let keys = station.keys();
    station.config.reserve_bytes = 1 << 20;
    let disk = SmallDisk::on(&station.dir.path().join("store"), "6m");
    let store = station.try_open(keys).unwrap();
    store.put_lease(&lease(&store, 1, 9)).unwrap();
    let case = drafted(&store);
    assert!(store.has_room());
    disk.fill();
    let evidence = store.put_blob(case, "image/jpeg", &[3; 30_000]).unwrap();
    assert!(!store.has_room(), "the reserve was given up for it");
    let event = Event::SignedOff { method: SignOffMethod::Camera, evidence, quality: 9, digest: Digest([0; 32]) };
    store.append(case, event, Actor::Applicant).unwrap();
    disk.fill();
    let error = store.open_case(Channel::Kiosk).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull);
    // With even the reserve used up a write says so, changes nothing and harms nothing.
    let error = store.put_blob(case, "image/jpeg", &[4; 300_000]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull);
    let before = kinds(&store, case);
    let refused = (0..200).find_map(|_| store.append(case, form(), Actor::Applicant).err());
    assert_eq!(refused.map(|error| error.code()), Some(ErrorCode::DiskFull));
    assert!(kinds(&store, case).starts_with(&before));
    disk.clear();
    assert_sound(&store);
    store.submit(case, tongban_domain::event::Delivery::Pickup, true).unwrap();
    store.open_case(Channel::Kiosk).unwrap();
    assert!(store.has_room(), "with room again the reserve is taken again");
    drop(store);
    assert_sound(&station.open());
    drop(disk);
}

#[test]
fn a_store_put_to_rest_is_one_file_and_goes_on_as_before() {
    let station = Station::new();
    let store = station.open();
    let case = drafted(&store);
    let journal = || {
        let files = station.files().into_iter().filter(|path| path.to_string_lossy().ends_with("-wal"));
        files.filter_map(|path| std::fs::metadata(path).ok()).map(|meta| meta.len()).sum::<u64>()
    };
    assert!(journal() > 0, "the drafted case is in the journal");
    store.rest().unwrap();
    assert_eq!(journal(), 0);
    store.append(case, form(), Actor::Applicant).unwrap();
    assert_sound(&store);
}
