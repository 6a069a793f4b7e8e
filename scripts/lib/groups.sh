# shellcheck shell=bash
# The process groups that scripts/recorded wrote down, a file each. A recorded id is used only after a check that the
# process is the portal's: the system may have given it to another program since.

RUN=$LOCAL/run

process_field() { # process_field PID N: the Nth word after the name in /proc/PID/stat
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  cut -d' ' -f"$2" <<<"${stat##*) }"
}

process_group() { process_field "$1" 3; }

is_ours() { # by the mark in its environment, which nginx drops: that one by its program in this folder
  own_mark "$1" || [[ $(readlink "/proc/$1/exe") == */nginx && $(readlink "/proc/$1/cwd") == "$PWD" ]]
}

own_mark() { grep --quiet --null-data --line-regexp --fixed-strings "GEOPORTAL_LOCAL=$LOCAL" "/proc/$1/environ" 2>/dev/null; }

recorded_processes() { # recorded_processes [NAME]: all processes of the recorded groups, or of that one; children too
  local groups process
  if [[ $# -gt 0 ]]; then groups=$(cat "$RUN/$1.group" 2>/dev/null) || return 0; else
    groups=$(cat "$RUN"/*.group 2>/dev/null) || return 0
  fi
  for process in $(processes_of_groups "$groups"); do
    ! is_ours "$process" || printf '%s ' "$process"
  done
}

processes_of_groups() { # processes_of_groups IDS: without this script's own group
  local groups own process group
  own=$(process_group $$)
  groups=" ${1//$'\n'/ } "
  for process in /proc/[0-9]*; do
    process=${process#/proc/}
    { read -r group <"/proc/$process/stat"; } 2>/dev/null || continue
    group=${group##*) }
    read -r _ _ group _ <<<"$group"
    [[ $group == "$own" || $groups != *" $group "* ]] || printf '%s ' "$process"
  done
}

recorded_ended() { [[ -z $(recorded_processes "$@") ]]; }

recorded_end() { # recorded_end SECONDS [NAME]: ends them, by force after SECONDS; fails where one does not end
  local seconds=$1 left
  shift
  left=$(recorded_processes "$@")
  [[ -n $left ]] || return 0
  # shellcheck disable=SC2086 # a list of process numbers
  kill -TERM $left 2>/dev/null || true
  wait_until "$seconds" recorded_ended "$@" && return
  # shellcheck disable=SC2046
  kill -KILL $(recorded_processes "$@") 2>/dev/null || true
  wait_until 5 recorded_ended "$@"
}

wait_until() { # wait_until SECONDS COMMAND...
  local tries=$(($1 * 10))
  shift
  until "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}
