# shellcheck shell=bash
# The portal's own processes: the supervisor, recorded with the moment it began, and the groups it started (groups.sh).

PORT_DEFAULT=8000
STOP_SECONDS=20 # for the job that a process has, as in supervisor_config.py

process_began() { # in clock ticks after the machine's start; nothing for one that has ended and awaits its parent
  [[ $(process_field "$1" 1) == Z ]] || process_field "$1" 20
}

serve() { # the supervisor takes this script's place
  if supervisor_running; then
    note "The portal is served already; scripts/stop ends it."
    return
  fi
  serve_ready
  printf '%s %s\n' $$ "$(process_began $$)" >"$RUN/supervisor"
  note "Serving http://127.0.0.1:$PORT - Ctrl-C ends it, scripts/stop ends it and the database."
  export PORT
  front_settings
  [[ -n $(mosquitto_path) ]] || note "Mosquitto is not installed, so nothing is read or published over MQTT."
  MOSQUITTO_PATH=$(mosquitto_path) "$VENV/bin/python" -m scripts.lib.supervisor_config "$RUN" ${PROCFILE:+"$PROCFILE"} >"$RUN/supervisord.conf"
  # Through a pipe: supervisord opens its output by name, which a socket (of a service manager) does not allow.
  exec "$VENV/bin/supervisord" --nodaemon --configuration "$RUN/supervisord.conf" \
    > >(
      trap '' INT TERM
      exec cat 3>&- 4>&- 9>&-
    ) 2>&1 3>&- 4>&- 9>&-
}

front_settings() { # sets where the web server listens: behind nginx, where it is installed, else at the port itself
  export FRONT=$LOCAL/front NGINX_PATH WEB_LISTENS
  NGINX_PATH=$(nginx_path)
  if [[ -n $NGINX_PATH ]]; then
    local socket=$RUN/web.sock
    ((${#socket} <= 100)) || fail "the path $socket is too long for a socket" "Set GEOPORTAL_LOCAL to a shorter one."
    WEB_LISTENS="--uds $socket"
    "$VENV/bin/python" -m scripts.lib.front_config "$FRONT" "$socket"
    "$NGINX_PATH" -t -q -e stderr -c "$FRONT/nginx.conf" || fail "nginx does not take $FRONT/nginx.conf" "Set NGINX= to serve without it."
  else
    note "nginx is not installed, so slow visitors occupy the portal's own threads."
    WEB_LISTENS="--host ${WEB_HOST:-127.0.0.1} --port $PORT"
  fi
}

serve_ready() { # what would hinder serving, said before anything is done
  serving_settings
  ! supervisor_running || return 0
  if ! recorded_ended; then
    note "ending the processes that a killed supervisor left behind"
    leftovers_end
  fi
  web_port_free
}

web_port_free() { # sets PORT
  PORT=${PORT:-$PORT_DEFAULT}
  ! port_taken "$PORT" || fail "port $PORT is taken by another program" "Choose another one: PORT=$(free_port "$((PORT + 1))") scripts/demo"
}

supervisor_running() {
  local pid began
  read -r pid began 2>/dev/null <"$RUN/supervisor" || return 1
  [[ -n $began && $(process_began "$pid") == "$began" ]]
}

supervisor_ended() { ! supervisor_running; }

processes_stop() {
  local supervisor
  if supervisor_running; then # it ends its processes
    read -r supervisor _ <"$RUN/supervisor"
    kill -TERM "$supervisor" 2>/dev/null || true
    wait_until 30 supervisor_ended || kill -KILL "$supervisor" 2>/dev/null || true
    wait_until 5 supervisor_ended || fail "the supervisor does not end: process $supervisor"
  fi
  leftovers_end
  rm -f "$RUN"/*.group "$RUN/supervisor"
}

leftovers_end() { # what a supervisor that is gone left behind
  recorded_end "$STOP_SECONDS" || fail "these processes do not end: $(recorded_processes)"
}
