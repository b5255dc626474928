//! A GGUF file bound to the plan of the model it holds.
