-- Functions that everybody may call and that reveal rows nobody granted, write, or disturb others; by a superuser,
-- in each database, safe to repeat. The portal's own role keeps them.
-- psql --set role=geoportal --file closed_functions.sql
CREATE TEMP VIEW closed_functions AS
SELECT p.oid::regprocedure::text AS function
FROM pg_proc p
WHERE p.proname ~ '^(lo_|pg_advisory_|pg_try_advisory_|_postgis_(stats|selectivity|join_selectivity|index_extent)$)'
    OR p.proname IN (
        'loread', 'lowrite', 'pg_notify', 'pg_cancel_backend', 'pg_terminate_backend', 'pg_logical_emit_message',
        'pg_export_snapshot', 'pg_relation_size', 'pg_table_size', 'pg_total_relation_size', 'pg_indexes_size',
        'pg_database_size', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until', 'st_estimatedextent', 'st_findextent'
    );
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function) FROM closed_functions \gexec
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', function, :'role') FROM closed_functions
WHERE function !~ '^lo_(import|export)' \gexec
DROP VIEW closed_functions;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO :"role";
