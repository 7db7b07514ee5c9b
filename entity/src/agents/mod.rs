//! Configured AI agents and the conversations that people have with them.

pub mod agent_config;
pub mod conversation;
pub mod message;
