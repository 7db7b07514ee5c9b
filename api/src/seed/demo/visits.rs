//! The visits of the demo: which pictures were taken, of what, and how far they are.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::photographs::State::{
    Binned, Confirmed, Done, Failed, Pending, Queued, Rejected, Retried, Started,
};
use super::photographs::{Material, Shot, Visit};
use super::picture::Scene::{Heap, House, Slope, Wall};

const CHARCOAL: Material = material("asphalt shingle", [84, 86, 92]);
const BROWN: Material = material("asphalt shingle", [118, 92, 74]);
const CLAY: Material = material("clay tile", [176, 92, 62]);
const SLATE: Material = material("slate", [92, 104, 122]);
const METAL: Material = material("standing seam metal", [128, 146, 142]);
const CEDAR: Material = material("cedar shake", [150, 122, 88]);
const RED_BRICK: Material = material("brick", [158, 78, 62]);
const YELLOW_BRICK: Material = material("brick", [196, 164, 112]);
const CONCRETE_BLOCK: Material = material("concrete block", [158, 158, 152]);
const DEBRIS: Material = material("debris", [122, 110, 98]);
const GRAVEL: Material = material("gravel", [150, 148, 142]);

const PIXEL: (&str, &str) = ("Google", "Pixel 9");
const IPHONE: (&str, &str) = ("Apple", "iPhone 16");
const DRONE: (&str, &str) = ("DJI", "Mavic 3E");

const fn material(label: &'static str, colour: [u8; 3]) -> Material {
    Material { label, colour }
}

/// A minute of a day of 2026, in UTC.
fn at(month: u32, day: u32, hour: i64, minute: i64) -> DateTime<Utc> {
    let midnight = NaiveDate::from_ymd_opt(2026, month, day)
        .unwrap_or_default()
        .and_time(NaiveTime::MIN);
    midnight.and_utc() + Duration::minutes(hour * 60 + minute)
}

/// The visits of an organization.
pub fn visits(slug: &str) -> Vec<Visit> {
    match slug {
        "northwind" => northwind(),
        "alpine" => alpine(),
        _ => Vec::new(),
    }
}

fn northwind() -> Vec<Visit> {
    let visit = |project, uploader, camera, begins, place, number, shots| Visit {
        project,
        uploader,
        adjuster: "insurance_adjuster",
        camera,
        begins,
        place,
        number,
        shots,
    };
    let maple = (41.4822, -81.7982);
    let harbor = (41.4969, -81.7113);
    vec![
        visit(
            "school-gym",
            "former",
            PIXEL,
            at(9, 8, 13, 5),
            (41.4416, -81.7385),
            812,
            &[
                Shot(House, METAL, 0, 0, Done, &["before", "gymnasium"]),
                Shot(Slope, METAL, 0, 1, Confirmed, &["before", "old seam"]),
                Shot(Heap, DEBRIS, 0, 0, Confirmed, &["skip"]),
            ],
        ),
        visit(
            "cedar-barn",
            "contractor_2",
            PIXEL,
            at(9, 10, 14, 30),
            (41.2553, -81.9418),
            1204,
            &[
                Shot(House, CEDAR, 3, 0, Done, &["barn"]),
                Shot(Slope, CEDAR, 0, 2, Done, &["north slope"]),
                Shot(Wall, YELLOW_BRICK, 0, 1, Rejected, &[]),
                Shot(Heap, GRAVEL, 0, 0, Done, &["driveway"]),
            ],
        ),
        visit(
            "maple-street",
            "contractor",
            IPHONE,
            at(9, 16, 12, 40),
            maple,
            2041,
            &[
                Shot(House, CHARCOAL, 9, 0, Confirmed, &["no. 12", "claim 4471"]),
                Shot(
                    Slope,
                    CHARCOAL,
                    14,
                    0,
                    Confirmed,
                    &["no. 12", "south slope"],
                ),
                Shot(Slope, CHARCOAL, 11, 0, Confirmed, &["no. 12", "west slope"]),
                Shot(House, BROWN, 7, 0, Done, &["no. 14", "claim 4472"]),
                Shot(Slope, BROWN, 12, 1, Done, &["no. 14", "south slope"]),
                Shot(Slope, BROWN, 2, 0, Rejected, &["no. 14", "north slope"]),
                Shot(Wall, RED_BRICK, 0, 1, Done, &["no. 14", "chimney side"]),
            ],
        ),
        visit(
            "maple-street",
            "contractor",
            DRONE,
            at(9, 29, 15, 10),
            maple,
            118,
            &[
                Shot(House, SLATE, 5, 0, Done, &["no. 16", "claim 4480"]),
                Shot(Slope, SLATE, 8, 2, Confirmed, &["no. 16", "broken slates"]),
                Shot(House, CLAY, 4, 0, Retried, &["no. 18"]),
                Shot(Slope, CLAY, 6, 1, Done, &["no. 18", "south slope"]),
                Shot(House, CHARCOAL, 0, 0, Done, &["no. 20"]),
            ],
        ),
        visit(
            "school-gym",
            "contractor_2",
            PIXEL,
            at(10, 2, 12, 15),
            (41.4416, -81.7385),
            1377,
            &[
                Shot(House, METAL, 0, 0, Done, &["after", "gymnasium"]),
                Shot(Slope, METAL, 0, 0, Done, &["after", "new seam"]),
                Shot(Wall, RED_BRICK, 0, 0, Done, &["after"]),
            ],
        ),
        visit(
            "harbor-view",
            "contractor",
            DRONE,
            at(10, 6, 13, 20),
            harbor,
            160,
            &[
                Shot(House, CHARCOAL, 0, 1, Done, &["block A"]),
                Shot(
                    Wall,
                    YELLOW_BRICK,
                    0,
                    2,
                    Confirmed,
                    &["block A", "north side"],
                ),
                Shot(
                    Wall,
                    YELLOW_BRICK,
                    0,
                    1,
                    Confirmed,
                    &["block A", "stairwell"],
                ),
                Shot(Wall, RED_BRICK, 0, 3, Done, &["block B", "north side"]),
                Shot(Wall, RED_BRICK, 0, 0, Done, &["block B", "east side"]),
                Shot(Heap, DEBRIS, 0, 0, Done, &["block B", "old parapet"]),
            ],
        ),
        visit(
            "harbor-view",
            "contractor_2",
            PIXEL,
            at(10, 27, 14, 5),
            harbor,
            1460,
            &[
                Shot(House, BROWN, 6, 0, Done, &["block C"]),
                Shot(Slope, BROWN, 10, 0, Retried, &["block C", "lake side"]),
                Shot(Wall, CONCRETE_BLOCK, 0, 2, Done, &["block C", "garage"]),
                Shot(Wall, CONCRETE_BLOCK, 0, 1, Rejected, &["block C", "garage"]),
                Shot(Heap, GRAVEL, 0, 0, Done, &["flat roof ballast"]),
                Shot(Wall, RED_BRICK, 0, 1, Binned, &["blurred"]),
            ],
        ),
        visit(
            "maple-street",
            "contractor",
            IPHONE,
            at(11, 17, 13, 30),
            maple,
            2390,
            &[
                Shot(House, CHARCOAL, 0, 0, Failed, &["no. 12", "after"]),
                Shot(Slope, CHARCOAL, 0, 0, Started, &["no. 12", "after"]),
                Shot(Heap, DEBRIS, 0, 0, Queued, &["no. 12", "skip"]),
                Shot(House, BROWN, 0, 0, Pending, &[]),
                Shot(Slope, BROWN, 0, 0, Pending, &[]),
            ],
        ),
    ]
}

fn alpine() -> Vec<Visit> {
    let visit = |project, camera, begins, place, number, shots| Visit {
        project,
        uploader: "contractor",
        adjuster: "engineer",
        camera,
        begins,
        place,
        number,
        shots,
    };
    vec![
        visit(
            "pump-plant",
            PIXEL,
            at(9, 9, 8, 10),
            (47.5031, 9.7471),
            402,
            &[
                Shot(House, METAL, 0, 0, Done, &["hall 2"]),
                Shot(Slope, METAL, 0, 1, Confirmed, &["hall 2", "skylight"]),
                Shot(Wall, CONCRETE_BLOCK, 0, 1, Done, &["goods in"]),
                Shot(Heap, GRAVEL, 0, 0, Done, &["drainage"]),
            ],
        ),
        visit(
            "cleanroom",
            IPHONE,
            at(9, 22, 7, 35),
            (47.2627, 11.3945),
            611,
            &[
                Shot(House, SLATE, 3, 0, Done, &["main building"]),
                Shot(Slope, SLATE, 5, 1, Confirmed, &["above ISO 7"]),
                Shot(Wall, CONCRETE_BLOCK, 0, 2, Confirmed, &["north wall"]),
                Shot(Wall, CONCRETE_BLOCK, 0, 1, Rejected, &["north wall"]),
                Shot(Wall, YELLOW_BRICK, 0, 0, Done, &["plant room"]),
                Shot(Heap, DEBRIS, 0, 0, Retried, &["plant room"]),
            ],
        ),
        visit(
            "cleanroom",
            DRONE,
            at(11, 16, 8, 20),
            (47.2627, 11.3945),
            77,
            &[
                Shot(
                    House,
                    SLATE,
                    0,
                    0,
                    Started,
                    &["main building", "after repair"],
                ),
                Shot(Slope, SLATE, 0, 0, Queued, &["above ISO 7", "after repair"]),
                Shot(Slope, CLAY, 0, 0, Pending, &[]),
            ],
        ),
    ]
}
