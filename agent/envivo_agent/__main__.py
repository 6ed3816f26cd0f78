"""python3 -m envivo_agent FILE: publishes the camera that FILE describes, until SIGTERM."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from envivo_agent.config import Config, ConfigError, Publish, load
from envivo_agent.plan import missing_packages, plan

EX_USAGE = 2
SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""The file that Debian's GnuTLS reads; glib-networking of Debian 12 does not tell when it is not there."""


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="envivo_agent", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the camera's configuration (JSON)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="judge FILE and what it needs on this host, then end")
    action.add_argument("--print-pipeline", action="store_true", help="print the pipeline, without the password")
    return parser.parse_args(argv)


def _no_trust(publish: Publish) -> str:
    """Why no server could be trusted here; without a reason the process trusts that authority from now on."""
    from envivo_agent.gst import encrypts, trust

    if not encrypts():
        return f"nothing here speaks TLS, which {publish.protocol} needs: apt-get install glib-networking"
    if publish.ca:
        problem = trust(publish.ca)
        return f"publish.ca: must be a PEM file of certificates that the agent may read: {problem}" if problem else ""
    if not SYSTEM_AUTHORITIES.exists():
        return "publish.ca: is empty, and this host trusts no authority: apt-get install ca-certificates, or name one"
    return ""


def _unfit(config: Config) -> list[str]:
    """What this host lacks."""
    try:
        from envivo_agent.gst import absent
    except (ImportError, ValueError) as error:
        return [f"GStreamer for Python cannot be loaded ({error}): apt-get install python3-gi gir1.2-gstreamer-1.0"]
    missing = absent(plan(config).factories)
    findings = [
        missing_packages(missing) if missing else "",
        _no_trust(config.publish) if config.publish.encrypted else "",
    ]
    return [finding for finding in findings if finding]


def _status_file(name: str) -> Path | None:
    directory = os.environ.get("RUNTIME_DIRECTORY", "")
    return Path(directory) / f"{name}.json" if directory else None


def main(argv: list[str]) -> int:
    """0 done, 2 wrong configuration or a missing package: each finding is one line on stderr."""
    options = _options(argv)
    try:
        config = load(options.file)
    except ConfigError as error:
        sys.stderr.writelines(f"{options.file}: {problem}\n" for problem in error.problems)
        return EX_USAGE
    if options.print_pipeline:
        sys.stdout.write(plan(config).printable + "\n")
        return 0
    findings = _unfit(config)
    if findings:
        sys.stderr.writelines(f"{options.file}: {finding}\n" for finding in findings)
        return EX_USAGE
    if not options.check:
        from envivo_agent.agent import Agent

        Agent(config, _status_file(config.name)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
