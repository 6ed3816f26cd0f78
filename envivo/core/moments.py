"""Times as programs write them."""

import re
from datetime import datetime


def moment(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 time, with up to nanoseconds; 0 where it is not one."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:\d\d)", text)
    if not match:
        return 0.0
    whole = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00")).timestamp()
    return whole + float(f"0.{match[2] or 0}")
