#!/usr/bin/env bash
# Installs what the commands of this checkout need: Debian packages, then a virtual environment from requirements.lock.
# `setup.sh tests` adds what only the tests need, linters of JavaScript among it; `setup.sh browsers` what only the proofs
# of tests/browser in Firefox and WebKitGTK need (they call it).
# Says nothing and costs a second when all is there. As an ordinary user it names the packages instead of installing them.
set -euo pipefail
cd "$(dirname "$0")"

# One at a time. What a setup that was killed has begun (apt-get, pip, npm) holds the lock until it has ended.
exec 9<setup.sh
flock --timeout 600 9 || { echo "setup: another one has been at work for ten minutes: wait for it, or end it" >&2; exit 2; }

packages=(debian-archive-keyring debootstrap iproute2 iptables openssh-client)
# Those that the tests use as programs, and GStreamer, on which the agent runs.
tests=(age ca-certificates chromium coturn docker-registry fish fonts-dejavu-core libnss3-tools nftables openssh-server openssl
	tcsh testssl.sh zsh
	gir1.2-gst-rtsp-server-1.0 gir1.2-gstreamer-1.0 glib-networking gstreamer1.0-plugins-bad gstreamer1.0-plugins-base
	gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly gstreamer1.0-rtsp gstreamer1.0-tools gstreamer1.0-x python3-gi)
[ "${1:-}" != tests ] || packages+=("${tests[@]}")
[ "${1:-}" != browsers ] || packages+=(firefox-esr webkit2gtk-driver xvfb)

# An Engine from elsewhere (docker-ce, say) is as good as Debian's. Debian 13 has the client in a package of its own.
command -v dockerd >/dev/null || packages+=(docker.io)
command -v docker >/dev/null || grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release || packages+=(docker-cli)

# Debian's own Python comes without what makes virtual environments.
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)

# Go and npm are the tests' own here; `envivo artifacts fetch` asks for them where an artifact has no other source.
programs=(git make python3)
[ "${1:-}" != tests ] || programs+=(go npm)
missing_programs=()
for program in "${programs[@]}"; do
	command -v "$program" >/dev/null || missing_programs+=("$program")
done
if [ ${#missing_programs[@]} -gt 0 ]; then
	echo "setup: not found: ${missing_programs[*]}: install them (Go 1.26 or newer, Python 3.11 or newer)" >&2
	exit 2
fi
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	echo "setup: $(python3 --version): must be Python 3.11 or newer" >&2
	exit 2
fi

go_version=$([ "${1:-}" != tests ] || go env GOVERSION)
if [ -n "$go_version" ] && [ "$(printf 'go1.26\n%s\n' "$go_version" | sort -V | head -n 1)" != go1.26 ]; then
	echo "setup: $go_version: must be Go 1.26 or newer" >&2
	exit 2
fi

missing=()
for package in "${packages[@]}"; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
	install="apt-get install --no-install-recommends -y ${missing[*]}"
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		echo "setup: these Debian packages are missing: ${missing[*]}: run, as root: $install" >&2
		exit 2
	fi
	echo "setup: installing ${missing[*]}" >&2
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq
	# Debian's coturn would start as a relay that is open to anybody; the tests run it by themselves.
	case " ${missing[*]} " in *" coturn "*) [ ! -d /run/systemd/system ] || systemctl mask -q coturn.service ;; esac
	# Likewise: a server of the tests' own answers on loopback, nobody is to log in to this machine.
	case " ${missing[*]} " in *" openssh-server "*)
		[ ! -d /run/systemd/system ] || systemctl mask -q ssh.service ssh.socket
		export RUNLEVEL=1 # without systemd its start-up script would start it
		;;
	esac
	# What a kill has left half configured, where apt-get refuses to go on.
	[ -z "$(dpkg --audit)" ] || dpkg --configure -a >/dev/null
	# The daemon is started by the lab where no service manager does it.
	$install -qq -o DPkg::Lock::Timeout=300 >/dev/null
fi

# The file of sums is there where a folder was filled to its end. pip takes what a kill has left for installed.
installed=.venv/installed.sha256
if ! sha256sum --check --status "$installed" 2>/dev/null; then
	echo "setup: filling .venv from requirements.lock" >&2
	if [ -e .venv ] && [ ! -e .venv/pyvenv.cfg ]; then
		echo "setup: .venv is not a virtual environment: move it elsewhere" >&2
		exit 2
	fi
	anew=()
	[ -e "$installed" ] || anew=(--clear)
	rm -f "$installed"
	python3 -m venv "${anew[@]}" .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	sha256sum requirements.lock pyproject.toml >"$installed"
fi

linters=tests/lint/node_modules/installed.sha256
if [ "${1:-}" = tests ] && ! sha256sum --check --status "$linters" 2>/dev/null; then
	echo "setup: filling tests/lint/node_modules from package-lock.json" >&2
	rm -f "$linters"
	npm ci --prefix tests/lint --prefer-offline --no-audit --no-fund --loglevel=error >/dev/null
	sha256sum tests/lint/package-lock.json >"$linters"
fi
