DROP INDEX projects_bin_index, photos_bin_index, workflows_bin_index, documents_bin_index, conversations_bin_index;
