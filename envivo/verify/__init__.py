"""Running checks: order, findings, and resolver overrides."""
