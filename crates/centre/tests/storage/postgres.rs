//! A real PostgreSQL of Debian's, started for one test in a directory of its own.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Postgres {
    pub dir: TempDir,
    child: Child,
    pub port: u16,
}

/// A port nobody listens on at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Debian keeps one folder a version; the newest counts.
fn bin() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is installed (./dev setup, Debian package postgresql)")
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL is installed (./dev setup, Debian package postgresql)")
}

fn number(flag: &str) -> u32 {
    let output = Command::new("id").args([flag, "postgres"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().expect("Debian's package makes the user postgres")
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new(program);
    if is_root() {
        command.uid(number("-u")).gid(number("-g"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir("/");
    command
}

/// Gives a key file to the user PostgreSQL runs as.
pub fn own(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    if is_root() {
        chown(path, Some(number("-u")), Some(number("-g"))).unwrap();
    }
}

impl Postgres {
    /// Initialised, started, accepting; `settings` are added to its command line.
    pub fn start(settings: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
        if is_root() {
            chown(&data, Some(number("-u")), Some(number("-g"))).unwrap();
        }
        let made = as_postgres(&bin().join("initdb"))
            .args(["--auth=trust", "--username=tongban", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(made.success(), "initdb");
        let port = free_port();
        let mut command = as_postgres(&bin().join("postgres"));
        command.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k", ""]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=120", "-c", "shared_buffers=32MB"]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let child = command.stderr(log).spawn().unwrap();
        let postgres = Self { dir, child, port };
        postgres.wait();
        postgres.sql("postgres", "CREATE DATABASE city");
        postgres
    }

    fn wait(&self) {
        let begun = Instant::now();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = self.url("postgres");
        while runtime.block_on(tokio_postgres::connect(&url, tokio_postgres::NoTls)).is_err() {
            let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(20), "PostgreSQL does not answer: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://tongban@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements outside the product.
    pub fn sql(&self, database: &str, text: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, driver) = tokio_postgres::connect(&self.url(database), tokio_postgres::NoTls).await.unwrap();
            let driver = tokio::spawn(driver);
            client.batch_execute(text).await.unwrap();
            drop(client);
            driver.await.unwrap().unwrap();
        });
    }

    /// One number out of the database.
    pub fn number(&self, database: &str, query: &str) -> i64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, driver) = tokio_postgres::connect(&self.url(database), tokio_postgres::NoTls).await.unwrap();
            let driver = tokio::spawn(driver);
            let number = client.query_one(query, &[]).await.unwrap().get(0);
            drop(client);
            driver.await.unwrap().unwrap();
            number
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT ends it at once, children included.
        let _ = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
