//! Turns messages into turns: tool results join user turns, in the order of their calls, and
//! what an earlier turn thought is left behind.

use std::collections::HashMap;

use super::message::{Content, Message, Role, Task};

/// What is rendered as one.
#[derive(Debug, Clone)]
pub(super) struct Turn<'a> {
    /// The place of its first message in the list it came from.
    pub(super) index: usize,
    pub(super) body: Body<'a>,
}

/// What a turn is made of.
#[derive(Debug, Clone)]
pub(super) enum Body<'a> {
    /// A message as it came.
    Message(&'a Message),
    /// User messages and tool results.
    User { blocks: Vec<Block<'a>>, task: Option<Task> },
}

/// A piece of a user turn.
#[derive(Debug, Clone, Copy)]
pub(super) enum Block<'a> {
    Text(Option<&'a Content>),
    Result { id: &'a str, content: Option<&'a Content> },
}

impl Turn<'_> {
    pub(super) fn role(&self) -> Role {
        match &self.body {
            Body::Message(message) => message.role,
            Body::User { .. } => Role::User,
        }
    }

    pub(super) fn task(&self) -> Option<Task> {
        match &self.body {
            Body::Message(message) => message.task,
            Body::User { task, .. } => *task,
        }
    }

    pub(super) fn declares_tools(&self) -> bool {
        matches!(&self.body, Body::Message(message) if !message.tools.is_empty())
    }

    /// Whether the model is to answer it.
    pub(super) fn asks(&self) -> bool {
        matches!(self.role(), Role::User | Role::Developer)
    }
}

/// Joins neighboring user messages and tool results.
/// A user message does not join a turn that has a task; one that joins loses its own.
pub(super) fn merge(messages: &[Message]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let content = message.content.as_ref();
        let (block, own_task) = match message.role {
            Role::Tool => (Block::Result { id: &message.tool_call_id, content }, None),
            Role::User => (Block::Text(content), message.task),
            _ => {
                turns.push(Turn { index, body: Body::Message(message) });
                continue;
            }
        };
        let is_result = message.role == Role::Tool;
        match turns.last_mut() {
            Some(Turn { body: Body::User { blocks, task }, .. }) if is_result || task.is_none() => {
                blocks.push(block);
            }
            _ => {
                let body = Body::User { blocks: vec![block], task: own_task };
                turns.push(Turn { index, body });
            }
        }
    }
    turns
}

/// Sorts the results within each turn by the order of the calls they answer.
/// Texts keep their places, and a result of no known call counts as one of the first call.
pub(super) fn order_results(turns: &mut [Turn<'_>]) {
    let mut order: HashMap<&str, usize> = HashMap::new();
    for turn in turns {
        match &mut turn.body {
            Body::Message(message)
                if message.role == Role::Assistant && !message.tool_calls.is_empty() =>
            {
                let calls = message.tool_calls.iter().enumerate();
                let named = calls.filter(|(_, call)| !call.id.is_empty());
                order = named.map(|(place, call)| (call.id.as_str(), place)).collect();
            }
            Body::User { blocks, .. } if !order.is_empty() => sort_results(blocks, &order),
            _ => {}
        }
    }
}

fn sort_results(blocks: &mut [Block<'_>], order: &HashMap<&str, usize>) {
    let place = |block: &Block<'_>| match block {
        Block::Result { id, .. } => Some(order.get(id).copied().unwrap_or(0)),
        Block::Text(_) => None,
    };
    let slots: Vec<usize> =
        (0..blocks.len()).filter(|slot| place(&blocks[*slot]).is_some()).collect();
    let mut results: Vec<Block<'_>> = slots.iter().map(|slot| blocks[*slot]).collect();
    results.sort_by_key(place);
    for (slot, result) in slots.into_iter().zip(results) {
        blocks[slot] = result;
    }
}

/// The last turn that the model is to answer.
pub(super) fn last_question(turns: &[Turn<'_>]) -> Option<usize> {
    turns.iter().rposition(Turn::asks)
}

/// Removes developer turns before the last question, and says how many of the turns from
/// `first_rendered` on were kept.
///
/// Reasoning before the last question is not removed here: it is not rendered.
pub(super) fn drop_old(turns: &mut Vec<Turn<'_>>, first_rendered: usize) -> usize {
    let question = last_question(turns).unwrap_or(0);
    let mut place = 0;
    let mut rendered = 0;
    turns.retain(|turn| {
        let kept = place >= question || turn.role() != Role::Developer;
        rendered += usize::from(kept && place >= first_rendered);
        place += 1;
        kept
    });
    rendered
}
