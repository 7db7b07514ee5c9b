//! A few shapes on a small picture, and that picture as PNG. The same shapes always make the same bytes.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

/// Red, green, blue.
pub type Colour = [u8; 3];
/// Column and row, from the upper left corner.
pub type Point = (i32, i32);

/// A picture that is being drawn. What falls outside of it is not drawn.
pub struct Canvas {
    width: i32,
    height: i32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A black picture.
    pub fn new(width: i32, height: i32) -> Self {
        let pixels = vec![0; (width * height * 3) as usize];
        Self {
            width,
            height,
            pixels,
        }
    }

    fn set(&mut self, (x, y): Point, colour: Colour) {
        if (0..self.width).contains(&x) && (0..self.height).contains(&y) {
            let start = ((y * self.width + x) * 3) as usize;
            self.pixels[start..start + 3].copy_from_slice(&colour);
        }
    }

    /// Fills the rectangle between two corners; the lower right one is not part of it.
    pub fn rectangle(&mut self, from: Point, to: Point, colour: Colour) {
        for y in from.1..to.1 {
            for x in from.0..to.0 {
                self.set((x, y), colour);
            }
        }
    }

    /// Fills a polygon with what `paint` says of each of its points.
    pub fn polygon(&mut self, corners: &[Point], paint: impl Fn(Point) -> Colour) {
        for y in 0..self.height {
            for x in 0..self.width {
                if is_inside(corners, (x, y)) {
                    self.set((x, y), paint((x, y)));
                }
            }
        }
    }

    /// Fills an ellipse.
    pub fn ellipse(&mut self, centre: Point, radius: Point, colour: Colour) {
        let (wide, high) = (radius.0.max(1), radius.1.max(1));
        for y in -high..=high {
            for x in -wide..=wide {
                if x * x * high * high + y * y * wide * wide <= wide * wide * high * high {
                    self.set((centre.0 + x, centre.1 + y), colour);
                }
            }
        }
    }

    /// Draws a line.
    pub fn line(&mut self, from: Point, to: Point, thickness: i32, colour: Colour) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let x = from.0 + (to.0 - from.0) * step / steps;
            let y = from.1 + (to.1 - from.1) * step / steps;
            self.rectangle((x, y), (x + thickness, y + thickness), colour);
        }
    }

    /// The picture as the bytes of a PNG file.
    pub fn png(&self) -> Result<Vec<u8>, EncodingError> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, self.width as u32, self.height as u32);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Whether a point is inside of a polygon: a ray to the left crosses its edges an odd number of times.
fn is_inside(corners: &[Point], (x, y): Point) -> bool {
    let mut inside = false;
    for (index, &(from_x, from_y)) in corners.iter().enumerate() {
        let (to_x, to_y) = corners[(index + 1) % corners.len()];
        if (from_y > y) != (to_y > y) {
            let crossing = from_x + (to_x - from_x) * (y - from_y) / (to_y - from_y);
            if x >= crossing {
                inside = !inside;
            }
        }
    }
    inside
}

/// A colour made lighter (or darker, with a negative amount).
pub fn shade(colour: Colour, amount: i32) -> Colour {
    colour.map(|part| (i32::from(part) + amount).clamp(0, 255) as u8)
}

/// Numbers that look random and are the same in every run (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number from `from` up to, not including, `to`.
    pub fn roll(&mut self, from: i32, to: i32) -> i32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        from + (mixed % (to - from).max(1) as u64) as i32
    }
}
