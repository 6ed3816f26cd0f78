import pytest

from envivo.probes.ice_servers import OfferedServer, offered

TURN = (
    '<turn:turn.example:3478?transport=udp>; rel="ice-server"; username="1790000000:a,b;c"; credential="s3+/=="; '
    'credential-type="password"'
)


SERVER = OfferedServer("turn:turn.example:3478?transport=udp", "1790000000:a,b;c", "s3+/==")
QUOTED = '<turns:t:5349>;rel=ice-server;username="\\"u\\\\";credential=plain'
OTHERS = '</style.css>; rel="preload"; title="rel=ice-server", <stun:s>; rel="next ice-server"'


@pytest.mark.parametrize(
    ("link", "servers"),
    [
        ("", ()),
        (TURN, (SERVER,)),
        (f'<stun:s.example:3478>; rel="ice-server", {TURN}', (OfferedServer("stun:s.example:3478"), SERVER)),
        (QUOTED, (OfferedServer("turns:t:5349", '"u\\', "plain"),)),
        (OTHERS, (OfferedServer("stun:s"),)),
    ],
    ids=["none", "as MediaMTX writes it", "two", "quotes and tokens", "other links"],
)
def test_ice_servers_are_read_from_link_headers(link: str, servers: tuple[OfferedServer, ...]) -> None:
    assert offered(link) == servers


def test_printed_server_tells_no_credential() -> None:
    assert SERVER.credential not in repr(SERVER)
