//! Points, lines and quads.

/// A point, pixels.
pub type Point = [f64; 2];

/// A page's corners, clockwise from the top left as it lies in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quad(pub [Point; 4]);

impl Quad {
    /// Corners in any order, put clockwise, starting with the one nearest the top left of the picture.
    #[must_use]
    pub fn sorted(points: [Point; 4]) -> Self {
        let centre = mean(&points);
        let mut around = points;
        around.sort_by(|a, b| angle(*a, centre).total_cmp(&angle(*b, centre)));
        // Angles grow clockwise in picture coordinates, from the left; the corner with the least x + y is first.
        let first = (0..4)
            .min_by(|&i, &j| (around[i][0] + around[i][1]).total_cmp(&(around[j][0] + around[j][1])))
            .unwrap_or(0);
        around.rotate_left(first);
        Self(around)
    }

    /// Every coordinate times `factor`, for another scale of the same picture.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        // Pixel middles stay middles: (x + ½) scales, not x.
        Self(self.0.map(|p| [(p[0] + 0.5) * factor - 0.5, (p[1] + 0.5) * factor - 0.5]))
    }

    /// Area, square pixels.
    #[must_use]
    pub fn area(&self) -> f64 {
        shoelace(&self.0).abs()
    }

    /// Side `index` from corner `index` to the next.
    #[must_use]
    pub fn side(&self, index: usize) -> (Point, Point) {
        (self.0[index % 4], self.0[(index + 1) % 4])
    }

    /// Mean length of the two sides across (`width`) and the two down (`height`).
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        let length = |i: usize| {
            let (a, b) = self.side(i);
            distance(a, b)
        };
        ((length(0) + length(2)) / 2.0, (length(1) + length(3)) / 2.0)
    }

    /// Convex, and no corner sharper than 50° or flatter than 130°: what a sheet under a camera can be.
    #[must_use]
    pub fn is_sheet(&self) -> bool {
        (0..4).all(|i| {
            let (at, before, after) = (self.0[i], self.0[(i + 3) % 4], self.0[(i + 1) % 4]);
            let (u, v) = (sub(before, at), sub(after, at));
            let (lu, lv) = (u[0].hypot(u[1]), v[0].hypot(v[1]));
            if lu < 4.0 || lv < 4.0 {
                return false;
            }
            let cross = v[0] * u[1] - v[1] * u[0];
            let cosine = (u[0] * v[0] + u[1] * v[1]) / (lu * lv);
            cross > 0.0 && cosine.abs() < 0.64
        })
    }

    /// The largest distance of a corner from its counterpart.
    #[must_use]
    pub fn farthest(&self, other: &Self) -> f64 {
        self.0.iter().zip(other.0).map(|(a, b)| distance(*a, b)).fold(0.0, f64::max)
    }

    /// The middle.
    #[must_use]
    pub fn centre(&self) -> Point {
        mean(&self.0)
    }
}

fn mean(points: &[Point; 4]) -> Point {
    let sum = points.iter().fold([0.0, 0.0], |s, p| [s[0] + p[0], s[1] + p[1]]);
    [sum[0] / 4.0, sum[1] / 4.0]
}

fn angle(p: Point, centre: Point) -> f64 {
    (p[1] - centre[1]).atan2(p[0] - centre[0])
}

pub(crate) fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(crate) fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

pub(crate) fn lerp(a: Point, b: Point, t: f64) -> Point {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

fn shoelace(points: &[Point]) -> f64 {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

/// A line `a·x + b·y = c` with `a² + b² = 1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) c: f64,
}

impl Line {
    pub(crate) fn through(p: Point, q: Point) -> Option<Self> {
        let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
        let length = dx.hypot(dy);
        (length > 1e-9).then(|| {
            let (a, b) = (-dy / length, dx / length);
            Self { a, b, c: a * p[0] + b * p[1] }
        })
    }

    pub(crate) fn meet(&self, other: &Self) -> Option<Point> {
        let det = self.a * other.b - other.a * self.b;
        (det.abs() > 1e-6)
            .then(|| [(self.c * other.b - other.c * self.b) / det, (self.a * other.c - other.a * self.c) / det])
    }

    pub(crate) fn off(&self, p: Point) -> f64 {
        self.a * p[0] + self.b * p[1] - self.c
    }
}

/// Share of two quads' union that they have in common (both convex).
#[must_use]
pub fn iou(a: &Quad, b: &Quad) -> f64 {
    // Sutherland and Hodgman: a is cut by every side of b.
    let mut shape = a.0.to_vec();
    for i in 0..4 {
        let (from, to) = b.side(i);
        let inside = |p: Point| (to[0] - from[0]) * (p[1] - from[1]) - (to[1] - from[1]) * (p[0] - from[0]);
        let mut cut = Vec::with_capacity(8);
        for (index, &p) in shape.iter().enumerate() {
            let q = shape[(index + 1) % shape.len()];
            let (sp, sq) = (inside(p), inside(q));
            if sp >= 0.0 {
                cut.push(p);
            }
            if (sp > 0.0 && sq < 0.0) || (sp < 0.0 && sq > 0.0) {
                cut.push(lerp(p, q, sp / (sp - sq)));
            }
        }
        shape = cut;
        if shape.len() < 3 {
            return 0.0;
        }
    }
    let common = shoelace(&shape).abs();
    let union = a.area() + b.area() - common;
    if union > 0.0 { common / union } else { 0.0 }
}
