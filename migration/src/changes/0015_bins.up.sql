-- What lies in a bin hides what hangs under it: every read asks, and these indexes have the few that are there.
CREATE INDEX projects_bin_index ON projects (organization_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX photos_bin_index ON photos (organization_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX workflows_bin_index ON workflows (organization_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX documents_bin_index ON documents (organization_id, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX conversations_bin_index ON conversations (organization_id, id) WHERE deleted_at IS NOT NULL;
COMMENT ON INDEX projects_bin_index IS 'The projects in the bin: what hangs under one is not shown.';
COMMENT ON INDEX photos_bin_index IS 'The photos in the bin: what hangs under one is not shown.';
COMMENT ON INDEX workflows_bin_index IS 'The workflows in the bin: what hangs under one is not shown.';
COMMENT ON INDEX documents_bin_index IS 'The documents in the bin: what hangs under one is not shown.';
COMMENT ON INDEX conversations_bin_index IS 'The conversations in the bin: what hangs under one is not shown.';
