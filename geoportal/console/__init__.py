"""The SQL console: which statements are allowed, how they are run, what is stored of them.

Two independent safeguards. `statement` parses a statement with PostgreSQL's own grammar and allows only listed
constructs. `session` runs it as the database login of the reader's level, which has rights on nothing but the views
of `layers.access.database_views`, read-only and within limits. Either alone protects what the reader may not see.

2026-11-26: joins do not use the indexes under the views. The views are security barriers: PostgreSQL evaluates a view
before it applies geometry functions, which are not leakproof, as their errors contain values. Declaring them so
would defeat the barrier, so it is not done. Measured on the demo city of 24,000 buildings: see `examples.GRID`, which
joins by the cells of a grid, so that PostgreSQL can use a hash join on whole numbers.
"""
