// Elements made of their parts. Text stays text: no string is read as HTML.

/** An element with properties or attributes, and children; those that are null are left out. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button of a row of actions. */
function button(text, onclick, properties = {}) {
  return make("button", { type: "button", textContent: text, onclick, ...properties });
}

function byId(id) {
  return document.getElementById(id);
}

/** A name that occurs once; the browser's own maker of such names is missing without TLS. */
function newName() {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Says something to those who hear the page rather than see it. */
function announce(text) {
  byId("status").textContent = text;
}

/** Shows something for a while, above the message field. */
function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}

async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // The clipboard has this interface with TLS and on this machine only.
    const field = make("textarea", { value: text, className: "hidden" });
    from.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    from.focus();
  }
  const label = from.textContent;
  from.textContent = "Copied";
  setTimeout(() => (from.textContent = label), 1200);
  announce("Copied");
}

/** A button that copies what `text` gives. */
function copyButton(text) {
  const made = button("Copy", () => made.textContent === "Copy" && copy(text(), made));
  return made;
}

function download(name, value) {
  const blob = new Blob([JSON.stringify(value, null, 1)], { type: "application/json" });
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
