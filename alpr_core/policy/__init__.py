"""What the paper says, as clauses that decide."""
