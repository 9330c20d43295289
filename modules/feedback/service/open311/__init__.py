"""Open311 GeoReport v2 over the same reports: a translation, and no rule of its own."""
