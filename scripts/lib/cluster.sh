# shellcheck shell=bash
# Functions that find, repair, create, start and stop the private PostGIS cluster. It listens on the loopback address
# and a socket of its own, and requires a password of every role. A completed data folder is never deleted here.

PORT_FIRST=54329
ROLE=geoportal
DATABASE=geoportal

cluster_choose() { # cluster_choose FOLDER [unsafe]: the cluster that the functions below work on; unsafe: see its settings
  CLUSTER_LINK=$1/postgres              # the cluster's home, or a link to it
  PORT_FILE=$1/postgres-port
  SUPERUSER_FILE=$1/postgres-superuser  # the superuser's password
  ROLE_FILE=$1/postgres-password        # the portal's
  LOGINS_FILE=$1/postgres-logins        # of the roles by which the portal runs SQL of analysts
  URL_FILE=$1/database-url              # read by the settings when the environment names no database
  CLUSTER_UNSAFE=${2:-}
}
cluster_choose "$LOCAL"

cluster_start() {
  whole_setting GEOPORTAL_PG_PORT 65535 "$PORT_FIRST"
  cluster_locate
  cluster_binaries
  cluster_passwords
  if cluster_running; then
    PG_PORT=$(sed -n 4p "$DATA/postmaster.pid")
  else
    cluster_mend
    [[ -e $DATA/PG_VERSION ]] || cluster_make
    cluster_launch
  fi
  cluster_url
  cluster_ready || cluster_provision
}

cluster_stop() {
  [[ -e $CLUSTER_LINK ]] || return 0
  cluster_locate
  cluster_running || return 0
  cluster_binaries
  as_cluster "$PG_BIN/pg_ctl" --pgdata "$DATA" --mode fast --wait --silent stop
}

# --- its folder and its owner

cluster_locate() { # sets CLUSTER_HOME, DATA and PG_USER
  PG_USER=$(id -un)
  [[ $EUID -ne 0 ]] || PG_USER=postgres
  CLUSTER_HOME=$(readlink -m "$CLUSTER_LINK")
  DATA=$CLUSTER_HOME/data
  if [[ -e $CLUSTER_HOME ]]; then
    cluster_owner
  else
    cluster_place
  fi
}

cluster_owner() { # PostgreSQL runs as the account that owns the data
  local owner
  owner=$(stat -c %U "$CLUSTER_HOME")
  if [[ $EUID -eq 0 ]]; then
    if [[ $owner == root ]]; then chown "$PG_USER" "$CLUSTER_HOME"; else PG_USER=$owner; fi
  else
    [[ $owner == "$PG_USER" ]] || fail "the cluster in $CLUSTER_HOME belongs to the account $owner" \
      "Run this as $owner or as root, or set DATABASE_URL to another server."
  fi
  as_cluster test -x "$CLUSTER_HOME" || fail "the account $PG_USER cannot enter $CLUSTER_HOME" \
    "A folder above it is closed to others: chmod o+x it, or move the clone to a folder that is open."
}

cluster_place() { # a new home: here, or outside where PostgreSQL's account cannot come in
  local folder
  folder=$(dirname "$CLUSTER_LINK")
  mkdir -p "$folder"
  if ! as_cluster test -x "$folder"; then
    CLUSTER_HOME=/var/lib/geoportal/$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')
    DATA=$CLUSTER_HOME/data
    mkdir -p /var/lib/geoportal
    ln -sfn "$CLUSTER_HOME" "$CLUSTER_LINK"
    note "the account $PG_USER cannot enter $folder, so the database lives in $CLUSTER_HOME"
  fi
  mkdir -m 700 "$CLUSTER_HOME"
  [[ $EUID -ne 0 ]] || chown "$PG_USER" "$CLUSTER_HOME"
}

as_cluster() { # runs a command as the cluster's account, without our open files
  if [[ $EUID -eq 0 && $PG_USER != root ]]; then
    (cd / && exec setpriv --reuid="$PG_USER" --regid="$(id -g "$PG_USER")" --init-groups -- "$@" 3>&- 4>&- 9>&-)
  else
    (cd / && exec "$@" 3>&- 4>&- 9>&-)
  fi
}

cluster_binaries() { # sets PG_BIN; a cluster of another major version is left as it is
  local version
  version=$(cat "$DATA/PG_VERSION" 2>/dev/null || postgres_with_postgis)
  [[ -n $version ]] || fail "no PostgreSQL $POSTGRES_OLDEST or newer with PostGIS is installed" "Run: apt-get install postgresql postgresql-postgis"
  PG_BIN=/usr/lib/postgresql/$version/bin
  [[ -x $PG_BIN/postgres && -e /usr/share/postgresql/$version/extension/postgis.control ]] \
    || fail "the cluster in $DATA was made by PostgreSQL $version, but here is $(postgres_with_postgis); nothing was changed" \
      "Install postgresql-$version-postgis-3, save the data with scripts/backup, move the folder away, start anew, scripts/restore."
}

# --- repairing

postmaster_pid() { sed -n 1p "$DATA/postmaster.pid" 2>/dev/null || true; }

works_in_data() { [[ $(readlink "/proc/$1/cwd" 2>/dev/null) == "$DATA" ]]; } # only PostgreSQL's processes of this cluster do

cluster_running() {
  local pid
  pid=$(postmaster_pid)
  [[ -n $pid ]] && works_in_data "$pid"
}

leftover_backends() {
  local process
  for process in /proc/[0-9]*; do
    ! works_in_data "${process#/proc/}" || printf '%s ' "${process#/proc/}"
  done
}

cluster_mend() { # the traces of a crash: called only when no server of ours runs
  if [[ -d $CLUSTER_HOME/data.new ]]; then
    note "a half-made cluster was found and is made anew"
    rm -rf "$CLUSTER_HOME/data.new"
  fi
  if [[ -d $DATA && ! (-s $DATA/PG_VERSION && -s $DATA/global/pg_control) ]]; then
    local aside
    aside=$DATA.broken-$(date +%Y%m%d-%H%M%S)
    mv "$DATA" "$aside"
    note "$DATA was not a complete cluster: moved to $aside, a new one is made"
  fi
  [[ ! -e $DATA/postmaster.pid ]] || cluster_mend_pid
}

cluster_mend_pid() { # a pid file after kill -9: its number may belong to somebody else by now
  local pid left
  pid=$(postmaster_pid)
  left=$(leftover_backends)
  if [[ -n $left ]]; then # their shared memory is what the pid file guards
    note "waiting for the processes that a killed server left behind"
    # shellcheck disable=SC2086 # a list of pids
    kill -QUIT $left 2>/dev/null || true
    wait_until 30 no_leftover_backends || fail "processes of a killed server still use $DATA: $(leftover_backends)" "End them, then run this again."
  fi
  rm -f "$DATA/postmaster.pid" "$CLUSTER_HOME"/socket/.s.PGSQL.*
  note "the server was ended by force (old process ${pid:-unknown}): its pid file is removed, the database recovers by its log"
}

no_leftover_backends() { [[ -z $(leftover_backends) ]]; }

# --- creating

cluster_passwords() {
  local file
  for file in "$SUPERUSER_FILE" "$ROLE_FILE" "$LOGINS_FILE"; do
    [[ -s $file ]] || (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file")
  done
}

cluster_make() { # into a folder of another name, so that a folder named data is always complete
  local password_file=$CLUSTER_HOME/password
  (umask 077 && cp "$SUPERUSER_FILE" "$password_file")
  [[ $EUID -ne 0 ]] || chown "$PG_USER" "$password_file"
  as_cluster "$PG_BIN/initdb" --pgdata "$DATA.new" --username postgres --pwfile "$password_file" \
    --auth-host scram-sha-256 --auth-local scram-sha-256 --encoding UTF8 --locale C.UTF-8 --data-checksums
  rm -f "$password_file"
  printf "include = 'geoportal.conf'\n" >>"$DATA.new/postgresql.conf"
  cluster_settings "$PORT_FIRST" | as_cluster tee "$DATA.new/geoportal.conf" >/dev/null
  as_cluster mv "$DATA.new" "$DATA"
}

cluster_settings() { # cluster_settings PORT: written anew at every start, tuned for this machine
  local memory_mb shared_mb quoted=${CLUSTER_HOME//\'/\'\'} socket
  memory_mb=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
  shared_mb=$((memory_mb / 4 < 2048 ? memory_mb / 4 : 2048))
  socket=$quoted/socket
  ((${#CLUSTER_HOME} + 27 <= 107)) || socket= # the longest path that a socket can have; 127.0.0.1 remains
  cat <<SETTINGS
# Written by scripts/lib/cluster.sh at every start: change it there.
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = '$socket'
unix_socket_permissions = 0700
max_connections = 100
max_locks_per_transaction = 512 # a run may touch each month of decades: a table and its indexes
shared_buffers = ${shared_mb}MB
effective_cache_size = $((memory_mb / 2))MB
maintenance_work_mem = $((memory_mb / 16 < 512 ? memory_mb / 16 : 512))MB
work_mem = $((memory_mb / 512 < 32 ? memory_mb / 512 + 4 : 32))MB
dynamic_shared_memory_type = $(shared_memory_type)
random_page_cost = 1.1
effective_io_concurrency = 200
jit = off
max_wal_size = 4GB
min_wal_size = 256MB
wal_compression = on
checkpoint_timeout = 15min
timezone = 'UTC'
lc_messages = 'C'
log_timezone = 'UTC'
logging_collector = on
log_directory = '$quoted/log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_truncate_on_rotation = on
log_lock_waits = on
log_min_duration_statement = 10s
SETTINGS
  [[ -z $CLUSTER_UNSAFE ]] || cluster_settings_unsafe
}

cluster_settings_unsafe() { # for tests: a power cut would destroy the cluster, which holds nothing of worth
  cat <<SETTINGS
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
SETTINGS
}

shared_memory_type() { # a container's small or closed /dev/shm would break parallel queries
  local size_mb
  size_mb=$(df --output=size -m /dev/shm 2>/dev/null | tail -n 1)
  if ((${size_mb:-0} >= 256)) && as_cluster test -w /dev/shm; then printf posix; else printf mmap; fi
}

# --- starting

cluster_launch() { # sets PG_PORT: the remembered one, or the next that is free
  local wanted attempt
  wanted=${GEOPORTAL_PG_PORT:-$(cat "$PORT_FILE" 2>/dev/null || printf '%s' "$PORT_FIRST")}
  PG_PORT=$wanted
  as_cluster mkdir -p "$CLUSTER_HOME/socket" "$CLUSTER_HOME/log"
  for attempt in 1 2 3 4 5; do
    PG_PORT=$(free_port "$PG_PORT")
    cluster_settings "$PG_PORT" | as_cluster tee "$DATA/geoportal.conf" >/dev/null
    as_cluster rm -f "$CLUSTER_HOME/start.log"
    if as_cluster "$PG_BIN/pg_ctl" --pgdata "$DATA" --wait --timeout 600 --silent --log "$CLUSTER_HOME/start.log" start </dev/null; then
      [[ $PG_PORT == "$wanted" ]] || note "port $wanted is taken by another program: the database listens on $PG_PORT"
      printf '%s\n' "$PG_PORT" >"$PORT_FILE"
      return
    fi
    as_cluster find "$CLUSTER_HOME/start.log" "$CLUSTER_HOME/log" -type f -mmin -2 -exec tail -n 20 {} + >"$LOCAL/log/postgres-start.log"
    grep -q 'Address already in use' "$LOCAL/log/postgres-start.log" || break
    PG_PORT=$((PG_PORT + 1))
  done
  grep -E 'FATAL|ERROR|HINT' "$LOCAL/log/postgres-start.log" >&2 || tail -n 5 "$LOCAL/log/postgres-start.log" >&2
  fail "PostgreSQL did not start (attempt $attempt)" "Its own words are in $LOCAL/log/postgres-start.log"
}

free_port() { # free_port FIRST
  local port
  for ((port = $1; port < $1 + 100; port++)); do
    ! port_taken "$port" || continue
    printf '%s' "$port"
    return
  done
  fail "no free port between $1 and $port"
}

port_taken() { (exec 5<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# --- databases, roles and extensions

cluster_url() {
  local url
  url=postgis://$ROLE:$(cat "$ROLE_FILE")@127.0.0.1:$PG_PORT/$DATABASE
  [[ $(cat "$URL_FILE" 2>/dev/null) == "$url" ]] || (umask 077 && printf '%s\n' "$url" >"$URL_FILE")
}

psql_as() { # psql_as ROLE DATABASE [psql's options]
  local role=$1 database=$2 password
  shift 2
  password=$(cat "$([[ $role == postgres ]] && echo "$SUPERUSER_FILE" || echo "$ROLE_FILE")")
  env --unset=PGHOSTADDR --unset=PGSERVICE --unset=PGOPTIONS --unset=PGSSLMODE "PGPASSWORD=$password" \
    "$PG_BIN/psql" --no-psqlrc --no-password --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
    --host 127.0.0.1 --port "$PG_PORT" --username "$role" --dbname "$database" "$@"
}

cluster_ready() { # the portal's role gets in, PostGIS is the one that is installed, and people's logins are as they should be
  [[ $(psql_as "$ROLE" "$DATABASE" --command "
    SELECT count(*) FROM pg_available_extensions, pg_database
    WHERE name = 'postgis' AND installed_version = default_version AND datname = 'postgres'
    AND shobj_description(pg_database.oid, 'pg_database') = '$(logins_version)'" 2>/dev/null) == 1 ]]
}

logins_version() { file_hash "$ROOT/scripts/lib/logins.sql" "$ROOT/scripts/lib/closed_functions.sql" "$LOGINS_FILE"; }

cluster_provision() { # role, PostGIS in template1 (test databases are made from it), database; safe to repeat
  psql_as postgres postgres --command 'SELECT 1' >/dev/null 2>&1 || cluster_reset_password
  psql_as postgres postgres --set role="$ROLE" --set password="$(cat "$ROLE_FILE")" <<'SQL'
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION PASSWORD :'password';
SQL
  cluster_postgis template1
  psql_as postgres postgres --set role="$ROLE" --set name="$DATABASE" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
  cluster_postgis "$DATABASE"
  cluster_logins
}

cluster_logins() { # the logins of people who write SQL; no database but the portal's own lets them in
  local database
  psql_as postgres postgres --set password="$(cat "$LOGINS_FILE")" --file "$ROOT/scripts/lib/logins.sql"
  for database in template1 "$DATABASE"; do
    psql_as postgres "$database" --set role="$ROLE" --file "$ROOT/scripts/lib/closed_functions.sql"
  done
  psql_as postgres postgres --set role="$ROLE" --set version="$(logins_version)" <<'SQL'
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO :"role";
COMMENT ON DATABASE postgres IS :'version';
SQL
}

cluster_postgis() { # also after the system's PostGIS was upgraded
  psql_as postgres "$1" --command 'SET client_min_messages = warning' \
    --command 'CREATE EXTENSION IF NOT EXISTS postgis' --command 'ALTER EXTENSION postgis UPDATE'
}

cluster_reset_password() { # the password file was lost or made anew; who owns the data may set another
  note "the superuser's password is set anew"
  as_cluster "$PG_BIN/pg_ctl" --pgdata "$DATA" --mode fast --wait --silent stop
  printf "ALTER ROLE postgres PASSWORD '%s'\n" "$(cat "$SUPERUSER_FILE")" | as_cluster "$PG_BIN/postgres" --single -D "$DATA" postgres >/dev/null
  cluster_launch
  cluster_url
}
