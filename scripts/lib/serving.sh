# shellcheck shell=bash
# The settings of serving, checked before anything is started: one line names the variable, its value and a good one.

serving_settings() {
  whole_setting PORT 65535 8000
  [[ -n ${DATABASE_URL:-} ]] || whole_setting GEOPORTAL_PG_PORT 65535 "$PORT_FIRST"
  whole_setting MQTT_WRITE_PORT 65535 18830
  whole_setting MQTT_READ_PORT 65535 18831
  whole_setting WEB_WORKERS 128 2
  whole_setting WEB_THREADS 1000 4
  host_setting
}

whole_setting() { # whole_setting NAME MOST EXAMPLE: unset, empty, or a whole number from 1 to MOST
  local value=${!1:-1}
  if [[ ! $value =~ ^[1-9][0-9]{0,8}$ ]] || ((value > $2)); then # more digits would not fit into the shell's numbers
    fail "$1 is \"$value\", not a whole number from 1 to $2" "Set it to one, as in $1=$3, or unset it."
  fi
}

host_setting() { # the web server listens on an address of this machine; a missing Python is found by the first step
  [[ -n ${WEB_HOST:-} ]] && command -v python3 >/dev/null || return 0
  python3 -c '
import ipaddress, socket, sys
host = sys.argv[1]
version = ipaddress.ip_address(host).version
with socket.socket(socket.AF_INET6 if version == 6 else socket.AF_INET) as probe:
    probe.bind((host, 0))
' "$WEB_HOST" 2>/dev/null \
    || fail "WEB_HOST is \"$WEB_HOST\", not an address of this machine" "Set it to one, as in WEB_HOST=127.0.0.1, or unset it; 0.0.0.0 means all."
}
