"""HTTP: visits and who reads them, and what facilities' own systems send."""
