//! Grammars of `llguidance`: compiled once, walked by each answer on its own copy.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};

use llguidance::{Matcher, ParserFactory, api::ParserLimits, api::TopLevelGrammar};
use serde_json::Value;
use toktrie::{InferenceCapabilities, SimpleVob};

use super::{Error, Result, error::first_line, schema, value, vocabulary::Vocabulary};
use crate::tokenizer::TokenId;

/// Bounds of `llguidance` on what a hostile schema can make it do, a few tens of milliseconds to
/// compile and to step.
const LIMITS: ParserLimits = ParserLimits {
    max_items_in_row: 2000,
    initial_lexer_fuel: 1_000_000,
    step_lexer_fuel: 200_000,
    step_max_items: 50_000,
    // Each state is 1 to 2 KB; a bounded string makes one for each of its characters.
    max_lexer_states: 50_000,
    max_grammar_size: 100_000,
    precompute_large_lexemes: false,
    verbose_errors: false,
};

/// Stack of the thread that compiles: nested schemas are followed by recursion.
const STACK: usize = 256 << 20;

/// Compiled grammars that are kept; an agent sends the same tools with each request.
const KEPT: usize = 512;

/// Compiles grammars.
pub(super) struct Compiler {
    vocabulary: Arc<Vocabulary>,
    factory: OnceLock<std::result::Result<ParserFactory, String>>,
    kept: Mutex<HashMap<String, Arc<Machine>>>,
}

/// A grammar and a place in it.
pub(super) struct Machine(Matcher);

impl Clone for Machine {
    /// A copy that shares nothing: what one answer makes of its grammar, limits included, does not
    /// depend on others.
    fn clone(&self) -> Self {
        Self(self.0.deep_clone())
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("stop", &self.0.stop_reason()).finish_non_exhaustive()
    }
}

impl Compiler {
    pub(super) fn new(vocabulary: Arc<Vocabulary>) -> Self {
        Self { vocabulary, factory: OnceLock::new(), kept: Mutex::default() }
    }

    /// The grammar of content that must be valid for `schema`.
    pub(super) fn content(&self, schema: &Value) -> Result<Arc<Machine>> {
        let place = "the schema of the response";
        let grammar = value::content(&schema::prepare(place, schema, false)?);
        self.compile(place, grammar)
    }

    /// The machine of a grammar in `llguidance`'s form of Lark.
    pub(super) fn compile(&self, place: &str, grammar: String) -> Result<Arc<Machine>> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = kept().get(&grammar) {
            return Ok(Arc::clone(machine));
        }
        let problem = |problem: String| Error::schema(place, problem);
        let compile = || {
            let factory =
                self.factory.get_or_init(|| self.factory()).as_ref().map_err(String::clone)?;
            let grammar = TopLevelGrammar::from_lark(grammar.clone());
            let mut matcher = Matcher::new(factory.create_parser(grammar));
            // An empty language is found out here, not when an answer stands before it.
            let mask = matcher.compute_mask();
            mask.map_err(|error| first_line(&error.to_string()))?;
            Ok(Machine(matcher))
        };
        // A thread of its own bounds what panics and deep recursion can reach.
        let machine = thread::scope(|scope| {
            let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, compile);
            let thread = thread.map_err(|error| format!("no thread to compile it: {error}"))?;
            thread.join().unwrap_or_else(|_| Err("compiling it failed".to_owned()))
        });
        let machine = Arc::new(machine.map_err(problem)?);
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(grammar, Arc::clone(&machine));
        Ok(machine)
    }

    fn factory(&self) -> std::result::Result<ParserFactory, String> {
        let slices = llguidance::earley::SlicedBiasComputer::general_slices();
        let tree = self.vocabulary.tree();
        let factory = ParserFactory::new(&tree, InferenceCapabilities::default(), &slices);
        let mut factory = factory.map_err(|error| error.to_string())?;
        factory.quiet();
        *factory.limits_mut() = LIMITS;
        Ok(factory)
    }
}

impl Machine {
    /// Whether the grammar can end here.
    pub(super) fn can_end(&mut self) -> Result<bool> {
        if self.0.is_stopped() {
            return self.stopped().map(|()| true);
        }
        self.0.is_accepting().map_err(Error::failed)
    }

    /// Whether a token of text can follow.
    pub(super) fn allows(&mut self, token: TokenId) -> Result<bool> {
        if self.0.is_stopped() {
            return self.stopped().map(|()| false);
        }
        self.0.validate_tokens(&[token.0]).map(|n| n > 0).map_err(Error::failed)
    }

    /// Goes on with a token that can follow.
    pub(super) fn take(&mut self, token: TokenId) -> Result<()> {
        self.0.consume_token(token.0).map_err(Error::failed)
    }

    /// The tokens of text that can follow, and the end token where the grammar can end.
    pub(super) fn mask(&mut self) -> Result<SimpleVob> {
        self.0.compute_mask_or_eos().map_err(Error::failed)
    }

    /// Tells an end from a failure.
    fn stopped(&self) -> Result<()> {
        if self.0.stop_reason().is_ok() {
            return Ok(());
        }
        Err(Error::failed(self.0.get_error().unwrap_or_else(|| self.0.stop_reason().to_string())))
    }
}
