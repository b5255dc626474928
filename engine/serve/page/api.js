// The server's interface.

/** A request that the server did not answer. */
class Refused extends Error {
  constructor(status, message, seconds) {
    super(seconds ? `${message} (try again in ${seconds} s)` : message);
    this.status = status;
  }
}

/** Asks the server; with a body, by POST. */
async function call(where, body, signal) {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  if (apiKey() !== "") headers.authorization = `Bearer ${apiKey()}`;
  const method = body === undefined ? "GET" : "POST";
  const text = body === undefined ? undefined : JSON.stringify(body);
  let response;
  try {
    response = await fetch(where, { method, headers, body: text, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The server does not answer.");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response) {
  const seconds = response.headers.get("retry-after");
  try {
    return new Refused(response.status, (await response.json()).error.message, seconds);
  } catch {
    return new Refused(response.status, `The server answered ${response.status}.`, seconds);
  }
}

const LOST = "The connection ended before the answer did.";

/** The data of each event of a stream, up to its end. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) throw new Error(LOST);
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: ")) continue;
      if (line === "data: [DONE]") return;
      yield JSON.parse(line.slice(6));
    }
  }
}
