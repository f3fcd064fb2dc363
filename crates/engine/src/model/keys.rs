//! The keys of a stage that the file format gives several names.

/// The keys that name a stage's component. The first one that is there counts.
pub(crate) const COMPONENT_KEYS: [&str; 3] = ["type", "component_type", "component"];

/// The keys whose objects hold a stage's inputs. Fields of later ones win.
pub(crate) const INPUT_KEYS: [&str; 2] = ["config", "input_mapping"];

/// Whether a key of a stage names its component.
pub(crate) fn names_component(key: &str) -> bool {
    COMPONENT_KEYS.contains(&key)
}
