"""The SQL console for programs."""
