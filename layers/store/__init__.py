"""Writing features: validation, staging, merge, edits, rollback and erasure. The only code that writes them."""
