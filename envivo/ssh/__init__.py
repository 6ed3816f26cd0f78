"""SSH: one way to a host for everything that runs commands there, OpenSSH's own client (`ssh`).

keys.py says which of pyinfra's SSH keys an inventory may have, config.py what `ssh` is given for them, link.py is a
connection, session.py a command over it, script.py a command whose output is its own, whatever the login shell prints.
"""
