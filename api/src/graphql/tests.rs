//! Tests that the committed schema is the generated one.

/// `FLOWMASON_UPDATE=1 cargo test -p api` writes the file.
#[test]
fn the_committed_schema_is_the_generated_one() {
    let generated = super::sdl();
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let file = std::path::Path::new(&folder).join("schema.graphql");
    if std::env::var_os("FLOWMASON_UPDATE").is_some() {
        std::fs::write(&file, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    let first = committed
        .lines()
        .zip(generated.lines())
        .position(|(old, new)| old != new);
    assert!(
        committed == generated,
        "api/schema.graphql differs from the code from line {} on; run \
         `FLOWMASON_UPDATE=1 cargo test -p api` and commit it",
        first.map_or(0, |line| line + 1)
    );
}
