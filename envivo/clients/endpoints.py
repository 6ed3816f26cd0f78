"""How people's programs reach one path of a media host: addresses with credentials, in each program's form."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from envivo.clients import MASK
from envivo.config.credentials import Credentials
from envivo.roles.camera.settings import unit_name
from envivo.roles.media.settings import Media
from envivo.state.endpoints import Endpoints


@dataclass(frozen=True)
class Login:
    """`user` is empty where nobody has to say who they are."""

    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def userinfo(self) -> str:
        return f"{self.user}:{self.password}@" if self.user else ""

    @property
    def query(self) -> str:
        """How RTMP carries it."""
        return f"?user={self.user}&pass={self.password}" if self.user else ""

    @property
    def bearer(self) -> str:
        return f"{self.user}:{self.password}" if self.user else ""


@dataclass(frozen=True)
class PathEndpoints:
    name: str
    """Of the path."""
    encrypted: bool
    web: str
    """Scheme, host and port, as `https://video.company.net`; so the next two."""
    rtmp: str
    rtsp: str
    publisher: Login
    viewer: Login
    recordings: Login
    agent: str = ""
    """Unit of the agent that publishes to the path, and where it runs; empty: none does."""
    embedding: tuple[str, ...] = ()
    """Origins of the sites whose pages may show the player."""

    @property
    def app_and_key(self) -> tuple[str, str]:
        """RTMP's application and stream key: the first level of the path and the rest. With one level, the application
        is empty."""
        first, slash, rest = self.name.partition("/")
        return (first, rest) if slash else ("", first)

    @property
    def hls(self) -> str:
        """As a viewer; `cookieCheck`: programs that keep no cookie are not sent in a circle."""
        return f"{_as(self.viewer, self.web)}/hls/{self.name}/index.m3u8?cookieCheck=1"

    def rtsp_as(self, login: Login) -> str:
        return f"{_as(login, self.rtsp)}/{self.name}"

    def rtmp_as(self, login: Login) -> str:
        return f"{self.rtmp}/{self.name}{login.query}"


def _as(login: Login, origin: str) -> str:
    scheme, host = origin.split("://")
    return f"{scheme}://{login.userinfo}{host}"


def path_endpoints(media: Media, endpoints: Endpoints, show_secrets: bool) -> Iterator[PathEndpoints]:
    """One for each path."""

    def login(credentials: Credentials | None) -> Login:
        if credentials is None:
            return Login()
        return Login(credentials.user, credentials.password.get_secret_value() if show_secrets else MASK)

    web, rtmp, rtsp = str(endpoints.page), str(endpoints.media("rtmp")), str(endpoints.media("rtsp"))
    for name, path in media.mediamtx.paths.items():
        viewer, archivist = (next(iter(people), None) for people in (path.viewers, path.recordings_for))
        logins = login(path.publisher), login(viewer), login(archivist)
        agent = _agent(name, media.agents[name]) if name in media.agents else ""
        yield PathEndpoints(name, media.encrypted, web, rtmp, rtsp, *logins, agent, media.web.origins)


def _agent(path: str, host: str) -> str:
    return f"{unit_name(path)} on {host or 'the camera host'}"
