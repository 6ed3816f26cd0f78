"""Removal of envivo from hosts."""
