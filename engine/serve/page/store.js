// Conversations, kept in this browser, each in an entry of its own.
//
// A conversation is a tree of turns. A turn knows its parent, and `chosen` has, for each turn, the
// one that is shown after it; the first turn follows the root. Nothing is chosen where a branch
// begins that has no turn yet.
//
// A turn is the user's (`text`), an answer (`text`, `reasoning`, `calls`, `tokens` and how it
// ended), or what tools returned (`results`).

const ENTRY = "ds4.conversation.";
const ROOT = "root";

const conversations = new Map();

function loadConversations() {
  conversations.clear();
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(ENTRY)) continue;
    try {
      const conversation = JSON.parse(localStorage.getItem(name));
      // Throws where it is not one.
      path(conversation);
      conversations.set(conversation.id, conversation);
    } catch {
      localStorage.removeItem(name);
    }
  }
}

function newConversation() {
  return { id: newName(), title: "", updated: Date.now(), turns: {}, chosen: {} };
}

/** Adds a turn after `parent` and shows it. */
function addTurn(conversation, parent, turn) {
  turn.id = newName();
  turn.parent = parent;
  conversation.turns[turn.id] = turn;
  conversation.chosen[parent] = turn.id;
  conversation.updated = Date.now();
  if (turn.role === "user" && conversation.title === "") {
    conversation.title = turn.text.trim().replace(/\s+/g, " ").slice(0, 80);
  }
  return turn;
}

/** Removes a turn that nothing follows; the one before it is shown instead. */
function removeTurn(conversation, turn) {
  delete conversation.turns[turn.id];
  conversation.chosen[turn.parent] = following(conversation, turn.parent).at(-1)?.id ?? null;
}

/** The turns that follow `parent`, oldest first. */
function following(conversation, parent) {
  return Object.values(conversation.turns).filter((turn) => turn.parent === parent);
}

/** The turns that are shown. */
function path(conversation) {
  const turns = [];
  let turn = conversation.turns[conversation.chosen[ROOT]];
  while (turn) {
    turns.push(turn);
    turn = conversation.turns[conversation.chosen[turn.id]];
  }
  return turns;
}

/** The turns from the first one to `id`. */
function pathTo(conversation, id) {
  const turns = [];
  for (let turn = conversation.turns[id]; turn; turn = conversation.turns[turn.parent]) {
    turns.unshift(turn);
  }
  return turns;
}

function save(conversation) {
  conversations.set(conversation.id, conversation);
  const name = ENTRY + conversation.id;
  const withoutTokens = (key, value) => (key === "tokens" ? undefined : value);
  try {
    localStorage.setItem(name, JSON.stringify(conversation));
  } catch {
    try {
      localStorage.setItem(name, JSON.stringify(conversation, withoutTokens));
    } catch {
      notice("The browser has no room for this conversation: export it, or delete others.");
    }
  }
}

function forget(conversation) {
  conversations.delete(conversation.id);
  localStorage.removeItem(ENTRY + conversation.id);
}
