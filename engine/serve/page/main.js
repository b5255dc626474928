// The message field, the list of conversations, dialogs, and keys.

const CURRENT = "ds4.current";

/** The conversation that is open. */
let open = newConversation();

function ask(conversation, parent, text) {
  const turn = addTurn(conversation, parent, { role: "user", text });
  save(conversation);
  sessionStorage.setItem(CURRENT, conversation.id);
  toEnd();
  return answer(conversation, turn.id);
}

function send() {
  const field = byId("message");
  if (field.value.trim() === "" || running.has(open.id)) return;
  const text = field.value;
  field.value = "";
  fit(field);
  ask(open, path(open).at(-1)?.id ?? ROOT, text);
}

/** Makes ready for typing; a keyboard of glass comes when it is asked for. */
function focusMessage() {
  if (!matchMedia("(pointer: coarse)").matches) byId("message").focus();
}

/** One button sends, or stops what is being written. */
function showComposer() {
  const isRunning = running.has(open.id);
  byId("send").hidden = isRunning;
  byId("stop").hidden = !isRunning;
  document.title = open.title === "" ? "ds4" : `${open.title} · ds4`;
  byId("title").textContent = open.title || "New conversation";
  byId("export").disabled = Object.keys(open.turns).length === 0;
  byId("latest").hidden ||= !isRunning;
}

/** Makes a field as high as its text. */
function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

function openConversation(conversation) {
  open = conversation;
  edited = null;
  shownTurns.clear();
  byId("turns").replaceChildren();
  sessionStorage.setItem(CURRENT, conversation.id);
  notice("");
  hideList();
  show();
  toEnd();
  focusMessage();
}

function showList() {
  const all = [...conversations.values()].sort((a, b) => b.updated - a.updated);
  const stamp = JSON.stringify([open.id, all.map(({ id, title }) => [id, title])]);
  const list = byId("list");
  if (list.stamp === stamp) return;
  list.stamp = stamp;
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...all.map(entryOf));
  if (hadFocus) byId("new").focus();
  byId("empty").hidden = all.length > 0;
  for (const id of ["export-all", "delete-all"]) byId(id).disabled = all.length === 0;
}

/** A conversation in the list. */
function entryOf(conversation) {
  const title = conversation.title || "New conversation";
  const name = button(title, () => openConversation(conversation), { className: "name" });
  if (conversation.id === open.id) name.setAttribute("aria-current", "true");
  const remove = () => removeConversation(conversation);
  return make("li", {}, name, button("×", remove, { "aria-label": `Delete ${title}` }));
}

function removeConversation(conversation) {
  if (!confirm(`Delete "${conversation.title}"?`)) return;
  stop(conversation);
  forget(conversation);
  if (conversation.id === open.id) openConversation(newConversation());
  else showList();
}

function removeAll() {
  if (!confirm(`Delete ${counted(conversations.size, "conversation")}?`)) return;
  for (const conversation of [...conversations.values()]) {
    stop(conversation);
    forget(conversation);
  }
  openConversation(newConversation());
}

/** On narrow screens the list lies over the conversation. */
function toggleList() {
  const isOpen = document.body.classList.toggle("with-list");
  byId("menu").setAttribute("aria-expanded", String(isOpen));
  if (isOpen) byId("new").focus();
}

function hideList() {
  document.body.classList.remove("with-list");
  byId("menu").setAttribute("aria-expanded", "false");
}

function openSettings() {
  byId("settings-form").elements.key.value = apiKey();
  byId("settings").showModal();
}

/** Asks for the key, and then does what was refused without it. */
function askForKey(then) {
  const dialog = byId("key");
  if (dialog.open) return;
  const field = byId("key-field");
  field.value = "";
  byId("key-form").onsubmit = () => {
    setKey(field.value.trim());
    greet(then);
  };
  dialog.showModal();
}

/** Learns the names of the model and goes on, or says why not. */
async function greet(then = () => {}) {
  try {
    await loadModels();
  } catch (error) {
    if (error.status === 401) askForKey(then);
    else notice(`${error.message} The next message tries again.`);
    return;
  }
  notice("");
  then();
}

function pressed(event) {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  hideTip();
  if (document.body.classList.contains("with-list")) toggleList();
  else stop(open);
}

/** Takes up what another tab wrote, except where this one has something open. */
function takeUp() {
  const own = [open, ...[...running.values()].map((run) => run.conversation)];
  loadConversations();
  for (const conversation of own) {
    if (conversations.has(conversation.id)) conversations.set(conversation.id, conversation);
  }
  showList();
}

function listen() {
  const on = (id, action) => (byId(id).onclick = action);
  on("menu", toggleList);
  on("shade", hideList);
  on("new", () => openConversation(newConversation()));
  on("open-settings", openSettings);
  on("model", openSettings);
  on("stop", () => {
    stop(open);
    focusMessage();
  });
  on("latest", toEnd);
  on("export", () => download(`ds4-${open.id}.json`, open));
  on("export-all", () => download("ds4-conversations.json", [...conversations.values()]));
  on("delete-all", removeAll);
  const form = byId("composer");
  form.onsubmit = (event) => {
    event.preventDefault();
    send();
  };
  byId("message").onkeydown = (event) => sendOnEnter(event, form);
  byId("message").oninput = (event) => fit(event.target);
  byId("settings-form").oninput = () => {
    readSettings();
    showModel();
  };
  byId("view").onscroll = () => {
    followTip();
    if (atEnd()) byId("latest").hidden = true;
  };
  document.onkeydown = pressed;
  addEventListener("storage", takeUp);
  watchTokens(byId("turns"));
}

function begin() {
  loadConversations();
  loadSettings();
  listen();
  const last = conversations.get(sessionStorage.getItem(CURRENT));
  openConversation(last ?? open);
  greet();
}

begin();
