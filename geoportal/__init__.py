"""The portal: settings, pages and APIs. The only room that speaks HTTP."""
