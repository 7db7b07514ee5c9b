-- References across the wall between two tenants, as only a fault could make them: every row of northwind refers to rows of
-- alpine, and every other row of alpine to rows of northwind. A row whose keys do not allow it stays as it is.
DO $crossed$
DECLARE
  northwind uuid := (SELECT id FROM organizations WHERE slug = 'northwind');
  alpine uuid := (SELECT id FROM organizations WHERE slug = 'alpine');
  edge record;
  victim record;
BEGIN
  PERFORM set_config('session_replication_role', 'replica', true);
  FOR edge IN
    SELECT DISTINCT key.conrelid::regclass AS child, child.attname AS reference, key.confrelid::regclass AS parent
    FROM pg_constraint key
    CROSS JOIN LATERAL unnest(key.conkey, key.confkey) AS pair (child, parent)
    JOIN pg_attribute child ON child.attrelid = key.conrelid AND child.attnum = pair.child
    JOIN pg_attribute parent ON parent.attrelid = key.confrelid AND parent.attnum = pair.parent
    WHERE key.contype = 'f' AND parent.attname = 'id' AND child.attname <> 'organization_id'
      AND NOT (SELECT relispartition FROM pg_class WHERE oid = key.conrelid)
      AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = key.conrelid AND attname = 'organization_id')
      AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = key.confrelid AND attname = 'organization_id')
  LOOP
    FOR victim IN EXECUTE format(
      'SELECT ctid AS place, tableoid AS part, CASE WHEN organization_id = %L THEN %L::uuid ELSE %L::uuid END AS other FROM %s AS child
       WHERE %I IS NOT NULL AND (organization_id = %L OR organization_id = %L AND md5(child::text) < ''8'')',
      northwind, alpine, northwind, edge.child, edge.reference, northwind, alpine)
    LOOP
      BEGIN
        EXECUTE format(
          'UPDATE %s SET %I = (SELECT id FROM %s AS parent WHERE organization_id = $1 ORDER BY md5(id::text || $2::text) LIMIT 1) WHERE ctid = $2 AND tableoid = $3',
          edge.child, edge.reference, edge.parent) USING victim.other, victim.place, victim.part;
      EXCEPTION WHEN integrity_constraint_violation THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
END
$crossed$
