//! The tokens of everything that is kept, as a tree of pages.
//!
//! An edge is the tokens of one full page, a *mark* a position that can be gone back to: it hangs
//! on the last full page before it and has the few tokens that follow. Names are hashes of all
//! tokens up to there, so a timeline is found without its tokens being compared, whoever made it.
//! Pages and marks arrive in any order; what hangs on a page that is not there is not found.

use std::collections::{BTreeMap, HashMap};

use super::{
    key::{Key, Namer},
    text::{TEXT_BYTES, Text, TextName},
};
use crate::tokenizer::TokenId;

/// A position that can be gone back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The last full page before it, or the root.
    pub parent: Key,
    /// The tokens that follow, fewer than a page.
    pub rest: Vec<TokenId>,
    /// All tokens before it.
    pub n_tokens: usize,
    /// Their text.
    pub text: TextName,
}

/// The tokens of one full page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The page before it, or the root.
    pub parent: Key,
    /// Its tokens.
    pub tokens: Vec<TokenId>,
}

/// Pages and marks by what they follow.
#[derive(Debug)]
pub struct Tree {
    namer: Namer,
    /// Tokens of a page.
    page_tokens: usize,
    edges: HashMap<Key, Edge>,
    marks: HashMap<Key, Mark>,
    below: HashMap<Key, Below>,
    texts: BTreeMap<u64, HashMap<[u8; TEXT_BYTES], Key>>,
}

#[derive(Debug, Default)]
struct Below {
    edges: Vec<Key>,
    marks: Vec<Key>,
}

/// The kept timeline that is most like a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closest {
    /// Tokens that are the same.
    pub n_same: usize,
    /// The token that follows them there.
    pub next: Option<TokenId>,
}

impl Tree {
    /// A tree without anything.
    #[must_use]
    pub fn new(namer: Namer, page_tokens: usize) -> Self {
        Self {
            namer,
            page_tokens,
            edges: HashMap::new(),
            marks: HashMap::new(),
            below: HashMap::new(),
            texts: BTreeMap::new(),
        }
    }

    /// What makes its names.
    #[must_use]
    pub const fn namer(&self) -> &Namer {
        &self.namer
    }

    /// Adds a page, unless its tokens are not those that `key` names; whether they are.
    pub fn add_edge(&mut self, key: Key, edge: Edge) -> bool {
        let fits = edge.tokens.len() == self.page_tokens
            && self.namer.page(&edge.parent, &edge.tokens) == key;
        if fits && !self.edges.contains_key(&key) {
            self.below.entry(edge.parent).or_default().edges.push(key);
            self.edges.insert(key, edge);
        }
        fits
    }

    /// Adds a mark, unless its tokens are not those that `key` names; whether they are.
    pub fn add_mark(&mut self, key: Key, mark: Mark) -> bool {
        let fits = mark.rest.len() < self.page_tokens
            && mark.n_tokens % self.page_tokens == mark.rest.len()
            && self.namer.mark(&mark.parent, &mark.rest) == key;
        if fits && !self.marks.contains_key(&key) {
            self.below.entry(mark.parent).or_default().marks.push(key);
            self.texts.entry(mark.text.n_letters).or_default().insert(mark.text.hash, key);
            self.marks.insert(key, mark);
        }
        fits
    }

    /// Adds the pages and the mark of a timeline; the names of the pages, and of the mark.
    pub fn add(&mut self, tokens: &[TokenId], text: TextName) -> (Vec<Key>, Key) {
        let mut parent = self.namer.root();
        let mut pages = vec![];
        let full = tokens.chunks_exact(self.page_tokens);
        let rest = full.remainder().to_vec();
        for tokens in full {
            let key = self.namer.page(&parent, tokens);
            self.add_edge(key, Edge { parent, tokens: tokens.to_vec() });
            pages.push(key);
            parent = key;
        }
        let key = self.namer.mark(&parent, &rest);
        self.add_mark(key, Mark { parent, rest, n_tokens: tokens.len(), text });
        (pages, key)
    }

    /// Removes a mark, and the pages that nothing hangs on any more.
    pub fn remove_mark(&mut self, key: &Key) {
        let Some(mark) = self.marks.remove(key) else { return };
        if let Some(texts) = self.texts.get_mut(&mark.text.n_letters) {
            texts.retain(|_, other| other != key);
            if texts.is_empty() {
                self.texts.remove(&mark.text.n_letters);
            }
        }
        let mut page = mark.parent;
        if let Some(below) = self.below.get_mut(&page) {
            below.marks.retain(|other| other != key);
        }
        while self.below.get(&page).is_none_or(Below::is_empty) {
            self.below.remove(&page);
            let Some(edge) = self.edges.remove(&page) else { break };
            if let Some(below) = self.below.get_mut(&edge.parent) {
                below.edges.retain(|other| *other != page);
            }
            page = edge.parent;
        }
    }

    /// The page of this name.
    #[must_use]
    pub fn edge(&self, key: &Key) -> Option<&Edge> {
        self.edges.get(key)
    }

    /// The mark of this name.
    #[must_use]
    pub fn mark(&self, key: &Key) -> Option<&Mark> {
        self.marks.get(key)
    }

    /// Number of marks.
    #[must_use]
    pub fn n_marks(&self) -> usize {
        self.marks.len()
    }

    /// The names of the full pages before a mark, in order; `None` where one is not known.
    #[must_use]
    pub fn pages(&self, key: &Key) -> Option<Vec<Key>> {
        let mark = self.marks.get(key)?;
        let mut pages = vec![];
        let mut page = mark.parent;
        while page != self.namer.root() {
            pages.push(page);
            page = self.edges.get(&page)?.parent;
            if pages.len() > mark.n_tokens / self.page_tokens {
                return None;
            }
        }
        pages.reverse();
        (pages.len() == mark.n_tokens / self.page_tokens).then_some(pages)
    }

    /// All tokens before a mark; `None` where a page is not known.
    #[must_use]
    pub fn tokens(&self, key: &Key) -> Option<Vec<TokenId>> {
        let pages = self.pages(key)?;
        let mut tokens: Vec<_> =
            pages.iter().flat_map(|page| self.edges[page].tokens.iter().copied()).collect();
        tokens.extend(&self.marks[key].rest);
        Some(tokens)
    }

    /// The mark after exactly `tokens`, if there is one.
    #[must_use]
    pub fn after(&self, tokens: &[TokenId]) -> Option<Key> {
        let full = tokens.chunks_exact(self.page_tokens);
        let rest = full.remainder();
        let parent = full.fold(self.namer.root(), |parent, page| self.namer.page(&parent, page));
        let key = self.namer.mark(&parent, rest);
        self.marks.contains_key(&key).then_some(key)
    }

    /// The marks that `prompt` goes on after, the longest first.
    #[must_use]
    pub fn before(&self, prompt: &[TokenId]) -> Vec<Key> {
        let mut found = vec![];
        self.walk(prompt, |below, rest| {
            for key in &below.marks {
                let tokens = &self.marks[key].rest;
                if rest.len() > tokens.len() && rest.starts_with(tokens) {
                    found.push(*key);
                }
            }
        });
        found.sort_by_key(|key| std::cmp::Reverse(self.marks[key].n_tokens));
        found
    }

    /// The marks whose text `text` goes on after, the longest first.
    #[must_use]
    pub fn before_text(&self, text: &Text) -> Vec<Key> {
        let lens = self.texts.keys().copied();
        let shorter = lens.take_while(|&n_letters| n_letters < text.n_letters() as u64);
        let names = text.beginnings(&self.namer, shorter);
        let find = |name: TextName| self.texts[&name.n_letters].get(&name.hash).copied();
        let mut found: Vec<_> = names.filter_map(find).collect();
        found.reverse();
        found
    }

    /// The kept timeline that is most like `prompt`.
    #[must_use]
    pub fn closest(&self, prompt: &[TokenId]) -> Closest {
        let mut closest = Closest { n_same: 0, next: None };
        self.walk(prompt, |below, rest| {
            let before = prompt.len() - rest.len();
            let edges = below.edges.iter().map(|key| &self.edges[key].tokens);
            let marks = below.marks.iter().map(|key| &self.marks[key].rest);
            for tokens in edges.chain(marks) {
                let same = rest.iter().zip(tokens).take_while(|(a, b)| a == b).count();
                let next = tokens.get(same).copied();
                // One that goes on says more than one that ends.
                let is_closer = before + same > closest.n_same
                    || (before + same == closest.n_same && closest.next.is_none());
                if is_closer {
                    closest = Closest { n_same: before + same, next };
                }
            }
        });
        closest
    }

    /// Visits the pages that `prompt` begins with, each with the tokens after it.
    fn walk(&self, prompt: &[TokenId], mut visit: impl FnMut(&Below, &[TokenId])) {
        let mut page = self.namer.root();
        let mut rest = prompt;
        while let Some(below) = self.below.get(&page) {
            visit(below, rest);
            let Some((tokens, after)) = rest.split_at_checked(self.page_tokens) else { break };
            page = self.namer.page(&page, tokens);
            rest = after;
        }
    }
}

impl Below {
    const fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.marks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(ids: &[u32]) -> Vec<TokenId> {
        ids.iter().copied().map(TokenId).collect()
    }

    fn text(n_letters: u64) -> TextName {
        TextName { n_letters, hash: [u8::try_from(n_letters).unwrap(); 32] }
    }

    fn tree() -> Tree {
        Tree::new(Namer::new(&Key([3; 32]), None), 4)
    }

    #[test]
    fn a_prompt_finds_the_longest_beginning() {
        let mut tree = tree();
        let timelines = [&[1, 2][..], &[1, 2, 3, 4], &[1, 2, 3, 4, 5], &[1, 2, 3, 9, 5]];
        let keys: Vec<_> =
            (1..).zip(timelines).map(|(n, t)| tree.add(&tokens(t), text(n)).1).collect();
        for (key, timeline) in keys.iter().zip(timelines) {
            assert_eq!(tree.after(&tokens(timeline)), Some(*key));
        }
        assert_eq!(tree.after(&tokens(&[1])), None);
        let before = |tree: &Tree, prompt: &[u32]| tree.before(&tokens(prompt));
        assert_eq!(before(&tree, &[1, 2, 3, 4, 5, 6]), [keys[2], keys[1], keys[0]]);
        assert_eq!(before(&tree, &[1, 2, 3, 4, 5]), [keys[1], keys[0]], "a token is to compute");
        assert_eq!(before(&tree, &[1, 2, 3, 9, 5, 1]), [keys[3], keys[0]]);
        assert_eq!(before(&tree, &[2]), []);
        for (key, timeline) in keys.iter().zip(timelines) {
            assert_eq!(tree.tokens(key), Some(tokens(timeline)));
        }
        let closest = |prompt: &[u32]| {
            let closest = tree.closest(&tokens(prompt));
            (closest.n_same, closest.next.map(|token| token.0))
        };
        assert_eq!(closest(&[1, 2, 3, 4, 7]), (4, Some(5)));
        assert_eq!(closest(&[1, 2, 3, 9]), (4, Some(5)));
        assert_eq!(closest(&[1, 2, 4]), (2, Some(3)));
        assert_eq!(closest(&[7]), (0, Some(1)));
        assert_eq!(closest(&[1, 2, 3, 4, 5, 6]), (5, None));
    }

    #[test]
    fn what_is_removed_leaves_nothing_behind() {
        let mut tree = tree();
        let (_, long) = tree.add(&tokens(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), text(9));
        let (_, short) = tree.add(&tokens(&[1, 2, 3, 4]), text(4));
        tree.remove_mark(&long);
        assert_eq!(tree.edges.len(), 1, "the page of the other mark stays");
        tree.remove_mark(&short);
        assert!(tree.edges.is_empty() && tree.below.is_empty() && tree.texts.is_empty());
        tree.remove_mark(&short);
    }

    #[test]
    fn pages_come_in_any_order_and_must_be_what_they_are_called() {
        let mut whole = tree();
        let (pages, key) = whole.add(&tokens(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), text(9));
        let mut tree = tree();
        let mark = whole.mark(&key).unwrap().clone();
        assert!(tree.add_mark(key, mark.clone()));
        assert!(tree.add_edge(pages[1], whole.edges[&pages[1]].clone()));
        assert_eq!(tree.pages(&key), None);
        assert_eq!(tree.before(&tokens(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])), []);
        assert!(tree.add_edge(pages[0], whole.edges[&pages[0]].clone()));
        assert_eq!(tree.pages(&key), Some(pages.clone()));
        assert!(!tree.add_edge(pages[0], whole.edges[&pages[1]].clone()));
        assert!(!tree.add_mark(pages[0], mark));
    }
}
