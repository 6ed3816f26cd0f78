"""Settings as JSON with their secrets, for the host that has them anyway."""

import json
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr


def text(settings: BaseModel) -> str:
    """JSON from which the model validates equal settings."""
    return json.dumps(settings.model_dump(exclude_unset=True), default=_plain, sort_keys=True)


def _plain(value: object) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
