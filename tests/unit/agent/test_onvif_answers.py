"""What is read in the answers of ONVIF cameras, and what is refused."""

import base64
import hashlib
from datetime import datetime, timezone

import pytest
from envivo_agent.onvif import answers, questions
from envivo_agent.onvif.answers import AnswerError, Match, Profile
from envivo_agent.onvif.questions import KINDS, Login

HERE = "http://192.168.1.20/onvif/device_service"


def matches(*inner: str, prefix: str = "d:", declared: str = "urn:d") -> bytes:
    bodies = "".join(f"<{prefix}ProbeMatch>{words.replace('@', prefix)}</{prefix}ProbeMatch>" for words in inner)
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return f'<E {name}="{declared}"><{prefix}ProbeMatches>{bodies}</{prefix}ProbeMatches></E>'.encode()


NVT = "<@Types>dn:NetworkVideoTransmitter tds:Device</@Types>"
ADDRESS = f"<@XAddrs>{HERE}</@XAddrs>"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (matches(f"{NVT}<@Scopes>onvif://www.onvif.org/name/Yard%20East onvif://www.onvif.org/hardware/IPC\n"
                 f"onvif://www.onvif.org/location/x</@Scopes>{ADDRESS}"), [Match("Yard East", "IPC", (HERE,))]),
        (matches(f"{NVT}{ADDRESS}"), [Match("", "", (HERE,))]),
        (matches(f"{NVT}{ADDRESS}", prefix="", declared="urn:other"), [Match("", "", (HERE,))]),
        (matches(f"{NVT}{ADDRESS}", prefix="wsd:"), [Match("", "", (HERE,))]),
        (matches(NVT), [Match()]),
        (matches(f"{NVT}{ADDRESS}", NVT, f"{NVT}<@XAddrs>http://a/ https://b:8443/x http://[fe80::1]/</@XAddrs>"),
         [Match("", "", (HERE,)), Match(),
          Match("", "", ("http://a/", "https://b:8443/x", "http://[fe80::1]/"))]),
        # undeclared prefixes, no types, names in other letters
        (b"<s:E><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/Name/IPCAM onvif://www.onvif.org/HARDWARE/X</d:Scopes>"
         b"</d:ProbeMatch></s:E>", [Match("IPCAM", "X")]),
        (b"<E><ProbeMatch><Types>tdn:4655721b</Types><Scopes>onvif://www.onvif.org/Profile/Streaming</Scopes>"
         b"</ProbeMatch></E>", [Match()]),
        # by its scopes alone
        (matches(f"<@Scopes>onvif://www.onvif.org/name/x</@Scopes>{ADDRESS}"), [Match("x", "", (HERE,))]),
        # a printer
        (matches(f"<@Types>wsdp:Device wprt:PrintDeviceType</@Types>{ADDRESS}"), []),
        (matches(), []),
        (b"<x/>", []),
        ("\ufeff".encode() + matches(f"{NVT}<@Scopes>onvif://www.onvif.org/name/Gar%C3%A7on%1B[2J%0A"
                                     + "x" * 99 + "</@Scopes>"), [Match("Gar?on?[2J?" + "x" * 69)]),
        (matches(f"{NVT}<@Scopes>onvif://www.onvif.org/name/H\u00f6f</@Scopes>"), [Match("H?f")]),
        (matches(NVT).replace(b"dn:", b"\xc4\xe3"), []),
        (matches(f"{NVT}<@XAddrs>file:///etc/passwd ftp://a/ http:// http://u:p@a/ http://a:99999/ http://a:0/ "
                 f"http://[/ http://{'a' * 300}/ \u0661 http://\u00e9/</@XAddrs>"), [Match()]),
    ],
)  # fmt: skip
def test_matches_are_read_whatever_their_prefixes(data: bytes, found: list[Match]) -> None:
    assert answers.matches(data) == found


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "has a document type, which is refused"),
        (b"<?xml version='1.0'?>\n<!doctype x><x/>", "has a document type, which is refused"),
        (b"<!\n ENTITY a 'b'><x/>", "has a document type, which is refused"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
         "is not XML"),
        (b"<x>&a;</x>", "is not XML"),
        (b"", "is not XML"),
        (b"\x00\xff" * 99, "is not XML"),
        (b"<x>" * 9, "is not XML"),
    ],
)  # fmt: skip
def test_answer_that_is_not_plain_xml_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(AnswerError, match=f"^{why}$"):
        answers.root(data)


def test_declared_encoding_does_not_decide() -> None:
    assert answers.root(b'<?xml version="1.0" encoding="gb2312"?><x>a</x>').text == "a"


def test_deep_answer_of_the_longest_length_is_read() -> None:
    deep = 256 * 1024 // 7
    assert answers.profiles(answers.root(b"<x>" * deep + b"</x>" * deep)) == []


def clock(date: str, time: str = "<Hour>23</Hour><Minute>59</Minute><Second>60</Second>") -> bytes:
    return f"<R><UTCDateTime><Time>{time}</Time><Date>{date}</Date></UTCDateTime><LocalDateTime/></R>".encode()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (clock("<Year>1970</Year><Month>1</Month><Day>2</Day>"), datetime(1970, 1, 2, 23, 59, 59, tzinfo=timezone.utc)),
        (clock("<Year>2026</Year><Month>13</Month><Day>2</Day>"), None),
        (clock("<Year>9999</Year><Month>1</Month><Day>2</Day>"), None),
        (clock("<Year>-1</Year><Month>1</Month><Day>2</Day>"), None),
        (clock("<Month>1</Month>"), None),
        (b"<x/>", None),
    ],
)
def test_clock(data: bytes, found: datetime | None) -> None:
    assert answers.clock(answers.root(data)) == found


VIDEO = (
    "<VideoEncoderConfiguration token='v'><Encoding>H264</Encoding><Resolution><Width>1280</Width><Height>720</Height>"
    "</Resolution><RateControl><FrameRateLimit>12.5</FrameRateLimit><BitrateLimit>2048</BitrateLimit></RateControl>"
    "</VideoEncoderConfiguration>"
)


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        (f'<t:Profiles token="a&amp;b" fixed="true"><t:Name>Main\u00e9</t:Name>{VIDEO}</t:Profiles>',
         [Profile("a&b", "Main?", "H264", 1280, 720, 12.5, 2048)]),
        ('<t:Profiles token="a"/>', [Profile("a", "")]),
        ('<t:Profiles/><t:Profiles token=""/>' + f'<t:Profiles token="{"a" * 65}"/>', []),
        (f'<t:Profiles token="a">{VIDEO.replace("1280", "-5").replace("720", "9999999").replace("12.5", "inf")}'
         "</t:Profiles>", [Profile("a", "", "H264", 0, 0, 0.0, 2048)]),
        ('<t:Profiles token="a"><t:Name>\x9b2J</t:Name></t:Profiles>', [Profile("a", "?2J")]),
        ("".join(f'<t:Profiles token="{number}"/>' for number in range(99)),
         [Profile(str(number), "") for number in range(answers.MOST_PROFILES)]),
    ],
)  # fmt: skip
def test_profiles(inner: str, found: list[Profile]) -> None:
    assert answers.profiles(answers.root(f'<x xmlns:t="urn:t">{inner}</x>'.encode())) == found


@pytest.mark.parametrize(
    ("data", "refuses", "fault"),
    [
        (b"<E><Fault><Code><Value>s:Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code></Fault></E>",
         True, "without a reason"),
        (b"<E><Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>no\xc2\x9b</faultstring></Fault></E>",
         True, "no?"),
        (b"<E><Fault><Code><Value>s:Receiver</Value></Code><Reason><Text>busy</Text></Reason></Fault></E>",
         False, "busy"),
        (b"<E><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>"
         b"Sender Not Authorized</s:Text></s:Reason></s:Fault></E>", True, "Sender Not Authorized"),
        (b"<E><Fault><faultstring>invalid username or password</faultstring></Fault></E>", True,
         "invalid username or password"),
        # no fault
        (b"<E><Text>not authorized</Text></E>", False, ""),
        (b"<E/>", False, ""),
    ],
)  # fmt: skip
def test_faults(data: bytes, refuses: bool, fault: str) -> None:
    answer = answers.root(data)
    assert (answers.refuses(answer), answers.fault(answer)) == (refuses, fault)


def test_media_service_and_stream() -> None:
    answer = answers.root(
        b"<x><Capabilities><Device><XAddr>http://a/d</XAddr></Device><Media><XAddr>http://a/m</XAddr></Media>"
        b"</Capabilities><MediaUri><Uri> rtsp://a/s </Uri></MediaUri></x>"
    )
    assert (answers.media(answer), answers.stream(answer)) == ("http://a/m", "rtsp://a/s")
    assert answers.media(answers.root(b"<Capabilities><Media><XAddr>gopher://a/</XAddr></Media></Capabilities>")) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_probe_is_xml_that_names_its_type_in_its_namespace(kind: tuple[str, str]) -> None:
    asked = questions.probe("0-0", kind)
    (types,) = (element for element in answers.root(asked).iter() if element.tag == "Types")
    assert types.text == f"dn:{kind[1]}" and f'xmlns:dn="{kind[0]}"'.encode() in asked
    assert b"<w:MessageID>uuid:0-0</w:MessageID>" in asked


def test_token_has_the_digest_and_not_the_password() -> None:
    now = datetime(2026, 12, 1, 2, 33, tzinfo=timezone.utc)
    login = Login("a<b", "p&ss\u00e9")
    header = questions.token(login, b"nonce", now)
    wanted = hashlib.sha1(b"nonce" + b"2026-12-01T02:33:00Z" + login.password.encode(), usedforsecurity=False).digest()
    assert f">{base64.b64encode(wanted).decode()}</Password>" in header
    assert "<Username>a&lt;b</Username>" in header and "p&" not in header and "p&" not in repr(login)
    answers.root(questions.envelope(questions.PROFILES, header))


def test_token_of_a_profile_cannot_add_elements() -> None:
    asked = answers.root(questions.envelope(questions.stream("</ProfileToken><x>")))
    assert [element.text for element in asked.iter() if element.tag == "ProfileToken"] == ["</ProfileToken><x>"]
