"""`envivo deploy` and `envivo rollback`: hosts are locked, changed, verified, and rolled back if that fails."""
