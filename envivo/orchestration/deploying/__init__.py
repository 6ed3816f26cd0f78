"""`envivo deploy` and `envivo rollback`: hosts are held, changed, verified, and put back where that fails."""
