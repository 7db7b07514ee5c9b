DROP VIEW cycle_summaries, project_summaries;
DROP TABLE file_uploads, sync_sessions, cycles;
DROP FUNCTION sync_sessions_guard_counters();
DROP FUNCTION file_uploads_refuse_truncate();
DROP FUNCTION file_uploads_count();
