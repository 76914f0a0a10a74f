// What the standard library of Rust consists of on wasm32, and whose it is: toolchains do not all ship these notices.
// tests/package/licences.test.js finds what a newer one adds.

const rustProject = "Copyright (c) The Rust Project Developers (see https://thanks.rust-lang.org)";
const alexCrichton = "Copyright (c) 2014 Alex Crichton";

export const standardLibrary = [
  { name: "core, alloc, std, panic_abort, unwind", licence: "MIT", copyright: [rustProject] },
  { name: "tables of core, from Unicode", licence: "Unicode-3.0", copyright: ["Copyright © 1991-2024 Unicode, Inc."] },
  {
    name: "compiler_builtins",
    licence: "MIT",
    copyright: [rustProject, "Copyright © 2005-2020 Rich Felker, et al. (musl libc, https://www.musl-libc.org/)"],
  },
  { name: "cfg_if", licence: "MIT", copyright: [alexCrichton] },
  { name: "dlmalloc", licence: "MIT", copyright: [alexCrichton] },
  { name: "hashbrown", licence: "MIT", copyright: ["Copyright (c) 2016 Amanieu d'Antras"] },
  { name: "rustc_demangle", licence: "MIT", copyright: [alexCrichton] },
];

/** Its crates of which nothing is in the wasm: those for tests, macros, unwinding, backtraces and other systems. */
export const neverLinked = [
  "addr2line",
  "adler2",
  "getopts",
  "gimli",
  "libc",
  "memchr",
  "miniz_oxide",
  "object",
  "panic_unwind",
  "proc_macro",
  "rustc_literal_escaper",
  "rustc_std_workspace_alloc",
  "rustc_std_workspace_core",
  "rustc_std_workspace_std",
  "std_detect",
  "sysroot",
  "test",
];
