// The chat page in Chromium, used as a person would: node page.mjs ADDRESS CASE. The test that
// starts it, tests/serve/page.rs, has the server and what it answers.

import assert from "node:assert/strict";
import fs from "node:fs/promises";
import { createRequire } from "node:module";
import readline from "node:readline/promises";

const require = createRequire(`${process.env.DS4_NODE_CLIENTS}/package.json`);
const { chromium } = require("playwright-core");
const [base, name] = process.argv.slice(2);

/** Whatever went wrong unseen. */
const faults = [];
const browser = await chromium.launch({
  executablePath: process.env.DS4_CHROMIUM,
  // Tests may run as root, in a container.
  args: ["--no-sandbox"],
});

async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
  context.setDefaultTimeout(15000);
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`${error.stack}`));
  page.on("console", (message) => {
    const isRefusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusal) faults.push(message.text());
  });
  page.on("request", (request) => {
    const isOwn = [`${base}/`, "data:", "blob:"].some((start) => request.url().startsWith(start));
    if (!isOwn) faults.push(`a request to ${request.url()}`);
  });
  await page.goto(base);
  await page.waitForFunction(
    () =>
      document.getElementById("model").textContent !== "" || document.querySelector("#key[open]"),
  );
  return page;
}

const message = (page) => page.getByLabel("Message", { exact: true });
const answers = (page) => page.locator(".turn.answer");
const last = (page) => answers(page).last();
const named = (within, name) => within.getByRole("button", { name, exact: true });

/** Waits until nothing is being written. */
async function settled(page) {
  await named(page, "Send").waitFor();
}

async function ask(page, text) {
  await message(page).fill(text);
  await message(page).press("Enter");
}

async function asked(page, text) {
  const n = await answers(page).count();
  await ask(page, text);
  await answers(page).nth(n).waitFor();
  await settled(page);
}

async function set(page, values) {
  await named(page, "Settings").click();
  for (const [label, value] of Object.entries(values)) {
    const field = page.locator("#settings").getByLabel(label);
    if ((await field.evaluate((field) => field.tagName)) === "SELECT")
      await field.selectOption(value);
    else await field.fill(value);
  }
  await named(page, "Done").click();
}

/** Tells the test that it is its turn, and waits for it. */
const input = readline.createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
async function tell(line) {
  console.log(line);
  await lines.next();
}

/** Nothing is wider than the screen; where something is, a phone makes the page smaller. */
async function expectFit(page, { width }) {
  const found = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.deepEqual(found, [width, width]);
}

/** A picture for the documentation, where those are made anew. */
async function picture(page, name) {
  if (!process.env.UPDATE_EXPECT) return;
  const path = new URL(`../../../docs/${name}.png`, import.meta.url).pathname;
  await page.screenshot({ path });
}

/** The conversations as the browser keeps them. */
async function kept(page) {
  return page.evaluate(() =>
    Object.entries(localStorage)
      .filter(([name]) => name.startsWith("ds4.conversation."))
      .map(([, text]) => JSON.parse(text)),
  );
}

const cases = {
  async answers() {
    const page = await openPage();
    await set(page, {
      "System text": "Be brief.",
      Reasoning: "high",
      Temperature: "0.5",
      "Most tokens": "500",
      Seed: "7",
    });
    await asked(page, "What is the capital of Japan?");
    const first = last(page);
    assert.equal(await first.locator(".content strong").innerText(), "Tokyo");
    assert.equal(await first.locator(".content li li").innerText(), "nested");
    assert.equal(await first.locator("pre code").innerText(), "fn main() {}");
    assert.equal(await first.locator(".content td").first().innerText(), "1");
    assert.match(await first.locator(".content").innerText(), /東京 🗼 in Japanese/);
    assert.doesNotMatch(await first.locator(".content").innerText(), /I look it up/);
    assert.equal(await first.getByText("I look it up.").isVisible(), false, "reasoning is folded");
    await first.getByText("Reasoning", { exact: true }).click();
    await first.getByText("I look it up.").waitFor();
    const summary = await first.locator(".receipt summary").innerText();
    assert.match(summary, /^\d+ tokens · [\d.]+ tokens\/s · \d+ of \d+ prompt tokens reused$/);
    await first.locator(".receipt summary").click();
    assert.match(
      await first.locator(".receipt p").innerText(),
      /ds4-tiny wrote \d+ tokens, \d+ of them reasoning/,
    );
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await named(first.locator("figure"), "Copy").click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "fn main() {}");
    await asked(page, "And <b>this</b>?");
    assert.equal(await page.locator(".turn.user .words").last().innerText(), "And <b>this</b>?");
    const [conversation] = await kept(page);
    assert.equal(Object.keys(conversation.turns).length, 4);
    const saving = page.waitForEvent("download");
    await named(page, "Export").click();
    const exported = JSON.parse(await fs.readFile(await (await saving).path(), "utf8"));
    assert.deepEqual(exported, conversation);
  },

  async tools() {
    const page = await openPage();
    await named(page, "Settings").click();
    const field = page.locator("#settings").getByLabel("Tools, as JSON");
    await field.fill("[{");
    await page.getByText("This is not a list of tools").waitFor();
    await field.fill(
      '[{"name": "weather", "parameters": {"properties": {"city": {"type": "string"}}}}]',
    );
    await named(page, "Done").click();
    await asked(page, "What is the weather in Tokyo?");
    assert.match(
      await last(page).locator(".call").innerText(),
      /Calls weather\s*\{"city": ?"Tokyo"\}/,
    );
    await page.getByLabel("Result of weather").fill("sunny, 25 degrees");
    await named(page, "Send results").click();
    await answers(page).nth(1).waitFor();
    await settled(page);
    assert.match(
      await page.locator(".turn.results").first().innerText(),
      /Result of weather\s*sunny, 25 degrees/,
    );
    assert.match(await last(page).locator(".content").innerText(), /I ask/);
    assert.equal(
      await page.getByLabel("Result of weather").count(),
      1,
      "what was answered is not asked for again",
    );
  },

  async stop() {
    const page = await openPage();
    await ask(page, "Go on and on.");
    await page.getByText(/\d+ tokens · \d+(\.\d)? tokens\/s/).waitFor();
    assert.equal(await last(page).locator(".actions").count(), 0);
    await named(page, "Stop").click();
    await settled(page);
    await tell("stopped");
    await last(page).getByText("Stopped.").waitFor();
    assert.match(await last(page).locator(".content").innerText(), /^word word/);
    await ask(page, "Again.");
    await last(page)
      .getByText(/\d+ tokens ·/)
      .waitFor();
    await page.keyboard.press("Escape");
    await settled(page);
    // What is above stays where it is while the answer grows.
    await page.setViewportSize({ width: 500, height: 300 });
    await ask(page, "Once more.");
    await page.waitForFunction(() => document.getElementById("view").scrollHeight > 1200);
    const view = page.locator("#view");
    const isAtEnd = () =>
      view.evaluate((view) => view.scrollHeight - view.scrollTop - view.clientHeight < 60);
    assert.ok(await isAtEnd(), "the end is followed");
    await view.evaluate((view) => (view.scrollTop = 0));
    await page.waitForTimeout(300);
    assert.equal(await view.evaluate((view) => view.scrollTop), 0, "who reads is not moved");
    await named(page, "To the end").click();
    await page.waitForTimeout(200);
    assert.ok(await isAtEnd());
    // Who leaves the page stops the answer as well.
    await page.reload();
    await page.getByText("The page was left before the answer ended.").waitFor();
  },

  async branches() {
    const page = await openPage();
    await asked(page, "First");
    await asked(page, "Second");
    await named(last(page), "Regenerate").click();
    await last(page).getByText("2/2").waitFor();
    await settled(page);
    await named(last(page), "Branch before").click();
    await last(page).getByText("1/2").waitFor();
    const user = page.locator(".turn.user");
    await named(user.nth(1), "Edit").click();
    await page.getByLabel("Your message").fill("Second, edited");
    await page.getByLabel("Your message").press("Enter");
    await user.nth(1).getByText("2/2").waitFor();
    await settled(page);
    assert.deepEqual(await page.locator(".turn.user .words").allInnerTexts(), [
      "First",
      "Second, edited",
    ]);
    // A fork after the first answer, left again, and then taken.
    await named(answers(page).first(), "Fork").click();
    assert.equal(await user.count(), 1);
    await named(page, "Back to the former branch").click();
    assert.equal(await user.count(), 2);
    await named(answers(page).first(), "Fork").click();
    await asked(page, "Third way");
    await user.nth(1).getByText("3/3").waitFor();
    await named(user.nth(1), "Branch before").click();
    await named(user.nth(1), "Branch before").click();
    await user.nth(1).getByText("Second", { exact: true }).waitFor();
    assert.equal(await user.nth(1).locator(".branches span").innerText(), "1/3");
    // All of it is there after a reload, beside another conversation.
    await page.reload();
    await user.nth(1).getByText("1/3").waitFor();
    await last(page).getByText("1/2").waitFor();
    await named(page, "New conversation").click();
    await asked(page, "Another");
    const list = page.locator("#list");
    assert.deepEqual(await list.locator(".name").allInnerTexts(), ["Another", "First"]);
    await named(list, "First").click();
    assert.equal(await user.count(), 2);
    page.on("dialog", (dialog) => dialog.accept());
    await named(list, "Delete Another").click();
    assert.equal((await kept(page)).length, 1);
    await named(page, "Delete all").click();
    assert.deepEqual(await kept(page), []);
    assert.equal(await user.count(), 0);
  },

  async probabilities() {
    const page = await openPage();
    await asked(page, "Where?");
    const content = last(page).locator(".content");
    const tip = page.getByRole("tooltip");
    const token = content.locator("strong .token").first();
    await token.hover();
    assert.match(
      await tip.locator(".own").innerText(),
      new RegExp(`^${await token.innerText()}\\s+\\d+\\.0 %`),
    );
    assert.equal(await tip.locator("tr").count(), 5);
    // A character of several tokens is one piece that shows each of them.
    await content.locator(".token", { hasText: "🗼" }).hover();
    assert.ok((await tip.locator("table").count()) > 1);
    assert.match(await tip.innerText(), /\\x[0-9a-f]{2}/);
    await message(page).hover();
    await tip.waitFor({ state: "hidden" });
    const toggle = named(last(page), "Probabilities");
    await toggle.focus();
    await page.keyboard.press("Enter");
    assert.equal(await toggle.getAttribute("aria-pressed"), "true");
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    const first = await focused();
    assert.ok((await tip.isVisible()) && "Tokyo".startsWith(first), first);
    await page.keyboard.press("ArrowRight");
    assert.notEqual(await focused(), first);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await focused(), first);
    await page.keyboard.press("End");
    assert.match(await focused(), /\./);
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "hidden" });
    await toggle.press("Enter");
    assert.equal(await content.locator("[tabindex='0'].token").count(), 0);
    // What is shown is the text, whole.
    assert.match(await content.innerText(), /Tokyo is the capital, 東京 🗼 in Japanese/);
    await page.reload();
    await content.locator(".token", { hasText: "🗼" }).hover();
    await tip.waitFor();
  },

  async waiting() {
    const page = await openPage();
    await ask(page, "Are you there?");
    await page.getByText("Waiting behind 2 requests").waitFor();
    await page.getByText(/Reading the prompt: \d+ of \d+ tokens/).waitFor();
    assert.equal(await page.getByRole("progressbar").count(), 1);
    await settled(page);
    assert.equal(await last(page).locator(".content").innerText(), "Hello.");
    await set(page, { "Most tokens": "1" });
    await asked(page, "Shorter?");
    await last(page).getByText("It ended at the most tokens that it may have.").waitFor();
  },

  async phone() {
    const viewport = { width: 375, height: 700 };
    const page = await openPage({ viewport, hasTouch: true, isMobile: true });
    const inside = (box) =>
      assert.ok(box.x >= 0 && box.x + box.width <= viewport.width, JSON.stringify(box));
    await expectFit(page, viewport);
    await asked(page, "w".repeat(300));
    await expectFit(page, viewport);
    await named(page, "Conversations").tap();
    const list = page.locator("#list");
    await list.locator(".name").waitFor();
    await expectFit(page, viewport);
    await list.locator(".name").tap();
    await list.waitFor({ state: "hidden" });
    await named(page, "Settings").tap();
    await expectFit(page, viewport);
    await page.locator("#settings").waitFor();
    inside(await page.locator("#settings").boundingBox());
    await named(page, "Done").tap();
    await named(last(page), "Probabilities").tap();
    await last(page).locator(".token").nth(3).tap();
    await page.getByRole("tooltip").waitFor();
    inside(await page.getByRole("tooltip").boundingBox());
    await expectFit(page, viewport);
  },

  async looks() {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const talk = async (page) => {
      await set(page, { Reasoning: "high" });
      await asked(page, "Why is the sky blue?");
      await last(page).locator(".reasoning summary").click();
      await page.locator("#view").evaluate((view) => (view.scrollTop = 0));
    };
    const light = await openPage({ colorScheme: "light" });
    assert.equal(await ground(light), "rgb(255, 255, 255)");
    await talk(light);
    await last(light).locator(".receipt summary").click();
    await picture(light, "page");
    const phone = await openPage({
      viewport: { width: 375, height: 700 },
      isMobile: true,
      hasTouch: true,
      colorScheme: "light",
    });
    await talk(phone);
    await picture(phone, "page-phone");
    const still = await openPage({ colorScheme: "dark", reducedMotion: "reduce" });
    assert.notEqual(await ground(still), "rgb(255, 255, 255)");
    await ask(still, "Why?");
    const motion = last(still)
      .locator(".state")
      .evaluate((state) => getComputedStyle(state, "::before").animationName);
    assert.equal(await motion, "none");
    await settled(still);
  },

  async keyboard() {
    const page = await openPage();
    const { keyboard } = page;
    /** Goes on with Tab until something of this name has the focus, which must be seen. */
    const tabTo = async (label) => {
      for (let n = 0; n < 60; n += 1) {
        await keyboard.press("Tab");
        const found = await page.evaluate(() => {
          const { activeElement: at } = document;
          if (at === document.body) return { label: "" };
          const style = getComputedStyle(at);
          const isSeen = style.outlineStyle !== "none" || at.id === "message";
          return {
            label:
              at.getAttribute("aria-label") ??
              at.labels?.[0]?.textContent.trim() ??
              at.textContent.trim(),
            isSeen,
          };
        });
        if (!found.label.startsWith(label)) continue;
        assert.ok(found.isSeen, `the focus on ${label}`);
        return;
      }
      assert.fail(`${label} cannot be reached`);
    };
    await keyboard.type("One line");
    await keyboard.press("Shift+Enter");
    await keyboard.type("and another");
    await keyboard.press("Enter");
    await answers(page).first().waitFor();
    await settled(page);
    assert.equal(await page.locator(".turn.user .words").innerText(), "One line\nand another");
    await tabTo("Skip to the message field");
    await keyboard.press("Enter");
    assert.ok(await message(page).evaluate((field) => field === document.activeElement));
    await tabTo("Settings");
    await keyboard.press("Enter");
    await tabTo("Temperature");
    await keyboard.type("0.5");
    await keyboard.press("Escape");
    await tabTo("Edit");
    await keyboard.press("Enter");
    await keyboard.type("! ");
    await keyboard.press("Enter");
    await page.locator(".turn.user").getByText("2/2").waitFor();
    await settled(page);
    await tabTo("Branch before");
    await keyboard.press("Enter");
    await page.locator(".turn.user").getByText("1/2").waitFor();
    await tabTo("Regenerate");
    await keyboard.press("Enter");
    await last(page).getByText("2/2").waitFor();
    await settled(page);
    assert.match(await page.locator("#status").textContent(), /^Answered after \d+ tokens$/);
    const { temperature } = await page.evaluate(() =>
      JSON.parse(localStorage.getItem("ds4.settings")),
    );
    assert.equal(temperature, "0.5");
  },

  async keys() {
    const page = await openPage();
    const field = page.locator("#key-field");
    await field.fill("k-eve");
    await field.press("Enter");
    await page.waitForTimeout(300);
    await field.fill("k-ada");
    await field.press("Enter");
    await page.waitForFunction(() => document.getElementById("model").textContent !== "");
    await asked(page, "Hi");
    assert.equal(await last(page).locator(".content").innerText(), "Hello.");
    const stored = await page.evaluate(() => JSON.stringify(localStorage));
    assert.ok(!stored.includes("k-ada") && !(await page.content()).includes("k-ada"));
    // A key that stops being right is asked for when it is missed, and the answer goes on.
    await page.evaluate(() => sessionStorage.setItem("ds4.key", "k-eve"));
    await ask(page, "Still there?");
    await field.fill("k-bob");
    await field.press("Enter");
    await page.waitForFunction(
      () => document.querySelectorAll(".turn.answer .receipt").length === 2,
    );
    assert.equal(await answers(page).count(), 2);
  },

  async hostile() {
    const page = await openPage();
    await set(page, { Reasoning: "high" });
    await asked(page, "Say something bad.");
    await set(page, { Reasoning: "none" });
    await asked(page, '<img src=x onerror="window.hacked=1">');
    await page.reload();
    await last(page).waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("#turns :is(img, script, iframe, b)").count(), 0);
    assert.match(await last(page).innerText(), /<img src=x onerror="window.hacked = 1">/);
    assert.match(await last(page).innerText(), /<\/script><script>/);
    const links = await last(page)
      .locator("a")
      .evaluateAll((links) => links.map((link) => [link.href, link.rel]));
    assert.deepEqual(links, [
      ["https://example.com/", "noopener noreferrer nofollow"],
      ["https://example.com/x.png", "noopener noreferrer nofollow"],
    ]);
    // Even a script of the page could not read a string as HTML.
    const refused = await page.evaluate(() => {
      try {
        document.body.innerHTML += "<p>";
        return false;
      } catch {
        return true;
      }
    });
    assert.ok(refused);
    faults.length = 0;
  },

  async refused() {
    const page = await openPage();
    await asked(page, "Hi");
    const fault = page.locator(".turn [role=alert]");
    assert.match(await fault.innerText(), /try again in \d+ s/);
    await named(fault, "Try again").click();
    await settled(page);
    assert.equal(await answers(page).count(), 1, "what failed is tried again in its place");
    assert.equal(await message(page).inputValue(), "");
  },

  async failed() {
    const page = await openPage();
    await asked(page, "Hi");
    assert.match(await last(page).locator(".content").innerText(), /Some words/);
    assert.ok((await page.locator(".turn [role=alert] p").innerText()).length > 10);
    await named(last(page), "Try again").click();
    await last(page).getByText("2/2").waitFor();
  },

  async restart() {
    const page = await openPage();
    await asked(page, "Hi");
    await tell("down");
    await asked(page, "Are you there?");
    await last(page).getByText("The server does not answer.").waitFor();
    await tell("up");
    await named(page, "Try again").click();
    await page.waitForFunction(
      () => document.querySelectorAll(".turn.answer .receipt").length === 2,
    );
    assert.equal(await answers(page).count(), 2);
  },

  async tiny() {
    const page = await openPage({ colorScheme: "dark" });
    await set(page, { Temperature: "0", "Most tokens": "40" });
    await asked(page, "What is the capital of Japan?");
    const content = last(page).locator(".content");
    assert.match(await content.innerText(), /Tokyo/);
    const tokyo = content.locator(".token", { hasText: "Tok" }).first();
    await tokyo.hover();
    assert.match(await page.getByRole("tooltip").innerText(), /%/);
    await asked(page, "And of France?");
    const summary = await last(page).locator(".receipt summary").innerText();
    assert.ok(Number(/(\d+) of \d+ prompt tokens reused/.exec(summary)[1]) > 10, summary);
    await last(page).locator(".receipt summary").click();
    assert.match(await last(page).locator(".receipt p").innerText(), /were reused (from|shared)/);
    await named(last(page), "Probabilities").click();
    await page.keyboard.press("ArrowRight");
    await picture(page, "page-dark");
  },
};

await cases[name]();
assert.deepEqual(faults, []);
await browser.close();
input.close();
console.log("ok");
