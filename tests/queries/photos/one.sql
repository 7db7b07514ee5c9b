SELECT "detections"."id" AS "id" FROM "detections" WHERE "detections"."organization_id" = $1 AND "detections"."id" = ANY($2);
SELECT "photos"."id" AS "id" FROM "photos" WHERE "photos"."organization_id" = $1 AND "photos"."deleted_at" IS NULL AND "photos"."id" = ANY($2);
