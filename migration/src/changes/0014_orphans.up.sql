-- For rows that are written together with what they take from the row they hang under: a statement that finds no such row ends here,
-- and is told apart from all else by the name of the rule.
CREATE FUNCTION refuse_orphan(rule text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what a new row refers to is not there' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = rule;
END
$$;
COMMENT ON FUNCTION refuse_orphan(text) IS 'Refuses a new row whose parent is not there for the caller to see, under the name of a rule.';
GRANT EXECUTE ON FUNCTION refuse_orphan(text) TO org_admin, org_user;
