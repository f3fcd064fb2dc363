//! Variables of comprehensions and lambdas. Each gets a slot in its frame.

use std::sync::Arc;

#[derive(Default)]
struct Frame {
    variables: Vec<(Arc<str>, u32)>,
    /// Captured variables: the slot in the outer frame and the slot in this one.
    captures: Vec<(u32, u32)>,
    size: u32,
}

/// The frames, from the outermost to the one being compiled.
pub struct Scopes {
    frames: Vec<Frame>,
}

impl Scopes {
    pub fn new() -> Self {
        Self {
            frames: vec![Frame::default()],
        }
    }

    /// The size of the outermost frame. Call it only when everything is compiled.
    pub fn frame_size(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.size)
    }

    /// A mark for [`Scopes::forget`], which ends the variables bound after it.
    pub fn mark(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.variables.len())
    }

    pub fn forget(&mut self, mark: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.variables.truncate(mark);
        }
    }

    pub fn bind(&mut self, name: &Arc<str>) -> u32 {
        let Some(frame) = self.frames.last_mut() else {
            return 0;
        };
        let slot = frame.size;
        frame.size += 1;
        frame.variables.push((name.clone(), slot));
        slot
    }

    pub fn begin_lambda(&mut self) {
        self.frames.push(Frame::default());
    }

    /// Ends a lambda. Returns its captures and the size of its frame.
    pub fn end_lambda(&mut self) -> (Vec<(u32, u32)>, u32) {
        self.frames
            .pop()
            .map_or((Vec::new(), 0), |frame| (frame.captures, frame.size))
    }

    /// The slot of a variable, which is captured from an outer frame if necessary.
    pub fn find(&mut self, name: &str) -> Option<u32> {
        self.find_in(self.frames.len().checked_sub(1)?, name)
    }

    fn find_in(&mut self, frame: usize, name: &str) -> Option<u32> {
        let known = self.frames[frame]
            .variables
            .iter()
            .rev()
            .find(|(n, _)| &**n == name);
        if let Some((_, slot)) = known {
            return Some(*slot);
        }
        let outer = self.find_in(frame.checked_sub(1)?, name)?;
        let own = &mut self.frames[frame];
        if let Some((_, slot)) = own.captures.iter().find(|(o, _)| *o == outer) {
            return Some(*slot);
        }
        let slot = own.size;
        own.size += 1;
        own.captures.push((outer, slot));
        Some(slot)
    }

    /// All names in scope, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.frames
            .iter()
            .flat_map(|frame| frame.variables.iter().map(|(name, _)| &**name))
    }
}
