-- The logins of people who write SQL, one for each level of access; by a superuser, safe to repeat.
-- psql --set password=... --file logins.sql
-- Each login's own password is the SHA-256 of "login:password", as the portal computes it.
SELECT format('CREATE ROLE %I', login)
FROM unnest(ARRAY['geoportal_public', 'geoportal_staff', 'geoportal_services']) login
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) \gexec
SELECT format(
    'ALTER ROLE %I LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 8 PASSWORD %L',
    login, encode(sha256(convert_to(login || ':' || :'password', 'UTF8')), 'hex'))
FROM unnest(ARRAY['geoportal_public', 'geoportal_staff', 'geoportal_services']) login \gexec
SELECT format('ALTER ROLE %I SET %I = %L', login, parameter, given)
FROM unnest(ARRAY['geoportal_public', 'geoportal_staff', 'geoportal_services']) login,
    (VALUES
        ('default_transaction_read_only', 'on'),
        ('statement_timeout', '60s'),
        ('lock_timeout', '2s'),
        ('idle_in_transaction_session_timeout', '60s'),
        ('client_connection_check_interval', '1s'),
        ('temp_file_limit', '1GB'),
        ('work_mem', '32MB'),
        ('max_parallel_workers_per_gather', '0')
    ) AS limits (parameter, given) \gexec
SELECT format('ALTER ROLE %I SET search_path = %I, public', login, login)
FROM unnest(ARRAY['geoportal_public', 'geoportal_staff', 'geoportal_services']) login \gexec
