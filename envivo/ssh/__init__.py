"""SSH: one way to a host for everything that runs commands there, OpenSSH's own client (`ssh`).

- keys.py: the SSH keys of pyinfra that an inventory may have; config.py: what `ssh` is given for them
- route.py: what the SSH configuration makes of a name
- link.py: a connection; session.py: a command over it; remedies.py: what to do where there is no connection
- privileges.py: commands as root; script.py: a command's own output, whatever the login shell prints
"""
