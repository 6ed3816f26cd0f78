"""What has changed since the commit on which everything was proved."""

import subprocess

from envivo.core.paths import PROJECT as ROOT

PROVED = ROOT / "tests" / "proved"
"""The commit that last passed `make prove`."""


def _git(*arguments: str) -> str | None:
    """What it prints; None where it fails, as outside of a repository."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def files() -> list[str] | None:
    """Paths that are not as they were when all proofs held; None where that is not known."""
    if not PROVED.exists():
        return None
    changed = _git("diff", "--name-only", PROVED.read_text().strip())
    untracked = _git("ls-files", "--others", "--exclude-standard")
    return None if changed is None or untracked is None else [*changed.splitlines(), *untracked.splitlines()]


def record() -> str:
    """Remember the present commit as proved, unless there is more than it; what was done, for people."""
    if _git("status", "--porcelain") != "":
        return "everything holds; not recorded: there are changes that are not committed"
    commit = _git("rev-parse", "HEAD") or ""
    PROVED.write_text(f"{commit}\n")
    return f"everything holds: {commit[:12]} is recorded in tests/proved: commit it"
