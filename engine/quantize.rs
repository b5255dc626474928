//! Converts checkpoints in the vendor's layout to GGUF.
