"""Importers: files as people keep them, read into plain values; nothing is written here."""
