"""The page of the SQL console."""
