"""What a layer kind declares (`kind`) and what the tables of all kinds have in common (`feature`, `constraints`)."""
