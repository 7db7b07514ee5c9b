DROP TABLE messages, conversations, agent_configs;
