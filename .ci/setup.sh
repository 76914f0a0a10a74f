#!/usr/bin/env bash
# Installs what `npm test` and `npm run build` need beyond Node: a Rust toolchain with wasm32, wasm-pack,
# the matching wasm-bindgen, two headless browsers, PostgreSQL, Redis and Valkey, the runtimes that the package is tested
# in, and compiled dependencies. Each step looks first and does nothing if everything is there. Only this file and those
# in .ci/setup/ know how any of this is installed. The folders of what it found go to target/toolchain.path, one on each
# line, to be put before PATH.
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
STD_RECIPE=2 # raise it when the way in which .ci/setup/rust.sh builds the std changes

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

. .ci/setup/rust.sh
. .ci/setup/programs.sh

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
