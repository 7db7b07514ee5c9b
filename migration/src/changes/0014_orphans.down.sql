DROP FUNCTION refuse_orphan(text);
