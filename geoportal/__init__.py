"""The portal: settings, pages and APIs. The only package that handles HTTP."""
