-- Before the migrations: the roles, and a schema of their own, which both find by their search path alone.
SET client_min_messages = warning;
SELECT 'CREATE ROLE fieldgraph_owner LOGIN CREATEROLE' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fieldgraph_owner') \gexec
SELECT 'CREATE ROLE fieldgraph_gateway LOGIN NOINHERIT' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fieldgraph_gateway') \gexec
DROP SCHEMA IF EXISTS fieldgraph CASCADE;
CREATE SCHEMA fieldgraph AUTHORIZATION fieldgraph_owner;
SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = fieldgraph', role, current_database())
FROM unnest(ARRAY['fieldgraph_owner', 'fieldgraph_gateway']) role \gexec
GRANT CONNECT ON DATABASE :"DBNAME" TO fieldgraph_gateway;
