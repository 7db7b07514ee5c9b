//! Workflows (buckets and criteria) and the assessments run by them.

pub mod assessment;
pub mod assessment_document;
pub mod assessment_result;
pub mod bucket;
pub mod criterion;
pub mod workflow;
