# shellcheck shell=bash
# Chooses the database: the one that the environment names, or the private cluster.

database() { # database [tests]
  if [[ -z ${DATABASE_URL:-} ]]; then
    cluster_start
    DATABASE_URL=$(cat "$URL_FILE")
    export DATABASE_URL
    return
  fi
  note "DATABASE_URL is set: it needs PostgreSQL $POSTGRES_OLDEST, PostGIS 3.3 and, for tests, a role that may CREATE DATABASE"
  "$VENV/bin/python" -m scripts.lib.check_database "${1:-}" || fail "the database of DATABASE_URL cannot be used" "$(tail -n 1 "$SETUP_LOG")"
}

test_database() { # the one that the environment names, or a cluster for tests alone, never the portal's own
  if [[ -n ${DATABASE_URL:-} ]]; then
    database tests
    return
  fi
  mkdir -p "$TESTS_LOCAL"
  cluster_choose "$TESTS_LOCAL" unsafe
  GEOPORTAL_PG_PORT='' database
  export GEOPORTAL_LOCAL=$TESTS_LOCAL # what is run from here on has that folder for its .local
}

open_database() { # for scripts that need no set-up
  venv_works || fail "this folder is not set up yet" "Run scripts/demo first."
  lock_setup
  database >>"$SETUP_LOG" 2>&1
  unlock_setup
}

bench_database() { # one of its own on the same server, so that no measurement touches the city
  database tests
  DATABASE_URL=$("$VENV/bin/python" -m scripts.lib.sibling_database "${BENCH_DATABASE:-geoportal_bench}")
  export DATABASE_URL
}
