"""A camera is asked for its streams."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from envivo_agent.ipcam import address
from envivo_agent.ipcam.plain import plain
from envivo_agent.onvif import answers, questions
from envivo_agent.onvif.answers import AnswerError, Profile
from envivo_agent.onvif.http import post
from envivo_agent.onvif.questions import Login, Question
from envivo_agent.onvif.search import Device

WITHIN_S = 6.0
"""Seconds for all questions to one camera together."""
WANTED, REFUSED, FAILED = "password-wanted", "password-refused", "failed"


class Problem(Exception):  # noqa: N818 - what it says, not that it is an error
    """Why a camera's streams are not known. `kind`: one of the three above."""

    def __init__(self, kind: str, text: str, fix: str) -> None:
        super().__init__(text)
        self.kind, self.text, self.fix = kind, text, fix


def _refusal(login: Login | None) -> Problem:
    if not login:
        return Problem(WANTED, "wants a user and a password", "envivo camera discover ENV --user NAME")
    fix = (
        "fix user and password; some cameras have users for ONVIF alone, or ONVIF switched off, in their own page; "
        "many lock a user for a while after a few wrong tries"
    )
    return Problem(REFUSED, "refuses the user or the password", fix)


class _Asked:
    """One camera, until a moment of the monotonic clock."""

    def __init__(self, device: Device, login: Login | None, until: float) -> None:
        self._device, self._login, self._until = device, login, until
        self._ahead = timedelta()
        """The camera's clock before this host's."""

    def ask(self, place: str, question: Question, login: Login | None = None) -> Element:
        """Raises Problem, AnswerError, OSError."""
        header = ""
        if login:
            header = questions.token(login, os.urandom(16), datetime.now(timezone.utc) + self._ahead)
        code, body = post(place, question.action, questions.envelope(question, header), self._until)
        if code == 401:
            raise _refusal(login)
        try:
            answer = answers.root(body)
        except AnswerError:
            if code == 200:
                raise
            raise AnswerError(f"has the status {code}") from None
        if answers.refuses(answer) or (code == 403 and not answers.fault(answer)):
            raise _refusal(login)
        if said := answers.fault(answer):
            raise AnswerError(f"is a fault ({said})")
        if code != 200:
            raise AnswerError(f"has the status {code}")
        return answer

    def set_clock(self, service: str) -> None:
        """A digest counts for a few minutes of the camera's clock only."""
        try:
            if there := answers.clock(self.ask(service, questions.CLOCK)):
                self._ahead = there - datetime.now(timezone.utc)
        except (Problem, AnswerError):
            pass  # this host's clock may do

    def media(self, service: str) -> str:
        """Raises Problem, AnswerError, OSError."""
        try:
            answer = self.ask(service, questions.SERVICES)
        except Problem:
            if not self._login:
                raise
            answer = self.ask(service, questions.SERVICES, self._login)
        place = answers.media(answer)
        if not place:
            raise Problem(FAILED, "has no media service", "see its manual for the address of its stream")
        self.own(place)
        return place

    def own(self, place: str) -> None:
        """Raises Problem for an address that is not this camera's."""
        parts = urlsplit(place)
        if parts.hostname != self._device.address or parts.scheme != "http":
            raise _foreign(place)

    def profiles(self, place: str) -> list[Profile]:
        """Raises Problem, AnswerError, OSError."""
        return answers.profiles(self.ask(place, questions.PROFILES, self._login))

    def stream(self, place: str, profile: Profile) -> dict[str, str]:
        """Raises Problem where the camera refuses: it may lock a user after a few wrong tries."""
        try:
            url = answers.stream(self.ask(place, questions.stream(profile.token), self._login))
        except (AnswerError, OSError) as error:
            return {"url": "", "problem": f"its address is not known: {_words(error)}"}
        if not address.is_camera(url):
            return {"url": "", "problem": "its address is not rtsp://HOST[:PORT]/PATH without user and password"}
        host = address.host_and_port(url)[0]
        own = host == self._device.address
        return {"url": url, "problem": "" if own else f"its address is that of another host ({plain(host)})"}


def _foreign(place: str) -> Problem:
    why = "HTTPS" if urlsplit(place).scheme == "https" else "another host"
    text = f"its ONVIF address is {why}, which is not asked ({plain(place)})"
    return Problem(FAILED, text, "set the camera's address and HTTP in its own page, or see its manual for the stream")


def _words(error: Exception) -> str:
    if isinstance(error, AnswerError):
        return f"its answer {error}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return plain(getattr(error, "strerror", None) or type(error).__name__)


def asked(device: Device, login: Login | None, within_s: float = WITHIN_S) -> Mapping[str, Any]:
    """The camera and its streams, as JSON has them; whatever it answers."""
    service = (device.services or device.elsewhere or [""])[0]
    told: dict[str, Any] = {
        "address": device.address, "name": device.name, "model": device.model, "service": service,
        "kind": "", "problem": "", "fix": "", "streams": [],
    }  # fmt: skip
    try:
        if not service:
            raise Problem(FAILED, "gives no ONVIF address", "see its manual for the address of its stream")
        camera = _Asked(device, login, time.monotonic() + within_s)
        camera.own(service)
        camera.set_clock(service)
        place = camera.media(service)
        found = camera.profiles(place)
        if not found:
            raise Problem(FAILED, "has no profile", "make one in the camera's own page")
        told["streams"] = [_shown(profile) for profile in found]
        for shown, profile in zip(told["streams"], found, strict=True):
            shown.update(camera.stream(place, profile))
    except Problem as problem:
        told.update(kind=problem.kind, problem=problem.text, fix=problem.fix)
    except (AnswerError, OSError) as error:
        fix = "restart the camera; or see its manual for the address of its stream"
        told.update(kind=FAILED, problem=f"does not answer as ONVIF has it: {_words(error)}", fix=fix)
    except Exception as error:  # noqa: BLE001 - one camera's answer must not hide the others
        told.update(
            kind=FAILED, problem=f"answers something that is not read ({type(error).__name__})", fix="report it"
        )
    return told


def _shown(profile: Profile) -> dict[str, Any]:
    known = {name: value for name, value in asdict(profile).items() if name != "token"}
    return {**known, "url": "", "problem": "its address was not asked"}
