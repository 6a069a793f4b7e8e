"""The declaration of a layer kind (`kind`), and columns and constraints of all kinds (`feature`, `constraints`)."""
