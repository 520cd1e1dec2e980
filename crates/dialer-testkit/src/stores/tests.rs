//! The list that adapters run holds every case.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names that follow `before` at the start of a line, up to `after`.
fn names<'a>(source: &'a str, before: &str, after: char) -> Vec<&'a str> {
    source.lines().filter_map(|line| line.strip_prefix(before)?.split_once(after)).map(|(name, _)| name).collect()
}

#[test]
fn every_case_of_every_file_is_in_the_list_that_adapters_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/stores");
    let mut written = BTreeSet::new();
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let port = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(&path).unwrap();
        written.extend(names(&source, "pub async fn ", '(').into_iter().map(|case| format!("{port}: {case}")));
    }
    let mut listed = BTreeSet::new();
    let macro_source = include_str!("conformance.rs");
    for port in macro_source.split("@port $harness, ").skip(1) {
        let (port, cases) = port.split_once(':').unwrap();
        let cases = cases.split(");").next().unwrap();
        listed.extend(names(cases, "            ", ',').into_iter().map(|case| format!("{port}: {case}")));
    }
    assert!(written.len() > 100);
    assert_eq!(written, listed);
}
