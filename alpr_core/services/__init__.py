"""One verb of the department per file. Each takes an Act, never a connection."""
