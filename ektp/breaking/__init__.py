"""Breaking a simulated city, and reading from the store what was true of it: what stands behind the page `/break`."""
