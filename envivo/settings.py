"""Types for group data, in place of dictionaries: `environment(mediamtx=Mediamtx(paths={"garden": Path(...)}))`.

Editors and type checkers see the models that docs/reference/settings.md lists. When group data are executed these names
make dictionaries: settings are validated when their environment is asked for, all at once, and until then they may hold
`secret(...)` and `fill_in(...)`, which a model would refuse.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from envivo.config.credentials import Credentials
    from envivo.roles.base.settings import Base
    from envivo.roles.camera.picture import Crop, Overlay
    from envivo.roles.camera.settings import Camera
    from envivo.roles.certificates.settings import Tls
    from envivo.roles.media.settings import Hls, IceServer, Mediamtx, Path, Person, Recording, Web, Webrtc
    from envivo.roles.turn.settings import Turn
else:
    Base = Camera = Credentials = Crop = Hls = IceServer = Mediamtx = Overlay = Path = dict
    Person = Recording = Tls = Turn = Web = Webrtc = dict

__all__ = [
    "Base",
    "Camera",
    "Credentials",
    "Crop",
    "Hls",
    "IceServer",
    "Mediamtx",
    "Overlay",
    "Path",
    "Person",
    "Recording",
    "Tls",
    "Turn",
    "Web",
    "Webrtc",
]
