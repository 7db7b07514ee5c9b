//! Draws what a site photo shows: a house, a roof from close by, a wall, a heap of debris. Says where it drew the
//! damage, so that the detections of the demo fit the pictures.

use super::canvas::{Canvas, Colour, Dice, Point, shade};

/// Width of every picture in pixels.
pub const WIDTH: i32 = 320;
/// Height of every picture in pixels.
pub const HEIGHT: i32 = 240;

/// What a photo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// A house from the street: sky, roof, wall.
    House,
    /// A roof from close by.
    Slope,
    /// A masonry wall.
    Wall,
    /// Debris in front of a wall.
    Heap,
}

/// A picture, and where in it things are.
pub struct Picture {
    /// The picture itself.
    pub canvas: Canvas,
    /// The roof, the wall or the heap.
    pub surface: Vec<Point>,
    /// One box a hail hit: left, top, right, bottom.
    pub hail: Vec<[i32; 4]>,
    /// The outline of each crack.
    pub cracks: Vec<Vec<Point>>,
}

/// Draws a scene with `hail` hits and `cracks` cracks on its surface. `seed` varies everything else.
pub fn draw(scene: Scene, material: Colour, hail: u32, cracks: u32, seed: u64) -> Picture {
    let mut dice = Dice(seed);
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
    let surface = match scene {
        Scene::House => house(&mut canvas, material, &mut dice),
        Scene::Slope => slope(&mut canvas, material, &mut dice),
        Scene::Wall => wall(&mut canvas, material),
        Scene::Heap => heap(&mut canvas, material, &mut dice),
    };
    let hail = (0..hail)
        .map(|_| hail_hit(&mut canvas, scene, material, &mut dice))
        .collect();
    let cracks = (0..cracks)
        .map(|_| crack(&mut canvas, scene, &mut dice))
        .collect();
    Picture {
        canvas,
        surface,
        hail,
        cracks,
    }
}

fn sky(canvas: &mut Canvas, dice: &mut Dice) {
    let grey = dice.roll(0, 40);
    for y in 0..HEIGHT {
        let colour = [
            (112 + grey / 2 + y / 3) as u8,
            (158 + y / 4) as u8,
            (214 - grey + y / 8) as u8,
        ];
        canvas.rectangle((0, y), (WIDTH, y + 1), colour);
    }
    for _ in 0..dice.roll(2, 5) {
        let centre = (dice.roll(10, 310), dice.roll(10, 60));
        for puff in 0..4 {
            let middle = (centre.0 + puff * 14 - 20, centre.1 - (puff % 2) * 5);
            canvas.ellipse(middle, (16, 8), [232, 236, 241]);
        }
    }
}

/// Courses of shingles: lower rows are nearer, so higher; each shingle has a tone of its own.
fn shingles(corners: &[Point], canvas: &mut Canvas, material: Colour, first_course: i32) {
    let ridge = corners.iter().map(|&(_, y)| y).min().unwrap_or(0);
    canvas.polygon(corners, |(x, y)| {
        let (mut top, mut height, mut course) = (ridge, first_course, 0);
        while y >= top + height {
            top += height;
            course += 1;
            height += i32::from(course % 3 == 0);
        }
        let width = height * 2;
        let shifted = x + (course % 2) * height;
        if y == top + height - 1 {
            return shade(material, -42);
        }
        if shifted % width == 0 {
            return shade(material, -28);
        }
        let tone = (shifted / width * 7 + course * 13) % 5;
        shade(material, tone * 6 - 12)
    });
}

fn house(canvas: &mut Canvas, material: Colour, dice: &mut Dice) -> Vec<Point> {
    sky(canvas, dice);
    let (ridge, eaves) = (dice.roll(58, 78), dice.roll(138, 150));
    let (left, right) = (dice.roll(70, 100), dice.roll(222, 252));
    canvas.rectangle((0, 208), (WIDTH, HEIGHT), [104, 132, 74]);
    let plaster = shade([214, 206, 190], dice.roll(-24, 18));
    canvas.rectangle((38, eaves), (284, 212), plaster);
    for window in 0..4 {
        let x = 58 + window * 56;
        canvas.rectangle((x - 2, 162), (x + 30, 196), [244, 243, 238]);
        canvas.rectangle((x, 164), (x + 28, 194), [74, 92, 112]);
        canvas.rectangle((x + 13, 164), (x + 15, 194), [244, 243, 238]);
    }
    let chimney = dice.roll(120, 200);
    canvas.rectangle(
        (chimney, ridge - 26),
        (chimney + 20, ridge + 14),
        [138, 74, 60],
    );
    canvas.rectangle(
        (chimney - 3, ridge - 28),
        (chimney + 23, ridge - 22),
        [98, 98, 98],
    );
    let roof = vec![(left, ridge), (right, ridge), (306, eaves), (16, eaves)];
    shingles(&roof, canvas, material, 5);
    canvas.line((left, ridge), (right, ridge), 3, shade(material, -50));
    canvas.rectangle((14, eaves), (308, eaves + 5), [226, 226, 222]);
    canvas.rectangle((14, eaves + 5), (308, eaves + 7), [120, 120, 118]);
    roof
}

fn slope(canvas: &mut Canvas, material: Colour, dice: &mut Dice) -> Vec<Point> {
    sky(canvas, dice);
    let (left, right) = (dice.roll(30, 56), dice.roll(12, 40));
    let roof = vec![(0, left), (WIDTH, right), (WIDTH, HEIGHT), (0, HEIGHT)];
    shingles(&roof, canvas, material, 9);
    canvas.line((0, left), (WIDTH, right), 4, shade(material, -55));
    roof
}

fn wall(canvas: &mut Canvas, material: Colour) -> Vec<Point> {
    let surface = vec![(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)];
    canvas.polygon(&surface, |(x, y)| {
        let course = y / 16;
        let shifted = x + (course % 2) * 20;
        if y % 16 < 2 || shifted % 40 < 2 {
            return [196, 190, 180];
        }
        let tone = (shifted / 40 * 11 + course * 17) % 7;
        shade(material, tone * 5 - 15)
    });
    surface
}

fn heap(canvas: &mut Canvas, material: Colour, dice: &mut Dice) -> Vec<Point> {
    wall(canvas, [176, 168, 158]);
    canvas.rectangle((0, 196), (WIDTH, HEIGHT), [128, 122, 112]);
    let top = (dice.roll(130, 190), dice.roll(92, 116));
    let outline = vec![
        (34, 214),
        (84, 158),
        top,
        (top.0 + 40, 138),
        (286, 212),
        (160, 226),
    ];
    canvas.polygon(&outline, |_| shade(material, -30));
    for _ in 0..260 {
        let stone = (dice.roll(40, 280), dice.roll(96, 222));
        let depth = (stone.0 - top.0).abs() * 100 / 130;
        if stone.1 > top.1 + 8 + depth && stone.1 < 218 {
            let size = dice.roll(3, 8);
            let tone = dice.roll(-26, 34);
            canvas.ellipse(stone, (size + 2, size), shade(material, tone));
        }
    }
    outline
}

/// A point of the part of the scene that can be damaged.
fn spot(scene: Scene, dice: &mut Dice) -> Point {
    match scene {
        Scene::House => (dice.roll(96, 226), dice.roll(86, 132)),
        Scene::Heap => (dice.roll(20, 300), dice.roll(16, 80)),
        Scene::Slope | Scene::Wall => (dice.roll(24, 296), dice.roll(70, 212)),
    }
}

/// A hit: dark where the granules are gone, with a light rim.
fn hail_hit(canvas: &mut Canvas, scene: Scene, material: Colour, dice: &mut Dice) -> [i32; 4] {
    let (x, y) = spot(scene, dice);
    let size = if scene == Scene::House {
        dice.roll(2, 4)
    } else {
        dice.roll(4, 9)
    };
    canvas.ellipse((x, y), (size + 1, size), shade(material, 46));
    canvas.ellipse((x + 1, y + 1), (size - 1, size - 1), shade(material, -64));
    [x - size - 2, y - size - 1, x + size + 3, y + size + 2]
}

/// A crack runs down, left and right; its outline is a band around it.
fn crack(canvas: &mut Canvas, scene: Scene, dice: &mut Dice) -> Vec<Point> {
    let mut at = spot(scene, dice);
    at.1 = (at.1 - 40).max(if scene == Scene::House { 84 } else { 10 });
    let (pieces, reach) = if scene == Scene::House {
        (4, 8)
    } else {
        (7, 16)
    };
    let (mut left, mut right) = (vec![(at.0 - 5, at.1)], vec![(at.0 + 6, at.1)]);
    for piece in 0..pieces {
        let next = (
            at.0 + dice.roll(-14, 17),
            at.1 + dice.roll(reach / 2, reach + 4),
        );
        let thickness = if piece < pieces / 2 { 2 } else { 1 };
        canvas.line(at, next, thickness, [44, 38, 34]);
        at = next;
        left.push((at.0 - 5, at.1));
        right.push((at.0 + 6, at.1));
    }
    left.extend(right.into_iter().rev());
    left
}
