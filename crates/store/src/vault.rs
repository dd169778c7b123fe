//! 密封: how the key-encrypting key is sealed by the machine: TPM 2.0 or a systemd credential.
//!
//! Both go through the programs of the distribution (`tpm2-tools`, `systemd-creds`), asked once at start.
//! The key itself passes through pipes only and is never on a command line, in the environment or in a
//! file. A program costs some milliseconds at start; linking the TPM stack would put C libraries into
//! every station, those without a TPM included.

use crate::{StoreError, durable};
use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use tongban_crypto::{CryptoError, Kek};
use zeroize::Zeroizing;

/// Name bound into a systemd credential.
const CREDENTIAL: &str = "tongban.kek";
const MAGIC: &[u8; 6] = b"TBTPM2";
const VERSION: u16 = 1;

/// A TPM 2.0 and what the key is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tpm2 {
    /// `TCTI` of tpm2-tools, for example `device:/dev/tpmrm0`; empty lets the tools choose.
    pub tcti: String,
    /// Platform registers the key is bound to, for example `sha256:7` (secure-boot state); empty binds to
    /// this TPM alone.
    pub pcrs: String,
}

impl Tpm2 {
    /// Seals the key: a file that only this TPM, in this state, opens.
    ///
    /// `"TBTPM2" ‖ u16be version = 1 ‖ u16be length ‖ registers ‖ u16be length ‖ public ‖ u16be length ‖ private`.
    pub(crate) fn seal(&self, kek: &Kek, scratch: &Path) -> Result<Vec<u8>, StoreError> {
        let at = durable::Scratch::new(scratch)?;
        self.primary(&at)?;
        let (public, private, policy) = (at.file("public"), at.file("private"), at.file("policy"));
        let mut create = self.tool("tpm2_create");
        create.arg("-C").arg(at.file("primary")).arg("-u").arg(&public).arg("-r").arg(&private).args(["-i", "-"]);
        if !self.pcrs.is_empty() {
            run(self.tool("tpm2_createpolicy").args(["--policy-pcr", "-l", &self.pcrs, "-L"]).arg(&policy), None)?;
            create.arg("-L").arg(&policy);
        }
        run(&mut create, Some(kek.expose()))?;
        let mut sealed = MAGIC.to_vec();
        sealed.extend_from_slice(&VERSION.to_be_bytes());
        for part in [self.pcrs.clone().into_bytes(), at.read("public")?, at.read("private")?] {
            let len = u16::try_from(part.len()).map_err(|_| CryptoError::Sealed)?;
            sealed.extend_from_slice(&len.to_be_bytes());
            sealed.extend_from_slice(&part);
        }
        Ok(sealed)
    }

    /// Opens what [`Tpm2::seal`] made.
    pub(crate) fn open(&self, sealed: &[u8], scratch: &Path) -> Result<Kek, StoreError> {
        let (pcrs, public, private) = parts(sealed)?;
        let at = durable::Scratch::new(scratch)?;
        at.write("public", public)?;
        at.write("private", private)?;
        self.primary(&at)?;
        let mut load = self.tool("tpm2_load");
        load.arg("-C").arg(at.file("primary")).arg("-u").arg(at.file("public"));
        run(load.arg("-r").arg(at.file("private")).arg("-c").arg(at.file("object")), None)?;
        self.flush();
        let mut unseal = self.tool("tpm2_unseal");
        unseal.arg("-c").arg(at.file("object"));
        if !pcrs.is_empty() {
            unseal.args(["-p", &format!("pcr:{pcrs}")]);
        }
        Ok(Kek::from_bytes(&run(&mut unseal, None)?)?)
    }

    /// The same primary key every time: made from the TPM's own seed.
    fn primary(&self, at: &durable::Scratch) -> Result<(), StoreError> {
        self.flush();
        let mut create = self.tool("tpm2_createprimary");
        run(create.args(["-C", "o", "-g", "sha256", "-G", "ecc", "-c"]).arg(at.file("primary")), None)?;
        self.flush();
        Ok(())
    }

    /// A TPM without a resource manager holds three objects only; with one there is nothing to do.
    fn flush(&self) {
        let _ = run(self.tool("tpm2_flushcontext").arg("-t"), None);
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if !self.tcti.is_empty() {
            command.env("TPM2TOOLS_TCTI", &self.tcti);
        }
        if program != "tpm2_unseal" && program != "tpm2_flushcontext" {
            command.arg("-Q");
        }
        command
    }
}

fn parts(sealed: &[u8]) -> Result<(String, &[u8], &[u8]), StoreError> {
    let rest = sealed.strip_prefix(MAGIC).ok_or(CryptoError::Sealed)?;
    let (version, mut rest) = rest.split_first_chunk::<2>().ok_or(CryptoError::Sealed)?;
    if u16::from_be_bytes(*version) != VERSION {
        return Err(CryptoError::Version.into());
    }
    let mut part = || -> Result<&[u8], CryptoError> {
        let (len, after) = rest.split_first_chunk::<2>().ok_or(CryptoError::Sealed)?;
        let (part, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*len))).ok_or(CryptoError::Sealed)?;
        rest = after;
        Ok(part)
    };
    let (pcrs, public, private) = (part()?, part()?, part()?);
    let pcrs = String::from_utf8(pcrs.to_vec()).map_err(|_| CryptoError::Sealed)?;
    if rest.is_empty() { Ok((pcrs, public, private)) } else { Err(CryptoError::Sealed.into()) }
}

/// Which key of the machine a systemd credential is sealed with: `host`, `tpm2`, `host+tpm2` or `auto`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemdCreds {
    /// As `systemd-creds --with-key` takes it.
    pub with_key: String,
}

impl SystemdCreds {
    pub(crate) fn seal(&self, kek: &Kek) -> Result<Vec<u8>, StoreError> {
        let mut command = Command::new("systemd-creds");
        command.arg("encrypt").arg(format!("--with-key={}", self.with_key)).arg(format!("--name={CREDENTIAL}"));
        Ok(run(command.args(["-", "-"]), Some(kek.expose()))?.to_vec())
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Kek, StoreError> {
        let mut command = Command::new("systemd-creds");
        command.arg("decrypt").arg(format!("--name={CREDENTIAL}")).args(["-", "-"]);
        Ok(Kek::from_bytes(&run(&mut command, Some(sealed))?)?)
    }
}

/// Runs a program with `input` on its standard input; what it wrote.
fn run(command: &mut Command, input: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let fail = |source| StoreError::file("ask the machine for the key", source);
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("LD_PRELOAD")
        .spawn()
        .map_err(fail)?;
    if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
        // A program that ends without reading answers by its exit code.
        match pipe.write_all(input) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(fail(error)),
            _ => {}
        }
    }
    let output = child.wait_with_output().map_err(fail)?;
    if output.status.success() {
        return Ok(Zeroizing::new(output.stdout));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().last().unwrap_or_default();
    tracing::error!(program = name, code = "S104", said, "the machine does not open the key");
    Err(CryptoError::Sealed.into())
}

/// Whether a program is on the path.
pub(crate) fn is_installed(program: impl AsRef<OsStr>) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program.as_ref()).is_file()))
}
