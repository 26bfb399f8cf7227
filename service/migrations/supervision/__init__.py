"""Schema history of supervised listing."""
