"""Seeing: where pictures come from, and how readings of one vehicle become one sighting."""
