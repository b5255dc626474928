//! Runs steps of a plan.
