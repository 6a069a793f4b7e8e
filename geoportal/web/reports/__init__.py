"""The pages of place reports."""
