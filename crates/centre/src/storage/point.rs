//! Write points: every place where the centre makes something durable, by name.
//!
//! A transaction is named by the operation it was asked for, a file by what it keeps. The kill
//! test walks [`all`] and ends the process at each; a test reads the sources and fails when a
//! transaction is not in the table.

/// Defines the operations, the files and the list of all points from one table.
macro_rules! write_points {
    (operations { $($operation:literal),+ $(,)? } files { $($(#[$doc:meta])* $file:ident = $name:literal),+ $(,)? }) => {
        /// Every operation a transaction is asked for by.
        pub const OPERATIONS: &[&str] = &[$($operation),+];

        /// A file or object kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Keep { $($(#[$doc])* $file),+ }

        impl Keep {
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$file => $name),+ }
            }

            const ALL: &'static [Keep] = &[$(Self::$file),+];
        }
    };
}

write_points! {
    operations {
        "activate staff", "add staff", "add station", "add stock", "compact feed", "enrol", "exchange", "export", "heartbeat", "lease", "renew",
        "licence step", "log share", "make code", "note", "office", "proof number", "publish", "quarantine", "rebuild cases",
        "receive", "reveal", "revoke", "sign in", "store bundle", "store proof", "try code",
        "upload", "view evidence", "workflow step",
    }
    files {
        /// A chunk of an upload.
        Chunk = "chunk",
        /// A bundle, stored or set aside.
        Bundle = "bundle",
    }
}

/// Before or after the thing is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Done, not durable.
    Before,
    /// Durable, nobody told.
    After,
}

impl Side {
    const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// Every point, for example `store bundle.before`.
///
/// Steps of a case by a person (`case.accept`, `case.review` …) share `workflow step`.
#[must_use]
pub fn all() -> Vec<String> {
    let names = OPERATIONS.iter().copied().chain(Keep::ALL.iter().map(|keep| keep.name()));
    names.flat_map(|name| [Side::Before, Side::After].map(|side| format!("{name}.{}", side.word()))).collect()
}

/// Marks that the process is at this point. Without the feature `fault-points` this is nothing.
#[cfg(not(feature = "fault-points"))]
#[inline]
pub(crate) const fn reached(_name: &str, _side: Side) {}

/// Marks that the process is at this point, and ends it there when it was asked to.
#[cfg(feature = "fault-points")]
pub(crate) fn reached(name: &str, side: Side) {
    let name = if name.starts_with("case.") { "workflow step" } else { name };
    faults::reached(&format!("{name}.{}", side.word()));
}

#[cfg(feature = "fault-points")]
mod faults {
    //! `TONGBAN_SERVER_KILL_AT=name[:n]` ends the process by SIGKILL at the n-th passage (1 by
    //! default); `TONGBAN_SERVER_TRACE_POINTS=file` writes one name a line.

    use std::collections::HashMap;
    use std::io::Write as _;
    use std::sync::{Mutex, OnceLock, PoisonError};

    struct Plan {
        kill: Option<(String, u32)>,
        trace: Option<Mutex<std::fs::File>>,
        passages: Mutex<HashMap<String, u32>>,
    }

    fn plan() -> &'static Plan {
        static PLAN: OnceLock<Plan> = OnceLock::new();
        PLAN.get_or_init(|| {
            let kill = std::env::var("TONGBAN_SERVER_KILL_AT").ok().map(|text| match text.rsplit_once(':') {
                Some((name, count)) => (name.to_owned(), count.parse().unwrap_or(1)),
                None => (text, 1),
            });
            let open = |path| std::fs::OpenOptions::new().create(true).append(true).open(path).ok();
            let trace = std::env::var_os("TONGBAN_SERVER_TRACE_POINTS").and_then(open).map(Mutex::new);
            Plan { kill, trace, passages: Mutex::default() }
        })
    }

    pub(super) fn reached(name: &str) {
        let plan = plan();
        if let Some(file) = &plan.trace {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // A trace that cannot be written shows as a point that was not reached.
            let _ = writeln!(file, "{name}");
        }
        let Some((target, count)) = &plan.kill else { return };
        if target != name {
            return;
        }
        let mut passages = plan.passages.lock().unwrap_or_else(PoisonError::into_inner);
        let passage = passages.entry(name.to_owned()).or_insert(0);
        *passage += 1;
        if count == passage {
            // No destructor, no flush: what a power button does to a process.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(dir: &Path, out: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("point.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                out.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }

    /// Names in `.write("…"`, whatever stands between.
    fn operations(text: &str) -> BTreeSet<String> {
        text.split(".write(")
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned))
            .collect()
    }

    #[test]
    fn every_transaction_of_the_sources_is_in_the_table_and_the_other_way_round() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let mut used = operations(&text);
        assert!(text.contains(".write(step.name()"), "steps by people share one label");
        used.insert("workflow step".to_owned());
        assert!(used.len() > 20, "the sources were read");
        let listed: BTreeSet<String> = OPERATIONS.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(used, listed, "a durable transaction without a label, or a label nothing uses");
        assert!(operations("db.write(\n  \"planted\", |tx| …").contains("planted"));
    }

    #[test]
    fn no_two_points_share_a_name() {
        let points = all();
        assert_eq!(points.iter().collect::<BTreeSet<_>>().len(), points.len());
    }
}
