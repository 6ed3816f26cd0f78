"""What is asked: a datagram of WS-Discovery (April 2005), SOAP 1.2 of ONVIF, the token of WS-Security 1.0."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape

_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_SCHEMA = "http://www.onvif.org/ver10/schema"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
KINDS = (("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"), (DEVICE, "Device"))
"""Namespace and name of the types that a camera may have; some only answer to one of them."""


@dataclass(frozen=True)
class Login:
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Question:
    """Of a service: its namespace, the name of the operation, and what is in its element."""

    service: str
    name: str
    content: str = ""

    @property
    def action(self) -> str:
        return f"{self.service}/{self.name}"


CLOCK = Question(DEVICE, "GetSystemDateAndTime")
SERVICES = Question(DEVICE, "GetCapabilities", "<Category>Media</Category>")
PROFILES = Question(MEDIA, "GetProfiles")


def stream(profile: str) -> Question:
    setup = (
        f'<StreamSetup><Stream xmlns="{_SCHEMA}">RTP-Unicast</Stream><Transport xmlns="{_SCHEMA}">'
        "<Protocol>RTSP</Protocol></Transport></StreamSetup>"
    )
    return Question(MEDIA, "GetStreamUri", f"{setup}<ProfileToken>{escape(profile)}</ProfileToken>")


def probe(message: str, kind: tuple[str, str]) -> bytes:
    """`message`: a UUID; `kind`: one of `KINDS`."""
    namespace, name = kind
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}" xmlns:w="{_ADDRESSING}" '
        f'xmlns:d="{_DISCOVERY}" xmlns:dn="{namespace}"><e:Header><w:MessageID>uuid:{message}</w:MessageID>'
        '<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>'
        f'<w:Action e:mustUnderstand="true">{_DISCOVERY}/Probe</w:Action></e:Header>'
        f"<e:Body><d:Probe><d:Types>dn:{name}</d:Types></d:Probe></e:Body></e:Envelope>"
    ).encode()


def token(login: Login, nonce: bytes, now: datetime) -> str:
    """Header with the password's digest (UsernameToken Profile 1.0, section 3.1). `now`: by the camera's clock, UTC."""
    created = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(nonce + created.encode() + login.password.encode(), usedforsecurity=False).digest()
    kind, coding = (
        f"{_OASIS}-username-token-profile-1.0#PasswordDigest",
        f"{_OASIS}-soap-message-security-1.0#Base64Binary",
    )
    return (
        f'<e:Header><Security e:mustUnderstand="true" xmlns="{_OASIS}-wssecurity-secext-1.0.xsd"><UsernameToken>'
        f'<Username>{escape(login.user)}</Username><Password Type="{kind}">{_base64(digest)}</Password>'
        f'<Nonce EncodingType="{coding}">{_base64(nonce)}</Nonce>'
        f'<Created xmlns="{_OASIS}-wssecurity-utility-1.0.xsd">{created}</Created>'
        "</UsernameToken></Security></e:Header>"
    )


def envelope(question: Question, header: str = "") -> bytes:
    body = f'<{question.name} xmlns="{question.service}">{question.content}</{question.name}>'
    start = f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}">'
    return f"{start}{header}<e:Body>{body}</e:Body></e:Envelope>".encode()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
