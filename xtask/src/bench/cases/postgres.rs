//! A PostgreSQL of Debian's, in a folder of its own, for one measurement.

use anyhow::{Context as _, Result, bail};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ended when dropped.
pub struct Postgres {
    child: Child,
    port: u16,
    _dir: TempDir,
}

fn bin() -> Result<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .context("PostgreSQL is missing: ./dev setup installs it")?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().context("PostgreSQL is missing: ./dev setup installs it")
}

/// The user the package makes; PostgreSQL refuses to run as root.
fn postgres_user() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let id = |flag: &str| -> Result<u32> {
        let output = Command::new("id").args([flag, "postgres"]).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    Ok(Some((id("-u")?, id("-g")?)))
}

impl Postgres {
    /// Initialised, started, with an empty database.
    pub fn start() -> Result<Self> {
        let (bin, user, dir) = (bin()?, postgres_user()?, tempfile::tempdir()?);
        let data = dir.path().join("data");
        std::fs::create_dir(&data)?;
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
        std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700))?;
        if let Some((user, group)) = user {
            chown(&data, Some(user), Some(group))?;
        }
        let command = |name: &str| {
            let mut command = Command::new(bin.join(name));
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
            command
        };
        let made = command("initdb")
            .args(["--auth=trust", "--username=tongban", "--encoding=UTF8", "--locale=C", "-D"])
            .arg(&data)
            .status()?;
        if !made.success() {
            bail!("initdb failed");
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = command("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k", "", "-c", "listen_addresses=127.0.0.1", "-c", "max_wal_size=4GB"])
            .spawn()?;
        let server = Self { child, port, _dir: dir };
        let begun = Instant::now();
        loop {
            let made = command("createdb")
                .args(["-h", "127.0.0.1", "-U", "tongban", "-p", &port.to_string(), "city"])
                .status()?;
            if made.success() {
                return Ok(server);
            }
            if begun.elapsed() > Duration::from_secs(20) {
                bail!("PostgreSQL does not answer");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("postgres://tongban@127.0.0.1:{}/city", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT ends it at once, children included.
        let _ = Command::new("kill").args(["-QUIT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
