"""envivo: from an inventory to live video in a browser.

The library beside the roles:

    errors, findings, places, waiting     what everybody shares
    settings, secrets, artifacts          what is wanted: typed, checked, pinned
    render                                from settings and templates/ to files
    operations                            how hosts are brought there: pure differences under thin pyinfra operations
    inventory, inside, probes             how one looks at them: from within over SSH, from without as a viewer does
    verification                          checks that rest on one another
    cli                                   the commands, in front of all this and the roles
"""
