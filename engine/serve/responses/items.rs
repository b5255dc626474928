//! The items of a response's input as messages.

use crate::{
    chat::{Message, Role, ToolCall, json::Json},
    serve::{
        fields::{Fields, Result, mismatch},
        problem::Problem,
        vault::Vault,
    },
};

/// For what reasoning is sealed that a client carries.
pub(super) const REASONING: &str = "reasoning";

/// For what summaries are sealed.
pub(super) const SUMMARY: &str = "summary";

/// What stands before the summary of a conversation.
const BEFORE_SUMMARY: &str = "Summary of the conversation so far:\n\n";

/// The argument of a function that takes any text.
pub(super) const INPUT: &str = "input";

/// The items of an input; a string is the message of a user.
pub(super) fn list(input: Json) -> Result<Vec<Json>> {
    match input {
        Json::String(text) => Ok(vec![Json::Object(vec![
            ("type".into(), Json::String("message".into())),
            ("role".into(), Json::String("user".into())),
            ("content".into(), Json::String(text)),
        ])]),
        Json::Array(items) => Ok(items),
        other => Err(mismatch("input", "a string or an array of items", &other)),
    }
}

/// Turns items into messages.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    vault: &'a Vault,
    messages: Vec<Message>,
    /// What the model thought before its next message.
    reasoning: String,
    /// Whether the last message is of the model and may get calls.
    is_open: bool,
}

impl<'a> Reader<'a> {
    /// A reader of what follows the operator's instructions.
    pub(super) fn new(vault: &'a Vault, instructions: Option<&str>) -> Self {
        let messages = instructions.map(|text| Message::new(Role::System, text));
        let messages = messages.into_iter().collect();
        Self { vault, messages, reasoning: String::new(), is_open: false }
    }

    /// The messages of everything that was read.
    pub(super) fn finish(self) -> Vec<Message> {
        self.messages
    }

    /// Reads the next items.
    pub(super) fn read(&mut self, items: &[Json]) -> Result<()> {
        for (index, item) in items.iter().enumerate() {
            let at = format!("input.{index}");
            self.item(Fields::of(item.clone(), &at)?, &at)?;
        }
        Ok(())
    }

    fn item(&mut self, mut item: Fields, at: &str) -> Result<()> {
        let kind = item.text("type")?.unwrap_or_else(|| "message".into());
        match kind.as_str() {
            "message" => self.message(&mut item),
            "reasoning" => self.thought(&mut item),
            "function_call" => {
                let arguments = item.text("arguments")?.unwrap_or_default();
                self.call(&mut item, arguments)
            }
            "custom_tool_call" => {
                let mut arguments = format!("{{\"{INPUT}\": ");
                let input = item.text("input")?.unwrap_or_default();
                crate::chat::json::write_string(&input, &mut arguments);
                arguments.push('}');
                self.call(&mut item, arguments)
            }
            "function_call_output" | "custom_tool_call_output" => {
                let output = item.take("output").unwrap_or(Json::String(String::new()));
                let mut message = Message::new(Role::Tool, text(output, &item.at("output"), true)?);
                message.tool_call_id = item.need_text("call_id")?;
                self.push(message);
                Ok(())
            }
            "compaction" | "compaction_summary" => {
                let sealed = item.need_text("encrypted_content")?;
                let summary = self.vault.open_text(SUMMARY, &sealed).ok_or_else(|| {
                    let at = item.at("encrypted_content");
                    Problem::field(&at, format!("{at}: this server did not make it"))
                })?;
                self.push(Message::new(Role::User, format!("{BEFORE_SUMMARY}{summary}")));
                Ok(())
            }
            // What a service did by itself, and said in the message that follows.
            "web_search_call" | "file_search_call" | "code_interpreter_call" => Ok(()),
            other => {
                let words = format!("{at}.type: items of type `{other}` are not known here");
                Err(Problem::field(format!("{at}.type"), words))
            }
        }
    }

    fn message(&mut self, item: &mut Fields) -> Result<()> {
        let role = match item.need_text("role")?.as_str() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" | "developer" => Role::System,
            other => {
                let at = item.at("role");
                let words =
                    format!("{at}: expected user, assistant, system or developer, found `{other}`");
                return Err(Problem::field(at, words));
            }
        };
        let content = item.need("content")?;
        let mut message = Message::new(role, text(content, &item.at("content"), false)?);
        if role == Role::Assistant {
            message.reasoning = std::mem::take(&mut self.reasoning);
        }
        self.push(message);
        self.is_open = role == Role::Assistant;
        Ok(())
    }

    fn thought(&mut self, item: &mut Fields) -> Result<()> {
        let sealed = item.text("encrypted_content")?;
        let opened = sealed.and_then(|sealed| self.vault.open_text(REASONING, &sealed));
        self.reasoning = match (opened, item.take("content")) {
            (Some(text), _) => text,
            (None, Some(content)) => text(content, &item.at("content"), false)?,
            (None, None) => String::new(),
        };
        self.is_open = false;
        Ok(())
    }

    fn call(&mut self, item: &mut Fields, arguments: String) -> Result<()> {
        let (id, name) = (item.need_text("call_id")?, item.need_text("name")?);
        if !self.is_open {
            let mut message = Message::new(Role::Assistant, "");
            message.reasoning = std::mem::take(&mut self.reasoning);
            self.push(message);
            self.is_open = true;
        }
        if let Some(message) = self.messages.last_mut() {
            message.tool_calls.push(ToolCall { id, name, arguments });
        }
        Ok(())
    }

    fn push(&mut self, message: Message) {
        self.messages.push(message);
        self.is_open = false;
    }
}

/// The text of content; of a function's result, what is no text is only named.
fn text(content: Json, at: &str, is_result: bool) -> Result<String> {
    let parts = match content {
        Json::String(text) => return Ok(text),
        Json::Array(parts) => parts,
        other => return Err(mismatch(at, "a string or an array of parts", &other)),
    };
    let mut texts = vec![];
    for (index, part) in parts.into_iter().enumerate() {
        let mut part = Fields::of(part, &format!("{at}.{index}"))?;
        let kind = part.need_text("type")?;
        match kind.as_str() {
            "input_text" | "output_text" | "text" | "reasoning_text" | "summary_text" => {
                texts.push(part.need_text("text")?);
            }
            "refusal" => texts.push(part.need_text("refusal")?),
            _ if is_result => texts.push(format!("[Unsupported {kind}]")),
            _ => {
                let at = part.at("type");
                let words = format!(
                    "{at}: this model reads text only, and `{kind}` is none; nothing is fetched \
                     for it"
                );
                return Err(Problem::field(at, words));
            }
        }
    }
    Ok(texts.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_and_calls_join_the_message_that_they_belong_to() {
        let vault = Vault::open(None, None).unwrap();
        let sealed = vault.seal(REASONING, "hm");
        let items = Json::parse(&format!(
            r#"[{{"role": "user", "content": [{{"type": "input_text", "text": "Hi"}}]}},
            {{"type": "reasoning", "summary": [], "encrypted_content": "{sealed}"}},
            {{"type": "message", "role": "assistant", "content": "Let me see."}},
            {{"type": "function_call", "call_id": "1", "name": "f", "arguments": "{{}}"}},
            {{"type": "custom_tool_call", "call_id": "2", "name": "g", "input": "a\"b"}},
            {{"type": "function_call_output", "call_id": "1", "output": "one"}},
            {{"type": "custom_tool_call_output", "call_id": "2",
              "output": [{{"type": "input_image", "image_url": "http://x"}}]}},
            {{"type": "function_call", "call_id": "3", "name": "f", "arguments": "{{}}"}}]"#
        ))
        .unwrap();
        let mut reader = Reader::new(&vault, Some("Be brief."));
        reader.read(&list(items).unwrap()).unwrap();
        let messages = reader.finish();
        let roles: Vec<_> = messages.iter().map(|message| message.role.name()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "assistant"]);
        assert_eq!(messages[2].reasoning, "hm");
        assert_eq!(messages[2].tool_calls.len(), 2);
        assert_eq!(messages[2].tool_calls[1].arguments, r#"{"input": "a\"b"}"#);
        assert_eq!(
            messages[4].content,
            Some(crate::chat::Content::Text("[Unsupported input_image]".into()))
        );
    }
}
