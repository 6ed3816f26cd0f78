"""python3 -m envivo_agent FILE: publishes the camera that FILE describes, until SIGTERM."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from envivo_agent.config import Config, ConfigError, load

EX_USAGE = 2
ACTIONS = {
    "--check": "check FILE, and what it needs on this host, then exit",
    "--print-pipeline": "print what would run, without the password",
    "--try": "try capture, encoding and publishing one after the other: a JSON object for each",
    "--probe": "print as JSON which cameras, audio devices and encoders this host has (no FILE)",
}
USAGE = "usage: envivo-agent [ACTION] FILE\n\n" + "".join(f"  {name:<17} {text}\n" for name, text in ACTIONS.items())


def _cache() -> Path | None:
    directory = os.environ.get("CACHE_DIRECTORY", "")
    return Path(directory) / "encoders.json" if directory else None


def _status_file(name: str) -> Path | None:
    directory = os.environ.get("RUNTIME_DIRECTORY", "")
    return Path(directory) / f"{name}.json" if directory else None


def _complain(place: object, problems: Sequence[object]) -> int:
    sys.stderr.writelines(f"{place}: {problem}\n" for problem in problems)
    return EX_USAGE if problems else 0


def _act(action: str, file: Path, config: Config) -> int:
    try:
        from envivo_agent.gst.preflight import unfit, unfit_to_try
    except (ImportError, ValueError) as error:
        packages = "apt-get install python3-gi gir1.2-gstreamer-1.0"
        return _complain(file, [f"GStreamer for Python cannot be loaded ({error}): {packages}"])
    if action == "--check":
        return _complain(file, unfit(config, _cache()))
    if action == "--print-pipeline":
        from envivo_agent.gst.preflight import printable

        sys.stdout.write(printable(config, _cache()) + "\n")
        return 0
    if action == "--try":
        from envivo_agent.gst.diagnose import attempt

        return attempt(config, _cache())
    if code := _complain(file, unfit_to_try(config)):
        return code
    from envivo_agent.gst.agent import Agent

    Agent(file, config, _status_file(config.name), _cache()).run()
    return 0


def main(argv: list[str]) -> int:
    """Exit code: 0 done, 1 a step of --try failed, 2 wrong configuration or missing packages (stderr: which)."""
    actions = [word for word in argv if word.startswith("-")]
    files = [word for word in argv if not word.startswith("-")]
    if actions == ["--help"] or actions == ["-h"]:
        sys.stdout.write(USAGE)
        return 0
    if len(actions) > 1 or not set(actions) <= set(ACTIONS) or len(files) != (actions != ["--probe"]):
        sys.stderr.write(USAGE)
        return EX_USAGE
    if actions == ["--probe"]:
        from envivo_agent.gst.probe import print_probe

        return print_probe()
    file = Path(files[0])
    try:
        config = load(file)
    except ConfigError as error:
        return _complain(file, error.problems)
    return _act(actions[0] if actions else "", file, config)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
