//! 取帧: bytes of a line gathered until a family finds its answer in them; without I/O.

use std::marker::PhantomData;

/// How a family's answers look on the line.
pub trait Shape {
    /// What is found.
    type Answer;
    /// So many bytes kept mean that an answer has begun.
    const BEGUN: usize;

    /// Takes the next whole answer out of the bytes; `None` while there is none. Noise before it is dropped.
    ///
    /// # Errors
    /// What is wrong with an answer; its start is dropped, so that the search goes on behind it.
    fn take(buffer: &mut Vec<u8>) -> Result<Option<Self::Answer>, &'static str>;
}

/// Collects bytes into answers of one family.
#[derive(Debug)]
pub struct Decoder<S> {
    pub(crate) buffer: Vec<u8>,
    shape: PhantomData<S>,
}

impl<S> Default for Decoder<S> {
    fn default() -> Self {
        Self { buffer: Vec::new(), shape: PhantomData }
    }
}

impl<S: Shape> Decoder<S> {
    /// Takes bytes from the line.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next answer; `None` while it is not whole. Noise before it is skipped.
    ///
    /// # Errors
    /// What is wrong with an answer; the search goes on behind its start.
    pub fn next_answer(&mut self) -> Result<Option<S::Answer>, &'static str> {
        S::take(&mut self.buffer)
    }

    /// Is an answer begun?
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.buffer.len() >= S::BEGUN
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }
}
