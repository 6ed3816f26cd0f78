"""Which authorities may issue certificates for a name, asked of a name server and an ACME server on loopback."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from envivo.roles.certificates import caa
from envivo.roles.certificates.caa import Record

ZONE = {
    "company.net.": ['0 issue "letsencrypt.org"', '0 iodef "mailto:a@company.net"'],
    "closed.net.": ['0 issue ";"'],
    "own.company.net.": ['0 issue "digicert.com"'],
}


@pytest.fixture
def resolver() -> Iterator[dns.resolver.Resolver]:
    """Of a name server that knows ZONE, and does not answer for silent.net."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            data, sender = server.recvfrom(4096)
            if not data:
                return
            question = dns.message.from_wire(data)
            name = question.question[0].name.to_text()
            if name.endswith("silent.net."):
                continue
            answer = dns.message.make_response(question)
            if name in ZONE:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CAA", *ZONE[name]))
            elif name != "net.":
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), sender)

    thread = threading.Thread(target=serve)
    thread.start()
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = ["127.0.0.1"], server.getsockname()[1]
    try:
        yield made
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", server.getsockname())
        thread.join()
        server.close()


@pytest.mark.parametrize(
    ("name", "at", "number"),
    [
        ("company.net", "company.net", 2),
        ("video.company.net", "company.net", 2),
        ("a.own.company.net", "own.company.net", 1),
        ("video.free.net", "video.free.net", 0),
    ],
)
def test_records_of_the_nearest_name_count(resolver: dns.resolver.Resolver, name: str, at: str, number: int) -> None:
    found = caa.records(name, resolver)
    assert (found[0], len(found[1])) == (at, number)
    if at == "company.net":
        assert Record(0, "issue", "letsencrypt.org") in found[1]


def test_name_server_that_is_silent_is_said(resolver: dns.resolver.Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caa, "_WITHIN_S", 0.3)
    with pytest.raises(OSError, match="does not answer for video"):
        caa.records("video.silent.net", resolver)


def record(text: str) -> Record:
    flags, tag, value = text.split(" ", 2)
    return Record(int(flags), tag, value.strip('"'))


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([], ""),
        (['0 issue "letsencrypt.org"'], ""),
        (['0 issue "digicert.com"', '0 issue "LetsEncrypt.org; validationmethods=http-01,dns-01"'], ""),
        (['0 iodef "mailto:a@b.net"'], ""),
        (['0 issuewild ";"'], ""),
        (['0 issue ";"'], 'let only others issue its certificates (0 issue ";")'),
        (['0 issue "digicert.com"'], 'let only others issue its certificates (0 issue "digicert.com")'),
        (['0 issue "letsencrypt.org; validationmethods=dns-01"'], "forbids validation over HTTP and TLS"),
        (['0 issue "letsencrypt.org"', '128 tbs "x"'], 'the critical CAA record 128 tbs "x"'),
    ],
)
def test_records_that_keep_the_authority_out_are_an_objection(records: list[str], why: str) -> None:
    said = caa.objection([record(text) for text in records], ["letsencrypt.org"])
    assert why in said and bool(said) == bool(why)


def test_acme_server_says_what_it_is_called() -> None:
    answers = [json.dumps({"meta": {"caaIdentities": ["Authority.test"]}}), json.dumps({"newNonce": "x"}), "no JSON"]

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answers.pop(0).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/dir"
        try:
            assert caa.issuers(url) == ["authority.test"]
            assert caa.issuers(url) == []
            with pytest.raises(OSError, match="is not an ACME directory"):
                caa.issuers(url)
        finally:
            server.shutdown()
            thread.join()
    with pytest.raises(OSError):
        caa.issuers(url)
