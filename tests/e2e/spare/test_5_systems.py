"""A host that says it is Ubuntu, which cannot be had here: it is deployed to, with one warning, and verified."""

import pytest

from tests.e2e.disguise import UBUNTU, disguised
from tests.e2e.lab import Lab, SettingsOf

pytestmark = pytest.mark.proof

WARNING = "envivo was never run on ubuntu-24.04 ('Ubuntu 24.04.3 LTS'), only on debian-13"


def test_untested_system_is_deployed_to_with_a_warning(bare_spare: Lab, settings_of: SettingsOf) -> None:
    lab = bare_spare.with_settings(settings_of(base={"untested_system": True}))
    with disguised(lab, lab.media, UBUNTU):
        done = lab.pyinfra("inventories/lab.py", "deploy.py", "-y", *lab.group_data())
        assert done.returncode == 0, done.stderr
        verified = lab.verified()
    assert done.stderr.count(WARNING) == 1
    assert verified.stderr.count(WARNING) == 1
