"""Backups of a project and of its hosts' data: their file, made and put back."""
