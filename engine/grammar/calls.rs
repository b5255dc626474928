//! The block of calls: its fixed text, and which call and argument may come next.
//!
//! Every tag has the DSML token in it, which divides the block into parts. What follows it in a
//! part is one of a few fixed texts up to the next tag; only a value is more than that.
//! Arguments come in any order, each once, and a call ends when all that are required are there.

use std::sync::Arc;

use super::{
    Choice, Error, Result, Rules, Tool,
    compile::{Compiler, Machine},
    schema, value,
};
use crate::chat::protocol;

/// Most tools.
const MOST_TOOLS: usize = 1024;
/// Most bytes of the schemas of all tools.
const MOST_BYTES: usize = 4 << 20;

/// What can be called.
#[derive(Debug)]
pub(super) struct Calls {
    callables: Vec<Callable>,
    parallel: bool,
}

/// A tool.
#[derive(Debug)]
struct Callable {
    name: String,
    parameters: Vec<Parameter>,
}

/// An argument that a tool takes.
#[derive(Debug)]
struct Parameter {
    name: String,
    is_required: bool,
    /// The grammar of its value, from behind the quote that ends its name to before the tag that
    /// closes it.
    value: Arc<Machine>,
}

/// The call that is being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Call {
    tool: usize,
    /// Which arguments are there.
    given: Vec<bool>,
}

/// A part of the block, by the tag that it begins in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The tag that opens the block.
    Calls,
    /// One that opens a call.
    Invoke,
    /// One that opens an argument of the call of this tool.
    Parameter,
    /// One that opens an argument, the first of a call of this tool.
    First(usize),
    /// One that closes a call.
    InvokeEnd,
    /// One that closes the call of this tool, which has no arguments.
    Empty(usize),
    /// The one that closes the block.
    CallsEnd,
}

/// What follows a fixed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The DSML token, and this part behind it.
    Tag(Part),
    /// The value of this parameter.
    Value(usize),
    /// The end of the answer.
    End,
}

/// Fixed texts, one of which is being written.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    /// Those that begin with what was written.
    choices: Vec<(String, Next)>,
    /// Bytes written.
    at: usize,
}

impl Calls {
    /// What `rules` allow to call; `None` for nothing.
    ///
    /// Where there is room for them, schemas that cannot be followed are left out and told of.
    pub(super) fn new(
        rules: &Rules,
        compiler: &Compiler,
        mut left_out: Option<&mut Vec<Error>>,
    ) -> Result<Option<Self>> {
        let Rules { tools, choice, parallel, .. } = rules;
        check(tools)?;
        let chosen: Vec<&Tool> = match choice {
            Choice::None => return Ok(None),
            Choice::Auto if tools.is_empty() => return Ok(None),
            Choice::Required if tools.is_empty() => return Err(Error::NoTools),
            Choice::Auto | Choice::Required => tools.iter().collect(),
            Choice::Named(name) => {
                let n_tools = tools.len();
                let unknown = || Error::UnknownTool { name: name.clone(), n_tools };
                vec![tools.iter().find(|tool| tool.name == *name).ok_or_else(unknown)?]
            }
        };
        let callable = |tool| match (Callable::new(tool, compiler), &mut left_out) {
            (Err(error @ (Error::Schema { .. } | Error::TooLarge { .. })), Some(left_out)) => {
                left_out.push(error);
                Callable::loose(tool, compiler)
            }
            (callable, _) => callable,
        };
        let callables = chosen.into_iter().map(callable).collect::<Result<_>>()?;
        Ok(Some(Self { callables, parallel: *parallel }))
    }

    /// The text behind the DSML token in a part of the block.
    pub(super) fn tag(&self, part: Part, call: &mut Call) -> Tag {
        let next = |part| Next::Tag(part);
        match part {
            Part::Calls => Tag::calls(),
            Part::Invoke => self.invoke(),
            Part::First(tool) | Part::Empty(tool) => {
                *call = Call { tool, given: vec![false; self.callables[tool].parameters.len()] };
                let part =
                    if matches!(part, Part::First(_)) { Part::Parameter } else { Part::InvokeEnd };
                self.tag(part, call)
            }
            Part::Parameter => self.parameter(call),
            Part::InvokeEnd => {
                let close = behind_dsml(protocol::INVOKE_CLOSE);
                let mut choices = vec![(format!("{close}\n</"), next(Part::CallsEnd))];
                if self.parallel {
                    choices.push((format!("{close}\n<"), next(Part::Invoke)));
                }
                Tag::new(choices)
            }
            Part::CallsEnd => {
                Tag::new(vec![(behind_dsml(protocol::CALLS_CLOSE).to_owned(), Next::End)])
            }
        }
    }

    /// The text behind the DSML token that follows a value.
    pub(super) fn behind_value(&self, call: &Call) -> Tag {
        let parameters = &self.callables[call.tool].parameters;
        let close = behind_dsml(protocol::PARAMETER_CLOSE);
        let missing = parameters.iter().zip(&call.given).filter(|(_, given)| !**given);
        let (n_missing, must_go_on) =
            missing.fold((0, false), |(n, must), (one, _)| (n + 1, must || one.is_required));
        let mut choices = vec![];
        if n_missing > 0 {
            choices.push((format!("{close}\n<"), Next::Tag(Part::Parameter)));
        }
        if !must_go_on {
            choices.push((format!("{close}\n</"), Next::Tag(Part::InvokeEnd)));
        }
        Tag::new(choices)
    }

    /// The grammar of the value of a parameter, which is given now.
    pub(super) fn value(&self, parameter: usize, call: &mut Call) -> &Machine {
        call.given[parameter] = true;
        &self.callables[call.tool].parameters[parameter].value
    }

    fn invoke(&self) -> Tag {
        let mut choices = vec![];
        for (tool, Callable { name, parameters }) in self.callables.iter().enumerate() {
            let open = behind_dsml(protocol::INVOKE_OPEN);
            let head =
                [open, protocol::PARAMETER_NAME, name, protocol::INVOKE_NAME_END, "\n"].concat();
            if !parameters.iter().any(|parameter| parameter.is_required) {
                // The encoder leaves an empty line where there are no arguments.
                choices.push((format!("{head}\n</"), Next::Tag(Part::Empty(tool))));
                choices.push((format!("{head}</"), Next::Tag(Part::Empty(tool))));
            }
            if !parameters.is_empty() {
                choices.push((format!("{head}<"), Next::Tag(Part::First(tool))));
            }
        }
        Tag::new(choices)
    }

    fn parameter(&self, call: &Call) -> Tag {
        let parameters = self.callables[call.tool].parameters.iter().zip(&call.given);
        let missing = parameters.enumerate().filter(|(_, (_, given))| !**given);
        let choice = |(index, (Parameter { name, .. }, _)): (usize, (&Parameter, _))| {
            let open = behind_dsml(protocol::PARAMETER_OPEN);
            let head = [open, protocol::PARAMETER_NAME, name, value::QUOTE].concat();
            (head, Next::Value(index))
        };
        Tag::new(missing.map(choice).collect())
    }
}

impl Callable {
    fn new(tool: &Tool, compiler: &Compiler) -> Result<Self> {
        let Tool { name, schema } = tool;
        let place = format!("tool `{name}`");
        check_name(&place, name)?;
        let schema = schema::prepare(&place, schema, true)?;
        let mut parameters = vec![];
        for (name, is_required, schema) in schema::parameters(&place, &schema)? {
            check_name(&place, &name)?;
            let place = format!("{place}, parameter `{name}`");
            let value = compiler.compile(&place, value::parameter(&schema))?;
            parameters.push(Parameter { name, is_required, value });
        }
        Ok(Self { name: name.clone(), parameters })
    }

    /// The tool as far as its schema can be followed: of an argument for which it cannot, the type.
    fn loose(Tool { name, schema }: &Tool, compiler: &Compiler) -> Result<Self> {
        let place = format!("tool `{name}`");
        check_name(&place, name)?;
        let mut parameters = vec![];
        for (name, is_required, schema) in schema::loose_parameters(schema) {
            check_name(&place, &name)?;
            let followed = schema::prepare(&place, &schema, true)
                .and_then(|schema| compiler.compile(&place, value::parameter(&schema)));
            let value = followed.or_else(|_| {
                let schema = schema::of_type(schema.get("type"));
                compiler.compile(&place, value::parameter(&schema))
            })?;
            parameters.push(Parameter { name, is_required, value });
        }
        Ok(Self { name: name.clone(), parameters })
    }
}

impl Tag {
    fn new(choices: Vec<(String, Next)>) -> Self {
        Self { choices, at: 0 }
    }

    /// What stands before a block of calls where no content does.
    pub(super) fn before_calls(before: &str) -> Self {
        Self::new(vec![(before.to_owned(), Next::Tag(Part::Calls))])
    }

    /// The tag that opens the block, and what stands before the first call.
    pub(super) fn calls() -> Self {
        let open = behind_dsml(protocol::CALLS_OPEN);
        Self::new(vec![(format!("{open}\n<"), Next::Tag(Part::Invoke))])
    }

    /// Whether one of the texts goes on with `bytes`.
    pub(super) fn allows(&self, bytes: &[u8]) -> bool {
        self.choices.iter().any(|(text, _)| text.as_bytes()[self.at..].starts_with(bytes))
    }

    /// Whether a tag follows here.
    pub(super) fn ends_with_dsml(&self) -> bool {
        self.next().is_some_and(|next| matches!(next, Next::Tag(_)))
    }

    /// What follows the text that ends here, if one does.
    pub(super) fn next(&self) -> Option<Next> {
        self.choices.iter().find(|(text, _)| text.len() == self.at).map(|&(_, next)| next)
    }

    /// Goes on with `bytes`; what follows where that takes no tag.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Next> {
        let at = self.at;
        self.choices.retain(|(text, _)| text.as_bytes()[at..].starts_with(bytes));
        self.at += bytes.len();
        self.next().filter(|next| !matches!(next, Next::Tag(_)))
    }
}

/// What a tag has behind the DSML token.
fn behind_dsml(tag: &'static str) -> &'static str {
    tag.split_once(protocol::DSML).map_or(tag, |(_, behind)| behind)
}

fn check(tools: &[Tool]) -> Result<()> {
    let place = || "the tools".to_owned();
    if tools.len() > MOST_TOOLS {
        let what = "their number";
        return Err(Error::TooLarge { place: place(), what, found: tools.len(), most: MOST_TOOLS });
    }
    for (index, Tool { name, .. }) in tools.iter().enumerate() {
        if tools[..index].iter().any(|other| other.name == *name) {
            return Err(Error::SameName { name: name.clone() });
        }
    }
    let found = tools.iter().map(|tool| tool.schema.to_string().len()).sum();
    if found > MOST_BYTES {
        let what = "the number of bytes of their schemas";
        return Err(Error::TooLarge { place: place(), what, found, most: MOST_BYTES });
    }
    Ok(())
}

fn check_name(place: &str, name: &str) -> Result<()> {
    let is_wrong = |c: char| c == '"' || c.is_control();
    let is_wrong = name.is_empty() || name.contains(is_wrong) || name.contains(protocol::DSML);
    if is_wrong {
        return Err(Error::Name { place: place.to_owned(), name: name.to_owned() });
    }
    Ok(())
}
