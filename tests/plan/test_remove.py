"""How docs/howto/remove.md takes hosts out of service: a group that is not a role's."""

from tests.plan.conftest import ANSWERS, Controller

BROUGHT = ["/opt/envivo/agent", "/opt/envivo/stack", "/etc/envivo/turn"]
"""What a host still has of its former roles."""
LEFT = {**ANSWERS, "for path in": BROUGHT}


def test_retired_host_loses_what_its_roles_brought(controller: Controller) -> None:
    inventory = controller.inventory({"media": ["new"], "cameras": ["new"], "retired": ["old"]}, answers=LEFT)

    run = controller.deploy(inventory, *controller.settings())

    assert run.returncode == 0, run.stderr
    (removal,) = (one for one in run.operations if one["name"] == "Remove what is no longer configured")
    assert "@fake/old" in removal["success"]
    assert not {name for name in run.of("old") if name.startswith(("Media", "Cameras", "Docker"))}


def test_all_hosts_are_retired_and_the_media_host_is_never_visited(controller: Controller) -> None:
    inventory = controller.inventory({"media": ["nowhere"], "retired": ["attic"]}, answers=LEFT)

    run = controller.deploy(inventory, *controller.settings(cameras={}), "--limit", "retired")

    assert run.returncode == 0, run.stderr
    (removal,) = (one for one in run.operations if one["name"] == "Remove what is no longer configured")
    assert removal["success"] == ["@fake/attic"]
    assert run.of("nowhere") == []
