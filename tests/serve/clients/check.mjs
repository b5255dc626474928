// The Node packages of OpenAI and Anthropic against a server: node check.mjs ADDRESS.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.DS4_NODE_CLIENTS}/package.json`);
const { OpenAI } = require("openai");
const { Anthropic } = require("@anthropic-ai/sdk");

const base = process.argv[2];
const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: "none", maxRetries: 0 });
const model = (await openai.models.list()).data[0].id;
const messages = [{ role: "user", content: "What is the capital of Japan?" }];
const ask = { model, messages, temperature: 0, max_tokens: 20 };
const schema = {
  type: "object", properties: { city: { type: "string", maxLength: 8 } }, required: ["city"],
};

const whole = await openai.chat.completions.create(ask);
assert.match(whole.choices[0].message.content, /Tokyo/);
let text = "";
for await (const chunk of await openai.chat.completions.create({ ...ask, stream: true })) {
  text += chunk.choices[0]?.delta.content ?? "";
}
assert.equal(text, whole.choices[0].message.content);
const call = await openai.chat.completions.create({
  model, messages, max_tokens: 200, tool_choice: "required",
  tools: [{ type: "function", function: { name: "weather", parameters: schema } }],
});
assert.equal(call.choices[0].message.tool_calls[0].function.name, "weather");
const response = await openai.responses.create({ model, input: "Hi", max_output_tokens: 8 });
assert.ok(response.output_text.length > 0);
const typed = await openai.responses.create({
  model, input: "What is the capital of Japan?", temperature: 0, max_output_tokens: 20, stream: true,
});
const events = [];
for await (const event of typed) events.push(event);
assert.equal(events[0].type, "response.created");
assert.deepEqual(events.map((event) => event.sequence_number), [...events.keys()]);
const last = events.at(-1);
assert.equal(last.type, "response.completed");
const heard = events.filter((event) => event.type === "response.output_text.delta");
assert.match(heard.map((event) => event.delta).join(""), /Tokyo/);
const background = await openai.responses.create({ model, input: "Count.", background: true });
assert.ok(["queued", "in_progress"].includes(background.status), background.status);
const canceled = await openai.responses.cancel(background.id);
assert.ok(["cancelled", "completed"].includes(canceled.status), canceled.status);
assert.equal((await openai.responses.retrieve(background.id)).id, background.id);
const stopped = await openai.chat.completions.create({ model, messages, stream: true });
for await (const _ of stopped) break;
assert.ok(stopped.controller.signal.aborted);
await assert.rejects(openai.chat.completions.create({ ...ask, model: "none" }), OpenAI.NotFoundError);

const anthropic = new Anthropic({ baseURL: base, apiKey: "none", maxRetries: 0 });
const stream = anthropic.messages.stream({ model, messages, max_tokens: 20, temperature: 0 });
const final = await stream.finalMessage();
assert.match(final.content[0].text, /Tokyo/);
const used = await anthropic.messages.create({
  model, messages, max_tokens: 200, tool_choice: { type: "any" },
  tools: [{ name: "weather", input_schema: schema }],
});
assert.equal(used.content.at(-1).name, "weather");
await assert.rejects(
  anthropic.messages.create({ model, messages: [], max_tokens: 1 }), Anthropic.BadRequestError);
console.log("ok");
