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
  byId("message").focus();
}

function showList() {
  const all = [...conversations.values()].sort((a, b) => b.updated - a.updated);
  const item = (conversation) => {
    const isOpen = conversation.id === open.id;
    const title = conversation.title || "New conversation";
    const name = button(title, () => openConversation(conversation), { className: "name" });
    if (isOpen) name.setAttribute("aria-current", "true");
    const remove = button("×", () => removeConversation(conversation), { "aria-label": `Delete ${title}` });
    return make("li", {}, name, remove);
  };
  const held = byId("list").contains(document.activeElement);
  byId("list").replaceChildren(...all.map(item));
  if (held) byId("new").focus();
  byId("empty").hidden = all.length > 0;
  for (const id of ["export-all", "delete-all"]) byId(id).disabled = all.length === 0;
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
    greet().then(then);
  };
  dialog.showModal();
}

/** Learns the names of the model, or says why not. */
async function greet() {
  try {
    await loadModels();
    notice("");
  } catch (error) {
    if (error.status === 401) askForKey(() => {});
    else notice(`${error.message} The next message tries again.`);
  }
}

function pressed(event) {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  if (!byId("tip").hidden) hideTip();
  else if (document.body.classList.contains("with-list")) toggleList();
  else stop(open);
}

function listen() {
  const on = (id, action) => (byId(id).onclick = action);
  on("menu", toggleList);
  on("shade", hideList);
  on("new", () => openConversation(newConversation()));
  on("open-settings", openSettings);
  on("model", openSettings);
  on("stop", () => stop(open));
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
    hideTip();
    if (atEnd()) byId("latest").hidden = true;
  };
  document.onkeydown = pressed;
  // Another tab has written.
  addEventListener("storage", () => {
    const own = open;
    loadConversations();
    if (conversations.has(own.id)) conversations.set(own.id, own);
    showList();
  });
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
