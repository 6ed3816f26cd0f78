"""Support bundles: what they hold, without secrets."""
