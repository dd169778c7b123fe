//! 打印机故障词汇: one vocabulary for what IPP keywords, USB port bits and ESC/POS status bytes say.

use tongban_domain::code::ErrorCode;

/// What stands in the way of printing, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// 卡纸.
    Jam,
    /// 盖板打开.
    CoverOpen,
    /// 缺纸.
    PaperOut,
    /// 墨粉用尽.
    TonerEmpty,
    /// 已停止.
    Stopped,
}

impl Trouble {
    /// The code a person sees.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Jam => ErrorCode::PrinterJam,
            Self::CoverOpen => ErrorCode::PrinterCover,
            Self::PaperOut => ErrorCode::PrinterPaperOut,
            Self::TonerEmpty => ErrorCode::PrinterToner,
            Self::Stopped => ErrorCode::PrinterStopped,
        }
    }

    /// The IPP keyword (RFC 8011 5.4.12) under which progress events name it, whatever the port.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Jam => "media-jam",
            Self::CoverOpen => "cover-open",
            Self::PaperOut => "media-empty",
            Self::TonerEmpty => "toner-empty",
            Self::Stopped => "paused",
        }
    }

    /// Reads one `printer-state-reasons` keyword. A `-report` is a note (another tray is empty, say);
    /// between `-warning` and `-error` printers do not tell apart reliably (an empty printer may
    /// warn only), so there the keyword decides. `-low` and `-almost-` conditions are no trouble.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        let bare = ["-error", "-warning"].iter().find_map(|suffix| keyword.strip_suffix(suffix)).unwrap_or(keyword);
        Some(match bare {
            "media-jam" => Self::Jam,
            "cover-open" | "door-open" | "interlock-open" => Self::CoverOpen,
            "media-empty" | "media-needed" | "input-tray-missing" => Self::PaperOut,
            "toner-empty" | "marker-supply-empty" | "marker-waste-full" | "developer-empty" => Self::TonerEmpty,
            "paused" | "stopped" | "stopped-partly" | "shutdown" | "spool-area-full" | "output-area-full" => {
                Self::Stopped
            }
            _ => return None,
        })
    }

    /// The most urgent trouble among the keywords.
    #[must_use]
    pub fn worst<'a>(keywords: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        keywords.into_iter().filter_map(Self::from_keyword).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_and_errors_name_the_same_trouble_and_notes_and_low_supplies_are_none() {
        for suffix in ["", "-error", "-warning"] {
            assert_eq!(Trouble::from_keyword(&format!("media-empty{suffix}")), Some(Trouble::PaperOut));
            assert_eq!(Trouble::from_keyword(&format!("toner-low{suffix}")), None);
        }
        assert_eq!(Trouble::from_keyword("media-empty-report"), None);
        assert_eq!(Trouble::from_keyword("none"), None);
    }

    #[test]
    fn a_jam_is_named_before_the_cover_that_was_opened_for_it() {
        let worst = Trouble::worst(["media-needed", "cover-open-error", "media-jam-warning"]);
        assert_eq!(worst.map(|t| t.code().as_str()), Some("P102"));
    }

    #[test]
    fn the_keyword_of_every_trouble_reads_back_as_itself() {
        for trouble in [Trouble::Jam, Trouble::CoverOpen, Trouble::PaperOut, Trouble::TonerEmpty, Trouble::Stopped] {
            assert_eq!(Trouble::from_keyword(trouble.keyword()), Some(trouble));
        }
    }
}
