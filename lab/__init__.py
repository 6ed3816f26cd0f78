"""Lab hosts: Debian machines with systemd and sshd, as containers of the local Docker Engine.

topology      which hosts there are: data
inventory     the same for pyinfra, from files alone
apt, image    Debian's packages -> a base image
engine        the Docker Engine: used when it answers, started where nobody else would
network       the lab's own network, in a range that nothing uses
keys, hosts   containers that answer over SSH
life          up, down, status
"""
