"""Makes what was read from files storable as JSON in the database: files hold every number and character."""

import math
from typing import Any


def storable(value: Any) -> Any:
    """The value with unknown (NaN) and infinite numbers as None and texts without NUL and halves of characters."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.replace("\0", " ").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [storable(one) for one in value]
    return value
