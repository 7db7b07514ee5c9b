//! What one request may ask for: each limit at its edge.
