//! What the C library's allocator keeps for itself.
#![allow(unsafe_code, reason = "a setting of the allocator that no crate wraps")]

/// Two arenas instead of eight a core, and large pieces straight from the system and back to it:
/// bundles come and go in pieces of a megabyte on dozens of threads, and each arena would keep its share.
/// Call it before there are threads.
pub fn keep_small() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for (what, value) in
        [(libc::M_ARENA_MAX, 2), (libc::M_MMAP_THRESHOLD, 256 * 1024), (libc::M_TRIM_THRESHOLD, 512 * 1024)]
    {
        // SAFETY: it stores a number; no other thread runs yet.
        unsafe { libc::mallopt(what, value) };
    }
}
