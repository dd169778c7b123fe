//! Write points: every place where something becomes durable, by name.
//!
//! Durable work goes through [`crate::durable`], which takes one of these labels; there is
//! no other way to commit, rename, sync or delete. The kill test walks [`WritePoint::ALL`]
//! and ends the process at each.

/// Defines the labels and the list of all names from one table.
macro_rules! write_points {
    (
        transaction { $($(#[$tx_doc:meta])* $tx:ident = $tx_name:literal),+ $(,)? }
        file { $($(#[$file_doc:meta])* $file:ident = $file_name:literal),+ $(,)? }
        removal { $($(#[$gone_doc:meta])* $gone:ident = $gone_name:literal),+ $(,)? }
    ) => {
        /// A transaction, by what it makes durable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Commit { $($(#[$tx_doc])* $tx),+ }

        impl Commit {
            pub(crate) const fn before(self) -> WritePoint {
                match self { $(Self::$tx => WritePoint(concat!($tx_name, ".before"))),+ }
            }

            pub(crate) const fn after(self) -> WritePoint {
                match self { $(Self::$tx => WritePoint(concat!($tx_name, ".after"))),+ }
            }
        }

        /// A file written and kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Keep { $($(#[$file_doc])* $file),+ }

        impl Keep {
            pub(crate) const fn written(self) -> WritePoint {
                match self { $(Self::$file => WritePoint(concat!($file_name, ".written"))),+ }
            }

            pub(crate) const fn synced(self) -> WritePoint {
                match self { $(Self::$file => WritePoint(concat!($file_name, ".synced"))),+ }
            }

            pub(crate) const fn renamed(self) -> WritePoint {
                match self { $(Self::$file => WritePoint(concat!($file_name, ".renamed"))),+ }
            }

            pub(crate) const fn kept(self) -> WritePoint {
                match self { $(Self::$file => WritePoint(concat!($file_name, ".kept"))),+ }
            }
        }

        /// Files removed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Remove { $($(#[$gone_doc])* $gone),+ }

        impl Remove {
            pub(crate) const fn before(self) -> WritePoint {
                match self { $(Self::$gone => WritePoint(concat!($gone_name, ".before"))),+ }
            }

            pub(crate) const fn after(self) -> WritePoint {
                match self { $(Self::$gone => WritePoint(concat!($gone_name, ".after"))),+ }
            }
        }

        impl WritePoint {
            /// Every point, in the order of the table.
            pub const ALL: &'static [WritePoint] = &[
                $(Commit::$tx.before(), Commit::$tx.after(),)+
                $(Keep::$file.written(), Keep::$file.synced(), Keep::$file.renamed(), Keep::$file.kept(),)+
                $(Remove::$gone.before(), Remove::$gone.after(),)+
            ];
        }
    };
}

/// One place where the process may die between two durable states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WritePoint(&'static str);

write_points! {
    transaction {
        /// The row that says whose database this is.
        Founding = "founding",
        /// First action of a case.
        OpenCase = "open-case",
        /// A further action.
        Append = "append",
        /// 提交 with its receipt number.
        Submit = "submit",
        /// A bundle's row after its file.
        BundleRow = "bundle-row",
        /// A failed attempt to send.
        Attempt = "attempt",
        /// A bundle set aside, or taken up again.
        Quarantine = "quarantine",
        /// The centre's signed receipt.
        Acknowledge = "acknowledge",
        /// A case's key dropped.
        Erase = "erase",
        /// A case key wrapped for the centre after enrolment.
        CentreKey = "centre-key",
        /// A new epoch of the station chain.
        Epoch = "epoch",
        /// Receipt numbers leased.
        Lease = "lease",
        /// Where the visit stands.
        Visit = "visit",
        /// End of the visit.
        VisitEnd = "visit-end",
        /// A catalogue item or notice, with its cursor.
        Feed = "feed",
        /// 制证 ledger.
        Print = "print",
        /// Ledger of receipts and proofs printed.
        DocumentPrint = "document-print",
        /// A device bound to a role.
        Binding = "binding",
        /// An entry of the audit that stands alone.
        Audit = "audit",
        /// Projections rebuilt.
        Rebuild = "rebuild",
    }
    file {
        /// A sealed page, clip or print.
        Blob = "blob",
        /// A bundle ready to travel.
        Bundle = "bundle",
        /// A key of the station.
        Key = "key",
        /// The space kept for finishing the open case.
        Reserve = "reserve",
    }
    removal {
        /// Files nobody names.
        Orphan = "orphan",
        /// The bundle file once the centre signed for it.
        SentBundle = "sent-bundle",
        /// Blobs of an erased case.
        ErasedBlob = "erased-blob",
        /// The reserve given up.
        ReserveGone = "reserve-gone",
    }
}

impl WritePoint {
    /// The name, for example `append.before`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Marks that the process is at this point. Without the feature `fault-points` this is nothing.
    #[cfg(not(feature = "fault-points"))]
    #[inline]
    pub(crate) const fn reached(self) {}

    /// Marks that the process is at this point, and ends it there when it was asked to.
    #[cfg(feature = "fault-points")]
    pub(crate) fn reached(self) {
        faults::reached(self.0);
    }
}

#[cfg(feature = "fault-points")]
mod faults {
    //! `TONGBAN_KILL_AT=name[:n]` aborts at the n-th passage (1 by default);
    //! `TONGBAN_TRACE_POINTS=file` writes one name a line.

    use std::collections::HashMap;
    use std::io::Write as _;
    use std::sync::{Mutex, OnceLock, PoisonError};

    struct Plan {
        kill: Option<(String, u32)>,
        trace: Option<Mutex<std::fs::File>>,
        passages: Mutex<HashMap<&'static str, u32>>,
    }

    fn plan() -> &'static Plan {
        static PLAN: OnceLock<Plan> = OnceLock::new();
        PLAN.get_or_init(|| {
            let kill = std::env::var("TONGBAN_KILL_AT").ok().map(|text| match text.rsplit_once(':') {
                Some((name, count)) => (name.to_owned(), count.parse().unwrap_or(1)),
                None => (text, 1),
            });
            let open = |path| std::fs::OpenOptions::new().create(true).append(true).open(path).ok();
            let trace = std::env::var_os("TONGBAN_TRACE_POINTS").and_then(open).map(Mutex::new);
            Plan { kill, trace, passages: Mutex::default() }
        })
    }

    pub(super) fn reached(name: &'static str) {
        let plan = plan();
        if let Some(file) = &plan.trace {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            // A trace that cannot be written shows as a point that was not reached.
            let _ = writeln!(file, "{name}");
        }
        let mut passages = plan.passages.lock().unwrap_or_else(PoisonError::into_inner);
        let passage = passages.entry(name).or_insert(0);
        *passage += 1;
        if plan.kill.as_ref().is_some_and(|(target, count)| target == name && count == passage) {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_points_share_a_name() {
        let names: BTreeSet<_> = WritePoint::ALL.iter().map(|point| point.name()).collect();
        assert_eq!(names.len(), WritePoint::ALL.len());
    }
}
