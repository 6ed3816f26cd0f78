"""Production: your hosts. Debian 13 for media and turn, Debian 12 or 13 for cameras; root, or a user with `_sudo`."""

from envivo import fill_in
from group_data.prod import ADDRESS, TURN_ADDRESS

# ---- Fill in: how SSH reaches each host ------------------------------------------------------------------------------
CAMERA = fill_in("CAMERA", "192.168.1.11")  # it may be behind a router, as long as SSH from here gets there

media = [("media", {"ssh_hostname": ADDRESS, "ssh_user": "root"})]
turn = [("turn", {"ssh_hostname": TURN_ADDRESS, "ssh_user": "root"})]
cameras = [("camera", {"ssh_hostname": CAMERA, "ssh_user": "root"})]

# One machine for everything, in place of the three lines:
# media = turn = cameras = [("media", {"ssh_hostname": ADDRESS, "ssh_user": "root"})]
