# shellcheck shell=bash
# The portal's own processes. The id of each is recorded when it starts, and used only after a check that the process
# is the portal's: the system may have given a recorded id to another program since.

RUN=$LOCAL/run
PORT_DEFAULT=8000

process_field() { # process_field PID N: the Nth word after the name in /proc/PID/stat
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  cut -d' ' -f"$2" <<<"${stat##*) }"
}

process_group() { process_field "$1" 3; }

process_began() { # in clock ticks after the machine's start; nothing for one that has ended and awaits its parent
  [[ $(process_field "$1" 1) == Z ]] || process_field "$1" 20
}

serve() { # the supervisor takes this script's place
  if supervisor_running; then
    note "The portal is served already; scripts/stop ends it."
    return
  fi
  web_port_free
  printf '%s %s\n' $$ "$(process_began $$)" >"$RUN/supervisor"
  note "Serving http://127.0.0.1:$PORT - Ctrl-C ends it, scripts/stop ends it and the database."
  export PORT
  "$VENV/bin/python" -m scripts.lib.supervisor_config "$RUN" ${PROCFILE:+"$PROCFILE"} >"$RUN/supervisord.conf"
  # Through a pipe: supervisord opens its output by name, which a socket (of a service manager) does not allow.
  exec "$VENV/bin/supervisord" --nodaemon --configuration "$RUN/supervisord.conf" \
    > >(
      trap '' INT TERM
      exec cat 3>&- 4>&- 9>&-
    ) 2>&1 3>&- 4>&- 9>&-
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

recorded_processes() { # all processes of the groups that scripts/recorded wrote down, their children too
  local groups process
  groups=$(cat "$RUN"/*.group 2>/dev/null) || return 0
  for process in /proc/[0-9]*; do
    process=${process#/proc/}
    grep -qxF "$(process_group "$process")" <<<"$groups" || continue
    ! is_ours "$process" || printf '%s ' "$process"
  done
}

is_ours() { { tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null | grep -qxF "GEOPORTAL_LOCAL=$LOCAL"; }

all_ended() { ! supervisor_running && [[ -z $(recorded_processes) ]]; }

processes_stop() {
  local supervisor=
  ! supervisor_running || read -r supervisor _ <"$RUN/supervisor"
  # shellcheck disable=SC2086,SC2046 # lists of process numbers
  if ! all_ended; then
    kill -TERM ${supervisor:-$(recorded_processes)} 2>/dev/null || true
    wait_until 30 all_ended || kill -KILL $supervisor $(recorded_processes) 2>/dev/null || true
    wait_until 5 all_ended || fail "these processes do not end: $(recorded_processes)"
  fi
  rm -f "$RUN"/*.group "$RUN/supervisor"
}
