//! Document 003.
