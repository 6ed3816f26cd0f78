"""Running checks: order, findings, and how names resolve meanwhile."""
