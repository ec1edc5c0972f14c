"""What machines read that watch."""
