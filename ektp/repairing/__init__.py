"""Repairs of what is parked: chosen, corrected, foreseen, approved, and run so that each item's end is known."""
