"""The change feed, the versions of map squares that follow from it, and the advisory locks that guard both."""
