"""What the city knows: its layers, their identity, time and change. Imports none of the other rooms."""
