#!/usr/bin/env bash
# The same packages, images and services as the deploy brings, by nothing but a shell: no checks, no second run.
# usage: floor.sh SSH_CONFIG HOST BUNDLE COMPOSE_FILE UNITS_BEFORE UNIT_AFTER PACKAGE...
# BUNDLE: a directory with files.tar (to be unpacked in /), mediamtx.tar.gz and caddy.tar.gz (for `docker load`).
set -euo pipefail
config=$1 host=$2 bundle=$3 compose_file=$4 before=$5 after=$6
shift 6

echo "--> Upload"
scp -q -F "$config" "$bundle"/* "$host:/srv/"
ssh -F "$config" "$host" bash -s -- "$compose_file" "'$before'" "$after" "$@" <<'ON_THE_HOST'
set -euo pipefail
compose_file=$1 before=$2 after=$3
shift 3
export DEBIAN_FRONTEND=noninteractive
echo "--> Update the package lists"
apt-get update -qq
echo "--> Install the packages"
apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
echo "--> Load images"
docker load -qi /srv/mediamtx.tar.gz
docker load -qi /srv/caddy.tar.gz
echo "--> Unpack the files"
tar -xf /srv/files.tar -C /
systemctl daemon-reload
# shellcheck disable=SC2086 - several
systemctl enable -q --now $before
echo "--> Start the containers and wait until they are healthy"
docker compose -f "$compose_file" up -d --wait >/dev/null 2>&1
systemctl enable -q --now "$after"
echo "--> Publish a test picture"
systemd-run -q python3 -c '
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst
Gst.init(None)
pipeline = Gst.parse_launch(sys.argv[1])
pipeline.set_state(Gst.State.PLAYING)
GLib.MainLoop().run()
' 'videotestsrc is-live=true pattern=ball ! video/x-raw,width=1280,height=720,framerate=30/1
	! x264enc tune=zerolatency speed-preset=ultrafast bitrate=2500 key-int-max=30 bframes=0
	! video/x-h264,profile=constrained-baseline ! h264parse
	! rtspclientsink protocols=tcp location=rtsp://127.0.0.1:8554/webcam'
ON_THE_HOST
