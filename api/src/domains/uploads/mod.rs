//! Cycles of data collection, the sessions that sync files to S3, and the files.

mod bulk;
mod create_cycle;
mod cycle;
mod cycle_summary;
mod end_sync_session;
mod file_upload;
mod object_key;
mod project_summary;
mod register_files;
mod report_files;
mod start_sync_session;
mod sync_session;
mod sync_stats;
mod update_cycle;

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

/// Changes in this domain.
#[derive(MergedObject, Default)]
pub struct UploadsMutations(
    create_cycle::CreateCycle,
    update_cycle::CycleMutations,
    start_sync_session::StartSyncSession,
    register_files::RegisterFiles,
    report_files::ReportFiles,
    end_sync_session::EndSyncSession,
);
