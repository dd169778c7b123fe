//! A sheet on a desk, seen from straight above. The same desk gives the same picture.

use image::RgbImage;

/// What lies there.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// Across and down, millimetres; nothing lies there when it has no size.
    pub size: (f32, f32),
    /// Something is written on it.
    pub ink: bool,
    /// A red stamp near the corner below at the right.
    pub stamp: bool,
    /// The shade of an open book's gutter.
    pub gutter: bool,
    /// A ruled line down the middle.
    pub line: bool,
}

/// 210 by 297 mm, written on.
pub const A4: Sheet = Sheet { size: (210.0, 297.0), ink: true, stamp: false, gutter: false, line: false };

/// How it is photographed.
#[derive(Debug, Clone)]
pub struct Desk {
    pub sheet: Sheet,
    /// Width and height of the picture, pixels.
    pub frame: (u32, u32),
    /// Pixels for a millimetre.
    pub scale: f32,
    /// Turn, degrees.
    pub turn: f32,
    /// Off the middle, pixels of a frame 2448 high.
    pub shift: (f32, f32),
    /// Light, 0–1.
    pub light: f32,
    /// How much of it is missing at the right, less and less towards the left.
    pub shade: f32,
    /// Radius of a burnt-out spot in page widths; 0 for none.
    pub glare: f32,
    /// How far a finger reaches in from the left, in page widths; 0 for none.
    pub finger: f32,
    /// How much of the width the corner above at the right is folded over.
    pub corner: f32,
    /// Sigma of the blur, pixels.
    pub blur: f32,
    /// Strength of the noise, of 255.
    pub noise: f32,
}

impl Desk {
    /// A good picture of this sheet.
    pub fn with(sheet: Sheet) -> Self {
        Self {
            sheet,
            frame: (2448, 1836),
            scale: 6.0,
            turn: 0.7,
            shift: (0.0, 0.0),
            light: 0.92,
            shade: 0.0,
            glare: 0.0,
            finger: 0.0,
            corner: 0.0,
            blur: 0.0,
            noise: 2.0,
        }
    }

    pub fn photograph(&self) -> RgbImage {
        let (width, height) = self.frame;
        let (sin, cos) = self.turn.to_radians().sin_cos();
        let shift = height as f32 / 2448.0;
        let middle = (width as f32 / 2.0 + self.shift.0 * shift, height as f32 / 2.0 + self.shift.1 * shift);
        let wide = (self.sheet.size.0 * self.scale, self.sheet.size.1 * self.scale);
        let sharp = RgbImage::from_fn(width, height, |x, y| {
            let mut sum = [0.0_f32; 3];
            for (dx, dy) in [(0.25, 0.25), (0.75, 0.75)] {
                let (px, py) = (x as f32 + dx - middle.0, y as f32 + dy - middle.1);
                // Millimetres on the sheet from its top left.
                let u = (px * cos + py * sin + wide.0 / 2.0) / self.scale;
                let v = (py * cos - px * sin + wide.1 / 2.0) / self.scale;
                let colour = self.lit(u, v);
                sum.iter_mut().zip(colour).for_each(|(sum, part)| *sum += part / 2.0);
            }
            let grain = (hash(x, y) % 1000) as f32 / 500.0 - 1.0;
            image::Rgb(sum.map(|part| (part + grain * self.noise).clamp(0.0, 255.0) as u8))
        });
        if self.blur > 0.0 { image::imageops::fast_blur(&sharp, self.blur) } else { sharp }
    }

    /// Colour with everything that lies over it.
    fn lit(&self, u: f32, v: f32) -> [f32; 3] {
        let (wide, high) = self.sheet.size;
        let inside = u >= 0.0 && v >= 0.0 && u < wide && v < high;
        let folded = (wide - u) + v < self.corner * wide;
        let mut colour = if inside && !folded { self.sheet.at(u, v) } else { [84.0, 90.0, 96.0] };
        if self.finger > 0.0 && wide > 0.0 {
            // A capsule: (u − tip) beyond the tip counts, before it only the distance from its line.
            let (along, across) = ((u - self.finger * wide).max(0.0), v - high * 0.55);
            if along.hypot(across) < wide * 0.045 {
                colour = [212.0, 164.0, 138.0];
            }
        }
        let shaded = 1.0 - self.shade * ((u / wide.max(1.0) - 0.1) / 0.8).clamp(0.0, 1.0);
        let mut burnt = 0.0;
        if self.glare > 0.0 && inside {
            let reach = (u / wide - 0.4).hypot((v / high - 0.45) * high / wide) / self.glare;
            burnt = (1.6 - reach).clamp(0.0, 1.0) * 260.0;
        }
        colour.map(|part| (part * self.light * shaded + burnt).min(255.0))
    }
}

impl Sheet {
    /// Paper and what is written on it, millimetres from the top left.
    fn at(&self, u: f32, v: f32) -> [f32; 3] {
        const PAPER: [f32; 3] = [246.0, 245.0, 242.0];
        let (wide, high) = self.size;
        let mut colour = PAPER;
        let margin = wide.min(high) * 0.1;
        let within = u > margin && v > margin && u < wide - margin && v < high - margin;
        if self.ink && within {
            // Lines of 5 mm, strokes half a millimetre wide, words and gaps.
            let (row, stroke) = ((v / 5.0) as u32, (u / 0.5) as u32);
            let word = !hash((u / 9.0) as u32, row).is_multiple_of(4);
            let (inked, gap) = (hash(stroke, row).is_multiple_of(3), hash(stroke, 7) % 5);
            if v % 5.0 < 2.6 && word && inked && ((v % 5.0) * 2.0) as u32 != gap {
                colour = [38.0, 38.0, 42.0];
            }
        }
        if self.line && (u - wide / 2.0).abs() < 0.5 && v > high * 0.03 && v < high * 0.97 {
            colour = [40.0, 40.0, 40.0];
        }
        if self.stamp {
            let off = (u - wide * 0.86).hypot(v - high * 0.93);
            if (8.0..11.0).contains(&off) {
                colour = [206.0, 40.0, 44.0];
            }
        }
        if self.gutter {
            let off = (u - wide / 2.0) / (wide * 0.022);
            let shade = 1.0 - 0.45 * (-off * off).exp();
            colour = colour.map(|part| part * shade);
        }
        colour
    }
}

/// Mixes two numbers (the finaliser of MurmurHash3).
fn hash(a: u32, b: u32) -> u32 {
    let mut h = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_mul(0x85eb_ca77);
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}
