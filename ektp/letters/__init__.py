"""The letters on paper: set by Typst from templates that an office can edit."""
