"""The city's layers: their features, history, changes and access rules. Imports none of the other rooms."""
