"""CQL2 filters: parsing, and translation to the database by an allow-list of columns and operators."""
