"""Generated secrets: made once, kept for their environment, readable by nobody else."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from envivo.secrets import generated


def test_generated_secrets_are_256_bits_that_differ_by_name_and_environment_alone() -> None:
    made = {generated(env, name) for env, name in (("lab", "a"), ("lab", "b"), ("local", "a"), ("lab", "a"))}
    assert len(made) == 3 and all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in made)


def test_generated_secrets_are_readable_by_their_owner_alone(state: Path) -> None:
    generated("lab", "publish-webcam")

    modes = {path.name: path.stat().st_mode & 0o777 for path in (state / "secrets", *(state / "secrets").iterdir())}
    assert modes == {"secrets": 0o700, "lab.json": 0o600, "lab.lock": 0o600}


def test_generated_secrets_of_runs_side_by_side_are_all_kept() -> None:
    names = [f"secret-{number}" for number in range(16)]
    with ThreadPoolExecutor(8) as runs:
        made = list(runs.map(lambda name: generated("lab", name), names))

    assert made == [generated("lab", name) for name in names]
