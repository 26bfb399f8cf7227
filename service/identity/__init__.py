"""Identity (身份): accounts, sessions, third-party applications and what their tokens may do."""
