"""Backups of a project and of its hosts' data: their file, written and restored."""
