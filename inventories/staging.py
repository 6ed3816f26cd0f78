"""The internet on this machine: `envivo lab up --topology wan`. ENVIVO_TOPOLOGY=spare: all on one host."""

from envivo.lab.inventory import hosts as _hosts

media = _hosts("media", default="wan")
turn = _hosts("turn", default="wan") or media
cameras = _hosts("cameras", default="wan")
