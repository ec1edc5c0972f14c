"""Everything in one process: the parts of `ektp up`, started in order, watched, and stopped in reverse."""
