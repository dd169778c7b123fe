//! A page on a desk as a camera sees it: desk, light, shadow, glare, blur, noise, fingers, curled corners. The true
//! corners are known exactly. The same seed gives the same picture.

use image::RgbImage;

/// Size of a frame, as an 8-megapixel document camera takes it.
pub const WIDTH: usize = 3264;
/// See [`WIDTH`].
pub const HEIGHT: usize = 2448;

/// Corner points: top left, top right, bottom right, bottom left of the page, pixels.
pub type Quad = [[f64; 2]; 4];

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Dice(u64);

impl Dice {
    /// A stream of its own for this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in `[from, to)`.
    pub fn range(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * ((self.next() >> 40) as f32 / 16_777_216.0)
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    /// Below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count.max(1) as u64) as usize
    }
}

/// How the picture is taken.
#[derive(Debug, Clone)]
pub struct Take {
    /// Which desk: 0 wood, 1 dark, 2 checker, 3 grey, 4 nearly white, 5 green baize.
    pub desk: usize,
    /// Page height as a share of the frame's.
    pub share: f32,
    /// Turn, degrees.
    pub turn: f32,
    /// How much shorter the far edge is.
    pub tilt: f32,
    /// Light at its brightest, 0–1.
    pub level: f32,
    /// How much of it is lost towards one side.
    pub slope: f32,
    /// A soft shadow over part of the picture: how much it takes.
    pub shadow: f32,
    /// A burnt-out spot: radius in page widths; 0 for none.
    pub glare: f32,
    /// Pixels of blur.
    pub blur: f32,
    /// Noise, of 255.
    pub noise: f32,
    /// A finger reaches in: how far, in page widths; 0 for none.
    pub finger: f32,
    /// A corner is folded over: how much of the width; 0 for none.
    pub curl: f32,
    /// How far the page is pushed out of the frame, in page widths.
    pub push: f32,
}

impl Take {
    /// As it should be: any desk, any light that is enough.
    pub fn good(dice: &mut Dice) -> Self {
        Self {
            desk: dice.below(6),
            share: dice.range(0.90, 0.94),
            turn: dice.range(-3.0, 3.0),
            tilt: dice.range(-0.03, 0.03),
            level: dice.range(0.85, 1.0),
            slope: dice.range(0.0, 0.22),
            shadow: dice.range(0.0, 0.18),
            glare: 0.0,
            blur: dice.range(0.0, 0.7),
            noise: dice.range(1.5, 4.0),
            finger: 0.0,
            curl: 0.0,
            push: 0.0,
        }
    }

    /// As it may come: everything that can be wrong with a picture may be, and the page is still to be found.
    pub fn any(dice: &mut Dice) -> Self {
        Self {
            share: dice.range(0.5, 0.93),
            turn: dice.range(-9.0, 9.0),
            tilt: dice.range(-0.07, 0.07),
            level: dice.range(0.5, 1.0),
            slope: dice.range(0.0, 0.4),
            shadow: dice.range(0.0, 0.4),
            glare: if dice.one_in(4) { dice.range(0.05, 0.15) } else { 0.0 },
            blur: dice.range(0.0, 2.0),
            noise: dice.range(1.5, 7.0),
            finger: if dice.one_in(6) { dice.range(0.05, 0.15) } else { 0.0 },
            curl: if dice.one_in(6) { dice.range(0.03, 0.08) } else { 0.0 },
            ..Self::good(dice)
        }
    }
}

/// Takes the picture.
pub fn photograph(page: &RgbImage, take: &Take, dice: &mut Dice) -> (RgbImage, Quad) {
    let quad = place(page, take, dice);
    let map = inverse(&quad, f64::from(page.width()), f64::from(page.height()));
    let desk = Desk::new(take.desk, dice);
    let angle = dice.range(0.0, std::f32::consts::TAU);
    let light = Light {
        level: take.level,
        slope: (angle.cos() * take.slope, angle.sin() * take.slope),
        shadow: take.shadow,
        band: (dice.range(0.0, 1.0), dice.range(0.05, 0.3), dice.range(-0.6, 0.6)),
        glare: (dice.range(0.25, 0.75), dice.range(0.2, 0.7), take.glare),
    };
    let finger = Finger::new(take, dice);
    let corner = dice.below(4);
    let mut picture = RgbImage::new(WIDTH as u32, HEIGHT as u32);
    for (y, row) in picture.chunks_exact_mut(WIDTH * 3).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (u, v) = project(&map, x as f64, y as f64);
            let (pw, ph) = (u / page.width() as f32, v / page.height() as f32);
            let mut colour = desk.at(x, y);
            let near = (-0.03..=1.03).contains(&pw) && (-0.03..=1.03).contains(&ph);
            if near {
                lay(page, u, v, fold(pw, ph, corner, take.curl), &mut colour);
            } else {
                // The sheet's own shadow on the desk.
                let off = (pw - 0.5).abs().max((ph - 0.5).abs()) - 0.5;
                let dim = 1.0 - 0.3 * (1.0 - off / 0.04).clamp(0.0, 1.0);
                colour.iter_mut().for_each(|c| *c *= dim);
            }
            finger.touch(pw, ph, &mut colour);
            let brightness = light.at(x, y);
            let burnt = light.burnt(pw, ph);
            for (out, value) in pixel.iter_mut().zip(colour) {
                *out = (value * brightness + burnt * 260.0).clamp(0.0, 255.0) as u8;
            }
        }
    }
    let mut picture = if take.blur > 0.3 { image::imageops::fast_blur(&picture, take.blur) } else { picture };
    grain(&mut picture, take.noise, dice);
    (picture, quad)
}

/// Noise comes after the lens.
fn grain(picture: &mut RgbImage, strength: f32, dice: &mut Dice) {
    let table: Vec<i16> =
        (0..65_521).map(|_| ((0..4).map(|_| dice.range(-1.0, 1.0)).sum::<f32>() * strength * 0.87) as i16).collect();
    let mut at = dice.below(table.len());
    for value in picture.iter_mut() {
        at = if at + 1 == table.len() { 0 } else { at + 1 };
        *value = (i16::from(*value) + table[at]).clamp(0, 255) as u8;
    }
}

fn place(page: &RgbImage, take: &Take, dice: &mut Dice) -> Quad {
    let high = HEIGHT as f32 * take.share / (1.0 + take.turn.to_radians().abs().sin() * 0.6);
    let wide = high * page.width() as f32 / page.height() as f32;
    let (spare_x, spare_y) = ((WIDTH as f32 - wide) * 0.5 - 40.0, (HEIGHT as f32 - high) * 0.5 - 40.0);
    let reach = |spare: f32| (spare - wide.max(high) * take.turn.to_radians().abs().sin() * 0.5).max(4.0);
    let mut cx = WIDTH as f32 / 2.0 + dice.range(-1.0, 1.0) * reach(spare_x) * 0.8;
    let cy = HEIGHT as f32 / 2.0 + dice.range(-1.0, 1.0) * reach(spare_y) * 0.8;
    if take.push > 0.0 {
        cx = WIDTH as f32 - wide * (0.5 - take.push);
    }
    let (sin, cos) = take.turn.to_radians().sin_cos();
    [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]].map(|[x, y]: [f32; 2]| {
        let near = 1.0 + take.tilt * y * 2.0;
        let (x, y) = (x * wide * near + dice.range(-6.0, 6.0), y * high + dice.range(-6.0, 6.0));
        [f64::from(cx + x * cos - y * sin), f64::from(cy + x * sin + y * cos)]
    })
}

/// From picture to page (Heckbert 1989, 2.2.2, inverted).
fn inverse(q: &Quad, width: f64, height: f64) -> [f64; 9] {
    let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = *q;
    let (dx1, dx2, sx) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
    let (dy1, dy2, sy) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
    let det = dx1 * dy2 - dx2 * dy1;
    let (g, h) = ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det);
    let m = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1.0];
    let cofactor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[b] - m[c] * m[d];
    let mut inverse = [
        cofactor(4, 8, 5, 7),
        cofactor(2, 7, 1, 8),
        cofactor(1, 5, 2, 4),
        cofactor(5, 6, 3, 8),
        cofactor(0, 8, 2, 6),
        cofactor(2, 3, 0, 5),
        cofactor(3, 7, 4, 6),
        cofactor(1, 6, 0, 7),
        cofactor(0, 4, 1, 3),
    ];
    inverse[..3].iter_mut().for_each(|value| *value *= width);
    inverse[3..6].iter_mut().for_each(|value| *value *= height);
    inverse
}

fn project(m: &[f64; 9], x: f64, y: f64) -> (f32, f32) {
    let w = m[6] * x + m[7] * y + m[8];
    (((m[0] * x + m[1] * y + m[2]) / w) as f32, ((m[3] * x + m[4] * y + m[5]) / w) as f32)
}

/// What a folded corner does at this place: `Some(true)` the desk shows, `Some(false)` the sheet's back.
fn fold(u: f32, v: f32, corner: usize, size: f32) -> Option<bool> {
    if size <= 0.0 {
        return None;
    }
    let (x, y) = (if corner.is_multiple_of(2) { u } else { 1.0 - u }, if corner < 2 { v } else { 1.0 - v });
    let along = (x + y * 0.9) / size;
    if along < 1.0 {
        Some(true)
    } else if along < 2.0 && x < size && y < size {
        Some(false)
    } else {
        None
    }
}

/// Lays the page's colour over the desk's; the edge is half a pixel soft.
fn lay(page: &RgbImage, u: f32, v: f32, fold: Option<bool>, colour: &mut [f32; 3]) {
    let (width, height) = (page.width() as usize, page.height() as usize);
    let edge = |at: f32, size: usize| (at.min(size as f32 - at) + 0.5).clamp(0.0, 1.0);
    let cover = edge(u, width) * edge(v, height);
    if cover <= 0.0 || fold == Some(true) {
        return;
    }
    if fold == Some(false) {
        *colour = [214.0, 213.0, 210.0];
        return;
    }
    let (u, v) = ((u - 0.5).clamp(0.0, width as f32 - 1.001), (v - 0.5).clamp(0.0, height as f32 - 1.001));
    let (x, y) = (u as usize, v as usize);
    let (tx, ty) = (u - x as f32, v - y as f32);
    let data = page.as_raw();
    let at = (y * width + x) * 3;
    let (right, below) = (if x + 1 < width { 3 } else { 0 }, if y + 1 < height { width * 3 } else { 0 });
    for (channel, value) in colour.iter_mut().enumerate() {
        let byte = |offset: usize| f32::from(data[at + offset + channel]);
        let top = byte(0) * (1.0 - tx) + byte(right) * tx;
        let bottom = byte(below) * (1.0 - tx) + byte(below + right) * tx;
        *value += (top * (1.0 - ty) + bottom * ty - *value) * cover;
    }
}

struct Light {
    level: f32,
    slope: (f32, f32),
    shadow: f32,
    /// Middle, half width and lean of a soft shadow.
    band: (f32, f32, f32),
    /// Place on the page and radius.
    glare: (f32, f32, f32),
}

impl Light {
    fn at(&self, x: usize, y: usize) -> f32 {
        let (nx, ny) = (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32);
        let lamp = self.level * (1.0 - (nx - 0.5) * self.slope.0 - (ny - 0.5) * self.slope.1);
        let off = ((nx + (ny - 0.5) * self.band.2) - self.band.0).abs() / self.band.1;
        lamp * (1.0 - self.shadow * (1.0 - off).clamp(0.0, 0.5) * 2.0)
    }

    fn burnt(&self, u: f32, v: f32) -> f32 {
        if self.glare.2 <= 0.0 {
            return 0.0;
        }
        let (dx, dy) = (u - self.glare.0, (v - self.glare.1) * 1.4);
        let reach = (dx * dx + dy * dy).sqrt() / self.glare.2;
        (1.6 - reach).clamp(0.0, 1.0)
    }
}

struct Finger {
    tip: (f32, f32),
    from_right: bool,
    reach: f32,
}

impl Finger {
    fn new(take: &Take, dice: &mut Dice) -> Self {
        Self { tip: (take.finger, dice.range(0.3, 0.8)), from_right: dice.one_in(2), reach: take.finger }
    }

    fn touch(&self, u: f32, v: f32, colour: &mut [f32; 3]) {
        if self.reach <= 0.0 {
            return;
        }
        let x = if self.from_right { 1.0 - u } else { u };
        // A capsule from far outside to its tip; the page is 1.41 as high as wide.
        let along = (x - self.tip.0).max(0.0);
        let across = (v - self.tip.1) * 1.41;
        let off = (along * along + across * across).sqrt() / 0.045;
        if off < 1.0 {
            let round = 1.0 - 0.35 * off * off;
            *colour = [212.0 * round, 164.0 * round, 138.0 * round];
        }
    }
}

struct Desk {
    kind: usize,
    grain: Vec<f32>,
    tile: usize,
}

impl Desk {
    fn new(kind: usize, dice: &mut Dice) -> Self {
        let mut grain: Vec<f32> = (0..8192).map(|_| dice.range(-1.0, 1.0)).collect();
        for _ in 0..2 {
            let before = grain.clone();
            for (at, value) in grain.iter_mut().enumerate() {
                *value = (0..7).map(|d| before[(at + d) % 8192]).sum::<f32>() / 3.2;
            }
        }
        Self { kind, grain, tile: 90 + dice.below(160) }
    }

    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        let speck = self.grain[(y / 2 * 643 + x / 2) & 8191];
        match self.kind {
            0 => {
                let line = self.grain[(y + (x / 90) * 3) & 8191];
                [150.0 + 26.0 * line, 104.0 + 22.0 * line, 66.0 + 16.0 * line]
            }
            1 => [46.0 + 5.0 * speck, 44.0 + 5.0 * speck, 43.0 + 5.0 * speck],
            2 => {
                let dark = (x / self.tile + y / self.tile).is_multiple_of(2);
                let base = if dark { 62.0 } else { 176.0 };
                [base + 4.0 * speck, base * 0.97 + 4.0 * speck, base * 0.92 + 4.0 * speck]
            }
            3 => [122.0 + 6.0 * speck, 126.0 + 6.0 * speck, 130.0 + 6.0 * speck],
            4 => [214.0 + 4.0 * speck, 210.0 + 4.0 * speck, 202.0 + 4.0 * speck],
            _ => [44.0 + 7.0 * speck, 84.0 + 8.0 * speck, 66.0 + 7.0 * speck],
        }
    }
}
