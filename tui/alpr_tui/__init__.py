"""The terminal screens of alpr-core."""
