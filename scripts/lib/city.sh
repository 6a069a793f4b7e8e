# shellcheck shell=bash
# The demo city: loaded through the ordinary pipeline, which changes nothing when it is there already. That check takes
# as long as making the city, so a start that only wants to serve leaves it out when nothing happened since the last load.

CITY_FILE_LOADED=$LOCAL/demo-city

load_city() { # load_city [demo_city's options]
  open_step "Demo city" manage demo_city "$@"
  city_state "$@" >"$CITY_FILE_LOADED"
}

run_studies() { # only what changed is computed; studies leave the city itself as it is
  open_step "Studies" manage run_study --all
}

city_is_loaded() { [[ -s $CITY_FILE_LOADED && $(city_state "$@") == "$(cat "$CITY_FILE_LOADED")" ]]; }

city_state() { # the code that makes the city, what it is told, and the last run that changed it
  local code
  mapfile -t code < <(find layers ingest analysis city.toml "${CITY_FILE:-city.toml}" -type f ! -name '*.pyc' | sort -u)
  printf '%s %s %s\n' "$(file_hash "${code[@]}")" "$*" "$("$VENV/bin/python" -m scripts.lib.last_run)"
}
