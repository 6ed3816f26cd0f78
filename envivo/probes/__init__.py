"""Probes: each looks at one thing as a viewer, publisher or operator does, and returns what it saw.

Probes do not depend on inventories and roles; roles/NAME/checks.py evaluates what they return.
"""


class ProbeError(Exception):
    """There was no usable answer. The message says what happened instead."""
