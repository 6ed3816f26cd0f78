"""What a viewer, a publisher or an operator would see: each probe asks one thing and returns what it saw.

Probes know nothing of inventories and roles; roles/NAME/checks.py judges what they return.
"""


class ProbeError(Exception):
    """The thing that was asked gave no usable answer; the message says what it did instead."""
