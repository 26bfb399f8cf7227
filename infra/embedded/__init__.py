"""The engines of one machine: PostgreSQL, Valkey and an object store, run as one."""
