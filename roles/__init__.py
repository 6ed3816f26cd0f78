"""One package per role: settings.py says what, tasks.py does it, checks.py proves it. environment.py joins settings."""
