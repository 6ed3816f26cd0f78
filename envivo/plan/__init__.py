"""What a deploy would change on a host, asked of the deploy's own operations."""
