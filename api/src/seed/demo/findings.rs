//! What the models of the demo find in a picture: exactly what was drawn there.

use serde_json::{Value, json};

use super::canvas::Point;
use super::photographs::Material;
use super::picture::{Picture, Scene};

/// What a model found: a name for its id, type, model, results.
pub struct Finding(
    pub &'static str,
    pub &'static str,
    pub &'static str,
    pub Value,
);

/// The model that looks at every picture first.
pub const SURFACE_MODEL: &str = "surface-1.8.0";

/// What the models find in a picture: what the surface is made of, hail, cracks, how large a heap is.
pub fn findings(scene: Scene, material: Material, picture: &Picture) -> Vec<Finding> {
    let outline =
        |corners: &[Point]| -> Value { corners.iter().map(|&(x, y)| json!([x, y])).collect() };
    let extent = extent_of(&picture.surface);
    let rounded = |value: f64| (value * 10.0).round() / 10.0;
    let mut found = Vec::new();
    if scene == Scene::Heap {
        found.push(Finding(
            "heap",
            "volume",
            "heap-0.9.4",
            json!({
                "label": material.label, "polygons": [outline(&picture.surface)], "unit": "m3",
                "measurements": [{ "name": "volume", "value": rounded(extent / 2600.0) }],
            }),
        ));
    } else {
        let square_metre = if scene == Scene::House { 210.0 } else { 4600.0 };
        found.push(Finding(
            "surface",
            "material",
            SURFACE_MODEL,
            json!({
                "label": material.label, "polygons": [outline(&picture.surface)], "unit": "m2",
                "measurements": [{ "name": "area", "value": rounded(extent / square_metre) }],
            }),
        ));
    }
    if !picture.hail.is_empty() {
        let widths: i32 = picture.hail.iter().map(|hit| hit[2] - hit[0]).sum();
        let mean = f64::from(widths) / picture.hail.len() as f64 * 1.6;
        found.push(Finding(
            "hail",
            "damage",
            "hailnet-2.3.1",
            json!({
                "label": "hail", "boxes": picture.hail, "unit": "mm",
                "measurements": [{ "name": "mean diameter", "value": rounded(mean) }],
            }),
        ));
    }
    if !picture.cracks.is_empty() {
        let cracks: Vec<Value> = picture.cracks.iter().map(|crack| outline(crack)).collect();
        let rows: i32 = picture.cracks.iter().map(|crack| rows_of(crack)).sum();
        found.push(Finding(
            "crack",
            "damage",
            "cracknet-1.2.0",
            json!({
                "label": "crack", "polygons": cracks, "unit": "cm",
                "measurements": [{ "name": "length", "value": rounded(f64::from(rows) * 0.8) }],
            }),
        ));
    }
    found
}

/// Pixels inside of an outline (shoelace formula).
fn extent_of(outline: &[Point]) -> f64 {
    let next = outline.iter().cycle().skip(1);
    let twice: i32 = outline
        .iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum();
    f64::from(twice.abs()) / 2.0
}

fn rows_of(outline: &[Point]) -> i32 {
    let rows = outline.iter().map(|&(_, y)| y);
    rows.clone().max().unwrap_or(0) - rows.min().unwrap_or(0)
}
