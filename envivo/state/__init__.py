"""Pure values and parsers that operations and probes share."""
