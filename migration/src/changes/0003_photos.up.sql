-- photos: what is on a site, what a model saw in it, the labels that people and models gave it.
-- Children carry project_id, kept true by composite foreign keys, so that the membership policy never joins.

CREATE TABLE photos (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  user_id uuid NOT NULL,
  s3_url text NOT NULL,
  s3_key text NOT NULL,
  file_size_bytes bigint,
  mime_type text,
  width integer,
  height integer,
  exif_data jsonb,
  status text NOT NULL DEFAULT 'pending',
  uploaded_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (organization_id, id),
  CONSTRAINT photos_organization_fkey FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
  CONSTRAINT photos_project_fkey FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT photos_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE RESTRICT,
  CONSTRAINT photos_project_key UNIQUE (organization_id, project_id, id),
  CONSTRAINT photos_s3_key_key UNIQUE (organization_id, s3_key),
  CONSTRAINT photos_s3_url_length CHECK (char_length(s3_url) BETWEEN 1 AND 2048),
  CONSTRAINT photos_s3_key_length CHECK (char_length(s3_key) BETWEEN 1 AND 1024),
  CONSTRAINT photos_file_size_bytes_positive CHECK (file_size_bytes > 0),
  CONSTRAINT photos_width_positive CHECK (width > 0),
  CONSTRAINT photos_height_positive CHECK (height > 0),
  CONSTRAINT photos_exif_data_object CHECK (jsonb_typeof(exif_data) = 'object'),
  CONSTRAINT photos_status_known CHECK (status IN ('pending', 'stored')),
  CONSTRAINT photos_stored_has_uploaded_at CHECK (status <> 'stored' OR uploaded_at IS NOT NULL)
);
CREATE INDEX photos_newest_index ON photos (organization_id, created_at DESC, id DESC);
CREATE INDEX photos_project_newest_index ON photos (organization_id, project_id, created_at DESC, id DESC);
CREATE INDEX photos_user_newest_index ON photos (organization_id, user_id, created_at DESC, id DESC);
CREATE INDEX photos_exif_data_index ON photos USING gin (exif_data jsonb_path_ops);
COMMENT ON INDEX photos_newest_index IS 'The list of photos in its default order, and ranges of time.';
COMMENT ON INDEX photos_project_newest_index IS 'The photos of a project, newest first: the page of a site, its analytics; its foreign key.';
COMMENT ON INDEX photos_user_newest_index IS 'The photos that a user uploaded, newest first; its foreign key.';
COMMENT ON INDEX photos_exif_data_index IS 'Search by camera metadata, exif_data @> {"Make": "Apple"}, from outside of row-level security: the operator is not leakproof.';
COMMENT ON TABLE photos IS 'A photo taken on a site. The image is an object in S3, this row is what is known of it.';
COMMENT ON COLUMN photos.user_id IS 'Who uploaded it; cannot be deleted while the photo is there.';
COMMENT ON COLUMN photos.s3_url IS 'Where the object is.';
COMMENT ON COLUMN photos.s3_key IS 'Key of the object, for reference and deletion; unique in the organization.';
COMMENT ON COLUMN photos.file_size_bytes IS 'Size of the object; null until it is known.';
COMMENT ON COLUMN photos.mime_type IS 'Media type, as image/jpeg.';
COMMENT ON COLUMN photos.width IS 'Pixels across.';
COMMENT ON COLUMN photos.height IS 'Pixels down.';
COMMENT ON COLUMN photos.exif_data IS 'Camera metadata, place and time as the camera wrote them.';
COMMENT ON COLUMN photos.status IS 'pending until the object is known to be there, then stored.';
COMMENT ON COLUMN photos.uploaded_at IS 'When the object was stored.';
CALL make_tenant_table('photos', 'project_id');
GRANT SELECT, INSERT, UPDATE ON photos TO org_admin, org_user;

CREATE TABLE detections (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  photo_id uuid NOT NULL,
  detection_type text NOT NULL,
  model_version text,
  results jsonb NOT NULL,
  confidence double precision,
  processing_time_ms integer,
  user_confirmed boolean NOT NULL DEFAULT false,
  user_feedback jsonb,
  confirmed_by uuid,
  confirmed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT detections_photo_fkey FOREIGN KEY (organization_id, project_id, photo_id)
    REFERENCES photos (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT detections_confirmed_by_fkey FOREIGN KEY (organization_id, confirmed_by)
    REFERENCES users (organization_id, id) ON DELETE SET NULL (confirmed_by),
  CONSTRAINT detections_photo_key UNIQUE (organization_id, photo_id, id),
  CONSTRAINT detections_detection_type_known CHECK (detection_type IN ('damage', 'material', 'volume')),
  CONSTRAINT detections_model_version_length CHECK (char_length(model_version) BETWEEN 1 AND 100),
  CONSTRAINT detections_results_object CHECK (jsonb_typeof(results) = 'object'),
  CONSTRAINT detections_confidence_range CHECK (confidence BETWEEN 0 AND 1),
  CONSTRAINT detections_processing_time_ms_positive CHECK (processing_time_ms > 0)
);
CREATE INDEX detections_photo_index ON detections (organization_id, photo_id, created_at, id);
CREATE INDEX detections_newest_index ON detections (organization_id, created_at DESC, id DESC);
CREATE INDEX detections_type_index ON detections (organization_id, detection_type, user_confirmed);
CREATE INDEX detections_unconfirmed_index ON detections (organization_id, created_at DESC, id DESC) WHERE NOT user_confirmed;
CREATE INDEX detections_confirmed_by_index ON detections (organization_id, confirmed_by, created_at DESC, id DESC) WHERE confirmed_by IS NOT NULL;
COMMENT ON INDEX detections_photo_index IS 'The detections of a photo in their order; its foreign key.';
COMMENT ON INDEX detections_newest_index IS 'The list of detections in its default order, and ranges of time.';
COMMENT ON INDEX detections_type_index IS 'Filter and count by type, and by type what still waits for a person.';
COMMENT ON INDEX detections_unconfirmed_index IS 'The queue of detections that wait for a person, newest first; small however many are confirmed.';
COMMENT ON INDEX detections_confirmed_by_index IS 'What a user confirmed or rejected, newest first; its foreign key.';
COMMENT ON TABLE detections IS 'What a model saw in a photo, and what a person said to it.';
COMMENT ON COLUMN detections.photo_id IS 'The photo it was seen in.';
COMMENT ON COLUMN detections.detection_type IS 'damage, material or volume.';
COMMENT ON COLUMN detections.model_version IS 'The model that saw it.';
COMMENT ON COLUMN detections.results IS 'What was seen: label, boxes, polygons, measurements, unit; see docs/detection-results.schema.json.';
COMMENT ON COLUMN detections.confidence IS 'How sure the model is, 0 to 1.';
COMMENT ON COLUMN detections.processing_time_ms IS 'How long the model took.';
COMMENT ON COLUMN detections.user_confirmed IS 'Whether a person confirmed it.';
COMMENT ON COLUMN detections.user_feedback IS 'Corrections and remarks of that person.';
COMMENT ON COLUMN detections.confirmed_by IS 'Who confirmed or rejected it.';
COMMENT ON COLUMN detections.confirmed_at IS 'When they did.';
CALL make_tenant_table('detections', 'project_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON detections TO org_admin, org_user;

CREATE TABLE tags (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  photo_id uuid NOT NULL,
  detection_id uuid,
  tag text NOT NULL,
  source text NOT NULL DEFAULT 'ai',
  confidence double precision,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, id),
  CONSTRAINT tags_photo_fkey FOREIGN KEY (organization_id, project_id, photo_id)
    REFERENCES photos (organization_id, project_id, id) ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT tags_detection_fkey FOREIGN KEY (organization_id, photo_id, detection_id)
    REFERENCES detections (organization_id, photo_id, id) ON DELETE CASCADE,
  CONSTRAINT tags_photo_tag_source_key UNIQUE (organization_id, photo_id, tag, source),
  CONSTRAINT tags_tag_length CHECK (char_length(tag) BETWEEN 1 AND 100),
  CONSTRAINT tags_source_known CHECK (source IN ('ai', 'user')),
  CONSTRAINT tags_confidence_range CHECK (confidence BETWEEN 0 AND 1),
  CONSTRAINT tags_user_has_no_confidence CHECK (source <> 'user' OR confidence IS NULL),
  CONSTRAINT tags_user_has_no_detection CHECK (source <> 'user' OR detection_id IS NULL)
);
CREATE INDEX tags_photo_index ON tags (organization_id, photo_id, created_at, id);
CREATE INDEX tags_detection_index ON tags (organization_id, detection_id, created_at, id) WHERE detection_id IS NOT NULL;
CREATE INDEX tags_tag_index ON tags (organization_id, tag, photo_id);
COMMENT ON INDEX tags_photo_index IS 'The tags of a photo in their order; its foreign key.';
COMMENT ON INDEX tags_detection_index IS 'The tags that came from a detection, in their order; its foreign key.';
COMMENT ON INDEX tags_tag_index IS 'A label leads to all its photos; search and counts by label.';
COMMENT ON TABLE tags IS 'A label on a photo, by a model or by a person. Photos and labels are many-to-many through it.';
COMMENT ON COLUMN tags.photo_id IS 'The photo that is labelled.';
COMMENT ON COLUMN tags.detection_id IS 'The detection it came from, one of the same photo; null when a person set it.';
COMMENT ON COLUMN tags.tag IS 'The label.';
COMMENT ON COLUMN tags.source IS 'ai or user.';
COMMENT ON COLUMN tags.confidence IS 'How sure the model is, 0 to 1; null when a person set it.';
CALL make_tenant_table('tags', 'project_id');
GRANT SELECT, INSERT, UPDATE, DELETE ON tags TO org_admin, org_user;
