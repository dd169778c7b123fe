//! 幅面: which paper it is, from its shape and, where the station is calibrated, from its size.

/// Paper sizes that materials come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    /// ISO 216 A4, 210 × 297 mm.
    A4,
    /// ISO 216 A3, 297 × 420 mm.
    A3,
    /// ISO/IEC 7810 ID-1, 85.6 × 53.98 mm (居民身份证).
    Card,
    /// ISO/IEC 7810 ID-3, 125 × 88 mm (护照): one page.
    Passport,
    /// Something else.
    Other,
}

impl Paper {
    /// Short and long side, millimetres; `None` for [`Paper::Other`].
    #[must_use]
    pub fn millimetres(self) -> Option<(f64, f64)> {
        match self {
            Self::A4 => Some((210.0, 297.0)),
            Self::A3 => Some((297.0, 420.0)),
            Self::Card => Some((53.98, 85.6)),
            Self::Passport => Some((88.0, 125.0)),
            Self::Other => None,
        }
    }
}

/// What paper it seems to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaperGuess {
    /// Which.
    pub paper: Paper,
    /// Pixels per inch of the picture on the paper.
    pub dpi: f64,
    /// The size was measured (calibrated station), not only the shape.
    pub measured: bool,
}

/// Guesses from the sides in pixels. With `pixels_per_mm` (the station's calibration) the size itself is known;
/// without, the shape decides and the share of the frame tells a card from a sheet.
#[must_use]
pub fn guess_paper(width: f64, height: f64, frame: (f64, f64), pixels_per_mm: Option<f64>) -> PaperGuess {
    let (short, long) = (width.min(height).max(1.0), width.max(height).max(1.0));
    if let Some(scale) = pixels_per_mm.filter(|scale| *scale > 0.1) {
        let (short_mm, long_mm) = (short / scale, long / scale);
        let fits = |paper: &Paper| {
            paper
                .millimetres()
                .is_some_and(|(s, l)| (short_mm / s - 1.0).abs() < 0.06 && (long_mm / l - 1.0).abs() < 0.06)
        };
        let paper = [Paper::A4, Paper::A3, Paper::Card, Paper::Passport].into_iter().find(fits).unwrap_or(Paper::Other);
        return PaperGuess { paper, dpi: scale * 25.4, measured: true };
    }
    let ratio = long / short;
    let share = (width * height) / (frame.0 * frame.1).max(1.0);
    let paper = if (ratio - 1.586).abs() < 0.07 && share < 0.30 {
        Paper::Card
    } else if (ratio - 1.414).abs() < 0.09 {
        if share < 0.22 { Paper::Passport } else { Paper::A4 }
    } else {
        Paper::Other
    };
    // A sheet of unknown shape is taken to be as wide as A4: never a better resolution than there may be.
    let dpi = match paper.millimetres() {
        Some((s, l)) => ((short / s) * (long / l)).sqrt() * 25.4,
        None => (short / 210.0).min(long / 297.0) * 25.4,
    };
    PaperGuess { paper, dpi, measured: false }
}
