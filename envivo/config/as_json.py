"""Settings as JSON with their secrets, for the media host, which has them anyway."""

import json
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr


def text(settings: BaseModel, only: set[str] | None = None) -> str:
    """JSON from which the model validates equal settings. `only`: these of its fields."""
    return json.dumps(settings.model_dump(exclude_unset=True, include=only), default=_plain, sort_keys=True)


def _plain(value: object) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
