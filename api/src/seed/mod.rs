//! Starting data: a small demo to look at, and bulk data to measure with. Neither is made without being asked for.

mod bulk;
mod demo;
mod embedding;
mod error;
mod months;

pub use bulk::{Bulk, bulk};
pub use demo::{Demo, DemoOrganization, DemoUser, PASSWORD, demo};
pub use embedding::embedding;
pub use error::Error;
