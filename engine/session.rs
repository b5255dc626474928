//! Timelines of tokens and the steps that extend them.
