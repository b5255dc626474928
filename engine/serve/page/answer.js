// Asks for an answer and writes it into its turn while it comes.

/** The answers that are being written, by conversation. */
const running = new Map();

/** A conversation in the words of a request. */
function messagesOf(turns) {
  const messages = settings.system === "" ? [] : [{ role: "system", content: settings.system }];
  for (const turn of turns) {
    if (turn.role === "user") messages.push({ role: "user", content: turn.text });
    else if (turn.role === "results") {
      messages.push(
        ...turn.results.map(({ id, text }) => ({ role: "tool", tool_call_id: id, content: text })),
      );
    } else messages.push(...messageOfAnswer(turn));
  }
  return messages;
}

/** Nothing where an answer failed before its first word; calls that are not whole are left out. */
function messageOfAnswer(turn) {
  const calls = turn.finish === "tool_calls" ? turn.calls : [];
  if (turn.text === "" && calls.length === 0) return [];
  const message = { role: "assistant", content: turn.text };
  if (turn.reasoning !== "") message.reasoning_content = turn.reasoning;
  if (calls.length > 0) {
    message.tool_calls = calls.map(({ id, name, text }) => ({
      id,
      type: "function",
      function: { name, arguments: text },
    }));
  }
  return [message];
}

/** Asks for an answer after `parent`. */
async function answer(conversation, parent) {
  const fault = faultOfTools(settings.tools);
  if (fault !== "") {
    show();
    notice(`${fault} The settings have them.`);
    return openSettings();
  }
  const asked = pathTo(conversation, parent);
  const turn = addTurn(conversation, parent, {
    role: "answer",
    text: "",
    reasoning: "",
    calls: [],
    tokens: [],
    finish: null,
    model: settings.model,
    usage: null,
    error: null,
  });
  const run = {
    conversation,
    turn,
    abort: new AbortController(),
    state: null,
    begun: null,
    n: 0,
    saved: 0,
  };
  running.set(conversation.id, run);
  notice("");
  show();
  announce("Answering");
  try {
    if (settings.model === "") await loadModels();
    turn.model = settings.model;
    await stream(conversation, run, asked);
  } catch (error) {
    if (run.abort.signal.aborted) turn.finish = "stopped";
    else turn.error = error.message;
    if (error.status === 401) askForKey(() => retry(conversation, turn));
    // Another server may be at the same address.
    if (error.status === 404) greet();
  }
  running.delete(conversation.id);
  if (conversations.has(conversation.id)) save(conversation);
  show();
  const end = turn.finish === "stopped" ? "Stopped" : "Answered";
  announce(turn.error ?? `${end} after ${counted(run.n, "token")}`);
}

async function stream(conversation, run, asked) {
  const body = { ...optionsOfRequest(), messages: messagesOf(asked), stream: true };
  body.stream_options = { include_usage: true };
  const response = await call("/v1/chat/completions", body, run.abort.signal);
  const [position, wait] = ["position", "estimate-seconds"].map((name) =>
    Number(response.headers.get(`x-ds4-queue-${name}`)),
  );
  if (position > 0) run.state = { phase: "queued", position, seconds: wait };
  for await (const chunk of events(response)) {
    if (chunk.error) throw new Error(chunk.error.message);
    hear(run, chunk);
    showProgress(conversation, run);
    if (performance.now() - run.saved > 1000) {
      save(conversation);
      run.saved = performance.now();
    }
  }
}

/** Takes what a chunk of the stream says. */
function hear(run, chunk) {
  const { turn } = run;
  if (chunk.ds4) run.state = chunk.ds4;
  if (chunk.usage) turn.usage = chunk.usage;
  const choice = chunk.choices?.[0];
  if (!choice) return;
  const { delta } = choice;
  const tokens = choice.logprobs?.content ?? [];
  turn.tokens.push(...tokens.map(keptToken));
  turn.text += delta.content ?? "";
  turn.reasoning += delta.reasoning_content ?? "";
  for (const { index, id, function: called } of delta.tool_calls ?? []) {
    turn.calls[index] ??= { id, name: called.name, text: "" };
    turn.calls[index].text += called.arguments ?? "";
  }
  turn.finish = choice.finish_reason ?? turn.finish;
  if (delta.content || delta.reasoning_content || delta.tool_calls) {
    run.begun ??= performance.now();
    run.state = null;
    // A chunk without log-probabilities has about one token.
    run.n += Math.max(1, tokens.length);
  }
}

/** Tokens a second since the first one; nothing before there is a second token. */
function liveSpeed(run) {
  const time = (performance.now() - (run.begun ?? 0)) / 1000;
  return run.n > 1 && time > 0 ? (run.n - 1) / time : null;
}

/** Another answer in the place of `turn`, which stays as a branch where it has anything. */
function retry(conversation, turn) {
  if (running.has(conversation.id)) return;
  const isEmpty = turn.text === "" && turn.reasoning === "" && turn.calls.length === 0;
  if (isEmpty && following(conversation, turn.id).length === 0) removeTurn(conversation, turn);
  answer(conversation, turn.parent);
}

function stop(conversation) {
  running.get(conversation.id)?.abort.abort();
}
