SELECT * FROM organization_usage($1, $2, $3);
