//! Which live pictures do without a search for the page: those that show what was found already.
//!
//! A search costs more than everything else that is done with a picture. A page that moves is searched in every
//! picture; one that lies still only when the picture changes, and three times a second whatever the picture says;
//! a table without a page in every third picture while something moves there, so that a page laid down is seen two
//! pictures later at most: nobody has let go of it by then.

use tongban_device::message::Rgba;
use tongban_device::page::PageSight;

/// Side of a cell of the signature, pixels, and which of its pixels are looked at.
const CELL: usize = 16;
/// See [`CELL`].
const STEP: usize = 4;
/// A cell whose mean differs by more has changed: a sheet's edge that moves by two pixels does that, noise does not.
const CELL_MOVED: u8 = 10;
/// Searches in a row that told the same: the page was looked over and has its number.
const SETTLED: u32 = 10;
/// Pictures in a row without a search: of fifteen a second three are searched.
const SPARED_MAX: u32 = 4;
/// The same where something moves and no page is there: of fifteen a second five are searched.
const MOVING_SPARED_MAX: u32 = 2;

/// What the last search saw.
#[derive(Default)]
pub(crate) struct Steady {
    cells: Vec<u8>,
    now: Vec<u8>,
    /// Searches in a row that told the same.
    same: u32,
    spared: u32,
}

impl Steady {
    /// Nothing is known.
    pub(crate) fn forget(&mut self) {
        (self.same, self.spared) = (0, 0);
        self.cells.clear();
    }

    /// This picture needs no search: `last` is still what it shows.
    pub(crate) fn spares(&mut self, frame: &Rgba, last: Option<&PageSight>) -> bool {
        sign(frame, &mut self.now);
        let Some(last) = last.filter(|_| self.same >= SETTLED) else { return false };
        let unchanged = self.now.len() == self.cells.len()
            && self.now.iter().zip(&self.cells).all(|(now, then)| now.abs_diff(*then) <= CELL_MOVED);
        let most = match (unchanged, last.quad) {
            (true, _) => SPARED_MAX,
            (false, None) => MOVING_SPARED_MAX,
            (false, Some(_)) => 0,
        };
        let spared = self.spared < most;
        self.spared = if spared { self.spared + 1 } else { 0 };
        spared
    }

    /// The picture last given to [`Steady::spares`] was searched; it told the same as the search before, or not.
    pub(crate) fn searched(&mut self, same: bool) {
        self.same = if same { self.same.saturating_add(1) } else { 0 };
        self.spared = 0;
        std::mem::swap(&mut self.cells, &mut self.now);
    }
}

/// Mean brightness of each cell, from one pixel in sixteen.
fn sign(frame: &Rgba, cells: &mut Vec<u8>) {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let (across, down) = (width / CELL, height / CELL);
    cells.clear();
    cells.resize(across * down, 0);
    let mut sums = vec![0_u32; across];
    for (row, line) in cells.chunks_exact_mut(across.max(1)).enumerate() {
        sums.fill(0);
        for y in (row * CELL..(row + 1) * CELL).step_by(STEP) {
            let Some(pixels) = frame.pixels.get(y * width * 4..(y + 1) * width * 4) else { return };
            for (sum, cell) in sums.iter_mut().zip(pixels.chunks_exact(CELL * 4)) {
                for pixel in cell.chunks_exact(4).step_by(STEP) {
                    *sum += u32::from(pixel[0]) + 2 * u32::from(pixel[1]) + u32::from(pixel[2]);
                }
            }
        }
        let count = u32::try_from((CELL / STEP) * (CELL / STEP) * 4).unwrap_or(1);
        for (cell, sum) in line.iter_mut().zip(&sums) {
            *cell = u8::try_from(sum / count).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tongban_device::page::PageHint;

    fn frame(seed: u32, sheet: Option<u32>) -> Rgba {
        let (width, height) = (960, 540);
        let mut noise = seed.wrapping_mul(2_654_435_761) | 1;
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
        for y in 0..height {
            for x in 0..width {
                noise ^= noise << 13;
                noise ^= noise >> 17;
                noise ^= noise << 5;
                let paper = sheet.is_some_and(|left| (left..left + 300).contains(&x) && (60..480).contains(&y));
                let level = if paper { 225 } else { 60 } + u8::try_from(noise % 9).unwrap();
                pixels.extend([level, level, level, 255]);
            }
        }
        Rgba { width, height, pixels }
    }

    fn sight(quad: bool) -> PageSight {
        let quad = quad.then_some([[1, 1], [9, 1], [9, 9], [1, 9]]);
        PageSight { quad, hint: PageHint::Good, page: 1, ready: true }
    }

    /// Searches of `frames`, told the same from the second on.
    fn searches(steady: &mut Steady, frames: impl Iterator<Item = Rgba>, last: PageSight) -> u32 {
        let mut searched = 0;
        for frame in frames {
            if !steady.spares(&frame, Some(&last)) {
                searched += 1;
                steady.searched(true);
            }
        }
        searched
    }

    #[test]
    fn a_page_that_lies_still_is_searched_three_times_a_second_and_at_once_when_it_moves() {
        let mut steady = Steady::default();
        let still = |from: u32| (from..from + 90).map(|seed| frame(seed, Some(200)));
        assert_eq!(searches(&mut steady, still(1), sight(true)), 10 + 80 / 5, "settled, then one in five");
        for moved in [203, 206, 209] {
            assert!(!steady.spares(&frame(moved, Some(moved)), Some(&sight(true))), "moved to {moved}");
            steady.searched(false);
        }
        assert!(!steady.spares(&frame(7, Some(209)), Some(&sight(true))), "not settled yet");
    }

    #[test]
    fn a_page_laid_on_an_empty_table_waits_for_two_pictures_at_most() {
        let mut steady = Steady::default();
        let empty = searches(&mut steady, (1..=60).map(|seed| frame(seed, None)), sight(false));
        assert_eq!(empty, 10 + 50 / 5);
        let restless = (0..40_u32).map(|at| frame(at, Some(at * 12)));
        assert_eq!(searches(&mut steady, restless, sight(false)), 13, "every third one while all is in motion");
        let waited = (0..9).position(|at| !steady.spares(&frame(at, Some(300)), Some(&sight(false))));
        assert!(waited.is_some_and(|pictures| pictures <= 2), "{waited:?}");
    }

    #[test]
    fn nothing_is_spared_before_anything_is_known_and_a_short_picture_is_no_matter() {
        let mut steady = Steady::default();
        assert!(!steady.spares(&frame(1, None), None));
        for _ in 0..20 {
            steady.searched(true);
        }
        let short = Rgba { width: 960, height: 540, pixels: vec![0; 100] };
        let _ = steady.spares(&short, Some(&sight(true)));
        steady.searched(true);
        assert!(!steady.spares(&frame(1, None), Some(&sight(true))), "another picture than the short one");
        steady.forget();
        assert!(!steady.spares(&frame(1, None), Some(&sight(false))));
    }
}
