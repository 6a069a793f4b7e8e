"""Accounts and rights: roles, visitors, API tokens, the audit."""
