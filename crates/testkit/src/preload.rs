//! System calls that lie or fail, put under a child process by `LD_PRELOAD`.
//!
//! The shim is C compiled by the test. It knows two plans, set in the child's environment:
//! `TONGBAN_FSYNC=lie` answers success and does nothing (a disk that ignores the request);
//! `TONGBAN_FSYNC=fail:N` fails the N-th call and every later one with EIO;
//! `TONGBAN_FSYNC=count:FILE` counts calls by kind into FILE.

use std::io;
use std::path::{Path, PathBuf};

const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
static int calls;
static int plan(const char *name, int fd) {
    const char *text = getenv("TONGBAN_FSYNC");
    if (!text) return 0;
    if (!strcmp(text, "lie")) return 1;
    int n = __sync_add_and_fetch(&calls, 1);
    if (!strncmp(text, "fail:", 5) && n >= atoi(text + 5)) { errno = EIO; return -1; }
    if (!strncmp(text, "count:", 6)) {
        struct stat st; char kind = 'f';
        if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) kind = 'd';
        char from[64], path[512]; snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
        extern long readlink(const char *, char *, unsigned long);
        long len = readlink(from, path, sizeof path - 1); path[len < 0 ? 0 : len] = 0;
        FILE *out = fopen(text + 6, "a");
        if (out) { fprintf(out, "%s %c %s\n", name, kind, path); fclose(out); }
    }
    return 0;
}
#define WRAP(name) int name(int fd) { \
    static int (*real)(int); if (!real) real = dlsym(RTLD_NEXT, #name); \
    int p = plan(#name, fd); if (p == 1) return 0; if (p < 0) return -1; return real(fd); }
WRAP(fsync)
WRAP(fdatasync)
"#;

/// Compiles the shim into `dir`; the library to name in `LD_PRELOAD`.
///
/// # Errors
/// When there is no C compiler or it refuses.
pub fn fsync_shim(dir: &Path) -> io::Result<PathBuf> {
    let (source, library) = (dir.join("fsync_shim.c"), dir.join("fsync_shim.so"));
    std::fs::write(&source, SOURCE)?;
    let (from, to) = (source.to_string_lossy(), library.to_string_lossy());
    crate::disk::command("cc", &["-shared", "-fPIC", "-O1", "-w", "-o", &to, &from, "-ldl"])?;
    Ok(library)
}
