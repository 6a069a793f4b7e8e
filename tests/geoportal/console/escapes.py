"""Attempts to read hidden data, to change something, or to block the server for others.

Each is tried through the console and, without the console's own checks, directly as the login. `console` is the
console's outcome: refuse it by name, fail it in the database, stop it at a limit, or answer it (with nothing hidden).
`direct` is the database's outcome for a login that is not read-only: refuse it, or answer.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Escape:
    """An attempt and its expected outcomes. `{schema}` is the schema of the login."""

    sql: str
    console: Literal["refused", "failed", "limit", "ok"] = "refused"
    direct: Literal["refused", "ok"] = "refused"
    tells: str = ""
    """What the database does show to a login that came past the first wall: names and numbers, no row."""


ROLES = (
    Escape("RESET ROLE", direct="ok"),
    Escape("SET ROLE geoportal"),
    Escape("SET ROLE geoportal_services"),
    Escape("SET ROLE postgres"),
    Escape("SET SESSION AUTHORIZATION postgres"),
    Escape("SET SESSION AUTHORIZATION geoportal"),
    Escape("SELECT set_config('role', 'geoportal', false)"),
    Escape("SELECT set_config('session_authorization', 'postgres', false)"),
    Escape("SELECT set_config('session_replication_role', 'replica', false)"),
    Escape("SELECT pg_catalog.set_config('statement_timeout', '0', false)", direct="ok"),
    Escape("ALTER ROLE {schema} SUPERUSER"),
    Escape("ALTER ROLE {schema} BYPASSRLS"),
    Escape("GRANT geoportal TO {schema}"),
    Escape("GRANT pg_read_all_data TO {schema}"),
    Escape("GRANT pg_read_server_files TO {schema}"),
    Escape("CREATE ROLE intruder LOGIN SUPERUSER"),
    Escape("ALTER SYSTEM SET log_statement = 'all'"),
    Escape("SELECT pg_reload_conf()"),
)

FILES = (
    Escape("COPY buildings TO '/tmp/geoportal-escape'"),
    Escape("COPY (SELECT 1) TO PROGRAM 'touch /tmp/geoportal-escape'"),
    Escape("COPY spatial_ref_sys FROM PROGRAM 'id'"),
    Escape("COPY spatial_ref_sys FROM '/etc/passwd'"),
    Escape("SELECT lo_import('/etc/passwd')"),
    Escape("SELECT lo_export(1, '/tmp/geoportal-escape')"),
    Escape("SELECT lo_create(4242)"),
    Escape("SELECT lo_from_bytea(0, 'x'::bytea)"),
    Escape("SELECT lo_get(1)"),
    Escape("SELECT pg_read_file('/etc/passwd')"),
    Escape("SELECT pg_read_binary_file('PG_VERSION')"),
    Escape("SELECT pg_ls_dir('.')"),
    Escape("SELECT * FROM pg_ls_dir('/') AS f"),
    Escape("SELECT pg_stat_file('PG_VERSION')"),
    Escape("SELECT pg_ls_logdir()"),
    Escape("SELECT pg_ls_waldir()"),
    Escape("SELECT pg_current_logfile()"),
    Escape("SELECT ST_FromGDALRaster(pg_read_binary_file('/etc/passwd'))"),
    Escape("SELECT ST_AsMVT(b, 'buildings', 4096, 'geom') FROM (SELECT * FROM public.layers_building) b"),
    Escape("SELECT ST_SetBandPath(NULL, '/etc/passwd')"),
    Escape("SELECT ST_Transform(ST_SetSRID(ST_Point(0, 0), 4326), '+init=/etc/passwd:1')"),
    Escape("LOAD '/tmp/geoportal-escape.so'"),
    Escape("SELECT xmlparse(document '<!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]><a>&b;</a>')", direct="ok"),
    Escape(
        "SELECT * FROM xmltable('/a' PASSING xmlparse(document '<!DOCTYPE a [<!ENTITY b SYSTEM \"/etc/passwd\">]>"
        "<a>&b;</a>') COLUMNS c text PATH '.')",
        direct="ok",
    ),
)

ELSEWHERE = (
    Escape("CREATE EXTENSION dblink"),
    Escape("CREATE EXTENSION postgres_fdw"),
    Escape("CREATE EXTENSION adminpack"),
    Escape("SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t (a int)"),
    Escape("SELECT dblink_connect('host=127.0.0.1')"),
    Escape("CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw"),
    Escape("IMPORT FOREIGN SCHEMA public FROM SERVER s INTO {schema}"),
    Escape("CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p"),
    Escape("SELECT pg_create_logical_replication_slot('s', 'test_decoding')"),
    Escape("SELECT pg_logical_emit_message(false, 'a', 'b')"),
)

CATALOGUE = (
    Escape("SELECT * FROM pg_stats WHERE schemaname = 'public'", direct="ok"),
    Escape("SELECT * FROM pg_statistic"),
    Escape("SELECT * FROM pg_statistic_ext_data"),
    Escape("SELECT * FROM pg_stats_ext", direct="ok"),
    Escape("SELECT query FROM pg_stat_activity", direct="ok", tells="statements of the same login"),
    Escape("SELECT relname, reltuples FROM pg_class", direct="ok", tells="names of tables, their number of rows"),
    Escape("SELECT * FROM pg_stat_user_tables", direct="ok", tells="numbers of rows read and written"),
    Escape("SELECT definition FROM pg_views", direct="ok", tells="how the views are made"),
    Escape("SELECT pg_get_viewdef('geoportal_services.buildings'::regclass)"),
    Escape("SELECT * FROM information_schema.columns", direct="ok", tells="columns that the login may read"),
    Escape("SELECT * FROM information_schema.tables", direct="ok", tells="views that the login may read"),
    Escape("SELECT attname FROM pg_attribute", direct="ok", tells="names of columns"),
    Escape("SELECT prosrc FROM pg_proc", direct="ok", tells="functions of the server"),
    Escape("SELECT * FROM pg_largeobject"),
    Escape("SELECT * FROM pg_largeobject_metadata", direct="ok", tells="whose large objects there are"),
    Escape("SELECT * FROM pg_authid"),
    Escape("SELECT rolname, rolpassword FROM pg_catalog.pg_authid"),
    Escape("SELECT * FROM pg_shadow"),
    Escape("SELECT usename, passwd FROM pg_user", direct="ok", tells="names of logins"),
    Escape("SELECT name, setting FROM pg_settings", direct="ok", tells="settings of the server"),
    Escape("SELECT * FROM pg_hba_file_rules"),
    Escape("SELECT * FROM pg_file_settings"),
    Escape("SELECT * FROM pg_user_mappings", direct="ok"),
    Escape("SELECT * FROM pg_subscription"),
    Escape("SELECT * FROM pg_cursors", direct="ok"),
    Escape("SELECT * FROM pg_prepared_statements", direct="ok"),
    Escape("SELECT last_value FROM pg_sequences WHERE schemaname = 'public'", direct="ok"),
    Escape("SELECT current_setting('data_directory')"),
    Escape("SELECT current_setting('search_path')", direct="ok"),
    Escape("SELECT version(), current_user, current_database()", direct="ok", tells="the server's version"),
    Escape("SELECT current_user", direct="ok"),
    Escape("SELECT inet_server_addr(), pg_postmaster_start_time()", direct="ok"),
    Escape("SELECT has_table_privilege('geoportal', 'public.layers_building', 'SELECT')", direct="ok"),
    Escape("SELECT has_column_privilege('public.layers_building', 'owner', 'SELECT')", direct="ok"),
    Escape("SELECT to_regclass('public.layers_hydrant')", direct="ok", tells="names of tables"),
    Escape("SELECT 'public.layers_hydrant'::regclass::oid", direct="ok", tells="names of tables"),
    Escape("SELECT regclass 'public.layers_hydrant'", direct="ok", tells="names of tables"),
    Escape("SELECT pg_relation_size('public.layers_building')"),
    Escape("SELECT pg_total_relation_size('public.auth_user')"),
    Escape("SELECT pg_database_size(current_database())"),
    Escape("SELECT obj_description('public.layers_building'::regclass)", direct="ok"),
    Escape("SELECT ST_EstimatedExtent('public', 'layers_building', 'geom')"),
    Escape("SELECT ST_FindExtent('public', 'layers_hydrant', 'geom')"),
    Escape("SELECT _postgis_stats('public.layers_hydrant'::regclass, 'geom')"),
    Escape("SELECT Find_SRID('public', 'layers_hydrant', 'geom')"),
    Escape("SELECT nextval('public.layers_building_version_id_seq')"),
    Escape("SELECT lastval()"),
    Escape("SELECT pg_stat_get_live_tuples('public.layers_hydrant'::regclass)", direct="ok", tells="numbers of rows"),
)

HIDDEN = (
    Escape("SELECT * FROM public.layers_building"),
    Escape("SELECT * FROM layers_building"),
    Escape("SELECT * FROM public.layers_hydrant"),
    Escape("SELECT * FROM geoportal_services.buildings"),
    Escape("TABLE public.layers_hydrant"),
    Escape("SELECT * FROM public.auth_user"),
    Escape("SELECT * FROM geoportal_apitoken"),
    Escape("SELECT * FROM django_session"),
    Escape("SELECT * FROM public.geoportal_auditentry"),
    Escape("SELECT row_to_json(b) FROM public.layers_building b"),
    Escape("SELECT recorded_to FROM buildings", console="failed"),
    Escape("SELECT dataset_id FROM buildings", console="failed"),
    Escape("SELECT source_id FROM buildings", console="failed"),
    Escape("SELECT payload_hash FROM buildings", console="failed"),
    Escape("SELECT tableoid::regclass FROM buildings"),
    Escape("SELECT xmin, ctid FROM buildings"),
    Escape("SELECT (b).tableoid FROM buildings b"),
    Escape('SELECT * FROM U&"layers\\005Fbuilding"'),
    Escape('SELECT * FROM "public"."layers_building"'),
    Escape("SELECT * FROM/**/public./**/layers_building -- buildings"),
    Escape("SELECT /* ; */ * FROM public.layers_hydrant"),
    Escape("SELECT $$a$$ FROM public.layers_hydrant"),
    Escape("SELECT * FROM buildings WHERE EXISTS (SELECT FROM public.layers_hydrant)"),
    Escape("SELECT * FROM (WITH layers_hydrant AS (SELECT 1) SELECT 1) a, layers_hydrant"),
    Escape("WITH a AS (SELECT * FROM layers_hydrant), layers_hydrant AS (SELECT 1) SELECT * FROM a"),
    Escape("WITH pg_class AS (SELECT 1) SELECT * FROM pg_class", direct="ok"),
    Escape("SELECT (SELECT string_agg(owner, ',') FROM public.layers_building)"),
    Escape("SELECT * FROM buildings UNION ALL SELECT * FROM public.layers_building"),
    Escape("SELECT * FROM buildings JOIN public.layers_building USING (feature_id)"),
    Escape("SELECT * FROM LATERAL (SELECT * FROM public.layers_hydrant) x"),
    Escape("VALUES ((SELECT max(number) FROM public.layers_hydrant))"),
    Escape("SELECT * FROM public.layers_building TABLESAMPLE SYSTEM (100)"),
    Escape("SELECT * FROM otherdatabase.public.layers_building"),
)

SQL_IN_TEXT = (
    Escape("SELECT query_to_xml('SELECT * FROM public.layers_building', true, true, '')"),
    Escape("SELECT table_to_xml('public.layers_hydrant', true, true, '')"),
    Escape("SELECT cursor_to_xml('c', 10, true, true, '')"),
    Escape("SELECT database_to_xml(true, true, '')", direct="ok"),
    Escape("SELECT schema_to_xml('public', true, true, '')", direct="ok"),
    Escape("SELECT query_to_xmlschema('SELECT * FROM public.auth_user', true, true, '')"),
    Escape("SELECT ts_stat('SELECT to_tsvector(owner) FROM public.layers_building')"),
    Escape("SELECT ts_rewrite('a'::tsquery, 'SELECT t, s FROM public.aliases')"),
    Escape("SELECT b.query_to_xml FROM buildings b", console="failed"),
    Escape("SELECT b.pg_typeof FROM buildings b", direct="ok"),
    Escape("DO $$ BEGIN EXECUTE 'SELECT 1'; END $$"),
    Escape("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    Escape("CREATE FUNCTION pg_temp.f(text) RETURNS bool LANGUAGE sql COST 0.001 AS 'SELECT true'"),
    Escape("CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)"),
    Escape("CREATE CAST (text AS int) WITH INOUT AS IMPLICIT"),
    Escape("PREPARE p AS SELECT * FROM public.layers_building", direct="ok", tells="nothing until executed"),
    Escape("EXECUTE p"),
    Escape("EXPLAIN ANALYZE SELECT * FROM buildings", direct="ok", tells="how many rows a view leaves out"),
    Escape("EXPLAIN (VERBOSE) SELECT * FROM public.layers_hydrant"),
    Escape("SELECT 1; SELECT * FROM public.layers_building"),
    Escape("SELECT 1; DROP TABLE public.layers_building"),
    Escape("SELECT 1) TO STDOUT; SELECT * FROM public.auth_user; --"),
    Escape("DECLARE c CURSOR WITH HOLD FOR SELECT * FROM public.layers_building"),
    Escape("FETCH ALL FROM asked"),
    Escape("CALL f()"),
)

ORACLES = (
    Escape("SELECT CASE WHEN (SELECT count(*) FROM public.layers_hydrant) > 0 THEN 1 / 0 END"),
    Escape("SELECT CASE WHEN EXISTS (SELECT FROM public.auth_user WHERE is_superuser) THEN 1 / 0 END"),
    Escape("SELECT 1 FROM buildings WHERE name::int > 0", console="failed"),
    Escape("SELECT 1 FROM buildings WHERE 1 / (CASE WHEN name LIKE 'SEKRET%' THEN 0 ELSE 1 END) = 1", "ok", "ok"),
    Escape("SELECT 1 FROM buildings WHERE to_date(name, 'YYYY') IS NULL", console="failed"),
    Escape("SELECT 1 FROM buildings WHERE ('x' || name)::json IS NULL", console="failed"),
    Escape("SELECT 1 FROM buildings WHERE ST_GeomFromText(name) IS NULL", console="failed"),
    Escape("SELECT 1 FROM buildings WHERE similarity(name, 'SEKRET') > 0.2 AND name::date IS NULL", "ok", "ok"),
    Escape("SELECT count(*), max(name), min(name), string_agg(name, '') FROM buildings", "ok", "ok"),
    Escape("SELECT * FROM buildings ORDER BY name USING <", "ok", "ok"),
    Escape("SELECT b FROM buildings b WHERE b::text ~ 'SEKRET'", "ok", "ok"),
    Escape("SELECT json_agg(b) FROM buildings b", "ok", "ok"),
    Escape("SELECT pg_sleep(1) FROM buildings WHERE name LIKE 'SEKRET%'"),
    Escape("SELECT count(*) FROM buildings, clock_timestamp()", direct="ok"),
)

EFFECTS = (
    Escape("LISTEN escape", direct="ok"),
    Escape("NOTIFY escape, 'x'", direct="ok"),
    Escape("SELECT pg_notify('escape', 'x')"),
    Escape("SELECT pg_advisory_lock(7104, 1)"),
    Escape("SELECT pg_try_advisory_xact_lock(7104, 1)"),
    Escape("LOCK TABLE buildings"),
    Escape("LOCK TABLE public.layers_building IN ACCESS SHARE MODE"),
    Escape("SELECT * FROM buildings FOR UPDATE"),
    Escape("SELECT * FROM buildings FOR KEY SHARE"),
    Escape("CREATE TEMP TABLE mine (id int)"),
    Escape("CREATE TABLE {schema}.mine (id int)"),
    Escape("CREATE SCHEMA mine"),
    Escape("SELECT * INTO mine FROM buildings"),
    Escape("SELECT * INTO TEMP mine FROM buildings"),
    Escape("WITH gone AS (DELETE FROM buildings RETURNING *) SELECT * FROM gone"),
    Escape("WITH gone AS (DELETE FROM public.layers_building RETURNING *) SELECT owner FROM gone"),
    Escape("WITH new AS (INSERT INTO buildings DEFAULT VALUES RETURNING 1) SELECT * FROM new"),
    Escape("INSERT INTO public.spatial_ref_sys VALUES (999999)"),
    Escape("UPDATE buildings SET name = 'x'"),
    Escape("MERGE INTO buildings USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE"),
    Escape("TRUNCATE public.layers_building"),
    Escape("DROP VIEW buildings"),
    Escape("CREATE OR REPLACE VIEW {schema}.buildings AS SELECT * FROM public.layers_building"),
    Escape("ALTER VIEW {schema}.buildings SET (security_barrier = false)"),
    Escape("COMMENT ON VIEW {schema}.buildings IS 'x'"),
    Escape("ANALYZE public.layers_building", direct="ok"),
    Escape("VACUUM public.layers_building"),
    Escape("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"),
    Escape("SELECT pg_cancel_backend(1)"),
    Escape("SELECT pg_export_snapshot()"),
    Escape("SELECT pg_stat_reset()"),
    Escape("SELECT pg_rotate_logfile()"),
    Escape("SELECT pg_switch_wal()"),
    Escape("BEGIN; COMMIT", direct="ok"),
    Escape("COMMIT", direct="ok"),
    Escape("SELECT AddGeometryColumn('public', 'layers_building', 'g', 2178, 'POINT', 2)"),
    Escape("SELECT DropGeometryTable('public', 'layers_building')"),
    Escape("SELECT UpdateGeometrySRID('layers_building', 'geom', 4326)"),
)

BOMBS = (
    Escape("SELECT count(*) FROM generate_series(1, 100000000000)", console="limit"),
    Escape("SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b", console="limit"),
    Escape("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r", console="limit"),
    Escape("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r", "ok"),
    Escape("SELECT repeat('x', 1000000000)"),
    Escape("SELECT repeat(repeat('x', 10000), 10000)", "ok", "ok"),
    Escape("SELECT lpad('x', 1000000000)"),
    Escape("SELECT format('%1000000000s', 'x')"),
    Escape("SELECT string_agg(repeat('x', 10000), '') FROM generate_series(1, 10000000)", console="limit"),
    Escape("SELECT regexp_count(repeat('a', 10000), '((a{1,100}){1,100}){1,100}')", "failed"),
    Escape(
        "SELECT regexp_replace(repeat('a', 10000), '(a|aa)+$', '', 'g') FROM generate_series(1, 100000000)", "limit"
    ),
    Escape("SELECT count(*) FROM buildings a, buildings b, generate_series(1, 1000000000)", console="limit"),
    Escape("SELECT ST_Buffer(ST_Point(0, 0), 1, 1000000000)"),
    Escape("SELECT ST_GeneratePoints(ST_MakeEnvelope(0, 0, 1, 1), 1000000000)"),
    Escape("SELECT ST_Segmentize(ST_MakeLine(ST_Point(0, 0), ST_Point(1e9, 1e9)), 1e-9)"),
    Escape("SELECT array_fill(0, ARRAY[100000000])", direct="ok"),
    Escape("SELECT factorial(100000)"),
    Escape("SELECT " + "(" * 200 + "1" + ")" * 200, direct="ok"),
    Escape("SELECT 1" + " + 1" * 1500, direct="ok"),
    Escape("SELECT '" + "x" * 30_000 + "'", direct="ok"),
)

BY_NAME = (
    Escape("SELECT ('SELECT 1'::text).ts_stat"),
    Escape("SELECT (ARRAY['SELECT 1'])[1].ts_stat"),
    Escape(
        "SELECT q.ts_stat FROM (SELECT 1 AS ts_stat) x, unnest(ARRAY['SELECT to_tsvector(''a'')']) q", direct="ok"
    ),
    Escape("SELECT ('buildings'::text).nextval"),
    Escape("SELECT (row(1, 2)).hash_record", direct="ok"),
    Escape("SELECT b.record_out FROM buildings b", direct="ok"),
    Escape("SELECT ('{{1}}'::text).jsonb_in"),
    Escape("SELECT (5::int4).setseed"),
)
"""Functions called by attribute notation: of a cast, a row, an element, and of what is only called like a column."""

ESCAPES: tuple[Escape, ...] = (
    *BY_NAME,
    *ROLES,
    *FILES,
    *ELSEWHERE,
    *CATALOGUE,
    *HIDDEN,
    *SQL_IN_TEXT,
    *ORACLES,
    *EFFECTS,
)
"""Tried one by one; BOMBS, which take their time, apart."""

OWN_LOGIN = (
    Escape("ALTER ROLE {schema} PASSWORD 'mine'"),
    Escape("ALTER ROLE {schema} SET statement_timeout = 0"),
    Escape("ALTER ROLE {schema} RESET ALL"),
)
"""PostgreSQL lets every login do this to itself, and has no way to forbid it: only the first wall and the read-only
session stand before it. It reads nothing hidden; `scripts/lib/logins.sql` puts the login right again."""
