# shellcheck shell=bash
# Which database is used: the one that the environment names, or the private cluster.

database() { # database [tests]
  if [[ -z ${DATABASE_URL:-} ]]; then
    cluster_start
    return
  fi
  note "DATABASE_URL is set: it needs PostgreSQL $POSTGRES_OLDEST, PostGIS 3.3 and, for tests, a role that may CREATE DATABASE"
  "$VENV/bin/python" scripts/lib/check_database.py "${1:-}" || fail "the database of DATABASE_URL cannot be used" "$(tail -n 1 "$SETUP_LOG")"
}
