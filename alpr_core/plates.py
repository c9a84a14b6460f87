"""Pure knowledge of plates."""
