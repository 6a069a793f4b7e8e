"""The SQL console: what a statement may say, how it is run, what is kept of it.

Two walls stand behind each other. `statement` reads a statement with PostgreSQL's own grammar and lets through only
what it knows. `session` runs it as the login of the reader's level, which sees nothing but the views of
`layers.access.database_views`, read-only and within bounds. Either alone keeps what the reader may not see.

2026-11-26: joins do not use the indexes under the views. A view is a security barrier, and PostgreSQL computes it by
itself before it compares geometries, because those functions are not declared leakproof: they raise errors that tell
values. Declaring them so would take the barrier away, so it is not done. Measured on the demo city of 24,000
buildings: see `examples.GRID`, which joins by the squares of a grid, where equality of whole numbers hashes.
"""
