//! 不留痕: what the process holds in memory never becomes a file.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use std::io;

/// No core dump after a crash, neither as a file nor through a crash reporter (which heeds no limit, but this mark),
/// and no look into the memory by another program of the same user.
///
/// # Errors
/// When the kernel refuses.
pub fn keep_to_ourselves() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{dumpable_behavior, getrlimit};

    #[test]
    fn nothing_of_the_memory_is_dumped() {
        // Negative control; every test is a process of its own.
        assert_eq!(dumpable_behavior().ok(), Some(DumpableBehavior::Dumpable));
        keep_to_ourselves().expect("the kernel agrees");
        assert_eq!(dumpable_behavior().ok(), Some(DumpableBehavior::NotDumpable));
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert!(setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(0) }).is_err());
    }
}
