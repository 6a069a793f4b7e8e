# shellcheck shell=bash
# Output for people: numbered steps with their time, notes, and one clear line for an error.

exec 3>&1 4>&2 # the terminal, also while a step's own output goes into the log
SETUP_LOG=$LOCAL/log/setup.log
STEP_NAME=
STEP_TOTAL=0
STEP_NUMBER=0

note() { # note TEXT: one line about something done or mended
  [[ -z $STEP_NAME ]] || printf '\n      ' >&3
  printf '%s' "$1" >&3
  if [[ -z $STEP_NAME ]]; then printf '\n' >&3; else printf ' ... ' >&3; fi
}

fail() { # fail TEXT [HINT]: what is wrong and what to do, then the end
  [[ -z $STEP_NAME ]] || printf 'failed\n' >&3
  STEP_NAME=
  printf 'error: %s\n' "$1" >&4
  [[ $# -lt 2 ]] || printf '       %s\n' "$2" >&4
  exit 1
}

steps() { # steps N: how many steps follow
  STEP_TOTAL=$1
  STEP_NUMBER=0
  : >"$SETUP_LOG"
}

step() { # step NAME COMMAND...: runs it quietly, prints how long it took
  local began=$SECONDS name=$1
  shift
  step_line "$name"
  STEP_NAME=$name
  "$@" >>"$SETUP_LOG" 2>&1 3>&3 4>&4
  STEP_NAME=
  printf 'done in %d s\n' $((SECONDS - began)) >&3
}

open_step() { # open_step NAME COMMAND...: the same for a command that shows its own progress
  local began=$SECONDS name=$1
  shift
  step_line "$name"
  printf '\n' >&3
  "$@" 3>&- 4>&- 9>&-
  printf '[%d/%d] %s: done in %d s\n' "$STEP_NUMBER" "$STEP_TOTAL" "$name" $((SECONDS - began)) >&3
}

step_line() {
  STEP_NUMBER=$((STEP_NUMBER + 1))
  printf '[%d/%d] %s ... ' "$STEP_NUMBER" "$STEP_TOTAL" "$1" >&3
}

step_failed() { # when a step's command ends the script, its own words are what helps
  local code=$?
  if [[ $code -ne 0 && -n $STEP_NAME ]]; then
    printf 'failed\n' >&3
    printf 'error: "%s" failed; the end of %s:\n' "$STEP_NAME" "$SETUP_LOG" >&4
    tail -n 20 "$SETUP_LOG" | sed 's/^/       /' >&4
  fi
  exit "$code"
}
trap step_failed EXIT
