//! System calls a worker never needs (seccomp).

use crate::SandboxError;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// Starting programs, looking into others, changing the machine: `EPERM`, whatever the arguments.
const NEVER: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_io_uring_setup,
    libc::SYS_open_by_handle_at,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_sethostname,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_personality,
];

/// Puts the filter over every thread of this process.
pub(crate) fn restrict(network: bool) -> Result<(), SandboxError> {
    let program = program(network).map_err(|error| SandboxError::Calls(error.to_string()))?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| SandboxError::Calls(error.to_string()))
}

fn program(network: bool) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = NEVER.iter().map(|number| (*number, Vec::new())).collect();
    // Sockets within the machine and those of the device manager; the internet only when asked for.
    let mut families = vec![libc::AF_UNIX, libc::AF_NETLINK];
    if network {
        families.extend([libc::AF_INET, libc::AF_INET6]);
    }
    rules.insert(libc::SYS_socket, vec![other_than(0, &families)?]);
    // Signals to itself only (an abort is one).
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![other_than(0, &[own])?]);
    }
    // Typing into the terminal it was started from.
    let typing = SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, libc::TIOCSTI)?;
    rules.insert(libc::SYS_ioctl, vec![SeccompRule::new(vec![typing])?]);
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let target = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::Allow, refused, target)?.try_into()
}

/// Matches when the argument is none of these.
fn other_than(argument: u8, allowed: &[i32]) -> Result<SeccompRule, seccompiler::BackendError> {
    let conditions = allowed.iter().map(|value| {
        let value = u64::from(value.cast_unsigned());
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value)
    });
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}
