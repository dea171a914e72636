"""A compliance tracker for ISO 9001 quality management systems."""
