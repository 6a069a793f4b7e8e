# shellcheck shell=bash
# Common part of all scripts. Source it first: it sets the paths and loads the files of scripts/lib, one noun a file.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
LOCAL=${GEOPORTAL_LOCAL:-$ROOT/.local} # everything that this installation makes and no other shares
TESTS_LOCAL=$LOCAL/tests # what the tests have instead of it: a cluster and secrets of their own
VENV=$ROOT/.venv
export GEOPORTAL_LOCAL=$LOCAL

CALLED_FROM=$PWD
cd "$ROOT" || exit 1
mkdir -p "$LOCAL/log" "$LOCAL/run"
if [[ ! -w $LOCAL/log ]]; then
  printf 'error: %s belongs to the account %s; run this as that account\n' "$LOCAL" "$(stat -c %U "$LOCAL")" >&2
  exit 1
fi

from_here() { # a path that the caller typed, seen from the folder where it was typed
  if [[ $1 == /* ]]; then printf '%s' "$1"; else printf '%s/%s' "$CALLED_FROM" "$1"; fi
}

# shellcheck source=scripts/lib/messages.sh
source "$ROOT/scripts/lib/messages.sh"
# shellcheck source=scripts/lib/system.sh
source "$ROOT/scripts/lib/system.sh"
# shellcheck source=scripts/lib/python.sh
source "$ROOT/scripts/lib/python.sh"
# shellcheck source=scripts/lib/node.sh
source "$ROOT/scripts/lib/node.sh"
# shellcheck source=scripts/lib/cluster.sh
source "$ROOT/scripts/lib/cluster.sh"
# shellcheck source=scripts/lib/database.sh
source "$ROOT/scripts/lib/database.sh"
# shellcheck source=scripts/lib/tests.sh
source "$ROOT/scripts/lib/tests.sh"
# shellcheck source=scripts/lib/groups.sh
source "$ROOT/scripts/lib/groups.sh"
# shellcheck source=scripts/lib/serving.sh
source "$ROOT/scripts/lib/serving.sh"
# shellcheck source=scripts/lib/processes.sh
source "$ROOT/scripts/lib/processes.sh"
