"""The error for an encrypted file that cannot be read, and the fix for its content."""

ENTRIES = 'it must contain only name: "text" entries'


class Unreadable(Exception):  # noqa: N818 - caught by encrypted.read, which adds the file's name
    """What is wrong with an encrypted file, and the fix; quotes nothing of its content."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what, fix)
