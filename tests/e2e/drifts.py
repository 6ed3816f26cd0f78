"""Changes by hand on hosts that were deployed to: each operation of deploy.py has one that it puts right."""

from typing import NamedTuple


class Drift(NamedTuple):
    operation: str
    host: str
    """media, camera or turn."""
    how: str
    """Command."""
    said: str
    """Part of a finding of `envivo verify`."""


AGENT = "envivo-agent@webcam.service"
MEDIAMTX = "Media | Switch to mediamtx.yml"
PAGES = "Media | Write the compose file and the pages"
CAMERA = "Cameras | Install the agent and the configuration of each camera"
TURN = "TURN | Write coturn's unit and its list of allowed peers"
OTHER_WEB = (
    "cd /opt/envivo/stack && sed 's/envivo.revision: .*/envivo.revision: other/' compose.yml "
    "| docker compose -f - up -d --wait web"
)

LAB = (
    (
        Drift("Base | Install packages", "media", "dpkg -r --force-depends curl",
              "curl is not installed"),
        Drift("Base | Create accounts", "camera", "gpasswd -d envivo-agent video",
              "the account envivo-agent is not in the group video"),
        Drift("Base | Create directories", "media", "chmod 777 /opt/envivo",
              "/opt/envivo has mode 777 instead of 755"),
        Drift("Docker | Start the Docker Engine", "media", "systemctl disable docker.service", "docker.service"),
        Drift("Docker | Keep containers running while the Docker Engine restarts", "media",
              "echo '{}' >/etc/docker/daemon.json; systemctl reload docker.service", "live-restore"),
        Drift("Media | Restart containers that stop", "media", "systemctl stop envivo-stack.service",
              "envivo-stack.service"),
        Drift("Media | Keep the recordings within their disk", "media", "systemctl stop envivo-retention.timer",
              "envivo-retention.timer"),
        Drift("Media | Limit connections per address", "media", "nft delete table inet envivo_media",
              "envivo-limits.service"),
        Drift("Media | Mount the recordings for the page, without symbolic links", "media",
              "systemctl disable var-lib-envivo-shown.mount", "var-lib-envivo-shown.mount"),
        Drift(PAGES, "media", "rm /opt/envivo/stack/compose.yml", "/opt/envivo/stack/compose.yml is missing"),
        Drift(PAGES, "media", "echo '<!-- -->' >> /opt/envivo/player/player.html",
              "/opt/envivo/player/player.html has other content"),
        Drift(PAGES, "media", "touch /opt/envivo/player/more.html",
              "/opt/envivo/player/more.html does not belong there"),
        Drift(MEDIAMTX, "media", "sed -i 's/^readTimeout: .*/readTimeout: 33s/' /etc/envivo/mediamtx/mediamtx.yml",
              "/etc/envivo/mediamtx/mediamtx.yml has other content"),
        Drift("Media | Switch to Caddyfile", "media", "rm /etc/envivo/caddy/Caddyfile",
              "/etc/envivo/caddy/Caddyfile is missing"),
        Drift(CAMERA, "camera", "echo '# by hand' >> /etc/systemd/system/envivo-agent@.service",
              "/etc/systemd/system/envivo-agent@.service has other content"),
        Drift(CAMERA, "camera", "sed -i 's/\"height\": .*/\"height\": 480,/' /etc/envivo/agent/webcam.json",
              "/etc/envivo/agent/webcam.json has other content"),
        Drift("Cameras | Start an agent for each camera", "camera", f"systemctl mask {AGENT}", f"{AGENT}"),
        Drift("Remove what is no longer configured", "camera", "mkdir /opt/envivo/stack",
              "MediaMTX and Caddy is no longer configured (/opt/envivo/stack)"),
    ),
    (
        Drift("Media | Start the containers and wait until they are healthy", "media", OTHER_WEB,
              "the container caddy was made from another definition or image"),
        Drift("Base | Create accounts", "media", "userdel -f envivo", "the account envivo is missing"),
        Drift("Media | Load images", "media",
              "docker tag envivo/caddy:$(docker image ls --format '{{.Tag}}' envivo/caddy) drift:1 "
              "&& docker rmi envivo/caddy:$(docker image ls --format '{{.Tag}}' envivo/caddy)",
              "the image envivo/caddy"),
        Drift(MEDIAMTX, "media", "chmod 666 /etc/envivo/mediamtx/mediamtx.yml; chown nobody /etc/envivo/mediamtx/*.yml",
              "/etc/envivo/mediamtx/mediamtx.yml has mode 666 instead of 640, owner nobody instead of root"),
        Drift(PAGES, "media", "chmod 644 /etc/envivo/monitor.curl",
              "/etc/envivo/monitor.curl has mode 644 instead of 600"),
        Drift(CAMERA, "camera", "touch /opt/envivo/agent/more", "/opt/envivo/agent/more does not belong there"),
        Drift(CAMERA, "camera", "rm -r /opt/envivo/agent/envivo_agent", "/opt/envivo/agent/envivo_agent is missing"),
        Drift("Cameras | Start an agent for each camera", "camera", f"systemctl stop {AGENT}", f"{AGENT} is inactive"),
    ),
)  # fmt: skip
"""Of hosts that the lab's settings describe, in rounds: a finding names at most three things."""

STAGING = (
    Drift("Certificates | Write the certificate configuration", "media",
          "chmod 777 /opt/envivo/bin/envivo-certificates",
          "/opt/envivo/bin/envivo-certificates has mode 777 instead of 755"),
    Drift("Certificates | Start the watch for new certificates", "media", "systemctl stop envivo-certificates.path",
          "envivo-certificates.path does not run"),
    Drift("Media | Allow Caddy to bind ports 80 and 443", "media",
          "sysctl -w net.ipv4.ip_unprivileged_port_start=1024",
          "net.ipv4.ip_unprivileged_port_start is 1024 instead of 80"),
    Drift("Media | Create a temporary certificate for MediaMTX", "media", "rm /etc/envivo/tls/server.crt",
          "/etc/envivo/tls/server.crt is missing"),
    Drift("Media | Ban addresses that guess passwords", "media", "systemctl disable envivo-bans.service",
          "envivo-bans.service"),
    Drift("TURN | Create a temporary certificate for coturn", "turn", "rm /etc/envivo/turn/tls/server.crt",
          "/etc/envivo/turn/tls/server.crt is missing"),
    Drift(TURN, "turn", "echo '# by hand' >> /etc/envivo/turn/egress.nft",
          "/etc/envivo/turn/egress.nft has other content"),
    Drift("TURN | Switch to turnserver.conf", "turn", "chmod 666 /etc/envivo/turn/turnserver.conf",
          "/etc/envivo/turn/turnserver.conf has mode 666 instead of 640"),
    Drift("TURN | Start coturn", "turn", "systemctl disable coturn.service", "coturn.service"),
)  # fmt: skip
"""Of hosts that serve TLS, in one round."""

FROM_OUTSIDE = {
    "Take the deploy lock",
    "Base | Check the host before anything changes",
    "Certificates | Check that the certificate authority can reach the host",
    "Certificates | Obtain the certificate of turn.company.net",
    "Media | Wait for the certificates of the authority",
    "Media | Forecast the recordings",
}
"""Operations that put nothing right on a host: they ask somebody else, only look, or keep somebody away."""
