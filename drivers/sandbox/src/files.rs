//! The part of the file system a worker may open (Landlock, Linux 5.13 and later).

use crate::{Allowance, SandboxError};
use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
};
use std::path::{Path, PathBuf};

/// Libraries, their settings, what the kernel says about devices.
const READABLE: [&str; 10] =
    ["/usr", "/lib", "/lib64", "/lib32", "/etc", "/sys", "/proc", "/run/udev", "/run/systemd/resolve", "/opt"];

/// Restricts this thread and what it starts. False on a kernel without Landlock.
///
/// A station's database, keys and page files belong to the same user as its workers; they are in
/// none of the folders below, so a worker cannot read them.
pub(crate) fn restrict(allowance: &Allowance) -> Result<bool, SandboxError> {
    build(allowance).map_err(|error| SandboxError::Files(error.to_string()))
}

fn build(allowance: &Allowance) -> Result<bool, RulesetError> {
    let abi = ABI::V5;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let device = read | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
    // Everything but starting programs and making device nodes.
    let own = AccessFs::from_all(abi) & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .create()?;
    for folder in READABLE {
        rules = allow(rules, Path::new(folder), read)?;
    }
    for path in &allowance.read {
        rules = allow(rules, path, read)?;
    }
    rules = allow(rules, Path::new("/dev"), device)?;
    if let Some(here) = own_folder() {
        rules = allow(rules, &here, own)?;
    }
    let status = rules.restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// Where this process stands, if that is a folder of its own: nobody else's, not a root of everything.
fn own_folder() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let marked = here.file_name()?.to_string_lossy().starts_with("tongban-device-");
    marked.then_some(here)
}

fn allow(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, RulesetError> {
    // What is not there need not be allowed.
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V5) };
    rules.add_rule(PathBeneath::new(opened, access))
}
