"""envivo: from an inventory to live video in a browser.

Its parts; each imports only what stands below it:

    cli                            the commands, one small module each
    lab                            hosts to try on
    orchestration                  all roles together: settings, which host does what, deploy and checks
    roles                          one folder each: settings, desired state, tasks, checks
    plan, verify                   what a deploy would change; running checks
    operations, probes, remote     thin edges: change a host, look at it as a viewer does, look at it over SSH
    artifacts, clients, secrets    what is deployed, pinned; lines for people's programs; where secrets come from
    state, config, render          pure: parsers and values, the types of settings, templates
    core                           errors, paths, polling, atomic files

`roles/`, `templates/`, `player/` and `agent/` lie at the top of the checkout; here they are links.
"""
