// What the user set. The key is kept as long as this tab is open, and nowhere else.

const SETTINGS = "ds4.settings";
const KEY = "ds4.key";

const settings = {
  model: "",
  system: "",
  reasoning: "",
  temperature: "",
  max_tokens: "",
  seed: "",
  tools: "",
  probabilities: true,
};

function loadSettings() {
  try {
    Object.assign(settings, JSON.parse(localStorage.getItem(SETTINGS)));
  } catch {
    localStorage.removeItem(SETTINGS);
  }
  const form = byId("settings-form");
  for (const name of Object.keys(settings)) {
    const field = form.elements[name];
    if (field.type === "checkbox") field.checked = settings[name];
    else field.value = settings[name];
  }
  form.elements.key.value = apiKey();
}

function readSettings() {
  const form = byId("settings-form");
  for (const name of Object.keys(settings)) {
    const field = form.elements[name];
    settings[name] = field.type === "checkbox" ? field.checked : field.value.trim();
  }
  setKey(form.elements.key.value.trim());
  const fault = faultOfTools(settings.tools);
  form.elements.tools.setCustomValidity(fault);
  byId("tools-fault").textContent = fault;
  localStorage.setItem(SETTINGS, JSON.stringify(settings));
}

function apiKey() {
  return sessionStorage.getItem(KEY) ?? "";
}

function setKey(key) {
  if (key === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/** Functions in the shape of requests; they may be written without what is around them. */
function toolsOf(text) {
  if (text === "") return [];
  const tools = JSON.parse(text);
  const list = Array.isArray(tools) ? tools : [tools];
  return list.map((tool) => (tool.function ? tool : { type: "function", function: tool }));
}

function faultOfTools(text) {
  try {
    const isNamed = (tool) => typeof tool.function.name === "string";
    return toolsOf(text).every(isNamed) ? "" : "Each tool needs a name.";
  } catch (error) {
    return `This is not a list of tools: ${error.message}`;
  }
}

/** The names of the model, for the field that chooses one. */
async function loadModels() {
  const { data } = await (await call("/v1/models")).json();
  const field = byId("settings-form").elements.model;
  const option = (model) => make("option", { value: model.id, textContent: model.display_name });
  field.replaceChildren(...data.map(option));
  const isKnown = data.some((model) => model.id === settings.model);
  if (!isKnown) settings.model = data[0]?.id ?? "";
  field.value = settings.model;
  showModel();
}

function showModel() {
  byId("model").textContent = settings.model;
}

/** The fields of a request that come from settings; what is empty is left to the server. */
function optionsOfRequest() {
  const options = { model: settings.model };
  for (const name of ["temperature", "max_tokens", "seed"]) {
    if (settings[name] !== "") options[name] = Number(settings[name]);
  }
  if (settings.reasoning !== "") options.reasoning_effort = settings.reasoning;
  const tools = toolsOf(settings.tools);
  if (tools.length > 0) options.tools = tools;
  if (settings.probabilities) Object.assign(options, { logprobs: true, top_logprobs: 5 });
  return options;
}
