//! Holds no code: its manifest gives every package the same features of shared dependencies.
