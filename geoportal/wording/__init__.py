"""Values, datasets, features and results in the words that pages and APIs share."""
