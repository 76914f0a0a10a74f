# Part of .ci/setup.sh: Rust with wasm32, the tools that build pkg/, and compiled dependencies.

# --- Rust with wasm32: from rustup if it can download, otherwise Debian's compiler and a std built from its source

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

link_rust_lld() { # Debian's rustc calls the linker by its name in rustup
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
    rm -rf "target/$WASM" "$COMPILED" # cargo does not notice that the std has changed: error E0463
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

# --- dependencies, compiled once for each compiler and each Cargo.lock
#
# A checkout gets a copy of them in its target/ and compiles only our own crate. One target folder for all checkouts
# would not do: cargo gives the same names to what it builds from the same package in two folders, and compares only the
# times of files, so that one checkout would test, or ship, what was built from the sources of another.

dependencies_id() { # the compiler's version, and a checksum of everything that decides what is compiled and how
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
  # Under another name, so that cargo takes nothing of it for ours; one that has the same place in Cargo.lock.
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
  cargo test --locked --no-run --profile simulation --test simulated || exit
  flags=$(node "$project/.ci/build.mjs" --rust-flags) || exit
  CARGO_ENCODED_RUSTFLAGS=$flags cargo build --locked --release --lib --target "$WASM" || exit
  rm -rf target/{,"$WASM"/}debug/{examples,incremental}
  mkdir -p "$COMPILED" && mv target "$1"
)

# Never beside older ones: cargo would link these with what was compiled against those.
copy_dependencies() { rm -rf target/debug target/release target/simulation "target/$WASM" && cp -Rp "$1/." target/; }

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

remove_old_dependencies() { # remove_old_dependencies ID: the two that were used last stay
  [ -d "$COMPILED/$1" ] || return 0
  touch "$COMPILED/$1"
  ls -td "$COMPILED"/*/ | tail -n +3 | while read -r old; do rm -rf "$old"; done
  find "$TOOLS" -maxdepth 1 -name 'compiling.*' -mtime +0 -exec rm -rf {} + # of a set-up that was killed
}
