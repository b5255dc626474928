"""The Python packages of OpenAI and Anthropic against a server: python check.py ADDRESS."""

import sys

import anthropic
import openai

base = sys.argv[1]
client = openai.OpenAI(base_url=f"{base}/v1", api_key="none", max_retries=0)
model = client.models.list().data[0].id
hi = [{"role": "user", "content": "What is the capital of Japan?"}]
schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 8}},
          "required": ["city"], "additionalProperties": False}
function = {"name": "weather", "description": "Weather", "parameters": schema}

chat = client.chat.completions.create(model=model, messages=hi, temperature=0, max_tokens=20)
assert "Tokyo" in chat.choices[0].message.content, chat
chunks = list(client.chat.completions.create(
    model=model, messages=hi, temperature=0, max_tokens=20, stream=True,
    stream_options={"include_usage": True}))
text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
assert text == chat.choices[0].message.content and chunks[-1].usage.completion_tokens > 0
call = client.chat.completions.create(
    model=model, messages=hi, max_tokens=200, temperature=1.5, tool_choice="required",
    tools=[{"type": "function", "function": function}])
assert call.choices[0].finish_reason in ("tool_calls", "length"), call
assert call.choices[0].message.tool_calls[0].function.name == "weather", call
probable = client.chat.completions.create(
    model=model, messages=hi, max_tokens=4, logprobs=True, top_logprobs=2, n=2)
assert len(probable.choices) == 2
assert len(probable.choices[0].logprobs.content[0].top_logprobs) == 2, probable
assert client.completions.create(model=model, prompt="One two", max_tokens=4).choices[0]

first = client.responses.create(model=model, input="What is the capital of Japan?", temperature=0,
                                max_output_tokens=20)
assert "Tokyo" in first.output_text, first
second = client.responses.create(model=model, input="And of France?",
                                 previous_response_id=first.id, max_output_tokens=8)
assert client.responses.retrieve(second.id).id == second.id
assert len(client.responses.input_items.list(second.id).data) == 1
client.responses.delete(second.id)
with client.responses.stream(model=model, input="Hi", temperature=0, max_output_tokens=200) as stream:
    kinds = [event.type for event in stream]
    assert kinds[0] == "response.created" and "response.output_text.delta" in kinds, kinds
    assert stream.get_final_response().usage.output_tokens > 0
background = client.responses.create(model=model, input="Hi", background=True)
assert client.responses.cancel(background.id).status in ("cancelled", "completed")
compact = client.responses.compact(model=model, input=[{"role": "user", "content": "Hi"}])
assert compact.output[-1].type == "compaction", compact
try:
    client.chat.completions.create(model="none", messages=hi)
    raise AssertionError("an unknown model answers")
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error
try:
    client.chat.completions.create(model=model, messages=[])
    raise AssertionError("nothing is answered")
except openai.BadRequestError as error:
    assert error.param == "messages", error

claude = anthropic.Anthropic(base_url=base, api_key="none", max_retries=0)
message = claude.messages.create(model="claude-any", messages=hi, max_tokens=20,
                                extra_body={"temperature": 0})
assert "Tokyo" in message.content[0].text, message
tools = [{"name": "weather", "description": "Weather", "input_schema": schema}]
with claude.messages.stream(model=model, messages=hi, max_tokens=300, tools=tools,
                            extra_body={"temperature": 1.5},
                            tool_choice={"type": "any"}) as stream:
    events = [event.type for event in stream]
    final = stream.get_final_message()
assert events[0] == "message_start" and events[-1] == "message_stop", events
assert final.content[-1].type == "tool_use" and final.content[-1].name == "weather", final
assert claude.messages.count_tokens(model=model, messages=hi).input_tokens > 5
thought = claude.messages.create(model=model, messages=hi, max_tokens=200,
                                 thinking={"type": "enabled", "budget_tokens": 1024})
assert thought.content[0].type == "thinking" and thought.content[0].signature, thought
try:
    claude.messages.create(model=model, messages=[], max_tokens=1)
    raise AssertionError("nothing is answered")
except anthropic.BadRequestError as error:
    assert error.body["error"]["type"] == "invalid_request_error", error.body
with claude.messages.stream(model=model, messages=hi, max_tokens=4000) as stream:
    for _ in stream:
        break
print("ok")
