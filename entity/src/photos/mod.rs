//! What is on a site, what a model saw in it, the labels that people and models gave it.

pub mod detection;
pub mod photo;
pub mod processing_event;
pub mod tag;
