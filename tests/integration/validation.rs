//! Workflows and assessments: what is kept, told and hidden, whoever asks and however many at once.

mod assessments;
mod design;
pub mod house;
mod plans;
mod privacy;
mod races;
mod usage;
