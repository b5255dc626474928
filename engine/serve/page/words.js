// What numbers of the server mean, in words.

function number(n) {
  return n.toLocaleString("en-US");
}

function counted(n, noun) {
  return `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** The verb of so many. */
function were(n) {
  return n === 1 ? "was" : "were";
}

function seconds(n) {
  return n < 0.05 ? "less than 0.1 s" : `${n.toFixed(1)} s`;
}

function speed(n) {
  return `${n.toFixed(n < 10 ? 1 : 0)} tokens/s`;
}

const SOURCES = {
  live: "from the session that just answered",
  fork: "shared with another session",
  memory: "from memory",
  disk: "from the disk",
};

const REASONS = {
  unknown: "Nothing kept begins like this prompt",
  longer: "The rest goes on after what was kept",
  text: "what was kept has another text there",
  tokens: "what was kept has the same text in other tokens",
  not_kept: "It was read before, but no place near it is kept",
};

/** What was read, reused and written, shortly. */
function summaryOf({ usage }) {
  const { ds4, prompt_tokens: prompt, completion_tokens: written } = usage;
  const parts = [counted(written, "token")];
  if (ds4.decode_tokens_per_second > 0) parts.push(speed(ds4.decode_tokens_per_second));
  const reused = number(ds4.reused_tokens);
  parts.push(`${reused} of ${counted(prompt, "prompt token")} reused`);
  return parts.join(" · ");
}

/** The same in sentences. */
function receiptOf({ usage, model }) {
  const { ds4, prompt_tokens: prompt, completion_tokens: written } = usage;
  const { reuse, reused_tokens: reused } = ds4;
  const source = SOURCES[reuse?.source] ?? "";
  const whole = `${counted(prompt, "token")} of the prompt`;
  const some = `Of ${whole}, ${number(reused)} ${were(reused)} reused ${source}`.trim();
  const sentences = [reused > 0 ? some : `None of the ${whole} was reused`];
  const read = counted(ds4.prefilled_tokens, "token");
  sentences.push(`${read} ${were(ds4.prefilled_tokens)} read in ${seconds(ds4.prefill_seconds)}`);
  if (REASONS[reuse?.why]) {
    const place = ["text", "tokens"].includes(reuse.why)
      ? `At token ${reuse.position + 1} the two part: `
      : "";
    sentences.push(place + REASONS[reuse.why]);
  }
  if (reuse?.is_same_text) sentences.push("The reused tokens are others of the same text");
  const reasoned = usage.completion_tokens_details.reasoning_tokens;
  const ofThem = reasoned > 0 ? `, ${number(reasoned)} of them reasoning` : "";
  sentences.push(
    `In ${seconds(ds4.decode_seconds)}, ${model} wrote ${counted(written, "token")}${ofThem}`,
  );
  if (ds4.queued_seconds >= 0.05)
    sentences.push(`It waited ${seconds(ds4.queued_seconds)} in the queue`);
  return `${sentences.join(". ")}.`;
}

/** What is known before an answer begins. */
function progressOf(state) {
  if (state?.phase === "queued") {
    const before = state.position;
    if (before === 0) return "Next in the queue";
    const wait = state.seconds > 0 ? `, about ${Math.ceil(state.seconds)} s` : "";
    return `Waiting behind ${counted(before, "request")}${wait}`;
  }
  if (state?.phase === "prefill") {
    return `Reading the prompt: ${number(state.done)} of ${counted(state.total, "token")}`;
  }
  return "Waiting for the first token";
}

/** What went wrong with an answer that is not being written. */
function faultOf({ finish, error }) {
  const isLeft = finish === null && error === null;
  return isLeft ? "The page was left before the answer ended." : error;
}

/** How an answer ended, where that is not by itself. */
function endOf({ finish }) {
  if (finish === "length") return "It ended at the most tokens that it may have.";
  if (finish === "stopped") return "Stopped.";
  return "";
}
