//! Every fixed string of the prompt: special tokens, tags and instruction texts.
//!
//! Nothing else in the program spells them. A test compares each with its published sum.
//! The bar in a token's name is U+FF5C and the low block is U+2581.

/// Opens every prompt.
pub const BEGIN: &str = "<｜begin▁of▁sentence｜>";
/// Closes what the model writes, id 1.
pub const END: &str = "<｜end▁of▁sentence｜>";
/// Opens reasoning.
pub const THINK_OPEN: &str = "<think>";
/// Closes reasoning.
pub const THINK_CLOSE: &str = "</think>";
/// Marks every tag of the tool call grammar.
pub const DSML: &str = "｜DSML｜";
/// Introduces a user or developer turn.
pub const USER: &str = "<｜User｜>";
/// Introduces a turn of the model.
pub const ASSISTANT: &str = "<｜Assistant｜>";
/// Introduces date, place and client of the turn that follows.
pub const LATEST_REMINDER: &str = "<｜latest_reminder｜>";
/// Asks for the quick task `action`.
pub const TASK_ACTION: &str = "<｜action｜>";
/// Asks for the quick task `query`.
pub const TASK_QUERY: &str = "<｜query｜>";
/// Asks for the quick task `authority`.
pub const TASK_AUTHORITY: &str = "<｜authority｜>";
/// Asks for the quick task `domain`.
pub const TASK_DOMAIN: &str = "<｜domain｜>";
/// Asks for the quick task `title`.
pub const TASK_TITLE: &str = "<｜title｜>";
/// Asks for the quick task `read_url`.
pub const TASK_READ_URL: &str = "<｜read_url｜>";

/// The special tokens that fixed texts contain.
pub const INLINE_TOKENS: [&str; 3] = [THINK_OPEN, THINK_CLOSE, DSML];

/// Opens a block of tool calls.
pub const CALLS_OPEN: &str = "<｜DSML｜tool_calls>";
/// Closes a block of tool calls.
pub const CALLS_CLOSE: &str = "</｜DSML｜tool_calls>";
/// What ends the content before a block of tool calls, as the reference matches it.
pub const CALLS_MARKER: &str = "\n\n<｜DSML｜tool_calls";
/// Opens a block of tool calls on the line after the content.
pub const CALLS_ON_NEXT_LINE: &str = "\n<｜DSML｜tool_calls>";
/// Opens a block of tool calls an empty line after the content, as the encoder writes it.
pub const CALLS_AFTER_EMPTY_LINE: &str = "\n\n<｜DSML｜tool_calls>";
/// Opens one call, up to its attributes.
pub const INVOKE_OPEN: &str = "<｜DSML｜invoke";
/// Closes one call.
pub const INVOKE_CLOSE: &str = "</｜DSML｜invoke>";
/// Where the parsers stop reading a call's attributes.
pub const INVOKE_STOP: &str = "</｜DSML｜invoke";
/// Opens one argument, up to its attributes.
pub const PARAMETER_OPEN: &str = "<｜DSML｜parameter";
/// Closes one argument.
pub const PARAMETER_CLOSE: &str = "</｜DSML｜parameter>";
/// Where the reference parser stops reading an argument.
pub const PARAMETER_STOP: &str = "/｜DSML｜parameter";
/// Begins the attributes of a call or an argument.
pub const PARAMETER_NAME: &str = " name=\"";
/// Ends the attributes of a call.
pub const INVOKE_NAME_END: &str = "\">";
/// End the attributes of an argument: first of one that holds text, then of one that holds JSON.
pub const PARAMETER_KINDS: [&str; 2] = ["\" string=\"true\">", "\" string=\"false\">"];

/// Opens what a tool returned; plain text to the tokenizer.
pub const RESULT_OPEN: &str = "<tool_result>";
/// Closes what a tool returned.
pub const RESULT_CLOSE: &str = "</tool_result>";
/// Precedes the schema a reply must follow.
pub const RESPONSE_FORMAT: &str = "\
## Response Format:\n\n\
You MUST strictly adhere to the following schema to reply:\n";

/// Precedes the schemas of the tools: the call grammar, told to the model.
pub const TOOLS_BEFORE: &str = "\
## Tools\n\n\
You have access to a set of tools to help answer the user's question. You can invoke tools by writing a \"<｜DSML｜tool_calls>\" block like the following:\n\n\
<｜DSML｜tool_calls>\n\
<｜DSML｜invoke name=\"$TOOL_NAME\">\n\
<｜DSML｜parameter name=\"$PARAMETER_NAME\" string=\"true|false\">$PARAMETER_VALUE</｜DSML｜parameter>\n\
...\n\
</｜DSML｜invoke>\n\
<｜DSML｜invoke name=\"$TOOL_NAME2\">\n\
...\n\
</｜DSML｜invoke>\n\
</｜DSML｜tool_calls>\n\n\
String parameters should be specified as is and set `string=\"true\"`. For all other types (numbers, booleans, arrays, objects), pass the value in JSON format and set `string=\"false\"`.\n\n\
If thinking_mode is enabled (triggered by <think>), you MUST output your complete reasoning inside <think>...</think> BEFORE any tool calls or final response.\n\n\
Otherwise, output directly after </think> with tool calls or final response.\n\n\
### Available Tool Schemas\n\n";

/// Follows the schemas of the tools.
pub const TOOLS_AFTER: &str = "\n\nYou MUST strictly follow the above defined tool name and parameter schemas to invoke tool calls.\n";

/// The longest thinking of the preview releases, the middle one of later releases.
pub const EFFORT_ABSOLUTE: &str = "\
Reasoning Effort: Absolute maximum with no shortcuts permitted.\n\
You MUST be very thorough in your thinking and comprehensively decompose the problem to resolve the root cause, rigorously stress-testing your logic against all potential paths, edge cases, and adversarial scenarios.\n\
Explicitly write out your entire deliberation process, documenting every intermediate step, considered alternative, and rejected hypothesis to ensure absolutely no assumption is left unchecked.\n\n";

/// The longest thinking of the releases after the preview.
pub const EFFORT_BEYOND: &str = "\
Reasoning Effort: Beyond maximum — exhaustive, relentless, and uncompromising.\n\
You MUST reason with the utmost depth and rigor, leaving absolutely nothing to chance: exhaustively decompose the problem into its most fundamental components, trace every causal chain to its root, and resolve the underlying cause rather than any surface symptom.\n\
Do not stop reasoning until you have independently verified the solution from multiple angles and are certain that no assumption remains unchecked and no error remains undiscovered.\n\n";
