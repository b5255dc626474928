// Tokens of an answer, and how probable each was: on hover, and by keyboard where they are shown.
//
// A token of the server is its bytes, which may be a part of a character. The text is cut where
// both a token and a character end: a piece has the tokens that it is made of.

/** A token as it is kept: its text, or its bytes where they are no text of their own. */
function keptToken({ token, bytes, logprob, top_logprobs }) {
  const others = top_logprobs.map((other) => [readable(other), other.logprob]);
  const isText = !token.includes("\ufffd");
  return { ...(isText ? { text: token } : { bytes }), logprob, others };
}

function readable({ token, bytes }) {
  if (!token.includes("\ufffd")) return token;
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The characters of bytes; null where the last one is not whole. */
function decoded(bytes) {
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

/**
 * The pieces of an answer so far, in the order of its text: where each begins and ends, and the
 * numbers of its tokens. Where the text is not what the tokens say, the rest has none.
 */
function piecesOf(turn) {
  const known = aligned.get(turn) ?? { pieces: [], n: 0, first: 0, at: 0, bytes: [] };
  aligned.set(turn, known);
  for (; known.n < turn.tokens.length; known.n += 1) {
    const token = turn.tokens[known.n];
    const isAlone = token.bytes === undefined && known.bytes.length === 0;
    if (!isAlone) known.bytes.push(...(token.bytes ?? new TextEncoder().encode(token.text)));
    const text = isAlone ? token.text : decoded(known.bytes);
    if (text === null) continue;
    if (!turn.text.startsWith(text, known.at)) {
      Object.assign(known, { n: known.first, bytes: [] });
      break;
    }
    const [start, end] = [known.at, known.at + text.length];
    known.pieces.push({ start, end, first: known.first, last: known.n });
    Object.assign(known, { first: known.n + 1, at: end, bytes: [] });
  }
  return known.pieces;
}

const aligned = new WeakMap();

/** What tells of the tokens of an element. */
const tokensOf = new WeakMap();

/** The text of a piece, or of a part of it, as an element that knows its tokens. */
function tokenSpan(text, piece, turn) {
  const tokens = turn.tokens.slice(piece.first, piece.last + 1);
  const least = Math.min(...tokens.map((token) => token.logprob));
  const span = make("span", { className: `token ${shade(least)}`, textContent: text });
  tokensOf.set(span, tokens);
  return span;
}

/** Five shades, from nearly certain to improbable. */
function shade(logprob) {
  const steps = [0.9, 0.6, 0.3, 0.1];
  const n = steps.findIndex((step) => Math.exp(logprob) >= step);
  return `p${n < 0 ? steps.length : n}`;
}

/** Makes blanks and ends of lines seen. */
function shown(text) {
  return text.replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "→") || "(nothing)";
}

function percent(logprob) {
  const share = 100 * Math.exp(logprob);
  return share < 0.1 ? "< 0.1 %" : `${share.toFixed(1)} %`;
}

function chances(token) {
  const own = token.text ?? readable({ token: "\ufffd", bytes: token.bytes });
  const isListed = token.others.some(([text]) => text === own);
  const all = isListed ? token.others : [...token.others, [own, token.logprob]];
  const row = ([text, logprob]) => {
    const bar = make("i", {});
    bar.style.width = `${100 * Math.exp(logprob)}%`;
    const cells = [
      make("td", {}, make("code", { textContent: shown(text) })),
      make("td", { textContent: percent(logprob) }),
      make("td", { className: "bar", "aria-hidden": "true" }, bar),
    ];
    return make("tr", { className: text === own ? "own" : "" }, ...cells);
  };
  return make("table", {}, make("tbody", {}, ...all.map(row)));
}

function showTip(span) {
  const tip = byId("tip");
  tip.replaceChildren(...tokensOf.get(span).map(chances));
  tip.hidden = false;
  const [box, size] = [span.getClientRects()[0], tip.getBoundingClientRect()];
  if (!box) return hideTip();
  const left = Math.min(box.left, innerWidth - size.width - 8);
  const isRoomAbove = box.top - size.height - 6 > 0;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${isRoomAbove ? box.top - size.height - 6 : box.bottom + 6}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}

/** The tip of a token that has the focus goes with it, any other one ends. */
function followTip() {
  const { activeElement } = document;
  if (!byId("tip").hidden && tokensOf.has(activeElement)) showTip(activeElement);
  else hideTip();
}

/** Moves the focus to a token, of which one at a time can be reached with Tab. */
function focusToken(content, span) {
  content.querySelector(".token[tabindex]")?.removeAttribute("tabindex");
  span.tabIndex = 0;
  span.setAttribute("aria-describedby", "tip");
  span.focus();
}

function moveToken(event) {
  const content = event.target.closest?.(".content.shaded");
  if (!content || !event.target.matches(".token")) return;
  const spans = [...content.querySelectorAll(".token")];
  const at = spans.indexOf(event.target);
  const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: spans.length - 1 };
  const next = spans[places[event.key]];
  if (next === undefined) return;
  event.preventDefault();
  focusToken(content, next);
}

/** Shows shades and lets the keyboard in, or no more. */
function toggleProbabilities(content, toggle) {
  const isOn = content.classList.toggle("shaded");
  toggle.setAttribute("aria-pressed", String(isOn));
  const first = content.querySelector(".token");
  if (isOn && first) focusToken(content, first);
  if (!isOn) content.querySelector(".token[tabindex]")?.removeAttribute("tabindex");
}

function watchTokens(turns) {
  let waiting = 0;
  const over = (event) => {
    clearTimeout(waiting);
    const span = event.target.closest?.(".token");
    if (!span) return followTip();
    // Who reads with the pointer on the text is not disturbed.
    const isWanted = event.type === "focusin" || !byId("tip").hidden || span.closest(".shaded");
    if (isWanted) showTip(span);
    else waiting = setTimeout(showTip, 300, span);
  };
  turns.addEventListener("mouseover", over);
  turns.addEventListener("mouseleave", over);
  turns.addEventListener("focusin", over);
  turns.addEventListener("focusout", hideTip);
  turns.addEventListener("keydown", moveToken);
  turns.addEventListener("click", (event) => {
    const span = event.target.closest?.(".shaded .token");
    if (span) focusToken(span.closest(".content"), span);
  });
}
