"""envivo: from an inventory to live video in a browser.

The library under the roles. Layers, each of which knows only those above it:

    errors, findings, places      words and locations everybody shares
    settings, artifacts           what is wanted: typed, checked, pinned
    files, compose, units, ...    how hosts are brought there: pure diffs under thin pyinfra operations
    probes                        whether it is true, seen from outside
    cli                           the commands
"""
