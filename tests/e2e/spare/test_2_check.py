"""`envivo check` on a lab host: silent where it is ready, else all that is wrong at once."""

import json

from tests.e2e.lab import Lab, SettingsOf

LISTENER = "envivo-test-listener"


def test_check_names_all_that_a_host_lacks_at_once(spare: Lab, settings_of: SettingsOf) -> None:
    ready = spare.envivo("check", spare.env)
    assert ready.returncode == 0, ready.stdout
    listen = f"systemd-run -q --collect --unit {LISTENER} busybox nc -ll -p 8090 -e busybox true"
    listens = "while ! ss -Hltn sport = :8090 | grep -q .; do sleep 0.1; done"
    lacking = settings_of(web={"port": 8090}, cameras={"webcam": {"source": "v4l2", "device": "/dev/envivo-none"}})

    try:
        spare.run(spare.media, f"{listen} && {listens}")
        done = spare.envivo("check", spare.env, "--json", *spare.group_data(lacking))
    finally:
        spare.run(spare.media, f"systemctl stop {LISTENER}")

    found = {finding["code"]: finding["message"] for finding in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert found.keys() == {"deploy-refused", "source-missing"}, found
    assert "port 8090/tcp is taken by busybox" in found["deploy-refused"]
    assert "/dev/envivo-none does not exist" in found["source-missing"]
