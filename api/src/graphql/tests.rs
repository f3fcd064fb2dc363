//! The contract: the generated schema is the committed one.

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");

/// `FLOWMASON_UPDATE=1 cargo test -p api` writes the file.
#[test]
fn the_committed_schema_is_the_generated_one() {
    let generated = super::sdl();
    if std::env::var_os("FLOWMASON_UPDATE").is_some() {
        std::fs::write(FILE, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
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
