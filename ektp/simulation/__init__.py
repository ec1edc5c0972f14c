"""A simulated outside world: a city whose stations, centre, warehouse, printers and counters speak to the pipeline."""
