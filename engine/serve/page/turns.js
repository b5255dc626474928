// The turns of the open conversation as elements.

/** The element of each turn, with a stamp of everything that it shows beside its text. */
const shownTurns = new Map();

/** The turn whose text is being edited. */
let edited = null;

/** Brings the page up to date with the conversation. */
function show() {
  const turns = path(open);
  const run = running.get(open.id);
  const elements = turns.map((turn, i) => {
    const isLast = i === turns.length - 1;
    const branches = following(open, turn.parent);
    const place = branches.map((other) => other.id).indexOf(turn.id);
    const wantsResults = isLast && run === undefined && turn.finish === "tool_calls";
    const facts = { wantsResults, isRunning: run?.turn === turn, place, n: branches.length };
    const stamp = JSON.stringify([facts, turn.finish, turn.error, edited === turn.id]);
    const known = shownTurns.get(turn.id);
    if (known?.stamp === stamp) return known.element;
    const element = elementOfTurn(turn, { ...facts, branches });
    shownTurns.set(turn.id, { stamp, element });
    return element;
  });
  const isAtEnd = atEnd();
  const place = byId("turns");
  elements.forEach((element, i) => {
    if (place.children[i] !== element) place.insertBefore(element, place.children[i] ?? null);
  });
  while (place.children.length > elements.length) place.lastChild.remove();
  for (const change of place.querySelectorAll(".change")) {
    change.disabled = run !== undefined || change.isEnd === true;
  }
  byId("welcome").hidden = turns.length > 0;
  showBranch(turns.at(-1));
  showComposer();
  showList();
  if (isAtEnd) toEnd();
}

function elementOfTurn(turn, facts) {
  const names = { user: "You", answer: "Answer", results: "Results of tools" };
  const element = make("article", { className: `turn ${turn.role}` });
  element.append(make("h2", { className: "hidden", textContent: names[turn.role] }));
  if (turn.role === "answer") fillAnswer(element, turn, facts);
  else if (turn.role === "results") element.append(...turn.results.map(resultElement));
  else if (edited === turn.id) return editorInto(element, turn);
  else element.append(make("div", { className: "words", textContent: turn.text }));
  if (!facts.isRunning) element.append(actionsOf(element, turn, facts));
  return element;
}

function fillAnswer(element, turn, { isRunning, wantsResults }) {
  const reasoning = make(
    "details",
    { className: "reasoning", hidden: true },
    make("summary", { textContent: "Reasoning" }),
    make("div", { className: "words" }),
  );
  const state = make("p", { className: "state", hidden: true });
  const calls = make("div", { className: "calls" });
  element.append(reasoning, make("div", { className: "content" }), calls, state);
  writeAnswer(element, turn);
  if (isRunning) return;
  if (endOf(turn) !== "") element.append(make("p", { className: "end", textContent: endOf(turn) }));
  if (faultOf(turn) !== null) {
    const words = make("p", { textContent: faultOf(turn) });
    const again = button("Try again", () => retry(open, turn));
    element.append(make("div", { className: "fault", role: "alert" }, words, again));
  }
  if (wantsResults) element.append(resultsForm(turn));
  if (turn.usage?.ds4) {
    const summary = make("summary", { textContent: summaryOf(turn) });
    const words = make("p", { textContent: receiptOf(turn) });
    element.append(make("details", { className: "receipt" }, summary, words));
  }
}

/** Writes what there is of an answer; what is written stays. */
function writeAnswer(element, turn) {
  const reasoning = element.querySelector(".reasoning");
  reasoning.hidden = turn.reasoning === "";
  const words = reasoning.querySelector(".words");
  if (words.textContent.length !== turn.reasoning.length) words.textContent = turn.reasoning;
  renderMarkdown(element.querySelector(".content"), turn);
  const calls = element.querySelector(".calls");
  turn.calls.forEach((call, i) => {
    const known = calls.children[i] ?? calls.appendChild(callElement("Calls", call.name));
    known.querySelector("pre").textContent = call.text;
  });
}

/** What a tool was called with, or returned. */
function callElement(what, name, text = "") {
  const head = make("p", {}, `${what} `, make("code", { textContent: name }));
  return make("div", { className: "call" }, head, make("pre", { textContent: text, tabIndex: 0 }));
}

function resultElement({ name, text }) {
  return callElement("Result of", name, text);
}

/** Asks for what the called tools return. */
function resultsForm(turn) {
  const fields = turn.calls.map((call, i) => {
    const label = `Result of ${call.name}${turn.calls.length > 1 ? `, call ${i + 1}` : ""}`;
    const named = { "aria-label": label, placeholder: label };
    return make("textarea", { rows: 2, required: true, ...named });
  });
  const send = make("button", { textContent: "Send results", className: "main" });
  const form = make("form", { className: "results" }, ...fields, send);
  form.onsubmit = (event) => {
    event.preventDefault();
    const results = turn.calls.map(({ id, name }, i) => ({ id, name, text: fields[i].value }));
    const made = addTurn(open, turn.id, { role: "results", results });
    answer(open, made.id);
    focusMessage();
  };
  form.onkeydown = (event) => sendOnEnter(event, form);
  return form;
}

/** The row of what can be done with a turn. */
function actionsOf(element, turn, { n, place, branches }) {
  const row = make("div", { className: "actions" });
  if (n > 1) row.append(branchesElement(place, branches));
  const text =
    turn.role === "results" ? turn.results.map((result) => result.text).join("\n") : turn.text;
  if (text !== "") row.append(copyButton(() => text));
  const only = { className: "change" };
  if (turn.role === "user") row.append(button("Edit", () => edit(turn), only));
  if (turn.role === "answer") {
    row.append(button("Regenerate", () => regenerate(turn), only));
    if (turn.tokens?.length > 0) row.append(probabilitiesButton(element));
  }
  row.append(
    button("Fork", () => fork(turn), { ...only, title: "Begin another branch after this turn" }),
  );
  return row;
}

/** Which of the branches is shown, and the ways to those beside it. */
function branchesElement(place, branches) {
  const go = (step, sign, label) => {
    const other = branches[place + step];
    const made = button(sign, () => goTo(other, step), {
      "aria-label": label,
      className: "change",
    });
    made.isEnd = other === undefined;
    return made;
  };
  const [n, number] = [branches.length, place + 1];
  const where = make("span", { textContent: `${number}/${n}`, title: `Branch ${number} of ${n}` });
  const ways = [go(-1, "‹", "Branch before"), where, go(1, "›", "Branch after")];
  return make("span", { className: "branches" }, ...ways);
}

function probabilitiesButton(element) {
  const content = element.querySelector(".content");
  const title = "Shade tokens by how probable they were; arrow keys move from one to the next";
  const flip = () => toggleProbabilities(content, toggle);
  const toggle = button("Probabilities", flip, { "aria-pressed": "false", title });
  return toggle;
}

function regenerate(turn) {
  retry(open, turn);
  focusMessage();
}

/** Shows another turn in the place of its sibling. */
function goTo(turn, step) {
  open.chosen[turn.parent] = turn.id;
  save(open);
  show();
  const buttons = shownTurns.get(turn.id).element.querySelectorAll(".branches button");
  const [first, second] = step < 0 ? buttons : [...buttons].reverse();
  (first.disabled ? second : first).focus();
}

/** Lets the conversation go on from a turn in another way; a user's is asked once more. */
function fork(turn) {
  if (turn.role !== "answer") return answer(open, turn.id);
  open.chosen[turn.id] = null;
  show();
  focusMessage();
}

/** Says where a branch begins that has no turn yet, and how to leave it. */
function showBranch(last) {
  const others = last && !running.has(open.id) ? following(open, last.id) : [];
  byId("branch").hidden = others.length === 0;
  byId("back").onclick = () => {
    open.chosen[last.id] = others.at(-1).id;
    save(open);
    show();
    focusMessage();
  };
}

function edit(turn) {
  edited = turn.id;
  show();
  shownTurns.get(turn.id).element.querySelector("textarea").focus();
}

/** The text of a turn in a field; sent, it begins a branch. */
function editorInto(element, turn) {
  const field = make("textarea", {
    value: turn.text,
    "aria-label": "Your message",
    rows: 3,
    required: true,
  });
  const leave = () => {
    edited = null;
    show();
    focusMessage();
  };
  const send = make("button", { textContent: "Send", className: "main" });
  const row = make("div", { className: "row" }, button("Cancel", leave), send);
  const form = make("form", { className: "editor" }, field, row);
  form.onsubmit = (event) => {
    event.preventDefault();
    edited = null;
    ask(open, turn.parent, field.value);
    focusMessage();
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") leave();
    else sendOnEnter(event, form);
  };
  element.append(form);
  return element;
}

function sendOnEnter(event, form) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
}

/** Shows the next state of an answer with the next picture of the screen. */
function showProgress(conversation, run) {
  if (run.isDrawn || conversation !== open) return;
  run.isDrawn = true;
  requestAnimationFrame(() => {
    run.isDrawn = false;
    const known = shownTurns.get(run.turn.id);
    if (conversation !== open || running.get(open.id) !== run || !known) return;
    const isAtEnd = atEnd();
    writeAnswer(known.element, run.turn);
    writeState(known.element.querySelector(".state"), run);
    if (isAtEnd) toEnd();
    byId("latest").hidden = atEnd();
  });
}

function writeState(state, run) {
  const live = liveSpeed(run);
  const words =
    run.begun === null
      ? progressOf(run.state)
      : `${counted(run.n, "token")}${live ? ` · ${speed(live)}` : ""}`;
  const isReading = run.begun === null && run.state?.phase === "prefill";
  const { done, total } = run.state ?? {};
  const named = { "aria-label": "Read of the prompt" };
  const bar = isReading ? [make("progress", { max: total, value: done, ...named })] : [];
  state.replaceChildren(words, ...bar);
  state.hidden = false;
}

function atEnd() {
  const view = byId("view");
  return view.scrollHeight - view.scrollTop - view.clientHeight < 40;
}

function toEnd() {
  byId("view").scrollTop = byId("view").scrollHeight;
  byId("latest").hidden = true;
}
