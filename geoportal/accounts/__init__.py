"""Who somebody is and what they may do: roles, visitors, tokens, the audit."""
