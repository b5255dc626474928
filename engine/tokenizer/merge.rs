//! Byte-pair encoding: joins neighboring tokens of one piece, best pair first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::{HashMap, HashMapExt};

use super::TokenId;

/// Place of a merge in the list; lower goes first.
type Rank = u32;

/// Marks a node without a right neighbor to join.
const NO_RANK: Rank = Rank::MAX;

/// The merges of a vocabulary, and the token of each byte.
#[derive(Debug)]
pub(super) struct Merges {
    /// Rank of each pair.
    ranks: HashMap<(TokenId, TokenId), Rank>,
    /// What each merge makes, by rank.
    products: Vec<TokenId>,
    /// The token that each byte begins as.
    bytes: Box<[TokenId; 256]>,
}

impl Merges {
    pub(super) fn new(bytes: Box<[TokenId; 256]>, n_merges: usize) -> Self {
        Self { ranks: HashMap::with_capacity(n_merges), products: Vec::new(), bytes }
    }

    /// Adds the merge of the next rank; `false` when the pair has a rank or ranks run out.
    pub(super) fn push(&mut self, left: TokenId, right: TokenId, product: TokenId) -> bool {
        let rank = Rank::try_from(self.products.len()).unwrap_or(NO_RANK);
        if rank == NO_RANK || self.ranks.contains_key(&(left, right)) {
            return false;
        }
        self.ranks.insert((left, right), rank);
        self.products.push(product);
        true
    }

    /// Appends the tokens of `piece` to `out`.
    ///
    /// Joins the neighbors of lowest rank, the leftmost among equals, until no pair has a rank.
    /// A heap orders the pairs and links skip joined nodes, so that a piece of `n` bytes takes
    /// `O(n log n)` time and `O(n)` memory whatever it holds.
    pub(super) fn encode(&self, piece: &[u8], scratch: &mut Scratch, out: &mut Vec<TokenId>) {
        self.fill(piece, scratch);
        while let Some(Reverse((rank, at))) = scratch.queue.pop() {
            // A node that was joined since has another rank, or none.
            if scratch.nodes[at].rank == rank {
                self.join(rank, at, scratch);
            }
        }
        let mut at = 0;
        while let Some(node) = scratch.nodes.get(at) {
            out.push(node.token);
            at = node.next;
        }
    }

    /// Makes one node for each byte and queues every pair that has a rank.
    fn fill(&self, piece: &[u8], scratch: &mut Scratch) {
        scratch.nodes.clear();
        scratch.queue.clear();
        let mut bytes = piece.iter().map(|&byte| self.bytes[usize::from(byte)]).peekable();
        let mut at = 0_usize;
        while let Some(token) = bytes.next() {
            let rank = bytes.peek().map_or(NO_RANK, |&next| self.rank(token, next));
            scratch.nodes.push(Node { token, rank, previous: at.wrapping_sub(1), next: at + 1 });
            scratch.enqueue(rank, at);
            at += 1;
        }
    }

    /// Replaces the node at `at` and its right neighbor by the product of their merge.
    fn join(&self, rank: Rank, at: usize, scratch: &mut Scratch) {
        let Node { previous, next: gone, .. } = scratch.nodes[at];
        let next = scratch.nodes[gone].next;
        scratch.nodes[gone].rank = NO_RANK;
        let token = self.products[rank as usize];
        let right = scratch.nodes.get_mut(next).map_or(NO_RANK, |node| {
            node.previous = at;
            self.rank(token, node.token)
        });
        scratch.nodes[at] = Node { token, rank: right, previous, next };
        scratch.enqueue(right, at);
        if let Some(node) = scratch.nodes.get_mut(previous) {
            node.rank = self.rank(node.token, token);
            let left = node.rank;
            scratch.enqueue(left, previous);
        }
    }

    fn rank(&self, left: TokenId, right: TokenId) -> Rank {
        self.ranks.get(&(left, right)).copied().unwrap_or(NO_RANK)
    }
}

/// Working memory of [`Merges::encode`], kept from piece to piece.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// One node for each byte; joined ones stay behind, unlinked.
    nodes: Vec<Node>,
    /// Pairs by rank, then by position of their left node.
    queue: BinaryHeap<Reverse<(Rank, usize)>>,
}

impl Scratch {
    fn enqueue(&mut self, rank: Rank, at: usize) {
        if rank != NO_RANK {
            self.queue.push(Reverse((rank, at)));
        }
    }
}

/// A token of the piece being encoded.
#[derive(Debug)]
struct Node {
    token: TokenId,
    /// Rank of the pair it begins, [`NO_RANK`] when there is none.
    rank: Rank,
    /// Index of the left neighbor; out of range at the first node.
    previous: usize,
    /// Index of the right neighbor; out of range at the last node.
    next: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes are tokens 0 to 255, the product of merge `n` is token `256 + n`.
    fn merges(pairs: &[(u32, u32)]) -> Merges {
        let bytes: Vec<TokenId> = (0..256).map(TokenId).collect();
        let mut merges = Merges::new(bytes.into_boxed_slice().try_into().unwrap(), pairs.len());
        for (&(left, right), product) in pairs.iter().zip(256..) {
            assert!(merges.push(TokenId(left), TokenId(right), TokenId(product)));
        }
        merges
    }

    fn encode(merges: &Merges, piece: &[u8]) -> Vec<u32> {
        let mut out = Vec::new();
        merges.encode(piece, &mut Scratch::default(), &mut out);
        out.into_iter().map(|token| token.0).collect()
    }

    #[test]
    fn equal_ranks_go_left_to_right() {
        let merges = merges(&[(97, 97), (256, 256)]);
        assert_eq!(encode(&merges, b"aaa"), [256, 97]);
        assert_eq!(encode(&merges, b"aaaaaaa"), [257, 256, 97]);
    }

    #[test]
    fn low_ranks_go_first() {
        let merges = merges(&[(98, 99), (97, 98), (257, 99)]);
        assert_eq!(encode(&merges, b"abc"), [97, 256]);
        assert_eq!(encode(&merges, b"ab"), [257]);
    }

    #[test]
    fn a_pair_has_one_rank() {
        assert!(!merges(&[(97, 98)]).push(TokenId(97), TokenId(98), TokenId(0)));
    }
}
