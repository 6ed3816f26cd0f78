"""`envivo plan` on deployed hosts: silent, then each change by hand and whom it interrupts; a deploy repairs them."""

import json

from tests.e2e.lab import Lab

YML = "/etc/envivo/mediamtx/mediamtx.yml"
AGENT = "envivo-agent@webcam.service"
BY_HAND = "canary-by-hand-Zx3"
FOREIGN = "envivo-foreign"


def planned(lab: Lab, *options: str) -> tuple[int, str]:
    done = lab.envivo("plan", lab.env, *lab.group_data(), *options)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_plan_names_what_was_changed_by_hand_and_whom_it_costs(spare: Lab) -> None:
    lab = spare
    lab.deploy()
    code, said = planned(lab)
    assert (code, said.splitlines()[0]) == (0, f"{lab.env}: a deploy would change nothing")
    image = "$(docker inspect -f '{{.Image}}' $(docker ps -q | head -n 1))"
    edit = f"sed -i 's/^readTimeout: .*/readTimeout: 33s # {BY_HAND}/' {YML}"
    try:
        lab.run(lab.media, f"{edit}; touch /etc/envivo/notes.txt")
        lab.run(lab.media, f"docker create --name {FOREIGN} --label com.docker.compose.project=envivo {image}")
        lab.run(lab.camera, f"systemctl stop {AGENT}; rm -r /opt/envivo/agent/envivo_agent/gst")

        code, said = planned(lab)
        row = json.loads(planned(lab, "--json")[1])["plan"]
    finally:
        lab.run(lab.media, f"docker rm -f {FOREIGN}; rm -f /etc/envivo/notes.txt")

    assert code == 3
    for line in (
        f"    ~ {YML} has other content (changed on the host)",
        "        -readTimeout: 33s # ***",
        "        +readTimeout: 10s",
        f"  interrupts everybody ({YML})",
        "  left alone, since no deploy has brought it: /etc/envivo/notes.txt",
        f"  left alone, since no deploy has brought it: the container {FOREIGN}",
        "    + /opt/envivo/agent/envivo_agent/gst is missing (changed on the host)",
    ):
        assert line in said.splitlines(), said
    assert f"~ {AGENT} does not run" in said
    assert BY_HAND not in said + json.dumps(row)
    assert [part["who"] for part in row[lab.media]["interrupts"]] == ["everybody"]
    lab.deploy()
    assert planned(lab)[0] == 0
