"""What is measured, and how: each benchmark brings its own servers and prints ratios of one machine."""
