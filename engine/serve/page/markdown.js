// Markdown as elements: headings, lists, quotes, tables, code, and within lines code, bold,
// italics and links. What is none of these is text.
//
// A line is a range of the source. Each character that is shown knows its place there, which is
// how it finds its token.

/** Deeper lists and quotes are text, and so are marks in longer blocks. */
const DEEPEST = 8;
const LONGEST = 8000;

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`\s]*)[^`]*$/;
const HEADING = /^(#{1,6})\s+(?=\S)/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)/;
const QUOTE = /^\s{0,3}>\s?/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const INLINE = new RegExp(
  [
    "(?<tick>`+)(?<code>.{1,2000}?)\\k<tick>(?!`)",
    "\\*\\*(?<bold>\\S|\\S.{0,2000}?\\S)\\*\\*(?!\\*)",
    "\\*(?<italic>[^\\s*]|[^\\s*].{0,2000}?[^\\s*])\\*(?!\\*)",
    "(?<![\\p{L}\\p{N}_])_(?<slanted>[^\\s_]|[^\\s_].{0,2000}?[^\\s_])_(?![\\p{L}\\p{N}_])",
    "\\[(?<label>[^\\[\\]]{1,500})\\]\\((?<link>https?://[^\\s()<>]{1,2000})\\)",
    "\\\\(?<escaped>[!-/:-@\\[-`{-~])",
  ].join("|"),
  "gsud",
);

/** Shows a text that grows, or its next state: blocks that are as before stay. */
function renderMarkdown(parent, turn) {
  const source = { text: turn.text, pieces: piecesOf(turn), turn };
  const found = blocksOf(linesOf(source.text), source);
  found.forEach((block, i) => {
    const key = `${block.kind} ${block.lines[0].start} ${block.lines.at(-1).end}`;
    const old = parent.childNodes[i];
    if (old?.blockKey === key) return;
    const element = elementOf(block, source, 0);
    element.blockKey = key;
    if (old) old.replaceWith(element);
    else parent.append(element);
  });
  while (parent.childNodes.length > found.length) parent.lastChild.remove();
}

function linesOf(text) {
  const lines = [];
  for (let start = 0; start <= text.length;) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    lines.push({ start, end });
    start = end + 1;
  }
  return lines;
}

/** The blocks of lines: kind, lines, and what else the kind needs. */
function blocksOf(lines, source) {
  const text = (line) => source.text.slice(line.start, line.end);
  const blocks = [];
  for (let i = 0; i < lines.length;) {
    const words = text(lines[i]);
    if (words.trim() === "") {
      i += 1;
      continue;
    }
    const [kind, n] = kindOf(lines, i, text);
    blocks.push({ kind, lines: lines.slice(i, i + n) });
    i += n;
  }
  return blocks;
}

/** What begins at line `i`, and of how many lines it is. */
function kindOf(lines, i, text) {
  const words = text(lines[i]);
  const count = (goesOn) => {
    let n = 1;
    while (i + n < lines.length && goesOn(text(lines[i + n]), n)) n += 1;
    return n;
  };
  const fence = FENCE.exec(words);
  if (fence) {
    let isOpen = true;
    const goesOn = (line) => {
      const was = isOpen;
      isOpen &&= !(line.trim().startsWith(fence[1]) && /^\s{0,3}[`~]+\s*$/.test(line));
      return was;
    };
    return ["code", count(goesOn)];
  }
  if (HEADING.test(words)) return ["heading", 1];
  if (RULE.test(words)) return ["rule", 1];
  if (QUOTE.test(words)) return ["quote", count((line) => QUOTE.test(line))];
  if (ITEM.test(words)) return ["list", countList(lines, i, text)];
  const next = lines[i + 1];
  if (words.includes("|") && next && text(next).includes("|") && DIVIDER.test(text(next))) {
    return ["table", count((line, n) => n === 1 || line.includes("|"))];
  }
  const begins = (line) => [FENCE, HEADING, RULE, QUOTE, ITEM].some((mark) => mark.test(line));
  return ["paragraph", count((line) => line.trim() !== "" && !begins(line))];
}

/** Lines of a list: items, and what is indented below them. */
function countList(lines, i, text) {
  const isOrdered = /\d/.test(ITEM.exec(text(lines[i]))[2]);
  const indent = /^\s*/.exec(text(lines[i]))[0].length;
  let n = 1;
  for (let ahead = 1; i + ahead < lines.length; ahead += 1) {
    const line = text(lines[i + ahead]);
    if (line.trim() === "") continue;
    const item = ITEM.exec(line);
    const isInside = /^\s*/.exec(line)[0].length > indent;
    const isNext = item && item[1].length === indent && /\d/.test(item[2]) === isOrdered;
    if (!isInside && (!isNext || RULE.test(line))) break;
    n = ahead + 1;
  }
  return n;
}

/** Lines without what stands before column `n`, as far as that is blank. */
function dedented(lines, n, source) {
  return lines.map(({ start, end }) => {
    const blank = /^\s*/.exec(source.text.slice(start, end))[0].length;
    return { start: start + Math.min(n, blank), end };
  });
}

function elementOf({ kind, lines }, source, depth) {
  const first = source.text.slice(lines[0].start, lines[0].end);
  if (depth > DEEPEST) return inlineElement("p", lines, source);
  if (kind === "code") return codeElement(lines, source);
  if (kind === "rule") return make("hr");
  if (kind === "list") return listElement(lines, source, depth);
  if (kind === "table") return tableElement(lines, source);
  if (kind === "quote") {
    const after = ({ start, end }) => {
      return { start: start + QUOTE.exec(source.text.slice(start, end))[0].length, end };
    };
    return withBlocks(make("blockquote"), lines.map(after), source, depth);
  }
  if (kind === "heading") {
    const [marks, { length }] = HEADING.exec(first);
    const level = Math.min(6, length + 2);
    return inlineElement(
      `h${level}`,
      [{ ...lines[0], start: lines[0].start + marks.length }],
      source,
    );
  }
  return inlineElement("p", dedented(lines, Infinity, source), source);
}

function withBlocks(parent, lines, source, depth) {
  parent.append(...blocksOf(lines, source).map((block) => elementOf(block, source, depth + 1)));
  return parent;
}

function codeElement(lines, source) {
  const text = (line) => source.text.slice(line.start, line.end);
  const [, fence, language] = FENCE.exec(text(lines[0]));
  const last = lines.length > 1 ? text(lines.at(-1)).trim() : "";
  const isClosed = last.startsWith(fence) && /^[`~]+$/.test(last);
  const body = lines.slice(1, isClosed ? -1 : undefined);
  const code = make("code");
  if (body.length > 0) appendText(code, joined(body, source), source);
  const caption = make("figcaption", {}, make("span", { textContent: language || "text" }));
  caption.append(copyButton(() => code.textContent));
  return make("figure", { className: "code" }, caption, make("pre", { tabIndex: 0 }, code));
}

function listElement(lines, source, depth) {
  const text = (line) => source.text.slice(line.start, line.end);
  const [, , mark] = ITEM.exec(text(lines[0]));
  const list = /\d/.test(mark) ? make("ol", { start: parseInt(mark, 10) }) : make("ul");
  const indent = ITEM.exec(text(lines[0]))[1].length;
  for (let i = 0; i < lines.length;) {
    const [before] = ITEM.exec(text(lines[i]));
    let n = 1;
    const isItem = (line) => ITEM.exec(text(line))?.[1].length <= indent;
    while (i + n < lines.length && !isItem(lines[i + n])) n += 1;
    const first = { ...lines[i], start: lines[i].start + before.length };
    const rest = dedented(lines.slice(i + 1, i + n), before.length, source);
    list.append(withBlocks(make("li"), [first, ...rest], source, depth));
    i += n;
  }
  return list;
}

function tableElement(lines, source) {
  const rowOf = (line, tag) => {
    const cells = [];
    const text = source.text.slice(line.start, line.end);
    for (const { 0: words, index } of text.matchAll(/(?:\\.|[^|\\])+/g)) {
      const blank = words.length - words.trimStart().length;
      const start = line.start + index + blank;
      if (words.trim() !== "") cells.push({ start, end: start + words.trim().length });
      else if (cells.length > 0) cells.push({ start, end: start });
    }
    if (/\|\s+$/.test(text)) cells.pop();
    return make("tr", {}, ...cells.map((cell) => inlineElement(tag, [cell], source)));
  };
  const body = lines.slice(2).map((line) => rowOf(line, "td"));
  const table = make(
    "table",
    {},
    make("thead", {}, rowOf(lines[0], "th")),
    make("tbody", {}, ...body),
  );
  return make("div", { className: "wide", tabIndex: 0 }, table);
}

/** The text of lines with the place of each character in the source. */
function joined(lines, source) {
  let text = "";
  const places = [];
  lines.forEach(({ start, end }, i) => {
    if (i > 0) {
      text += "\n";
      places.push(start - 1);
    }
    text += source.text.slice(start, end);
    for (let at = start; at < end; at += 1) places.push(at);
  });
  return { text, places };
}

function inlineElement(tag, lines, source) {
  const element = make(tag);
  const { text, places } = joined(lines, source);
  if (text.length > LONGEST) appendText(element, { text, places }, source);
  else appendInline(element, { text, places }, source, 0);
  return element;
}

/** Appends text with its marks. */
function appendInline(parent, { text, places }, source, depth) {
  const part = ([from, to]) => ({ text: text.slice(from, to), places: places.slice(from, to) });
  const tags = { bold: "strong", italic: "em", slanted: "em", label: "a" };
  let at = 0;
  for (const found of depth > DEEPEST ? [] : text.matchAll(INLINE)) {
    appendText(parent, part([at, found.index]), source);
    at = found.index + found[0].length;
    const { groups, indices } = found;
    const name = ["code", "escaped", ...Object.keys(tags)].find(
      (name) => groups[name] !== undefined,
    );
    const inner = part(indices.groups[name]);
    if (name === "escaped") {
      appendText(parent, inner, source);
      continue;
    }
    const element = make(tags[name] ?? "code");
    if (name === "label") {
      Object.assign(element, { href: groups.link, target: "_blank", title: groups.link });
      element.rel = "noopener noreferrer nofollow";
    }
    if (name === "code") appendText(element, inner, source);
    else appendInline(element, inner, source, depth + 1);
    parent.append(element);
  }
  appendText(parent, part([at, text.length]), source);
}

/** Appends text as it is, cut where tokens end. */
function appendText(parent, { text, places }, { pieces, turn }) {
  if (text === "") return;
  let n = pieceAt(pieces, places[0]);
  for (let from = 0; from < text.length;) {
    while (n < pieces.length && pieces[n].end <= places[from]) n += 1;
    const piece = pieces[n];
    let to = from + 1;
    while (to < text.length && (piece === undefined || places[to] < piece.end)) to += 1;
    const words = text.slice(from, to);
    parent.append(piece === undefined ? words : tokenSpan(words, piece, turn));
    from = to;
  }
}

/** The number of the piece with the character at `place`, by halves. */
function pieceAt(pieces, place) {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle].end <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}
