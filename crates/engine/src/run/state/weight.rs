//! The memory usage of a run's values.

use super::{Control, State};
use crate::value::MemoryMeter;

impl State<'_> {
    /// Adds all values that the run holds to the scale; shared parts count once.
    pub fn weight(&self, scale: &mut MemoryMeter) {
        scale.add(&self.input);
        for frame in self.frames.iter().flatten() {
            for (_, value) in &frame.bindings {
                scale.add(value);
            }
            for slot in &frame.slots {
                scale.add(&slot.output);
                for (_, value) in slot.inner.iter().flat_map(|inner| inner.values()) {
                    value.iter().for_each(|value| scale.add(value));
                }
                match slot.control.as_deref() {
                    Some(Control::ForEach(looping)) => {
                        looping.values().for_each(|value| scale.add(value));
                    }
                    Some(Control::TryCatch(trying)) => {
                        trying.values().for_each(|value| scale.add(value));
                    }
                    Some(Control::Return { value, .. }) => scale.add(value),
                    _ => {}
                }
            }
        }
    }
}
