"""Text of values, datasets, features and results, shared by pages and APIs."""
