//! 断电: a disk whose every block write and flush is on record, and what is left of it when the power goes
//! at any point.
//!
//! `qemu-storage-daemon` serves an ext4 image through its `blklogwrites` driver over FUSE; the image is loop
//! mounted and the program under test works on it. Afterwards the log is replayed onto a copy of the image
//! as it was at the start: every write before the last flush before the cut, and of those after it a random
//! half, which is what a disk with a volatile cache may keep. The copy is mounted (ext4 replays its journal)
//! and looked at.
//!
//! What a program promised is compared with what is left: [`position`] tells the program under test how
//! far the log is at the moment it makes a promise; a promise made before the cut must be kept.
//!
//! Needs root, `qemu-utils`, loop devices and FUSE.

use crate::Seed;
use crate::disk::command;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Environment variable that tells a child where the log is.
pub const LOG_ENV: &str = "TONGBAN_CUT_LOG";
/// Flags of a log entry (the format of the kernel's dm-log-writes).
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;

/// Number of entries the log at `log` has now: everything below is on record.
///
/// # Errors
/// When the log cannot be read.
pub fn position(log: &Path) -> io::Result<u64> {
    let mut head = [0; 28];
    File::open(log)?.read_exact(&mut head)?;
    Ok(u64::from_le_bytes(head[16..24].try_into().expect("8 bytes")))
}

struct Entry {
    sector: u64,
    sectors: u64,
    flags: u64,
    at: u64,
}

/// A disk that keeps a record.
#[derive(Debug)]
pub struct Recorder {
    dir: PathBuf,
    daemon: Option<Child>,
    mounted: bool,
}

impl Recorder {
    /// Makes an ext4 disk of `mib` MiB in `dir` and mounts it, recording.
    ///
    /// # Errors
    /// When a tool is missing (`qemu-utils`, `e2fsprogs`) or the machine allows no FUSE or loop mounts.
    pub fn start(dir: &Path, mib: u64) -> io::Result<Self> {
        let file = |name: &str| dir.join(name).to_string_lossy().into_owned();
        let (base, disk, log, fuse) = (file("base.img"), file("disk.img"), file("log.img"), file("fuse.img"));
        File::create(&base)?.set_len(mib << 20)?;
        command("mkfs.ext4", &["-q", "-F", "-m", "0", "-E", "lazy_itable_init=0", "-J", "size=4", &base])?;
        command("cp", &["--sparse=always", &base, &disk])?;
        File::create(&log)?.set_len(2 << 30)?;
        File::create(&fuse)?;
        fs::create_dir_all(dir.join("mnt"))?;
        fs::create_dir_all(dir.join("cut"))?;
        let daemon = Command::new("qemu-storage-daemon")
            .args(["--blockdev", &format!("driver=file,node-name=f,filename={disk}")])
            .args(["--blockdev", &format!("driver=file,node-name=l,filename={log}")])
            .args(["--blockdev", "driver=raw,node-name=fr,file=f"])
            .args(["--blockdev", "driver=raw,node-name=lr,file=l"])
            .args(["--blockdev", "driver=blklogwrites,node-name=b,file=fr,log=lr,log-super-update-interval=1"])
            .args(["--export", &format!("type=fuse,id=e,node-name=b,mountpoint={fuse},writable=on")])
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::other(format!("qemu-storage-daemon (package qemu-utils): {error}")))?;
        let mut recorder = Self { dir: dir.to_owned(), daemon: Some(daemon), mounted: false };
        recorder.wait_for_export(mib << 20)?;
        command("mount", &["-o", "loop", &fuse, &file("mnt")])?;
        recorder.mounted = true;
        Ok(recorder)
    }

    /// The export is up when the file behind it has the disk's length.
    fn wait_for_export(&mut self, len: u64) -> io::Result<()> {
        let began = Instant::now();
        while fs::metadata(self.dir.join("fuse.img")).map_or(0, |file| file.len()) != len {
            let ended = self.daemon.as_mut().and_then(|daemon| daemon.try_wait().ok().flatten());
            if ended.is_some() || began.elapsed() > Duration::from_secs(20) {
                return Err(io::Error::other("qemu-storage-daemon does not export over FUSE on this machine"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Where the recorded disk is mounted.
    #[must_use]
    pub fn mount(&self) -> PathBuf {
        self.dir.join("mnt")
    }

    /// The log; hand it to a child in [`LOG_ENV`].
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.dir.join("log.img")
    }

    /// Ends the recording. The disk is unmounted in an orderly way, which is more on the log than any cut uses.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn finish(mut self) -> io::Result<Recording> {
        let end = position(&self.log())?;
        self.stop();
        Recording::read(&self.dir, end)
    }

    fn stop(&mut self) {
        if self.mounted {
            let mount = self.mount().to_string_lossy().into_owned();
            // A file still open somewhere must not keep the test machine's mount.
            if command("umount", &[&mount]).is_err() {
                let _ = command("umount", &["-l", &mount]);
            }
            self.mounted = false;
        }
        if let Some(mut daemon) = self.daemon.take() {
            let _ = command("kill", &[&daemon.id().to_string()]);
            let _ = daemon.wait();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What was written to the disk, in order.
pub struct Recording {
    dir: PathBuf,
    sector_bytes: u64,
    entries: Vec<Entry>,
    /// Entries while the program ran; the rest is the orderly unmount.
    end: u64,
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recording({} of {} entries)", self.end, self.entries.len())
    }
}

impl Recording {
    fn read(dir: &Path, end: u64) -> io::Result<Self> {
        let mut log = File::open(dir.join("log.img"))?;
        let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
        let mut head = [0; 28];
        log.read_exact(&mut head)?;
        let count = number(&head[16..24]);
        let sector_bytes = u64::from(u32::from_le_bytes(head[24..28].try_into().expect("4 bytes")));
        let mut at = sector_bytes;
        let mut entries = Vec::new();
        for _ in 0..count {
            let mut head = [0; 32];
            log.seek(SeekFrom::Start(at))?;
            log.read_exact(&mut head)?;
            at += sector_bytes;
            let entry =
                Entry { sector: number(&head[..8]), sectors: number(&head[8..16]), flags: number(&head[16..24]), at };
            if entry.flags & DISCARD == 0 {
                at += entry.sectors * sector_bytes;
            }
            entries.push(entry);
        }
        Ok(Self { dir: dir.to_owned(), sector_bytes, entries, end: end.min(count) })
    }

    /// Number of entries a cut may be made in.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.end
    }

    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Number of flushes on record.
    #[must_use]
    pub fn flushes(&self) -> usize {
        self.entries.iter().take(self.end as usize).filter(|entry| entry.flags & FLUSH != 0).count()
    }

    /// The disk as it may be when the power goes after `cut` entries, mounted; `look` is given the mount point.
    /// Of the writes since the last flush each is kept or lost as `seed` says.
    ///
    /// # Errors
    /// When the disk cannot be put together or mounted: a file system that does not come back is a failure
    /// of the test, not of the program under test.
    pub fn cut<T>(&self, cut: u64, seed: &mut Seed, look: impl FnOnce(&Path) -> T) -> io::Result<T> {
        let cut = (cut.min(self.entries.len() as u64)) as usize;
        let image = self.dir.join("cut.img");
        let (base, to) = (self.dir.join("base.img"), image.to_string_lossy().into_owned());
        command("cp", &["--sparse=always", &base.to_string_lossy(), &to])?;
        let (mut disk, mut log) = (File::options().write(true).open(&image)?, File::open(self.dir.join("log.img"))?);
        let kept = self.entries[..cut].iter().rposition(|entry| entry.flags & FLUSH != 0).unwrap_or(0);
        for (index, entry) in self.entries[..cut].iter().enumerate() {
            let volatile = index > kept && entry.flags & FUA == 0;
            if entry.flags & DISCARD != 0 || entry.sectors == 0 || (volatile && seed.chance(50)) {
                continue;
            }
            let mut bytes = vec![0; (entry.sectors * self.sector_bytes) as usize];
            log.seek(SeekFrom::Start(entry.at))?;
            log.read_exact(&mut bytes)?;
            disk.seek(SeekFrom::Start(entry.sector * self.sector_bytes))?;
            disk.write_all(&bytes)?;
        }
        drop(disk);
        let mount = self.dir.join("cut").to_string_lossy().into_owned();
        command("mount", &["-o", "loop", &to, &mount])?;
        let _mounted = Mounted(mount.clone());
        Ok(look(Path::new(&mount)))
    }
}

struct Mounted(String);

impl Drop for Mounted {
    fn drop(&mut self) {
        if command("umount", &[&self.0]).is_err() {
            let _ = command("umount", &["-l", &self.0]);
        }
    }
}
