"""The hosts that `envivo lab up` makes. Your own: `media = [("name", {"ssh_hostname": ..., "ssh_user": ...})]`."""

from envivo.lab.inventory import hosts as _hosts

media = _hosts("media")
cameras = _hosts("cameras")
