//! Responses that can be asked for again, up to a number and a number of bytes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use crate::{chat::json::Json, serve::generation::Generation};

/// The name of the key that a response was asked for with; others do not see it.
pub(crate) type Owner = String;

/// The last responses.
#[derive(Debug)]
pub(crate) struct Store {
    inner: Mutex<Inner>,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct Inner {
    by_id: HashMap<String, Stored>,
    /// The oldest first; also those that were removed.
    order: VecDeque<String>,
    n_bytes: usize,
}

/// A response.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) owner: Owner,
    /// As it is shown.
    pub(super) response: Value,
    /// The items that were asked.
    pub(super) input: Arc<Vec<Json>>,
    /// All items up to the answer.
    pub(super) context: Arc<Vec<Json>>,
    /// What makes it while it runs on.
    pub(super) generation: Option<Arc<Generation>>,
}

impl Stored {
    fn n_bytes(&self) -> usize {
        // Texts are most of it, and each is in one of these.
        let items = self.input.iter().chain(self.context.iter());
        items.map(|item| item.to_string().len()).sum::<usize>() + self.response.to_string().len()
    }
}

impl Store {
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self { inner: Mutex::default(), most, most_bytes }
    }

    /// Keeps a response, in the place of an earlier state of it.
    pub(super) fn put(&self, id: &str, stored: Stored) {
        let mut inner = self.lock();
        inner.remove(id);
        inner.n_bytes += stored.n_bytes();
        inner.by_id.insert(id.to_owned(), stored);
        inner.order.push_back(id.to_owned());
        while inner.by_id.len() > self.most || inner.n_bytes > self.most_bytes {
            let Some(oldest) = inner.order.front().cloned() else { break };
            inner.remove(&oldest);
        }
    }

    /// A response of `owner`.
    pub(super) fn get(&self, id: &str, owner: &Owner) -> Option<Stored> {
        self.lock().by_id.get(id).filter(|stored| stored.owner == *owner).cloned()
    }

    /// Removes a response of `owner`; whether there was one.
    pub(super) fn take(&self, id: &str, owner: &Owner) -> Option<Stored> {
        let mut inner = self.lock();
        if inner.by_id.get(id)?.owner != *owner {
            return None;
        }
        inner.remove(id)
    }

    /// All items up to the end of a response of `owner` that has ended.
    pub(super) fn context(&self, id: &str, owner: &Owner) -> Option<Vec<Json>> {
        let stored = self.get(id, owner).filter(|stored| stored.generation.is_none())?;
        Some(stored.context.to_vec())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remove(&mut self, id: &str) -> Option<Stored> {
        let stored = self.by_id.remove(id)?;
        self.n_bytes -= stored.n_bytes();
        self.order.retain(|known| known != id);
        Some(stored)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored(owner: &str, n_bytes: usize) -> Stored {
        let text = Json::String("x".repeat(n_bytes));
        Stored {
            owner: owner.into(),
            response: json!({}),
            input: Arc::default(),
            context: Arc::new(vec![text]),
            generation: None,
        }
    }

    #[test]
    fn there_is_room_for_some_and_each_is_its_owners() {
        let store = Store::new(2, 1000);
        let (ada, bob) = ("ada".to_owned(), "bob".to_owned());
        store.put("a", stored("ada", 10));
        store.put("b", stored("bob", 10));
        assert!(store.get("a", &bob).is_none() && store.take("a", &bob).is_none());
        assert_eq!(store.context("a", &ada).unwrap().len(), 1);
        store.put("c", stored("ada", 10));
        assert!(store.get("a", &ada).is_none(), "the oldest went");
        store.put("b", stored("bob", 900));
        store.put("d", stored("ada", 200));
        assert!(store.get("b", &bob).is_none() && store.get("d", &ada).is_some());
        assert!(store.take("d", &ada).is_some() && store.get("d", &ada).is_none());
        assert!(store.lock().n_bytes <= 1000);
    }
}
