//! Renders conversations as prompt text and parses what the model writes.
