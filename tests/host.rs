//! The common test bodies on the host.
#![cfg(not(target_arch = "wasm32"))]

#[macro_use]
#[path = "common/bodies.rs"]
mod bodies;
mod common;

use std::fs;
use std::path::{Path, PathBuf};

all_tests!(test);

/// A file that no `mod` names is not compiled, and its tests are silently left out.
#[test]
fn every_file_in_a_folder_of_tests_is_a_module() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let targets = fs::read_to_string(tests.join("../Cargo.toml")).unwrap();
    let (mut sources, folders) = (rust_files(&tests), folders(&tests));
    let nested: Vec<PathBuf> = folders.iter().flat_map(|folder| rust_files(folder)).collect();
    sources.extend(nested.iter().cloned());
    let declarations: String = sources.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    assert!(nested.contains(&tests.join("common/rules.rs")), "{nested:?}");
    for file in nested {
        let (name, path) = (file.file_stem().unwrap().display(), file.strip_prefix(&tests).unwrap().display());
        let is_declared =
            declarations.contains(&format!("mod {name};")) || targets.contains(&format!("\"tests/{path}\""));
        assert!(is_declared || file.ends_with("mod.rs"), "tests/{path} is not in any test: no file says `mod {name};`");
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder).filter(|path| path.is_dir()).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    entries(folder).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
