"""What a report of a study is drawn with."""
