-- The extension stays: it may serve other schemas of this database.
DROP TABLE query_logs, document_permissions, document_chunks, documents;
