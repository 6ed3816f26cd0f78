"""Lab hosts: Debian machines with systemd and sshd, as containers of the local Docker Engine.

topology      which hosts there are: data
inventory     the same for pyinfra, from files alone
apt, root     Debian's packages -> a root folder
image         a root folder -> a cached image of the Engine: the base of each release
ready         the same with the packages of all roles
vm            a host with a kernel of its own: the image of its emulator, and its disk
engine        the Docker Engine: used when it answers, started where nobody else would
network       its networks, in ranges that nothing uses
routes, acme  what hosts of the topology wan do at boot: routes, routers' rules, an ACME server with its DNS
keys, hosts   containers that answer over SSH or through the Engine
life          up, down, status
wan           what viewers may reach; programs of this machine in a host's network
"""
