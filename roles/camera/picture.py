"""What is cut off a camera's picture."""

from typing import Annotated

from pydantic import Field

from envivo.config.interrupts import Interrupts
from envivo.config.types import Settings, Whole

LEAST = 160, 90
"""The smallest picture that is published."""
Edge = Annotated[Whole, Field(ge=0, le=3680, multiple_of=2)]


class Crop(Settings):
    """Pixels to cut off each edge of the picture, as viewers see it. At least 160x90 must be left."""

    interrupts = Interrupts.CAMERA
    left: Edge = 0
    """Pixels to cut off the left edge."""
    top: Edge = 0
    """Pixels to cut off the top edge."""
    right: Edge = 0
    """Pixels to cut off the right edge."""
    bottom: Edge = 0
    """Pixels to cut off the bottom edge."""

    def left_over(self, width: int, height: int) -> tuple[int, int]:
        """Size of what is published."""
        return width - self.left - self.right, height - self.top - self.bottom
