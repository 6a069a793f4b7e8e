"""Who may see what: levels, rows and fields (`rules`), publication, and the views of the database logins."""
