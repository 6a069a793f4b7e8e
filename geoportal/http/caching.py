"""Cache-Control of public responses."""

FOREVER = "public, max-age=31536000, s-maxage=60, immutable"
"""Browsers may reuse the response; shared caches must revalidate: a layer may be withdrawn, a feature erased."""
ASK_AGAIN = "public, no-cache"
