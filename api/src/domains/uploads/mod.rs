//! Cycles of data collection, the sessions that sync files to S3, and the files.

mod cycle;
mod cycle_summary;
mod file_upload;
mod project_summary;
mod sync_session;
mod sync_stats;

use async_graphql::MergedObject;

pub use cycle::{Cycle, CycleFilter};
pub use cycle_summary::CycleSummary;
pub use file_upload::{FileUpload, FileUploadFilter};
pub use project_summary::ProjectSummary;
pub use sync_session::{SyncSession, SyncSessionFilter};

/// Reads of this domain.
#[derive(MergedObject, Default)]
pub struct UploadsQueries(
    cycle::CycleQueries,
    sync_session::SyncSessionQueries,
    file_upload::FileUploadQueries,
    project_summary::ProjectSummaryQueries,
    cycle_summary::CycleSummaryQueries,
    sync_stats::SyncStatsQueries,
);
