"""The contract: the GraphQL schema and the HTTP door."""
