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
    const facts = { isLast, isRunning: run?.turn === turn, isIdle: run === undefined, place, n: branches.length };
    const stamp = JSON.stringify([facts, turn.finish, turn.error, edited === turn.id]);
    const known = shownTurns.get(turn.id);
    if (known?.stamp === stamp) return known.element;
    const isShaded = known?.element.querySelector(".shaded") != null;
    const element = elementOfTurn(turn, { ...facts, branches });
    shownTurns.set(turn.id, { stamp, element });
    if (isShaded) element.querySelector(".content").classList.add("shaded");
    return element;
  });
  const isAtEnd = atEnd();
  const place = byId("turns");
  elements.forEach((element, i) => {
    if (place.children[i] !== element) place.insertBefore(element, place.children[i] ?? null);
  });
  while (place.children.length > elements.length) place.lastChild.remove();
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

function fillAnswer(element, turn, { isRunning, isLast, isIdle }) {
  const reasoning = make("details", { className: "reasoning", hidden: true },
    make("summary", { textContent: "Reasoning" }), make("div", { className: "words" }));
  const state = make("p", { className: "state", hidden: true });
  const calls = make("div", { className: "calls" });
  element.append(reasoning, make("div", { className: "content" }), calls, state);
  writeAnswer(element, turn);
  if (isRunning) return;
  if (endOf(turn) !== "") element.append(make("p", { className: "end", textContent: endOf(turn) }));
  const left = turn.finish === null && turn.error === null ? "The page was left before the answer ended." : null;
  const error = turn.error ?? left;
  if (error) {
    const again = button("Try again", () => retry(open, turn));
    element.append(make("div", { className: "fault", role: "alert" }, make("p", { textContent: error }), again));
  }
  if (turn.finish === "tool_calls" && isLast && isIdle) element.append(resultsForm(turn));
  if (turn.usage?.ds4) {
    element.append(make("details", { className: "receipt" },
      make("summary", { textContent: summaryOf(turn) }), make("p", { textContent: receiptOf(turn) })));
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
    const known = calls.children[i] ?? calls.appendChild(make("div", { className: "call" },
      make("p", {}, "Calls ", make("code", { textContent: call.name })), make("pre", { tabIndex: 0 })));
    known.querySelector("pre").textContent = call.text;
  });
}

function resultElement({ name, text }) {
  return make("div", { className: "call" },
    make("p", {}, "Result of ", make("code", { textContent: name })), make("pre", { textContent: text, tabIndex: 0 }));
}

/** Asks for what the called tools return. */
function resultsForm(turn) {
  const fields = turn.calls.map((call, i) => make("textarea", {
    rows: 2, required: true, "aria-label": `Result of ${call.name}${turn.calls.length > 1 ? `, call ${i + 1}` : ""}`,
    placeholder: `What ${call.name} returns`,
  }));
  const form = make("form", { className: "results" }, ...fields, make("button", { textContent: "Send results", className: "main" }));
  form.onsubmit = (event) => {
    event.preventDefault();
    const results = turn.calls.map(({ id, name }, i) => ({ id, name, text: fields[i].value }));
    const made = addTurn(open, turn.id, { role: "results", results });
    answer(open, made.id);
    byId("message").focus();
  };
  form.onkeydown = (event) => sendOnEnter(event, form);
  return form;
}

/** The row of what can be done with a turn. */
function actionsOf(element, turn, { n, place, branches, isIdle }) {
  const row = make("div", { className: "actions" });
  if (n > 1) {
    const go = (step, label) => button(step < 0 ? "‹" : "›", () => goTo(branches[place + step], step), {
      "aria-label": label, disabled: branches[place + step] === undefined || !isIdle,
    });
    const where = make("span", { textContent: `${place + 1}/${n}`, "aria-label": `Branch ${place + 1} of ${n}` });
    row.append(make("span", { className: "branches" }, go(-1, "Branch before"), where, go(1, "Branch after")));
  }
  const text = turn.role === "results" ? turn.results.map((result) => result.text).join("\n") : turn.text;
  if (text !== "") row.append(copyButton(() => text));
  const only = { disabled: !isIdle };
  if (turn.role === "user") row.append(button("Edit", () => edit(turn), only));
  if (turn.role === "answer") {
    row.append(button("Regenerate", () => regenerate(turn), only));
    if (turn.tokens?.length > 0) row.append(probabilitiesButton(element));
  }
  row.append(button("Fork", () => fork(turn), { ...only, title: "Begin another branch after this turn" }));
  return row;
}

function probabilitiesButton(element) {
  const toggle = button("Probabilities", () => toggleProbabilities(element.querySelector(".content"), toggle), {
    "aria-pressed": "false", title: "Shade tokens by how probable they were; arrow keys move from one to the next",
  });
  return toggle;
}

function regenerate(turn) {
  retry(open, turn);
  byId("message").focus();
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
  byId("message").focus();
}

/** Says where a branch begins that has no turn yet, and how to leave it. */
function showBranch(last) {
  const others = last && !running.has(open.id) ? following(open, last.id) : [];
  byId("branch").hidden = others.length === 0;
  byId("back").onclick = () => {
    open.chosen[last.id] = others.at(-1).id;
    save(open);
    show();
    byId("message").focus();
  };
}

function edit(turn) {
  edited = turn.id;
  show();
  shownTurns.get(turn.id).element.querySelector("textarea").focus();
}

/** The text of a turn in a field; sent, it begins a branch. */
function editorInto(element, turn) {
  const field = make("textarea", { value: turn.text, "aria-label": "Your message", rows: 3, required: true });
  const leave = () => {
    edited = null;
    show();
    byId("message").focus();
  };
  const form = make("form", { className: "editor" }, field, make("div", { className: "row" },
    button("Cancel", leave), make("button", { textContent: "Send", className: "main" })));
  form.onsubmit = (event) => {
    event.preventDefault();
    edited = null;
    ask(open, turn.parent, field.value);
    byId("message").focus();
  };
  form.onkeydown = (event) => {
    if (event.key === "Escape") leave();
    sendOnEnter(event, form);
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
  const words = run.begun === null ? progressOf(run.state) : `${counted(run.n, "token")}${live ? ` · ${speed(live)}` : ""}`;
  const isReading = run.begun === null && run.state?.phase === "prefill";
  const { done, total } = run.state ?? {};
  const bar = isReading ? [make("progress", { max: total, value: done, "aria-label": "Read of the prompt" })] : [];
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
