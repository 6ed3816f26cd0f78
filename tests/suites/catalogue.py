"""The suites. Each is one pytest process, with the hosts of one topology."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Suite:
    """Tests that share one pytest process and its hosts."""

    name: str
    paths: tuple[str, ...]
    topologies: tuple[str, ...] = ()
    """Of the lab: two suites with the same hosts are not run at once."""
    in_gate: bool = True
    """False: of its tests only the proofs are run; `check` has run the rest."""
    front: bool = False
    """It measures how things follow each other in time: it is not run at a low priority."""
    workers: int = 0
    """Processes that share its tests, where these need no common hosts."""


@dataclass(frozen=True)
class Proof:
    """Tests marked `proof` below `path`, which a change of one of the folders calls for."""

    path: str
    folders: tuple[str, ...]
    minutes: float
    """What it adds to a run on two idle cores, as `make prove` last measured it."""


SUITES = (
    Suite("pair", ("tests/e2e/pair", "tests/browser"), ("pair",), front=True),
    Suite("wan", ("tests/e2e/wan",), ("wan",), front=True),
    Suite("spare", ("tests/e2e/spare",), ("spare",)),
    Suite("fresh", ("tests/fresh",), in_gate=False),
    Suite("vm", ("tests/e2e/vm",), ("vm",), in_gate=False),
    Suite("smoke", ("tests/smoke",), ("bench",), in_gate=False),
    Suite("cameras", ("tests/e2e/cameras",), ("cameras",)),
    Suite("meaning", ("tests/unit/meaning", "tests/unit/doors"), in_gate=False, workers=2),
    Suite("lab", ("tests/e2e/lab_hosts",), ("spare", "bench")),
    Suite("turn", ("tests/e2e/test_turn_probe.py",)),
)
"""The longest first, so that no lane waits for the other at the end."""

PROOFS = (
    Proof("tests/browser", ("player/", "tests/browser/"), 7),
    Proof(
        "tests/e2e/pair",
        (
            "roles/base/",
            "envivo/operations/",
            "envivo/plan/planner.py",
            "tests/e2e/pair/",
            "tests/e2e/drifts.py",
            "envivo/orchestration/deploying/",
            "templates/operations/",
        ),
        10,
    ),
    Proof("tests/e2e/cameras", ("agent/", "roles/camera/", "templates/camera/", "tests/e2e/cameras/"), 6),
    Proof("tests/e2e/vm", ("agent/", "envivo/lab/vm.py", "tests/e2e/vm/"), 9),
    Proof(
        "tests/e2e/spare",
        ("roles/", "templates/", "envivo/operations/", "envivo/scaffold/", "pyproject.toml", "tests/e2e/spare/"),
        20,
    ),
    Proof(
        "tests/e2e/test_turn_probe.py",
        ("roles/turn/", "templates/turn/", "envivo/probes/", "tests/e2e/test_turn_probe.py", "tests/e2e/turn_bed.py"),
        1,
    ),
    Proof("tests/e2e/wan/test_7_tls.py", ("templates/media/Caddyfile.j2", "templates/turn/", "roles/certificates/"), 2),
    Proof("tests/e2e/wan/test_9_programs.py", ("envivo/clients/", "templates/clients/", "roles/media/"), 6),
    Proof(
        "tests/e2e/wan/test_1_network.py",
        ("envivo/lab/routes.py", "envivo/lab/acme.py", "envivo/lab/wan.py", "tests/e2e/wan/"),
        1,
    ),
    Proof("tests/e2e/wan/test_7_staging.py", ("roles/certificates/", "envivo/probes/", "tests/e2e/wan/"), 1),
    Proof(
        "tests/e2e/wan/test_8_rotation.py",
        ("agent/", "roles/turn/", "templates/turn/", "templates/media/mediamtx.yml.j2", "tests/e2e/wan/"),
        3,
    ),
    Proof("tests/e2e/wan/test_8_floods.py", ("roles/media/", "templates/media/", "tests/bench/flood"), 2),
    Proof("tests/e2e/wan/test_8_limits.py", ("roles/media/", "templates/media/", "tests/e2e/wan/"), 3),
    Proof("tests/e2e/lab_hosts", ("envivo/lab/", "tests/e2e/lab_hosts/"), 2),
    Proof(
        "tests/unit/meaning",
        ("roles/", "templates/", "envivo/config/types.py", "envivo/config/values.py", "tests/unit/meaning/"),
        2,
    ),
    Proof(
        "tests/unit/doors",
        ("roles/media/", "templates/media/", "envivo/probes/", "artifacts.lock.toml", "tests/unit/doors/"),
        1,
    ),
    Proof("tests/smoke", ("tests/bench/", "tests/smoke/"), 5),
    Proof(
        "tests/fresh",
        ("setup.sh", "Makefile", "requirements.lock", "tests/lint/package", "artifacts.lock.toml", "envivo/artifacts/"),
        12,
    ),
)
