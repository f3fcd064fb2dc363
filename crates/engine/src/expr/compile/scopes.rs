//! Variables of comprehensions and lambdas: each gets a slot of its frame.

use std::sync::Arc;

#[derive(Default)]
struct Frame {
    variables: Vec<(Arc<str>, u32)>,
    /// Outer slot and own slot of what the lambda closes over.
    captures: Vec<(u32, u32)>,
    size: u32,
}

/// The frames from the outermost to the one being compiled.
pub struct Scopes {
    frames: Vec<Frame>,
}

impl Scopes {
    pub fn new() -> Self {
        Self {
            frames: vec![Frame::default()],
        }
    }

    /// The outermost frame's size; to be asked when everything is compiled.
    pub fn frame_size(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.size)
    }

    /// A mark to return to when the variables bound from here on go out of scope.
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

    /// The lambda's captures and frame size.
    pub fn end_lambda(&mut self) -> (Vec<(u32, u32)>, u32) {
        self.frames
            .pop()
            .map_or((Vec::new(), 0), |frame| (frame.captures, frame.size))
    }

    /// The slot of a variable, captured from an outer frame if need be.
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

    /// Every name in scope, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.frames
            .iter()
            .flat_map(|frame| frame.variables.iter().map(|(name, _)| &**name))
    }
}
