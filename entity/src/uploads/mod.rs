//! Cycles of data collection, the sessions that sync files to S3, and the files; two views sum them up.

pub mod cycle;
pub mod cycle_summary;
pub mod file_upload;
pub mod project_summary;
pub mod sync_session;
