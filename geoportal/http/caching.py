"""How long caches may keep what everybody may see."""

FOREVER = "public, max-age=31536000, s-maxage=60, immutable"
"""A browser keeps what it has; a cache on the way asks again: a layer may be withdrawn, a feature erased."""
ASK_AGAIN = "public, no-cache"
