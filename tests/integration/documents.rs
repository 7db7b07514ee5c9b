//! What becomes of a document before it is executed.
