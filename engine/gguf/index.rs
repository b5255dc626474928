//! Looks entries of a list up by name without copying the names.

#![forbid(unsafe_code)]

/// The positions of a list, sorted by the name at each; equal names keep their order.
///
/// The list stays with its owner, which hands in how to read the name at a position.
#[derive(Debug, Clone, Default)]
pub(super) struct NameIndex {
    sorted: Vec<usize>,
}

impl NameIndex {
    /// Sorts the positions `0..len`.
    pub(super) fn new<'a>(len: usize, name: impl Fn(usize) -> &'a String) -> Self {
        let mut sorted: Vec<usize> = (0..len).collect();
        sorted.sort_by_key(|&at| name(at));
        Self { sorted }
    }

    /// The first position with this name.
    pub(super) fn find<'a>(
        &self,
        wanted: &str,
        name: impl Fn(usize) -> &'a String,
    ) -> Option<usize> {
        let first = self.sorted.partition_point(|&at| name(at).as_str() < wanted);
        self.sorted.get(first).copied().filter(|&at| name(at) == wanted)
    }

    /// Names at more than one position, each once, sorted.
    pub(super) fn duplicates<'a>(&self, name: impl Fn(usize) -> &'a String) -> Vec<&'a str> {
        self.sorted
            .chunk_by(|&a, &b| name(a) == name(b))
            .filter(|run| run.len() > 1)
            .map(|run| name(run[0]).as_str())
            .collect()
    }
}
