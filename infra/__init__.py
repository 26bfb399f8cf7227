"""How the product runs: the command line and the stack on one machine."""
