# shellcheck shell=bash
# Installs packages of the operating system, and locks the set-up so that one runs at a time.

POSTGRES_OLDEST=15

lock_setup() { # two set-ups of the same folder wait for each other
  exec 9>"$LOCAL/setup.lock"
  flock --nonblock 9 && return
  note "waiting for another set-up of this folder"
  flock 9
}

unlock_setup() { exec 9>&-; }

file_hash() { sha256sum "$@" | sha256sum | cut -c1-64; }

system_packages() { # system_packages [tests|chromium|mosquitto|wrk|peers]...: installs what is missing for running and for those
  local missing=() name
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
  if [[ -z ${DATABASE_URL:-} ]]; then
    [[ -n $(postgres_with_postgis) ]] || missing+=(postgresql postgis)
  else
    has_library libgdal || missing+=(gdal-bin)
    command -v pg_dump >/dev/null || missing+=(postgresql-client)
  fi
  has_library libpangoft2-1.0 || missing+=(libpango-1.0-0 libpangoft2-1.0-0) # WeasyPrint's text
  has_library libharfbuzz-subset || missing+=(libharfbuzz-subset0)
  [[ -n $(mosquitto_path) || -n ${MOSQUITTO+set} ]] || ! as_root_possible || missing+=(mosquitto) # without it no MQTT
  [[ -n $(nginx_path) || -n ${NGINX+set} ]] || ! as_root_possible || missing+=(nginx) # without it nothing is in front
  for name in "$@"; do
    case $name in
      tests)
        [[ -n $(nginx_path) ]] || as_root_possible || missing+=(nginx)
        [[ -n $(mosquitto_path) ]] || as_root_possible || missing+=(mosquitto)
        command -v mosquitto_pub >/dev/null || missing+=(mosquitto-clients)
        [[ -n $(chromium_path) ]] || missing+=(chromium)
        command -v xgettext >/dev/null || missing+=(gettext)
        ;;
      chromium) [[ -n $(chromium_path) ]] || missing+=(chromium) ;;
      mosquitto)
        [[ -n $(mosquitto_path) ]] || missing+=(mosquitto)
        command -v mosquitto_pub >/dev/null || missing+=(mosquitto-clients)
        ;;
      wrk) command -v wrk >/dev/null || missing+=(wrk) ;;
      peers) ;; # Python packages only
      *) fail "nobody knows what the need \"$name\" is" "scripts/lib/system.sh lists the known ones." ;;
    esac
  done
  [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
  [[ ${1:-} != tests ]] || qgis_if_offered
  check_python
}

qgis_if_offered() { # the tests of QGIS as a client are skipped, with a reason, where it is not to be had
  [[ ! -e /usr/lib/python3/dist-packages/qgis/core ]] || return 0
  as_root_possible && [[ $(apt-cache policy python3-qgis 2>/dev/null) == *'Candidate: '[0-9]* ]] || return 0
  note "apt: python3-qgis"
  apt_install python3-qgis || note "QGIS could not be installed; the tests that need it are skipped"
}

check_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    || fail "Python 3.11 or newer is needed, found $(python3 --version 2>&1)" "Debian 12, Ubuntu 24.04 or newer have it."
}

has_library() { [[ $(/sbin/ldconfig -p) == *"$1.so"* ]]; } # a pipe to grep -q now and then ends ldconfig, and fails

mosquitto_path() { # what MOSQUITTO names (empty: no broker), else where Debian has it; as in settings.py
  if [[ -n ${MOSQUITTO+set} ]]; then printf '%s' "$MOSQUITTO"; else PATH=$PATH:/usr/sbin command -v mosquitto || true; fi
}

nginx_path() { # what NGINX names (empty: none), else where Debian has it
  if [[ -n ${NGINX+set} ]]; then printf '%s' "$NGINX"; else PATH=$PATH:/usr/sbin command -v nginx || true; fi
}

chromium_path() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

postgres_with_postgis() { # the newest installed version that has PostGIS, or nothing
  local folder version newest=
  for folder in /usr/lib/postgresql/*/bin; do
    version=$(basename "$(dirname "$folder")")
    [[ -x $folder/initdb && -e /usr/share/postgresql/$version/extension/postgis.control ]] || continue
    ((version >= POSTGRES_OLDEST)) || continue
    [[ -n $newest ]] && ((newest > version)) || newest=$version
  done
  printf '%s' "$newest"
}

install_packages() { # names "postgresql" and "postgis" stand for the packages of this system's version
  local packages=("$@") version
  command -v apt-get >/dev/null || fail "these packages are missing: $*" "This system has no apt; install them with its own tool, then run this again."
  as_root_possible || fail "these packages are missing and only root may install them: $(package_names "$@")" \
    "Run as root or with sudo: apt-get install $(package_names "$@")"
  note "apt: $(package_names "${packages[@]}")"
  as_root apt-get update -qq
  version=$(offered_postgres)
  ((version >= POSTGRES_OLDEST)) || fail "PostgreSQL $POSTGRES_OLDEST or newer is needed, this system offers ${version:-none}" \
    "Use a newer Debian/Ubuntu, or set DATABASE_URL to a server that has it."
  # shellcheck disable=SC2046 # one word per package is meant
  without_system_cluster without_services apt_install $(package_names "${packages[@]}")
  [[ " ${packages[*]} " != *" mosquitto "* ]] || as_root systemctl --quiet disable mosquitto 2>/dev/null || true
  [[ " ${packages[*]} " != *" nginx "* ]] || as_root systemctl --quiet disable nginx 2>/dev/null || true
}

apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

package_names() {
  local name version
  version=$(offered_postgres)
  for name in "$@"; do
    case $name in
      postgresql) name=postgresql-${version:-$POSTGRES_OLDEST} ;;
      postgis) name=postgresql-${version:-$POSTGRES_OLDEST}-postgis-3 ;;
    esac
    printf '%s ' "$name"
  done | sed 's/ $//'
}

offered_postgres() { # an installed server's version, else the one that the system's package list offers
  local folder
  for folder in /usr/lib/postgresql/*/bin; do
    [[ -x $folder/initdb ]] && basename "$(dirname "$folder")"
  done | sort -n | tail -n 1 | grep . \
    || apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1
}

without_system_cluster() { # Debian's package would also start a server of its own on port 5432: not this time
  local setting=/etc/postgresql-common/createcluster.d/geoportal.conf code=0
  [[ ! -d /etc/postgresql-common ]] || { "$@"; return; }
  as_root mkdir -p "$(dirname "$setting")"
  printf 'create_main_cluster = false\n' | as_root tee "$setting" >/dev/null
  "$@" || code=$?
  as_root rm -f "$setting"
  return "$code"
}

without_services() { # Debian's packages would start services of their own: the portal starts its broker itself
  local policy=/usr/sbin/policy-rc.d code=0
  [[ ! -e $policy ]] || { "$@"; return; }
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  "$@" || code=$?
  as_root rm -f "$policy"
  return "$code"
}

as_root_possible() { [[ $EUID -eq 0 ]] || { command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; }; }

as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }
