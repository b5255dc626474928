//! The HTTP server: the protocols of OpenAI and Anthropic over one scheduler.
//!
//! A request is read ([`fields`]) into a job that knows no protocol ([`job`]); a job becomes rows of
//! a [`Backend`] ([`core`], [`follow`]), whose deltas go into a log ([`generation`]) that listeners
//! read at their own pace; and the words of a protocol are made of deltas, one by one
//! ([`stream`]) or all at once ([`collect`]). What is around that is in [`guard`] (who may ask, and
//! the shape of refusals) and [`server`] (connections, their limits, the end).

#![forbid(unsafe_code)]

mod anthropic;
mod call;
mod calls;
mod collect;
mod core;
mod fields;
mod follow;
mod generation;
mod guard;
mod health;
mod job;
mod keys;
mod load;
mod metrics;
mod openai;
mod options;
mod page;
mod problem;
mod recent;
mod responses;
mod routes;
mod served;
mod server;
mod settings;
mod socket;
mod stops;
mod stream;
mod trace;
mod vault;

pub use keys::{BadKeys, Keys};
pub use served::{Backend, Served};
pub use server::{Ending, Server};
pub use settings::Settings;
