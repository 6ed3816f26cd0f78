"""Docker Engine: its packages are installed with all others (roles/base), here it is running."""

from pyinfra.api import deploy

from envivo.operations.engine import engine
from envivo.operations.units import units
from envivo.state.desired import Unit
from envivo.state.live_restore import UNIT


@deploy("Docker")
def docker() -> None:
    units(name="Start the Docker Engine", wanted=[Unit(UNIT)])
    engine(name="Keep containers running while the Docker Engine restarts")
