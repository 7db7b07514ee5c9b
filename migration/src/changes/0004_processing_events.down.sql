DROP FUNCTION processing_events_drop_before(timestamptz);
DROP FUNCTION processing_events_create_partitions(date, date);
DROP PROCEDURE processing_events_protect_partition(regclass);
DROP TABLE processing_events;
