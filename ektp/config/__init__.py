"""What an installation is told: its settings, its offices, and by which days they work."""
