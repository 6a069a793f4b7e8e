"""Pictures for programs and pages: files of street photos, for those who may see them."""
