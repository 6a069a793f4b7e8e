"""The change feed and what orders concurrent writers."""
