//! 演示人像: drawn faces for the face camera. Pictures of nobody: shapes that vary with the person's
//! place in the demonstration's list, marked 演示.

use super::random::Random;
use super::type_case::{Align, Style, TypeCase};
use anyhow::{Context, Result};
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point, Rect, SpreadMode, Stroke,
    Transform,
};

/// Frames of one person's sequence.
pub(super) const FRAMES: usize = 8;

/// What makes one drawn person differ from another.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Name in the demonstration's list.
    pub(super) name: String,
    woman: bool,
    /// 0 child, 1 grown, 2 old.
    age: u8,
    skin: Color,
    hair: Color,
    clothes: Color,
    glasses: bool,
    width: f32,
    jaw: f32,
    brow: f32,
    eyes: f32,
    nose: f32,
    mouth: f32,
}

impl Person {
    /// The drawn person of this name; `birth_year` decides age, the seed the features.
    pub(super) fn new(name: &str, woman: bool, birth_year: u32, seed: u64) -> Self {
        let mut random = Random::new(seed, name);
        let age = match birth_year {
            2008.. => 0,
            ..=1962 => 2,
            _ => 1,
        };
        let skins = [[242, 208, 180], [234, 194, 162], [226, 182, 148], [246, 214, 190]];
        let clothes = [[52, 84, 128], [120, 52, 60], [60, 100, 84], [84, 84, 92], [150, 112, 62], [96, 72, 124]];
        let rgb = |c: [u8; 3]| Color::from_rgba8(c[0], c[1], c[2], 255);
        let hair = if age == 2 { [176, 176, 178] } else { [[26, 22, 22], [44, 32, 26], [18, 18, 24]][random.below(3)] };
        Self {
            name: name.to_owned(),
            woman,
            age,
            skin: rgb(skins[random.below(skins.len())]),
            hair: rgb(hair),
            clothes: rgb(clothes[random.below(clothes.len())]),
            glasses: age == 2 || random.unit() < 0.35,
            width: random.range(0.93, 1.07) * if woman { 0.95 } else { 1.0 },
            jaw: random.range(0.72, 0.92) - if woman { 0.06 } else { 0.0 },
            brow: random.range(-3.0, 5.0),
            eyes: random.range(0.92, 1.1) * if age == 0 { 1.18 } else { 1.0 },
            nose: random.range(0.85, 1.2),
            mouth: random.range(0.85, 1.15),
        }
    }
}

/// How the head is held in one frame.
#[derive(Clone, Copy)]
struct Pose {
    dx: f32,
    dy: f32,
    turn: f32,
    /// 1 open, 0 closed.
    lids: f32,
}

fn pose(frame: usize) -> Pose {
    let phase = frame as f32 / FRAMES as f32 * std::f32::consts::TAU;
    let lids = if frame == 5 {
        0.08
    } else if frame == 4 || frame == 6 {
        0.75
    } else {
        1.0
    };
    Pose { dx: 9.0 * phase.sin(), dy: 4.0 * (2.0 * phase).cos(), turn: 1.6 * phase.sin(), lids }
}

fn paint(colour: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(colour);
    paint.anti_alias = true;
    paint
}

/// The colour, darker (`by` below 1) or lighter.
fn shade(colour: Color, by: f32) -> Color {
    let channel = |value: f32| (value * by).clamp(0.0, 1.0);
    Color::from_rgba(channel(colour.red()), channel(colour.green()), channel(colour.blue()), colour.alpha())
        .unwrap_or(colour)
}

fn faint(colour: Color, opacity: f32) -> Color {
    let mut colour = colour;
    colour.set_alpha(opacity);
    colour
}

fn ellipse(x: f32, y: f32, rx: f32, ry: f32) -> Option<Path> {
    PathBuilder::from_oval(Rect::from_xywh(x - rx, y - ry, 2.0 * rx, 2.0 * ry)?)
}

/// A canvas with the head's frame of reference: origin between the eyes, one unit a pixel of the 720p frame.
struct Easel<'a> {
    canvas: &'a mut Pixmap,
    head: Transform,
}

impl Easel<'_> {
    fn fill(&mut self, path: Option<Path>, colour: Color) {
        if let Some(path) = path {
            self.canvas.fill_path(&path, &paint(colour), FillRule::Winding, self.head, None);
        }
    }

    fn line(&mut self, path: PathBuilder, width: f32, colour: Color) {
        if let Some(path) = path.finish() {
            let stroke = Stroke {
                width,
                line_cap: tiny_skia::LineCap::Round,
                line_join: tiny_skia::LineJoin::Round,
                ..Stroke::default()
            };
            self.canvas.stroke_path(&path, &paint(colour), &stroke, self.head, None);
        }
    }
}

/// One frame for the face camera, 1280×720.
pub(super) fn frame(person: &Person, case: &TypeCase<'_>, at: usize) -> Result<Pixmap> {
    let mut canvas = Pixmap::new(1280, 720).context("frame memory")?;
    wall(&mut canvas);
    let scale = if person.age == 0 { 0.94 } else { 1.0 };
    let pose = pose(at);
    let drop = if person.age == 0 { 36.0 } else { 0.0 };
    bust(&mut canvas, person, Transform::from_translate(640.0 + pose.dx * 0.4, 316.0 + drop).pre_scale(scale, scale));
    let head = Transform::from_translate(640.0 + pose.dx, 316.0 + drop + pose.dy)
        .pre_concat(Transform::from_rotate(pose.turn))
        .pre_scale(scale, scale);
    draw_head(&mut Easel { canvas: &mut canvas, head }, person, pose.lids);
    let grey = Color::from_rgba8(70, 78, 92, 255);
    case.line(&mut canvas.as_mut(), Style::SansBold, 34.0, (1252.0, 56.0), Align::Right, grey, "演示");
    case.line(&mut canvas.as_mut(), Style::Sans, 17.0, (1252.0, 84.0), Align::Right, grey, "绘制人像 非真实人物");
    Ok(canvas)
}

/// The picture for a card, 358×441, plain ground.
pub(super) fn card_photo(person: &Person, case: &TypeCase<'_>) -> Result<Pixmap> {
    let mut canvas = Pixmap::new(358, 441).context("photo memory")?;
    canvas.fill(Color::from_rgba8(252, 252, 253, 255));
    let place = Transform::from_translate(179.0, 206.0).pre_scale(0.74, 0.74);
    bust(&mut canvas, person, place);
    draw_head(&mut Easel { canvas: &mut canvas, head: place }, person, 1.0);
    let grey = Color::from_rgba8(120, 126, 136, 255);
    case.line(&mut canvas.as_mut(), Style::Sans, 15.0, (350.0, 20.0), Align::Right, grey, "演示");
    Ok(canvas)
}

fn wall(canvas: &mut Pixmap) {
    let (top, bottom) = (Color::from_rgba8(206, 213, 220, 255), Color::from_rgba8(166, 176, 188, 255));
    let stops = vec![GradientStop::new(0.0, top), GradientStop::new(1.0, bottom)];
    let shader = LinearGradient::new(
        Point::from_xy(200.0, 0.0),
        Point::from_xy(700.0, 720.0),
        stops,
        SpreadMode::Pad,
        Transform::identity(),
    );
    if let (Some(shader), Some(rect)) = (shader, Rect::from_xywh(0.0, 0.0, 1280.0, 720.0)) {
        let background = Paint { shader, ..Paint::default() };
        canvas.fill_rect(rect, &background, Transform::identity(), None);
    }
}

fn bust(canvas: &mut Pixmap, person: &Person, place: Transform) {
    let mut easel = Easel { canvas, head: place };
    let broad = if person.woman { 205.0 } else { 240.0 } * if person.age == 0 { 0.8 } else { 1.0 };
    let mut body = PathBuilder::new();
    body.move_to(-broad - 40.0, 460.0);
    body.cubic_to(-broad - 20.0, 300.0, -broad + 20.0, 262.0, -78.0, 226.0);
    body.line_to(78.0, 226.0);
    body.cubic_to(broad - 20.0, 262.0, broad + 20.0, 300.0, broad + 40.0, 460.0);
    body.close();
    if person.woman && person.age != 2 {
        // Long hair falls behind the shoulders.
        easel.fill(ellipse(0.0, 70.0, 148.0 * person.width, 205.0), shade(person.hair, 0.85));
    }
    easel.fill(body.finish(), person.clothes);
    let mut neck = PathBuilder::new();
    neck.move_to(-56.0, 110.0);
    neck.cubic_to(-50.0, 190.0, -54.0, 215.0, -84.0, 232.0);
    neck.cubic_to(-40.0, 272.0, 40.0, 272.0, 84.0, 232.0);
    neck.cubic_to(54.0, 215.0, 50.0, 190.0, 56.0, 110.0);
    neck.close();
    easel.fill(neck.finish(), shade(person.skin, 0.9));
    for side in [-1.0, 1.0] {
        let mut collar = PathBuilder::new();
        collar.move_to(side * 84.0, 222.0);
        collar.line_to(side * 6.0, 276.0);
        collar.line_to(side * 44.0, 316.0);
        collar.line_to(side * 112.0, 244.0);
        collar.close();
        easel.fill(collar.finish(), shade(person.clothes, 1.22));
    }
}

fn draw_head(easel: &mut Easel<'_>, person: &Person, lids: f32) {
    let wide = 112.0 * person.width;
    for side in [-1.0, 1.0] {
        easel.fill(ellipse(side * (wide + 3.0), 24.0, 17.0, 30.0), shade(person.skin, 0.92));
        easel.fill(ellipse(side * (wide + 4.0), 24.0, 8.0, 17.0), shade(person.skin, 0.8));
    }
    let chin = if person.age == 0 { 138.0 } else { 156.0 };
    let mut face = PathBuilder::new();
    face.move_to(-wide, -30.0);
    face.cubic_to(-wide, -150.0, wide, -150.0, wide, -30.0);
    face.cubic_to(wide, 50.0, wide * person.jaw, chin * 0.78, wide * 0.36, chin);
    face.cubic_to(wide * 0.15, chin + 14.0, -wide * 0.15, chin + 14.0, -wide * 0.36, chin);
    face.cubic_to(-wide * person.jaw, chin * 0.78, -wide, 50.0, -wide, -30.0);
    face.close();
    easel.fill(face.finish(), person.skin);
    for side in [-1.0, 1.0] {
        easel.fill(ellipse(side * 62.0, 62.0, 30.0, 22.0), faint(Color::from_rgba8(226, 120, 104, 255), 0.16));
    }
    eyes(easel, person, lids);
    nose_and_mouth(easel, person);
    if person.age == 2 {
        wrinkles(easel, person);
    }
    hair(easel, person, wide);
}

fn eyes(easel: &mut Easel<'_>, person: &Person, lids: f32) {
    for side in [-1.0_f32, 1.0] {
        let x = side * 50.0 * person.width;
        let (rx, ry) = (25.0 * person.eyes, 12.5 * person.eyes * lids.max(0.06));
        easel.fill(ellipse(x, 2.0, rx + 4.0, 15.0 * person.eyes), faint(shade(person.skin, 0.75), 0.35));
        let mut almond = PathBuilder::new();
        almond.move_to(x - rx, 3.0);
        almond.cubic_to(x - rx * 0.4, 3.0 - ry * 1.45, x + rx * 0.4, 3.0 - ry * 1.45, x + rx, 2.0);
        almond.cubic_to(x + rx * 0.4, 3.0 + ry * 1.15, x - rx * 0.4, 3.0 + ry * 1.15, x - rx, 3.0);
        almond.close();
        easel.fill(almond.finish(), Color::from_rgba8(247, 246, 243, 255));
        if lids > 0.3 {
            let iris = 11.0 * person.eyes;
            easel.fill(ellipse(x, 1.0, iris, iris * lids.min(1.0)), Color::from_rgba8(58, 38, 28, 255));
            easel.fill(ellipse(x, 1.0, iris * 0.5, iris * 0.5), Color::from_rgba8(12, 10, 10, 255));
            easel.fill(ellipse(x + 4.0, -3.0, 3.0, 3.0), Color::WHITE);
        }
        let mut lid = PathBuilder::new();
        lid.move_to(x - rx, 3.0);
        lid.cubic_to(x - rx * 0.4, 3.0 - ry * 1.5, x + rx * 0.4, 3.0 - ry * 1.5, x + rx + side * 1.5, 2.0);
        easel.line(lid, if person.woman { 4.2 } else { 3.2 }, Color::from_rgba8(34, 26, 24, 255));
        let high = -31.0 - person.brow;
        let mut brow = PathBuilder::new();
        brow.move_to(x - side * 27.0, high + 6.0);
        brow.cubic_to(x - side * 8.0, high - 6.0, x + side * 12.0, high - 6.0, x + side * 31.0, high + 5.0);
        easel.line(brow, if person.woman { 5.0 } else { 8.0 }, shade(person.hair, 0.95));
        if person.glasses {
            let frame = Color::from_rgba8(38, 40, 46, 255);
            let mut rim = PathBuilder::new();
            if let Some(oval) = Rect::from_xywh(x - 38.0, -24.0, 76.0, 56.0) {
                rim.push_oval(oval);
            }
            rim.move_to(x + side * 38.0, -2.0);
            rim.line_to(side * 114.0 * person.width, -8.0);
            easel.line(rim, 4.0, frame);
        }
    }
    if person.glasses {
        let mut bridge = PathBuilder::new();
        bridge.move_to(-13.0 * person.width, -4.0);
        bridge.quad_to(0.0, -14.0, 13.0 * person.width, -4.0);
        easel.line(bridge, 4.0, Color::from_rgba8(38, 40, 46, 255));
    }
}

fn nose_and_mouth(easel: &mut Easel<'_>, person: &Person) {
    let shadow = shade(person.skin, 0.74);
    let mut bridge = PathBuilder::new();
    bridge.move_to(-7.0, 6.0);
    bridge.cubic_to(-10.0, 32.0, -19.0 * person.nose, 48.0, -15.0 * person.nose, 59.0);
    bridge.cubic_to(-8.0, 67.0, 8.0, 67.0, 15.0 * person.nose, 59.0);
    easel.line(bridge, 3.4, faint(shadow, 0.85));
    for side in [-1.0, 1.0] {
        easel.fill(ellipse(side * 7.0 * person.nose, 61.0, 4.2, 2.8), shade(person.skin, 0.5));
    }
    let half = 34.0 * person.mouth;
    let lips = if person.woman { Color::from_rgba8(196, 84, 84, 255) } else { Color::from_rgba8(186, 112, 100, 255) };
    let mut mouth = PathBuilder::new();
    mouth.move_to(-half, 97.0);
    mouth.cubic_to(-half * 0.5, 88.0, -8.0, 87.0, 0.0, 91.0);
    mouth.cubic_to(8.0, 87.0, half * 0.5, 88.0, half, 97.0);
    mouth.cubic_to(half * 0.5, 114.0, -half * 0.5, 114.0, -half, 97.0);
    mouth.close();
    easel.fill(mouth.finish(), lips);
    let mut between = PathBuilder::new();
    between.move_to(-half, 97.0);
    between.quad_to(0.0, 103.0, half, 97.0);
    easel.line(between, 2.6, shade(lips, 0.6));
    let mut chin = PathBuilder::new();
    chin.move_to(-16.0, 128.0);
    chin.quad_to(0.0, 134.0, 16.0, 128.0);
    easel.line(chin, 2.4, faint(shadow, 0.6));
}

fn wrinkles(easel: &mut Easel<'_>, person: &Person) {
    let line = faint(shade(person.skin, 0.68), 0.7);
    for (from, bend, to) in [
        ((-58.0, -70.0), (0.0, -80.0), (58.0, -70.0)),
        ((-46.0, -86.0), (0.0, -95.0), (46.0, -86.0)),
        ((-34.0, 62.0), (-52.0, 80.0), (-50.0, 104.0)),
        ((34.0, 62.0), (52.0, 80.0), (50.0, 104.0)),
        ((-70.0, 26.0), (-50.0, 36.0), (-30.0, 28.0)),
        ((70.0, 26.0), (50.0, 36.0), (30.0, 28.0)),
    ] {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.quad_to(bend.0, bend.1, to.0, to.1);
        easel.line(path, 2.4, line);
    }
}

fn hair(easel: &mut Easel<'_>, person: &Person, wide: f32) {
    let mut cap = PathBuilder::new();
    let outer = wide + 12.0;
    let down = if person.woman { 60.0 } else { -6.0 };
    cap.move_to(-outer, down);
    cap.cubic_to(-outer - 16.0, -205.0, outer + 16.0, -205.0, outer, down);
    cap.line_to(wide - 6.0, down - 8.0);
    if person.woman {
        cap.cubic_to(wide - 4.0, -40.0, wide * 0.75, -78.0, wide * 0.2, -96.0);
        cap.cubic_to(-wide * 0.2, -70.0, -wide * 0.9, -60.0, -wide + 6.0, down - 8.0);
    } else {
        cap.cubic_to(wide - 8.0, -66.0, wide * 0.8, -82.0, wide * 0.5, -92.0);
        cap.cubic_to(wide * 0.1, -100.0, -wide * 0.3, -84.0, -wide * 0.72, -88.0);
        cap.cubic_to(-wide * 0.9, -80.0, -wide + 8.0, -60.0, -wide + 6.0, down - 8.0);
    }
    cap.close();
    easel.fill(cap.finish(), person.hair);
    if person.age == 0 && person.woman {
        let mut fringe = PathBuilder::new();
        fringe.move_to(-wide + 2.0, -40.0);
        fringe.cubic_to(-wide * 0.9, -130.0, wide * 0.9, -130.0, wide - 2.0, -40.0);
        fringe.cubic_to(wide * 0.5, -58.0, -wide * 0.5, -58.0, -wide + 2.0, -40.0);
        fringe.close();
        easel.fill(fringe.finish(), person.hair);
    }
    let mut gloss = PathBuilder::new();
    gloss.move_to(-wide * 0.62, -112.0);
    gloss.cubic_to(-wide * 0.3, -146.0, wide * 0.2, -150.0, wide * 0.52, -128.0);
    easel.line(gloss, 7.0, faint(Color::WHITE, 0.13));
}
