-- PostGraphile's way to several inserts in one transaction is a function. It runs with the caller's rights, behind the walls.
CREATE FUNCTION record_detections(detections jsonb) RETURNS SETOF detections LANGUAGE sql VOLATILE AS $$
  WITH given AS (
    SELECT gen_random_uuid() AS id, one->'tags' AS tags, row.*
    FROM jsonb_array_elements(record_detections.detections) AS one,
      jsonb_to_record(one) AS row ("photoId" uuid, "detectionType" text, "modelVersion" text, results jsonb, confidence double precision)
  ), detection AS (
    INSERT INTO detections (organization_id, id, project_id, photo_id, detection_type, model_version, results, confidence)
    SELECT photo.organization_id, given.id, photo.project_id, photo.id, lower("detectionType"), "modelVersion", results, confidence
    FROM given JOIN photos photo ON photo.organization_id = current_setting('app.organization_id')::uuid AND photo.id = "photoId" AND photo.deleted_at IS NULL
    RETURNING *
  ), tag AS (
    INSERT INTO tags (organization_id, project_id, photo_id, detection_id, tag, source, confidence)
    SELECT detection.organization_id, detection.project_id, detection.photo_id, detection.id, label.tag, 'ai', label.confidence
    FROM detection JOIN given ON given.id = detection.id, jsonb_to_recordset(given.tags) AS label (tag text, confidence double precision)
    ON CONFLICT DO NOTHING
  ), trail AS (
    INSERT INTO audit_logs (organization_id, actor_id, request_id, action, resource_type, resource_id, metadata)
    SELECT organization_id, current_setting('app.user_id')::uuid, current_setting('app.request_id'), 'detection.create', 'detection', detection.id,
      jsonb_build_object('tags', (SELECT coalesce(jsonb_agg(label->'tag'), '[]') FROM jsonb_array_elements(given.tags) AS label))
    FROM detection JOIN given ON given.id = detection.id
  )
  SELECT * FROM detection
$$;
GRANT EXECUTE ON FUNCTION record_detections(jsonb) TO org_admin, org_user;
